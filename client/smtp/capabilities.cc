// One line of an EHLO reply is a keyword and its parameters (RFC 5321 4.1.1.1). Servers are sloppy
// about it (C8): any case, "AUTH=LOGIN", trailing blanks, a keyword twice. All of that is read as
// what it must mean; of keywords that come twice the union counts.

#include "client/smtp/capabilities.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace postern::client {
namespace {

constexpr std::size_t kMaxLines = 100;
constexpr std::size_t kMaxMechanisms = 100;
// 2^64 has twenty digits. What needs so many is no limit but a mistake (C10).
constexpr std::size_t kMaxSizeDigits = 19;
// RFC 9422 4: the values of LIMITS have no more.
constexpr std::size_t kMaxLimitDigits = 6;

using Parameters = std::vector<std::string>;

constexpr struct {
  std::string_view keyword;
  bool Capabilities::* flag;
} kFlags[] = {
    {"PIPELINING", &Capabilities::pipelining},
    {"8BITMIME", &Capabilities::eight_bit_mime},
    {"SMTPUTF8", &Capabilities::smtp_utf8},
    {"DSN", &Capabilities::dsn},
    {"ENHANCEDSTATUSCODES", &Capabilities::enhanced_status_codes},
    {"STARTTLS", &Capabilities::start_tls},
    {"CHUNKING", &Capabilities::chunking},
    {"MT-PRIORITY", &Capabilities::mt_priority},
    {"SIZE", &Capabilities::size_offered},
};

constexpr struct {
  std::string_view name;
  std::optional<std::size_t> Capabilities::* value;
} kLimits[] = {
    {"MAILMAX", &Capabilities::max_mails},
    {"RCPTMAX", &Capabilities::max_recipients},
};

// A limit; nullopt also for 0, which RFC 1870 4 reads as none and RFC 9422 has not.
std::optional<std::uint64_t> ReadLimit(const std::string& text, std::size_t max_digits) {
  std::uint64_t limit = 0;
  const bool digits = std::ranges::all_of(text, [](char c) { return absl::ascii_isdigit(c); });
  if (!digits || text.size() > max_digits || !absl::SimpleAtoi(text, &limit)) {
    return std::nullopt;
  }
  if (limit == 0) return std::nullopt;
  return limit;
}

// Of two limits the larger one counts: a message must not fail here that the server may take.
void ReadSize(const Parameters& parameters, Capabilities& capabilities) {
  if (parameters.empty()) return;
  const std::optional<std::uint64_t> limit = ReadLimit(parameters.front(), kMaxSizeDigits);
  if (limit) capabilities.max_size = std::max(limit, capabilities.max_size);
}

// RFC 9422 3: "RCPTMAX=20 MAILMAX=5". Of two limits the smaller one counts: to keep it costs no
// more than another transaction.
void ReadLimits(const std::string& line, Capabilities& capabilities) {
  const Parameters words = absl::StrSplit(line, absl::ByAnyChar(" \t\r"));
  for (const std::string& word : words) {
    const std::pair<std::string, std::string> limit = absl::StrSplit(word, absl::MaxSplits('=', 1));
    for (const auto& row : kLimits) {
      if (row.name != limit.first) continue;
      const std::optional<std::uint64_t> value = ReadLimit(limit.second, kMaxLimitDigits);
      std::optional<std::size_t>& kept = capabilities.*row.value;
      if (value) kept = std::min<std::size_t>(*value, kept.value_or(*value));
    }
  }
}

void ReadMechanisms(const Parameters& parameters, std::vector<std::string>& mechanisms) {
  for (const std::string& mechanism : parameters) {
    if (mechanisms.size() == kMaxMechanisms) return;
    const bool known = std::ranges::find(mechanisms, mechanism) != mechanisms.end();
    if (!known) mechanisms.push_back(mechanism);
  }
}

void ReadLine(const std::string& line, Capabilities& capabilities) {
  const std::string upper = absl::AsciiStrToUpper(line);
  Parameters words = absl::StrSplit(upper, absl::ByAnyChar(" \t=\r"), absl::SkipEmpty());
  if (words.empty()) return;
  const std::string keyword = std::move(words.front());
  words.erase(words.begin());
  for (const auto& row : kFlags) {
    if (row.keyword == keyword) capabilities.*row.flag = true;
  }
  if (keyword == "SIZE") ReadSize(words, capabilities);
  if (keyword == "AUTH") ReadMechanisms(words, capabilities.auth_mechanisms);
  if (keyword == "LIMITS") ReadLimits(upper, capabilities);
}

}  // namespace

Capabilities ParseCapabilities(const Reply& ehlo_reply) {
  Capabilities capabilities;
  // The first line is the server's name and a welcome, whatever it looks like (C9).
  for (std::size_t i = 1; i < ehlo_reply.lines.size() && i <= kMaxLines; ++i) {
    const std::string& line = ehlo_reply.lines[i];
    if (line.empty()) continue;  // smtp-sink ends its list with one
    capabilities.lines.push_back(line);
    ReadLine(line, capabilities);
  }
  return capabilities;
}

}  // namespace postern::client
