#ifndef POSTERN_STRATEGY_EXPR_EXPRESSION_H_
#define POSTERN_STRATEGY_EXPR_EXPRESSION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "strategy/diagnostics/issue.h"
#include "strategy/diagnostics/source_text.h"

namespace postern::strategy {

// A policy expression, parsed and checked. So far the language has one form, the string literal
// ("'mx'"); the stages that the whole language needs are already apart: parse (issues with places),
// then evaluate. A value type, immutable; any thread.
class Expression {
 public:
  // Parses `text`, which stands in a file at `range` (the value, quotes included when it is
  // quoted). Reports every problem, and gives nullopt when there was one.
  static std::optional<Expression> Parse(std::string_view text, const SourceRange& range,
                                         IssueList& issues);
  // An expression that no file holds: a built-in default.
  static Expression Literal(std::string_view value);

  // The value: the id of a strategy.
  const std::string& Evaluate() const { return value_; }

  // As written, and where; line 0 for a built-in.
  const std::string& text() const { return text_; }
  const SourceRange& range() const { return range_; }
  // Where the literal stands, its quotes included, as near as it can be told.
  const SourceRange& literal_range() const { return literal_range_; }

  // By meaning: the place does not count.
  friend bool operator==(const Expression& a, const Expression& b) { return a.value_ == b.value_; }

 private:
  Expression(std::string text, std::string value, SourceRange range, SourceRange literal_range);

  std::string text_;
  std::string value_;
  SourceRange range_;
  SourceRange literal_range_;
};

// The place of `length` octets at `offset` in `text`, which is the value of a scalar that stands at
// `value`. A scalar with escapes or several lines gives the place of the whole. Pure.
SourceRange RangeInside(const SourceRange& value, std::string_view text, std::size_t offset,
                        std::size_t length);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_EXPRESSION_H_
