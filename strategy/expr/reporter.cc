#include "strategy/expr/reporter.h"

#include <algorithm>
#include <utility>

namespace postern::strategy {
namespace {

constexpr int kMaxReports = 20;

}  // namespace

SourceRange RangeInside(const SourceRange& value, std::string_view text, std::size_t offset,
                        std::size_t length) {
  // What the file holds more than the text is its quotes, none, one or three on each side.
  const std::size_t quotes = value.length - std::min<std::size_t>(value.length, text.size());
  const bool is_plain = value.length >= text.size() && (quotes == 0 || quotes == 2 || quotes == 6);
  if (!is_plain || text.find('\n') != std::string_view::npos) return value;
  SourceRange range = value;
  range.begin.column += static_cast<std::uint32_t>(quotes / 2 + offset);
  range.length = static_cast<std::uint32_t>(std::max<std::size_t>(length, 1));
  return range;
}

void Reporter::Error(Span span, std::string_view rule, std::string message,
                     std::string suggestion) {
  if (errors_++ >= kMaxReports) return;
  issues_.Error(RangeAt(span), rule, std::move(message), std::move(suggestion));
}

void Reporter::Warning(Span span, std::string_view rule, std::string message,
                       std::string suggestion) {
  if (warnings_++ >= kMaxReports) return;
  issues_.Warning(RangeAt(span), rule, std::move(message), std::move(suggestion));
}

}  // namespace postern::strategy
