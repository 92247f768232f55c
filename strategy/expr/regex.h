#ifndef POSTERN_STRATEGY_EXPR_REGEX_H_
#define POSTERN_STRATEGY_EXPR_REGEX_H_

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "strategy/expr/limits.h"

namespace re2 {
class RE2;
}

namespace postern::strategy {

// What $0 to $9 are: the whole match and its groups. Views of the text that was searched.
using Captures = std::array<std::string_view, 10>;

// A regular expression, compiled once: RE2's syntax, searched for anywhere in the text, in time
// that is linear in it. Immutable; any thread.
class Regex {
 public:
  // Null, and the reason in `problem`, for one that is not valid or larger than the limits.
  static std::unique_ptr<const Regex> Compile(std::string_view pattern,
                                              const ExpressionLimits& limits, std::string& problem);
  ~Regex();

  // How many groups can be captured, at most 9.
  int groups() const { return groups_; }
  // How much work a search in so many octets is, at worst, in steps of an evaluation: RE2 looks at
  // an octet once, or, when its memory is used up, once for each instruction.
  std::size_t Cost(std::size_t octets) const { return 1 + octets * program_size_ / 128; }

  bool Search(std::string_view text) const;
  // As Search, and sets the captures; all of them '' when nothing is found. Dearer than Search.
  bool Search(std::string_view text, Captures& captures) const;

 private:
  explicit Regex(std::unique_ptr<const re2::RE2> regex);

  std::unique_ptr<const re2::RE2> regex_;
  int groups_ = 0;
  std::size_t program_size_ = 0;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_REGEX_H_
