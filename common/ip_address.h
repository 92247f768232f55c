#ifndef POSTERN_COMMON_IP_ADDRESS_H_
#define POSTERN_COMMON_IP_ADDRESS_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace postern {

enum class IpFamily : std::uint8_t { kIpv4, kIpv6 };

// "IPv4" or "IPv6".
std::string_view IpFamilyName(IpFamily family);

// An IPv4 or IPv6 address. A value type: copy it freely; any thread. IPv4-mapped IPv6 stays IPv6.
class IpAddress {
 public:
  // 0.0.0.0.
  IpAddress() = default;

  // Strict: no blanks, brackets, zone ids or leading zeros; nullopt for anything else.
  static std::optional<IpAddress> Parse(std::string_view text);
  // An SMTP address literal, brackets included: "[192.0.2.1]" or "[IPv6:2001:db8::1]", the tag in
  // any case (RFC 5321 4.1.3); nullopt for anything else.
  static std::optional<IpAddress> ParseLiteral(std::string_view text);
  static IpAddress V4(std::array<std::uint8_t, 4> octets);
  static IpAddress V6(std::array<std::uint8_t, 16> octets);

  IpFamily family() const { return family_; }
  bool is_v4() const { return family_ == IpFamily::kIpv4; }
  // 4 or 16 octets in network order, valid as long as this object.
  std::span<const std::uint8_t> octets() const;

  // Canonical text: dotted quad, or RFC 5952 (lower case, compressed).
  std::string ToString() const;
  // As it stands in an SMTP address literal: "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC
  // 5321 4.1.3).
  std::string ToLiteral() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& ip) {
    return H::combine(std::move(h), ip.family_, ip.octets_);
  }

 private:
  IpFamily family_ = IpFamily::kIpv4;
  // The unused tail of an IPv4 address is always zero, so that the default comparison holds.
  std::array<std::uint8_t, 16> octets_{};
};

// The IPv4 address that an IPv6 address carries inside: v4-mapped (::ffff:0:0/96), 6to4 (2002::/16)
// or NAT64 (64:ff9b::/96, RFC 6052). nullopt for every other address.
std::optional<IpAddress> EmbeddedIpv4(const IpAddress& address);

// A network: an address and a prefix length. A value type; any thread.
class Cidr {
 public:
  // "192.0.2.0/24", "2001:db8::/32", or a bare address (its full length). Host bits may be set;
  // they are cleared. nullopt for anything else.
  static std::optional<Cidr> Parse(std::string_view text);

  bool Contains(const IpAddress& address) const;
  std::string ToString() const;

  friend bool operator==(const Cidr&, const Cidr&) = default;

 private:
  Cidr(const IpAddress& network, int length) : network_(network), length_(length) {}

  IpAddress network_;
  int length_ = 0;
};

}  // namespace postern

#endif  // POSTERN_COMMON_IP_ADDRESS_H_
