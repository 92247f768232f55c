// The only file that knows RE2.

#include "strategy/expr/regex.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Regex::Regex(std::unique_ptr<const re2::RE2> regex)
    : regex_(std::move(regex)),
      groups_(std::min(regex_->NumberOfCapturingGroups(), 9)),
      program_size_(static_cast<std::size_t>(regex_->ProgramSize())) {}

Regex::~Regex() = default;

std::unique_ptr<const Regex> Regex::Compile(std::string_view pattern,
                                            const ExpressionLimits& limits, std::string& problem) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(static_cast<std::int64_t>(limits.regex_memory));
  auto regex = std::make_unique<const re2::RE2>(Piece(pattern), options);
  if (!regex->ok()) {
    problem = regex->error();
    return nullptr;
  }
  if (static_cast<std::size_t>(regex->ProgramSize()) > limits.regex_program) {
    problem = Concat("it compiles to ", std::to_string(regex->ProgramSize()), " instructions; ",
                     std::to_string(limits.regex_program), " are allowed");
    return nullptr;
  }
  return std::unique_ptr<const Regex>(new Regex(std::move(regex)));
}

bool Regex::Search(std::string_view text) const {
  return regex_->Match(Piece(text), 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

bool Regex::Search(std::string_view text, Captures& captures) const {
  captures.fill({});
  std::array<re2::StringPiece, 10> found;
  if (!regex_->Match(Piece(text), 0, text.size(), re2::RE2::UNANCHORED, found.data(), groups_ + 1))
    return false;
  for (int i = 0; i <= groups_; ++i) {
    const re2::StringPiece& piece = found[static_cast<std::size_t>(i)];
    if (piece.data() != nullptr)
      captures[static_cast<std::size_t>(i)] = std::string_view(piece.data(), piece.size());
  }
  return true;
}

}  // namespace postern::strategy
