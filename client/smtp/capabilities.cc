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

// RFC 1870 4: the limit in octets; 0 means that there is none.
std::optional<std::uint64_t> ReadLimit(const std::string& text) {
  std::uint64_t limit = 0;
  const bool digits = std::ranges::all_of(text, [](char c) { return absl::ascii_isdigit(c); });
  if (!digits || text.size() > kMaxSizeDigits || !absl::SimpleAtoi(text, &limit)) {
    return std::nullopt;
  }
  if (limit == 0) return std::nullopt;
  return limit;
}

// Of two limits the larger one counts: a message must not fail here that the server may take.
void ReadSize(const Parameters& parameters, Capabilities& capabilities) {
  if (parameters.empty()) return;
  const std::optional<std::uint64_t> limit = ReadLimit(parameters.front());
  if (limit) capabilities.max_size = std::max(limit, capabilities.max_size);
}

void ReadMechanisms(const Parameters& parameters, std::vector<std::string>& mechanisms) {
  for (const std::string& mechanism : parameters) {
    if (mechanisms.size() == kMaxMechanisms) return;
    const bool known = std::ranges::find(mechanisms, mechanism) != mechanisms.end();
    if (!known) mechanisms.push_back(mechanism);
  }
}

void ReadLine(const std::string& line, Capabilities& capabilities) {
  Parameters words =
      absl::StrSplit(absl::AsciiStrToUpper(line), absl::ByAnyChar(" \t=\r"), absl::SkipEmpty());
  if (words.empty()) return;
  const std::string keyword = std::move(words.front());
  words.erase(words.begin());
  for (const auto& row : kFlags) {
    if (row.keyword == keyword) capabilities.*row.flag = true;
  }
  if (keyword == "SIZE") ReadSize(words, capabilities);
  if (keyword == "AUTH") ReadMechanisms(words, capabilities.auth_mechanisms);
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
