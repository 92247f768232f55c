// The tokens:
//
//   word     = one or more of A-Z a-z 0-9 _ $ .     which is then one of
//     integer  = digits                             64 bits
//     float    = digits and one point
//     duration = digits unit { digits unit }        unit: d h m s ms, in any case; milliseconds
//     capture  = "$" digit            global = "$" name
//     truth    = "true" | "false"                   1 and 0
//     name     = any other word that does not begin with a digit
//   text     = "'" { octet } "'" | '"' { octet } '"'
//   operator = || | && & ^ == = != > >= => < <= =< + - * / !
//   bracket  = ( ) [ ] ,
//
// Blanks are spaces, tabs, CR, LF, VT and FF. In a text, a backslash before a quote gives the
// quote, before a backslash one backslash, and stays as it is before anything else. The first
// argument of matches() is raw: there a backslash goes away before the text's own quote only.

#include "strategy/expr/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "strategy/diagnostics/message.h"
#include "strategy/expr/value.h"

namespace postern::strategy {
namespace {

constexpr std::string_view kSyntax = "bad-expression";
constexpr std::string_view kBlanks = " \t\r\n\v\f";
constexpr std::string_view kMatches = "matches";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsQuote(char c) { return c == '\'' || c == '"'; }

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '.';
}

struct Spelling {
  std::string_view text;
  Token::Kind kind;
  Operator op = Operator::kOr;
};

// The longer ones first.
constexpr Spelling kSpellings[] = {
    {"||", Token::Kind::kOperator, Operator::kOr},
    {"&&", Token::Kind::kOperator, Operator::kAnd},
    {"==", Token::Kind::kOperator, Operator::kEqual},
    {"!=", Token::Kind::kOperator, Operator::kNotEqual},
    {">=", Token::Kind::kOperator, Operator::kGreaterEqual},
    {"=>", Token::Kind::kOperator, Operator::kGreaterEqual},
    {"<=", Token::Kind::kOperator, Operator::kLessEqual},
    {"=<", Token::Kind::kOperator, Operator::kLessEqual},
    {"|", Token::Kind::kOperator, Operator::kOr},
    {"&", Token::Kind::kOperator, Operator::kAnd},
    {"^", Token::Kind::kOperator, Operator::kXor},
    {"=", Token::Kind::kOperator, Operator::kEqual},
    {">", Token::Kind::kOperator, Operator::kGreater},
    {"<", Token::Kind::kOperator, Operator::kLess},
    {"+", Token::Kind::kOperator, Operator::kAdd},
    {"-", Token::Kind::kOperator, Operator::kSubtract},
    {"*", Token::Kind::kOperator, Operator::kMultiply},
    {"/", Token::Kind::kOperator, Operator::kDivide},
    {"!", Token::Kind::kOperator, Operator::kNot},
    {"(", Token::Kind::kOpen},
    {")", Token::Kind::kClose},
    {"[", Token::Kind::kOpenSquare},
    {"]", Token::Kind::kCloseSquare},
    {",", Token::Kind::kComma},
};

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr Unit kUnits[] = {
    {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

// How many octets the letters at the front of `text` are.
std::size_t LettersAtFront(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && absl::ascii_isalpha(static_cast<unsigned char>(text[length])))
    ++length;
  return length;
}

std::optional<std::int64_t> UnitOf(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (absl::EqualsIgnoreCase(absl::string_view(name.data(), name.size()),
                               absl::string_view(unit.name.data(), unit.name.size())))
      return unit.milliseconds;
  }
  return std::nullopt;
}

// "1h30m" in milliseconds; nullopt when it is no duration, or longer than 64 bits can tell.
std::optional<std::int64_t> ParseDuration(std::string_view word) {
  std::int64_t total = 0;
  while (!word.empty()) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
    if (error != std::errc() || count < 0) return std::nullopt;
    word.remove_prefix(static_cast<std::size_t>(end - word.data()));
    const std::size_t letters = LettersAtFront(word);
    const std::optional<std::int64_t> unit = UnitOf(word.substr(0, letters));
    if (!unit || __builtin_mul_overflow(count, *unit, &count) ||
        __builtin_add_overflow(total, count, &total))
      return std::nullopt;
    word.remove_prefix(letters);
  }
  return total;
}

// The length of the well-formed UTF-8 character at the front of `text`; 0 when there is none.
std::size_t CharacterLength(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = octet(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet(i) & 0xC0) != 0x80) return 0;
  }
  const std::uint8_t second = octet(1);
  const bool is_bad = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return is_bad ? 0 : length;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

class Lexer {
 public:
  explicit Lexer(Reporter& reporter) : reporter_(reporter), text_(reporter.text()) {}

  std::vector<Token> Run() {
    while (SkipBlanks()) ReadToken();
    Add(Token::Kind::kEnd, 0);
    return std::move(tokens_);
  }

 private:
  std::string_view Rest() const { return text_.substr(at_); }
  Span Next(std::size_t length) const {
    return {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(length)};
  }

  bool SkipBlanks() {
    at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
    return at_ < text_.size();
  }

  Token& Add(Token::Kind kind, std::size_t length) {
    Token token;
    token.kind = kind;
    token.span = Next(length);
    at_ += length;
    return tokens_.emplace_back(std::move(token));
  }

  void ReadToken() {
    if (IsWordCharacter(text_[at_])) return ReadWord();
    if (IsQuote(text_[at_])) return ReadText();
    if (Rest().starts_with("<>")) return ReadUnequal();
    for (const Spelling& spelling : kSpellings) {
      if (!Rest().starts_with(spelling.text)) continue;
      Add(spelling.kind, spelling.text.size()).op = spelling.op;
      return;
    }
    SkipStranger();
  }

  void ReadUnequal() {
    reporter_.Error(Next(2), kSyntax, "'<>' is no operator", "write != for 'is not'");
    Add(Token::Kind::kOperator, 2).op = Operator::kNotEqual;
  }

  void SkipStranger() {
    const std::size_t length = std::max<std::size_t>(CharacterLength(Rest()), 1);
    const std::string_view stranger = Rest().substr(0, length);
    reporter_.Error(Next(length), kSyntax,
                    stranger == "}"
                        ? "'}' has no meaning here; Stalwart would ignore all that follows it"
                        : Concat(Quoted(stranger), " has no meaning outside of a text in quotes"),
                    "take it out");
    at_ += length;
  }

  void ReadWord() {
    std::size_t length = 1;
    while (length < Rest().size() && IsWordCharacter(Rest()[length])) ++length;
    const std::string_view word = Rest().substr(0, length);
    if (IsDigit(word[0]) || word[0] == '.') return ReadNumber(word);
    if (word[0] == '$') return ReadDollar(word);
    if (word == "true" || word == "false") {
      Add(Token::Kind::kInteger, length).integer = word == "true" ? 1 : 0;
      return;
    }
    Add(Token::Kind::kName, length).text = word;
  }

  void ReadNumber(std::string_view word) {
    const bool is_plain = std::ranges::all_of(word, [](char c) { return IsDigit(c) || c == '.'; });
    const std::optional<Value> number = is_plain ? ParseNumber(word) : std::nullopt;
    const bool has_point = word.find('.') != std::string_view::npos;
    if (number && number->is_integer()) {
      Add(Token::Kind::kInteger, word.size()).integer = number->integer();
    } else if (number && has_point) {
      Add(Token::Kind::kFloat, word.size()).number = number->number();
    } else if (const auto duration = ParseDuration(word); duration && !is_plain) {
      Add(Token::Kind::kInteger, word.size()).integer = *duration;
    } else {
      ReportNumber(word, is_plain && !has_point);
      Add(Token::Kind::kBroken, word.size());
    }
  }

  void ReportNumber(std::string_view word, bool is_too_large) {
    if (is_too_large) {
      reporter_.Error(Next(word.size()), kSyntax, Concat(Quoted(word), " is too large"),
                      "the largest integer is 9223372036854775807");
      return;
    }
    reporter_.Error(Next(word.size()), kSyntax,
                    Concat(Quoted(word), " is neither a number nor a duration"),
                    "write 10, 0.5, or a duration such as 5m or 1h30m (d h m s ms)");
  }

  void ReadDollar(std::string_view word) {
    const std::string_view name = word.substr(1);
    if (name.size() == 1 && IsDigit(name[0])) {
      Add(Token::Kind::kCapture, word.size()).integer = name[0] - '0';
    } else if (!name.empty() && name.find('$') == std::string_view::npos && !IsDigit(name[0])) {
      Add(Token::Kind::kGlobal, word.size()).text = name;
    } else {
      reporter_.Error(Next(word.size()), kSyntax, Concat(Quoted(word), " is not a capture"),
                      "captures of matches() are $0 (all of it) and $1 to $9");
      Add(Token::Kind::kBroken, word.size());
    }
  }

  // Whether the text that comes now is the first argument of matches().
  bool IsPattern() const {
    const std::size_t count = tokens_.size();
    return count >= 2 && tokens_[count - 1].kind == Token::Kind::kOpen &&
           tokens_[count - 2].kind == Token::Kind::kName && tokens_[count - 2].text == kMatches;
  }

  void ReadText() {
    const std::string_view rest = Rest();
    const char quote = rest[0];
    const bool is_raw = IsPattern();
    std::string value;
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != quote; ++i) {
      if (rest[i] == '\\' && i + 1 < rest.size()) {
        const char next = rest[++i];
        const bool is_escape = is_raw ? next == quote : IsQuote(next) || next == '\\';
        if (!is_escape) value += '\\';
      }
      value += rest[i];
    }
    FinishText(std::move(value), std::min(i + 1, rest.size()), i < rest.size());
  }

  void FinishText(std::string value, std::size_t length, bool is_closed) {
    if (!is_closed) {
      reporter_.Error(Next(length), kSyntax, "the string has no closing quote",
                      Concat("end it with ", Rest().substr(0, 1)));
    } else if (!IsUtf8(value)) {
      reporter_.Error(Next(length), kSyntax, "the string is not valid UTF-8",
                      "save the file as UTF-8");
    }
    Add(Token::Kind::kText, length).text = std::move(value);
  }

  Reporter& reporter_;
  const std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> Tokenize(Reporter& reporter) { return Lexer(reporter).Run(); }

}  // namespace postern::strategy
