#ifndef POSTERN_COMMON_PLAN_ROUTE_PLAN_H_
#define POSTERN_COMMON_PLAN_ROUTE_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "common/address_filter.h"
#include "common/domain_name.h"
#include "common/ip_address.h"
#include "common/secret.h"

namespace postern {

// Which address families a host is looked up in, and which comes first.
enum class IpLookup : std::uint8_t { kIpv4Only, kIpv6Only, kIpv4ThenIpv6, kIpv6ThenIpv4 };

// `type = "mx"`: to the recipient domain's mail exchangers (RFC 5321 5.1).
struct MxRoute {
  std::uint32_t max_hosts = 5;      // limits.mx; at least 1
  std::uint32_t max_addresses = 2;  // limits.multihomed, per host; at least 1

  friend bool operator==(const MxRoute&, const MxRoute&) = default;
};

// What a relay speaks.
enum class RelayProtocol : std::uint8_t { kSmtp, kLmtp };

// Who we are to a relay (RFC 4954).
struct RelayAuth {
  std::string username;
  Secret secret;

  friend bool operator==(const RelayAuth&, const RelayAuth&) = default;
};

// `type = "relay"`: to one named host.
struct RelayRoute {
  std::variant<DomainName, IpAddress> address;
  RelayProtocol protocol = RelayProtocol::kSmtp;
  bool tls_implicit = true;
  bool allow_invalid_certs = false;
  std::optional<RelayAuth> auth = std::nullopt;  // never authenticates without

  friend bool operator==(const RelayRoute&, const RelayRoute&) = default;
};

// Where a recipient's mail goes. Plain data, written by strategy/, read by client/ and server/; any
// thread once made.
struct RoutePlan {
  std::string route_id;
  std::variant<MxRoute, RelayRoute> kind;
  IpLookup ip_lookup = IpLookup::kIpv4ThenIpv6;
  std::uint16_t port = 25;
  AddressFilter deny_destinations;

  friend bool operator==(const RoutePlan&, const RoutePlan&) = default;
};

// The most addresses of one relay host that are tried.
inline constexpr std::uint32_t kRelayMaxAddresses = 10;

}  // namespace postern

#endif  // POSTERN_COMMON_PLAN_ROUTE_PLAN_H_
