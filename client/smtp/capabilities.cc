// One line of an EHLO reply is a keyword and its parameters (RFC 5321 4.1.1.1). Servers are sloppy
// about it (C8): any case, "AUTH=LOGIN", trailing blanks, a keyword twice. All of that is read as
// what it must mean; of keywords that come twice the union counts.

#include "client/smtp/capabilities.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/ascii.h"

namespace postern::client {
namespace {

constexpr std::size_t kMaxLines = 100;
constexpr std::size_t kMaxMechanisms = 100;
// 2^64 has twenty digits. What needs so many is no limit but a mistake (C10).
constexpr std::size_t kMaxSizeDigits = 19;
// RFC 9422 4: the values of LIMITS have no more.
constexpr std::size_t kMaxLimitDigits = 6;

// Words of a line that lives longer; most lines have few.
using Parameters = absl::InlinedVector<std::string_view, 8>;

constexpr struct {
  std::string_view keyword;
  bool Extensions::* flag;
} kFlags[] = {
    {"PIPELINING", &Extensions::pipelining},
    {"8BITMIME", &Extensions::eight_bit_mime},
    {"SMTPUTF8", &Extensions::smtp_utf8},
    {"DSN", &Extensions::dsn},
    {"ENHANCEDSTATUSCODES", &Extensions::enhanced_status_codes},
    {"STARTTLS", &Extensions::start_tls},
    {"CHUNKING", &Extensions::chunking},
    {"MT-PRIORITY", &Extensions::mt_priority},
    {"SIZE", &Extensions::size_offered},
};

constexpr struct {
  std::string_view name;
  std::optional<std::size_t> Extensions::* value;
} kLimits[] = {
    {"MAILMAX", &Extensions::max_mails},
    {"RCPTMAX", &Extensions::max_recipients},
};

// A limit; nullopt also for 0, which RFC 1870 4 reads as none and RFC 9422 has not.
std::optional<std::uint64_t> ReadLimit(std::string_view text, std::size_t max_digits) {
  const bool digits = std::ranges::all_of(text, [](char c) { return absl::ascii_isdigit(c); });
  if (!digits || text.empty() || text.size() > max_digits) return std::nullopt;
  std::uint64_t limit = 0;  // fits: no limit has more digits than 64 bits hold
  std::from_chars(text.data(), text.data() + text.size(), limit);
  if (limit == 0) return std::nullopt;
  return limit;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool IsBlankOrEquals(char c) { return IsBlank(c) || c == '='; }

// Whether `text` is `word`, which is in upper case.
bool IsWord(std::string_view text, std::string_view word) {
  return text.size() == word.size() && std::ranges::equal(text, word, {}, absl::ascii_toupper);
}

// The words of `line` between separators; none is empty.
Parameters Split(std::string_view line, bool (*is_separator)(char)) {
  Parameters words;
  for (const char* start = line.begin(); start != line.end();) {
    start = std::find_if_not(start, line.end(), is_separator);
    const char* const end = std::find_if(start, line.end(), is_separator);
    if (start != end) words.emplace_back(start, end);
    start = end;
  }
  return words;
}

// Of two limits the larger one counts: a message must not fail here that the server may take.
void ReadSize(const Parameters& parameters, Capabilities& capabilities) {
  if (parameters.empty()) return;
  const std::optional<std::uint64_t> limit = ReadLimit(parameters.front(), kMaxSizeDigits);
  if (limit) capabilities.max_size = std::max(limit, capabilities.max_size);
}

// RFC 9422 3: "RCPTMAX=20 MAILMAX=5". Of two limits the smaller one counts: to keep it costs no
// more than another transaction.
void ReadLimits(std::string_view line, Capabilities& capabilities) {
  for (const std::string_view word : Split(line, IsBlank)) {
    const std::size_t equals = std::min(word.find('='), word.size());
    for (const auto& row : kLimits) {
      if (equals == word.size() || !IsWord(word.substr(0, equals), row.name)) continue;
      const std::optional<std::uint64_t> value =
          ReadLimit(word.substr(equals + 1), kMaxLimitDigits);
      std::optional<std::size_t>& kept = capabilities.*row.value;
      if (value) kept = std::min<std::size_t>(*value, kept.value_or(*value));
    }
  }
}

void ReadMechanisms(const Parameters& parameters, std::vector<std::string>& mechanisms) {
  for (const std::string_view parameter : parameters) {
    if (mechanisms.size() == kMaxMechanisms) return;
    std::string mechanism(parameter);
    absl::AsciiStrToUpper(&mechanism);
    const bool known = std::ranges::find(mechanisms, mechanism) != mechanisms.end();
    if (!known) mechanisms.push_back(std::move(mechanism));
  }
}

void ReadLine(std::string_view line, Capabilities& capabilities) {
  Parameters words = Split(line, IsBlankOrEquals);
  if (words.empty()) return;
  const std::string_view keyword = words.front();
  words.erase(words.begin());
  for (const auto& row : kFlags) {
    if (IsWord(keyword, row.keyword)) capabilities.*row.flag = true;
  }
  if (IsWord(keyword, "SIZE")) ReadSize(words, capabilities);
  if (IsWord(keyword, "AUTH")) ReadMechanisms(words, capabilities.auth_mechanisms);
  if (IsWord(keyword, "LIMITS")) ReadLimits(line, capabilities);
}

}  // namespace

Capabilities ParseCapabilities(std::vector<std::string> ehlo_lines) {
  Capabilities capabilities;
  capabilities.lines = std::move(ehlo_lines);
  std::vector<std::string>& lines = capabilities.lines;
  // The first line is the server's name and a welcome, whatever it looks like (C9).
  if (!lines.empty()) lines.erase(lines.begin());
  if (lines.size() > kMaxLines) lines.resize(kMaxLines);
  std::erase(lines, "");  // smtp-sink ends its list with one
  for (const std::string& line : lines) ReadLine(line, capabilities);
  return capabilities;
}

}  // namespace postern::client
