// One line of an EHLO reply is a keyword and its parameters (RFC 5321 4.1.1.1). Servers are sloppy
// about it (C8): any case, "AUTH=LOGIN", trailing blanks, a keyword twice. All of that is read as
// what it must mean; of keywords that come twice the union counts.

#include "client/smtp/capabilities.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

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

// The words of `line` between any of `separators`; none is empty.
Parameters Split(std::string_view line, std::string_view separators) {
  Parameters words;
  for (;;) {
    const std::size_t start = line.find_first_not_of(separators);
    if (start == std::string_view::npos) return words;
    line.remove_prefix(start);
    const std::size_t size = std::min(line.find_first_of(separators), line.size());
    words.push_back(line.substr(0, size));
    line.remove_prefix(size);
  }
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
  for (const std::string_view word : Split(line, " \t\r")) {
    const std::size_t equals = std::min(word.find('='), word.size());
    for (const auto& row : kLimits) {
      if (equals == word.size() || row.name != word.substr(0, equals)) continue;
      const std::optional<std::uint64_t> value =
          ReadLimit(word.substr(equals + 1), kMaxLimitDigits);
      std::optional<std::size_t>& kept = capabilities.*row.value;
      if (value) kept = std::min<std::size_t>(*value, kept.value_or(*value));
    }
  }
}

void ReadMechanisms(const Parameters& parameters, std::vector<std::string>& mechanisms) {
  for (const std::string_view mechanism : parameters) {
    if (mechanisms.size() == kMaxMechanisms) return;
    const bool known = std::ranges::find(mechanisms, mechanism) != mechanisms.end();
    if (!known) mechanisms.emplace_back(mechanism);
  }
}

void ReadLine(const std::string& line, Capabilities& capabilities) {
  const std::string upper = absl::AsciiStrToUpper(line);
  Parameters words = Split(upper, " \t=\r");
  if (words.empty()) return;
  const std::string_view keyword = words.front();
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
  capabilities.lines.reserve(std::min(ehlo_reply.lines.size(), kMaxLines));
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
