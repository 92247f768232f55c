#ifndef POSTERN_STRATEGY_EXPR_REPORTER_H_
#define POSTERN_STRATEGY_EXPR_REPORTER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "strategy/diagnostics/issue.h"
#include "strategy/diagnostics/source_text.h"

namespace postern::strategy {

// A stretch of an expression's text, in octets.
struct Span {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;

  std::uint32_t end() const { return offset + length; }
};

// The place of `length` octets at `offset` in `text`, which is the value of a scalar that stands at
// `value`. A scalar with escapes or several lines gives the place of the whole. Pure.
SourceRange RangeInside(const SourceRange& value, std::string_view text, std::size_t offset,
                        std::size_t length);

// Reports the issues of one expression at their places in the file. Borrows all that it is given.
// Bounded: after 20 errors it keeps still, the rest is mostly their echo.
class Reporter {
 public:
  Reporter(std::string_view text, const SourceRange& range, IssueList& issues)
      : text_(text), range_(range), issues_(issues) {}

  void Error(Span span, std::string_view rule, std::string message, std::string suggestion);
  void Warning(Span span, std::string_view rule, std::string message, std::string suggestion);

  bool has_errors() const { return errors_ > 0; }
  std::string_view text() const { return text_; }
  std::string_view TextAt(Span span) const { return text_.substr(span.offset, span.length); }
  SourceRange RangeAt(Span span) const {
    return RangeInside(range_, text_, span.offset, span.length);
  }

 private:
  std::string_view text_;
  const SourceRange& range_;
  IssueList& issues_;
  int errors_ = 0;
  int warnings_ = 0;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_REPORTER_H_
