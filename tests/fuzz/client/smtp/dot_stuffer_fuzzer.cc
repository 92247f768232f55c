// Any message in any pieces: what goes on the wire is the same wherever it is cut, ends with the
// only terminator, has no bare CR or LF and no NUL, and gives the message back; a message that
// would break this is refused. Input: the size of a piece in one octet, then the message.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "client/smtp/dot_stuffer.h"

namespace postern::client {
namespace {

// nullopt: refused.
std::optional<std::string> Stuff(std::string_view message, std::size_t piece) {
  DotStuffer stuffer;
  std::string wire;
  while (!message.empty()) {
    const std::string_view chunk = message.substr(0, piece);
    if (!stuffer.Append(chunk, wire)) return std::nullopt;
    message.remove_prefix(chunk.size());
  }
  if (!stuffer.Finish(wire)) return std::nullopt;
  return wire;
}

bool MayTravel(std::string_view message) {
  for (std::size_t i = 0; i < message.size(); ++i) {
    const bool cr_before = i > 0 && message[i - 1] == '\r';
    const bool lf_behind = i + 1 < message.size() && message[i + 1] == '\n';
    if (message[i] == '\0' || (message[i] == '\n' && !cr_before) ||
        (message[i] == '\r' && !lf_behind))
      return false;
  }
  return true;
}

// As a receiver reads it, line by line (RFC 5321 4.5.2); aborts where it would be misled.
std::string Received(std::string_view wire) {
  std::string message;
  for (;;) {
    const std::size_t end = wire.find("\r\n");
    if (end == std::string_view::npos) std::abort();  // no terminator
    std::string_view line = wire.substr(0, end);
    wire.remove_prefix(end + 2);
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) std::abort();
    if (line == ".") break;
    if (line.starts_with('.')) line.remove_prefix(1);
    message.append(line).append("\r\n");
  }
  if (!wire.empty()) std::abort();  // something behind the terminator
  return message;
}

}  // namespace
}  // namespace postern::client

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::string message(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = std::max<std::size_t>(1, data[0]);
  const auto whole = postern::client::Stuff(message, message.size());
  if (whole != postern::client::Stuff(message, piece)) std::abort();
  if (whole != postern::client::Stuff(message, 1)) std::abort();
  if (whole.has_value() != postern::client::MayTravel(message)) std::abort();
  if (!whole) return 0;
  if (!message.empty() && !message.ends_with("\r\n")) message += "\r\n";
  if (postern::client::Received(*whole) != message) std::abort();
  return 0;
}
