#include "client/dns/rdata.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

// A name on the wire is labels, each behind its length, up to the empty one of the root (RFC 1035
// 3.1). A label may hold any octet, a dot and a NUL included. In the text that is made of it a dot
// always divides labels; every other octet outside printable ASCII, and the dot and the backslash,
// come out escaped. DomainName refuses a backslash, so "mx.example" within one label and the UTF-8
// of a U-label stay what they are: no host names.
namespace postern::client {
namespace {

constexpr std::size_t kMaxName = 255;  // lengths and root included (RFC 1035 2.3.4)
constexpr std::size_t kMaxLabel = 63;  // what is above is a compression pointer, or undefined

void AppendEscaped(std::string& text, unsigned char octet) {
  if (octet >= 'A' && octet <= 'Z') {
    text += static_cast<char>(octet - 'A' + 'a');
  } else if (octet == '.' || octet == '\\') {
    text += '\\';
    text += static_cast<char>(octet);
  } else if (octet > ' ' && octet < 0x7F) {
    text += static_cast<char>(octet);
  } else {
    text += '\\';
    for (const int unit : {100, 10, 1}) text += static_cast<char>('0' + octet / unit % 10);
  }
}

// The whole of `wire` must be one name.
std::optional<std::string> ParseName(std::string_view wire) {
  if (wire.size() > kMaxName) return std::nullopt;
  std::string text;
  for (;;) {
    if (wire.empty()) return std::nullopt;
    const std::size_t length = static_cast<unsigned char>(wire.front());
    wire.remove_prefix(1);
    if (length == 0) break;
    if (length > kMaxLabel || length > wire.size()) return std::nullopt;
    if (!text.empty()) text += '.';
    for (const char octet : wire.substr(0, length)) {
      AppendEscaped(text, static_cast<unsigned char>(octet));
    }
    wire.remove_prefix(length);
  }
  if (!wire.empty()) return std::nullopt;
  return text;
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> ToArray(std::string_view octets) {
  std::array<std::uint8_t, kSize> result;
  std::ranges::transform(octets, result.begin(),
                         [](char c) { return static_cast<std::uint8_t>(c); });
  return result;
}

}  // namespace

std::optional<MxRecord> ParseMx(std::string_view rdata) {
  if (rdata.size() < 3) return std::nullopt;
  std::optional<std::string> exchange = ParseName(rdata.substr(2));
  if (!exchange) return std::nullopt;
  const auto high = static_cast<unsigned char>(rdata[0]);
  const auto low = static_cast<unsigned char>(rdata[1]);
  return MxRecord{static_cast<std::uint16_t>(high << 8 | low), *std::move(exchange)};
}

std::optional<IpAddress> ParseAddress(IpFamily family, std::string_view rdata) {
  const bool v4 = family == IpFamily::kIpv4;
  if (rdata.size() != (v4 ? 4u : 16u)) return std::nullopt;
  return v4 ? IpAddress::V4(ToArray<4>(rdata)) : IpAddress::V6(ToArray<16>(rdata));
}

std::optional<std::string> ParseTxt(std::string_view rdata) {
  if (rdata.empty()) return std::nullopt;
  std::string text;
  while (!rdata.empty()) {
    const std::size_t length = static_cast<unsigned char>(rdata.front());
    rdata.remove_prefix(1);
    if (length > rdata.size()) return std::nullopt;
    text += rdata.substr(0, length);
    rdata.remove_prefix(length);
  }
  return text;
}

std::optional<std::string> ParsePtr(std::string_view rdata) { return ParseName(rdata); }

std::string ReverseName(const IpAddress& address) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string name;
  const auto octets = address.octets();
  for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet) {
    if (address.is_v4()) {
      name += std::to_string(*octet);
    } else {
      name += kDigits[*octet & 0xF];
      name += '.';
      name += kDigits[*octet >> 4];
    }
    name += '.';
  }
  return name + (address.is_v4() ? "in-addr.arpa" : "ip6.arpa");
}

}  // namespace postern::client
