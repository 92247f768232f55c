// The grammar, so far:
//
//   expression = blanks literal blanks
//   literal    = "'" { octet } "'"  |  '"' { octet } '"'
//
// In a literal, a backslash before a quote gives the quote, before a backslash one backslash, and
// stays as it is before anything else.

#include "strategy/expr/expression.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

// Room for the longest honest expression; the text is kept and shown in traces.
constexpr std::size_t kMaxText = 64 * 1024;
constexpr std::size_t kMaxId = 80;
constexpr std::string_view kBlanks = " \t\r\n\v\f";

bool IsQuote(char c) { return c == '\'' || c == '"'; }

bool IsIdCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

bool LooksLikeAnId(std::string_view text) {
  return text.size() <= kMaxId && std::all_of(text.begin(), text.end(), IsIdCharacter) &&
         std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isalpha(c); });
}

struct StringLiteral {
  std::string value;
  // How much text it took, both quotes included.
  std::size_t length = 0;
};

// The literal at the front of `text`, which begins with a quote; nullopt when it does not end.
std::optional<StringLiteral> ReadLiteral(std::string_view text) {
  StringLiteral literal;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == text.front()) {
      literal.length = i + 1;
      return literal;
    }
    const bool escapes =
        text[i] == '\\' && i + 1 < text.size() && (IsQuote(text[i + 1]) || text[i + 1] == '\\');
    if (escapes) ++i;
    literal.value += text[i];
  }
  return std::nullopt;
}

constexpr std::string_view kConstantsOnly =
    "this version reads constant expressions only: one id in quotes of its own";

void ReportNoLiteral(std::string_view text, const SourceRange& place, IssueList& issues) {
  if (LooksLikeAnId(text)) {
    issues.Error(place, "bad-expression",
                 Concat(Quoted(text),
                        " is not an expression: a strategy's id stands in "
                        "quotes of its own"),
                 Concat("write \"'", text, "'\""));
    return;
  }
  issues.Error(place, "bad-expression",
               Concat(Quoted(text), " cannot be evaluated: ", kConstantsOnly),
               "write an id, such as \"'mx'\"");
}

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

Expression::Expression(std::string text, std::string value, SourceRange range,
                       SourceRange literal_range)
    : text_(std::move(text)),
      value_(std::move(value)),
      range_(std::move(range)),
      literal_range_(std::move(literal_range)) {}

std::optional<Expression> Expression::Parse(std::string_view text, const SourceRange& range,
                                            IssueList& issues) {
  if (text.size() > kMaxText) {
    issues.Error(range, "bad-expression",
                 Concat("the expression has ", std::to_string(text.size()), " octets; ",
                        std::to_string(kMaxText), " are allowed"),
                 "make it shorter");
    return std::nullopt;
  }
  const std::size_t start = std::min(text.find_first_not_of(kBlanks), text.size());
  std::string_view body = text.substr(start);
  body = body.substr(0, body.find_last_not_of(kBlanks) + 1);
  if (body.empty()) {
    issues.Error(range, "bad-expression", "the expression is empty", "write an id, as in \"'mx'\"");
    return std::nullopt;
  }
  if (!IsQuote(body.front())) {
    ReportNoLiteral(body, RangeInside(range, text, start, body.size()), issues);
    return std::nullopt;
  }
  std::optional<StringLiteral> literal = ReadLiteral(body);
  if (!literal) {
    issues.Error(RangeInside(range, text, start, body.size()), "bad-expression",
                 "the string has no closing quote", Concat("end it with ", body.substr(0, 1)));
    return std::nullopt;
  }
  if (literal->length < body.size()) {
    const std::size_t rest = body.find_first_not_of(kBlanks, literal->length);
    issues.Error(RangeInside(range, text, start + rest, body.size() - rest), "bad-expression",
                 Concat(Quoted(body.substr(rest)), " follows the string: ", kConstantsOnly),
                 "take it out");
    return std::nullopt;
  }
  return Expression(std::string(text), std::move(literal->value), range,
                    RangeInside(range, text, start, literal->length));
}

Expression Expression::Literal(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (IsQuote(c) || c == '\\') text += '\\';
    text += c;
  }
  text += '\'';
  return Expression(std::move(text), std::string(value), SourceRange{}, SourceRange{});
}

}  // namespace postern::strategy
