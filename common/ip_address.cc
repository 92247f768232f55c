#include "common/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace postern {

std::string_view IpFamilyName(IpFamily family) {
  return family == IpFamily::kIpv4 ? "IPv4" : "IPv6";
}

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  // inet_pton is strict about form (no blanks, no leading zeros) but takes a C string: a NUL must
  // not cut it short.
  char buffer[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof(buffer) || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  std::ranges::copy(text, buffer);
  buffer[text.size()] = '\0';
  std::array<std::uint8_t, 16> octets{};
  if (inet_pton(AF_INET, buffer, octets.data()) == 1) {
    return V4({octets[0], octets[1], octets[2], octets[3]});
  }
  if (inet_pton(AF_INET6, buffer, octets.data()) == 1) return V6(octets);
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::ParseLiteral(std::string_view text) {
  static constexpr std::string_view kTag = "ipv6:";
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
  std::string_view inner = text.substr(1, text.size() - 2);
  const std::string_view start = inner.substr(0, kTag.size());
  const bool tagged = std::ranges::equal(start, kTag, [](char a, char b) {
    return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b);
  });
  if (tagged) inner.remove_prefix(kTag.size());
  std::optional<IpAddress> ip = Parse(inner);
  if (ip && ip->is_v4() == tagged) return std::nullopt;
  return ip;
}

IpAddress IpAddress::V4(std::array<std::uint8_t, 4> octets) {
  IpAddress ip;
  std::ranges::copy(octets, ip.octets_.begin());
  return ip;
}

IpAddress IpAddress::V6(std::array<std::uint8_t, 16> octets) {
  IpAddress ip;
  ip.family_ = IpFamily::kIpv6;
  ip.octets_ = octets;
  return ip;
}

std::span<const std::uint8_t> IpAddress::octets() const {
  return {octets_.data(), is_v4() ? std::size_t{4} : std::size_t{16}};
}

std::string IpAddress::ToString() const {
  char buffer[INET6_ADDRSTRLEN];
  if (!is_v4()) return inet_ntop(AF_INET6, octets_.data(), buffer, sizeof(buffer));
  // inet_ntop formats each number by printf, and every message has addresses to tell.
  char* end = buffer;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) *end++ = '.';
    end = std::to_chars(end, std::end(buffer), octets_[i]).ptr;
  }
  return {buffer, end};
}

std::string IpAddress::ToLiteral() const {
  return is_v4() ? "[" + ToString() + "]" : "[IPv6:" + ToString() + "]";
}

std::optional<IpAddress> EmbeddedIpv4(const IpAddress& address) {
  if (address.is_v4()) return std::nullopt;
  const std::span<const std::uint8_t> o = address.octets();
  const auto v4_at = [&](std::size_t i) {
    return IpAddress::V4({o[i], o[i + 1], o[i + 2], o[i + 3]});
  };
  static constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0,    0,
                                                           0, 0, 0, 0, 0xFF, 0xFF};
  static constexpr std::array<std::uint8_t, 12> kNat64 = {0, 0x64, 0xFF, 0x9B, 0, 0,
                                                          0, 0,    0,    0,    0, 0};
  if (std::equal(kMapped.begin(), kMapped.end(), o.begin())) return v4_at(12);
  if (std::equal(kNat64.begin(), kNat64.end(), o.begin())) return v4_at(12);
  if (o[0] == 0x20 && o[1] == 0x02) return v4_at(2);
  return std::nullopt;
}

std::optional<Cidr> Cidr::Parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address = IpAddress::Parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int full = address->is_v4() ? 32 : 128;
  int length = full;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    const bool padded = digits.size() > 1 && digits[0] == '0';
    if (error != std::errc() || end != digits.data() + digits.size() || padded || length < 0 ||
        length > full) {
      return std::nullopt;
    }
  }
  std::array<std::uint8_t, 16> octets{};
  std::copy(address->octets().begin(), address->octets().end(), octets.begin());
  for (int bit = length; bit < full; ++bit) {
    octets[static_cast<std::size_t>(bit / 8)] &= static_cast<std::uint8_t>(~(0x80u >> (bit % 8)));
  }
  const IpAddress network = address->is_v4()
                                ? IpAddress::V4({octets[0], octets[1], octets[2], octets[3]})
                                : IpAddress::V6(octets);
  return Cidr(network, length);
}

bool Cidr::Contains(const IpAddress& address) const {
  if (address.family() != network_.family()) return false;
  const std::span<const std::uint8_t> a = address.octets();
  const std::span<const std::uint8_t> n = network_.octets();
  const std::size_t whole = static_cast<std::size_t>(length_ / 8);
  if (!std::equal(n.begin(), n.begin() + static_cast<std::ptrdiff_t>(whole), a.begin()))
    return false;
  const int rest = length_ % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF00u >> rest);
  return (a[whole] & mask) == (n[whole] & mask);
}

std::string Cidr::ToString() const { return network_.ToString() + "/" + std::to_string(length_); }

}  // namespace postern
