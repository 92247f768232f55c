// Any EHLO reply: reading it ends, stays within its bounds, and what it says does not depend on the
// case of letters (C8). Input: the reply as the server sends it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "client/smtp/capabilities.h"
#include "client/smtp/reply.h"

namespace postern::client {
namespace {

std::optional<Reply> Read(std::string_view octets) {
  ReplyParser parser;
  if (parser.Feed(octets) != ReplyParser::Result::kReply) return std::nullopt;
  return parser.TakeReply();
}

// What of it does not keep the server's spelling.
auto Offered(const Capabilities& c) {
  return std::tuple(c.pipelining, c.eight_bit_mime, c.smtp_utf8, c.dsn, c.enhanced_status_codes,
                    c.start_tls, c.chunking, c.mt_priority, c.size_offered, c.max_size, c.max_mails,
                    c.max_recipients, c.auth_mechanisms);
}

char Swapped(char c) {
  if (c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 'A');
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c;
}

}  // namespace
}  // namespace postern::client

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace postern::client;  // NOLINT(google-build-using-namespace)
  std::string octets(reinterpret_cast<const char*>(data), size);
  const std::optional<Reply> reply = Read(octets);
  if (!reply) return 0;
  const Capabilities capabilities = ParseCapabilities(reply->lines);
  if (capabilities.lines.size() > 100) std::abort();
  if (capabilities.max_size == 0U || capabilities.max_mails == 0U) std::abort();
  if (capabilities.max_recipients == 0U) std::abort();
  if (capabilities.max_size && !capabilities.size_offered) std::abort();
  std::transform(octets.begin(), octets.end(), octets.begin(), Swapped);
  const std::optional<Reply> swapped = Read(octets);
  if (!swapped || Offered(ParseCapabilities(swapped->lines)) != Offered(capabilities)) std::abort();
  return 0;
}
