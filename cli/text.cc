#include "cli/text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace postern::cli {
namespace {

struct Character {
  std::size_t length = 1;    // in octets
  char32_t code = 0xFFFFFF;  // beyond Unicode: not valid UTF-8
};

bool IsContinuation(char octet) { return (static_cast<unsigned char>(octet) & 0xC0) == 0x80; }

// The length that a first octet announces, and its bits; 0 for one that begins nothing.
std::pair<std::size_t, char32_t> LeadOf(unsigned char octet) {
  if (octet < 0x80) return {1, octet};
  if (octet >= 0xC2 && octet < 0xE0) return {2, octet & 0x1FU};
  if (octet >= 0xE0 && octet < 0xF0) return {3, octet & 0x0FU};
  if (octet >= 0xF0 && octet < 0xF5) return {4, octet & 0x07U};
  return {0, 0};
}

// The first character of `text`, which is not empty.
Character FirstOf(std::string_view text) {
  auto [length, code] = LeadOf(static_cast<unsigned char>(text[0]));
  if (length == 0 || length > text.size()) return {};
  for (std::size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return {};
    code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[length] || surrogate || code > 0x10FFFF) return {};
  return {length, code};
}

// Control characters; and what reorders or breaks a line (UAX 9, U+2028, U+2029).
bool IsHarmful(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C || code == 0x200E ||
         code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code > 0x10FFFF;
}

void AppendEscaped(std::string_view octets, std::string& result) {
  for (const char octet : octets) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "\\x%02X", static_cast<unsigned char>(octet));
    result += text.data();
  }
}

// "1,234,567".
std::string Grouped(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

// The octets that the first `columns` characters of `text` take.
std::size_t OctetsOf(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  while (at < text.size() && (columns > 0 || IsContinuation(text[at]))) {
    if (!IsContinuation(text[at])) --columns;
    ++at;
  }
  return at;
}

// The octets from `at` to the end of the string literal that begins there.
std::size_t LiteralLength(std::string_view expression, std::size_t at) {
  const char quote = expression[at];
  std::size_t end = at + 1;
  while (end < expression.size() && expression[end] != quote) {
    end += expression[end] == '\\' ? 2 : 1;
  }
  return std::min(end + 1, expression.size()) - at;
}

// An expression at its spaces, but for those in string literals.
std::vector<std::string> TermsOf(std::string_view expression) {
  std::vector<std::string> terms(1);
  std::size_t at = 0;
  while (at < expression.size()) {
    const char c = expression[at];
    const std::size_t length = c == '\'' || c == '"' ? LiteralLength(expression, at) : 1;
    if (c != ' ') {
      terms.back() += expression.substr(at, length);
    } else if (!terms.back().empty()) {
      terms.emplace_back();
    }
    at += length;
  }
  if (terms.back().empty()) terms.pop_back();
  return terms;
}

std::string_view CodeOf(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kDim:
      return "\x1b[2m";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kWarning:
      return "\x1b[33m";
    case Tone::kBad:
      return "\x1b[1;31m";
  }
  return "";
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Character character = FirstOf(text);
    const std::string_view octets = text.substr(0, character.length);
    if (IsHarmful(character.code)) {
      AppendEscaped(octets, result);
    } else {
      result += octets;
    }
    text.remove_prefix(character.length);
  }
  return result;
}

std::size_t Columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char octet) { return !IsContinuation(octet); }));
}

std::string Padded(std::string text, std::size_t columns) {
  const std::size_t has = Columns(text);
  if (has < columns) text.append(columns - has, ' ');
  return text;
}

std::string Shortened(std::string_view text, std::size_t columns) {
  const std::size_t has = Columns(text);
  if (has <= columns) return std::string(text);
  const std::string tail = "... (" + Grouped(has) + " characters)";
  const std::size_t keep = columns > tail.size() + 8 ? columns - tail.size() : 8;
  return std::string(text.substr(0, OctetsOf(text, keep))) + tail;
}

std::vector<std::string> WordsOf(std::string_view prose) {
  std::vector<std::string> words;
  while (!prose.empty()) {
    const std::size_t end = std::min(prose.find(' '), prose.size());
    if (end > 0) words.emplace_back(prose.substr(0, end));
    prose.remove_prefix(std::min(end + 1, prose.size()));
  }
  return words;
}

std::vector<std::string> PartsOf(std::string_view expression, std::size_t columns) {
  std::vector<std::string> parts;
  std::vector<std::string> clause;
  const auto end_clause = [&] {
    for (std::string& line : Flow(clause, columns, columns)) parts.push_back(std::move(line));
    clause.clear();
  };
  for (std::string& term : TermsOf(expression)) {
    if (term == "&&" || term == "||") end_clause();
    clause.push_back(std::move(term));
  }
  end_clause();
  return parts;
}

std::vector<std::string> Flow(const std::vector<std::string>& pieces, std::size_t columns,
                              std::size_t first_columns) {
  std::vector<std::string> lines;
  for (const std::string& piece : pieces) {
    const std::size_t limit = lines.size() == 1 ? first_columns : columns;
    if (lines.empty() || Columns(lines.back()) + 1 + Columns(piece) > limit) {
      lines.push_back(piece);
    } else {
      lines.back() += " " + piece;
    }
  }
  return lines;
}

std::string HumanDuration(const google::protobuf::Duration& duration) {
  std::int64_t left = duration.seconds() * 1000 + duration.nanos() / 1000000;
  std::string text;
  for (const auto& [unit, milliseconds] : {std::pair<const char*, std::int64_t>{"d", 86400000},
                                           {"h", 3600000},
                                           {"m", 60000},
                                           {"s", 1000},
                                           {"ms", 1}}) {
    if (left < milliseconds) continue;
    text += std::to_string(left / milliseconds) + unit;
    left %= milliseconds;
  }
  return text.empty() ? "0s" : text;
}

std::string Terminal::Paint(Tone tone, std::string_view text) const {
  const std::string_view code = CodeOf(tone);
  if (!colour || code.empty() || text.empty()) return std::string(text);
  return std::string(code) + std::string(text) + "\x1b[0m";
}

Terminal StandardOutput() {
  Terminal terminal;
  if (isatty(STDOUT_FILENO) == 0) return terminal;
  const char* const no_color = std::getenv("NO_COLOR");
  const char* const kind = std::getenv("TERM");
  terminal.colour = (no_color == nullptr || *no_color == '\0') && kind != nullptr &&
                    std::string_view(kind) != "dumb";
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.width = std::clamp<std::size_t>(size.ws_col, 80, 120);
  }
  return terminal;
}

}  // namespace postern::cli
