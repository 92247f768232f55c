#ifndef POSTERN_STRATEGY_POLICY_POLICY_H_
#define POSTERN_STRATEGY_POLICY_POLICY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/clock.h"
#include "common/ip_address.h"
#include "common/plan/connection_plan.h"
#include "common/plan/route_plan.h"
#include "common/plan/tls_plan.h"
#include "strategy/expr/expression.h"
#include "strategy/expr/if_block.h"
#include "strategy/policy/local_lists.h"

namespace postern::strategy {

// queue.connection.<id>
struct ConnectionStrategy {
  std::string id;
  std::optional<std::string> ehlo_hostname;
  // In the order of the file; a repeated address counts as often as it is listed.
  std::vector<IpAddress> source_ips;
  StageTimeouts timeouts;

  friend bool operator==(const ConnectionStrategy&, const ConnectionStrategy&) = default;
};

// So many in each period; 0: no limit.
struct Rate {
  std::uint64_t count = 0;
  Duration period{};

  friend bool operator==(const Rate&, const Rate&) = default;
};

// What a limiter counts apart: each distinct combination of its keys has a counter of its own.
enum class LimiterKey : std::uint8_t {
  kRcptDomain,
  kSender,
  kSenderDomain,
  kMx,
  kRemoteIp,
  kLocalIp,
  kRcpt,
};

// queue.limiter.outbound.<id>. Read and checked; not enforced yet.
struct Limiter {
  std::string id;
  bool enable = true;
  std::vector<LimiterKey> keys;
  std::optional<Expression> match;  // nullopt: always
  Rate rate;
  std::uint64_t concurrency = 0;  // 0: no limit

  friend bool operator==(const Limiter&, const Limiter&) = default;
};

// resolver
struct ResolverSettings {
  enum class Type { kSystem, kCustom };
  enum class Transport { kUdp, kTcp };
  struct Upstream {
    Transport transport = Transport::kUdp;
    IpAddress address;
    std::uint16_t port = 53;

    friend bool operator==(const Upstream&, const Upstream&) = default;
  };

  Type type = Type::kSystem;
  std::vector<Upstream> custom;

  friend bool operator==(const ResolverSettings&, const ResolverSettings&) = default;
};

// The ids that exist without being defined; a policy may define them all the same.
inline constexpr std::string_view kBuiltInConnection = "default";
inline constexpr std::string_view kBuiltInRoute = "mx";
inline constexpr std::string_view kBuiltInTls = "default";
inline constexpr std::string_view kBuiltInInvalidTls = "invalid-tls";

// The route "mx", and the TLS strategies "default" and "invalid-tls", of a policy that does not
// define them.
RoutePlan BuiltInRoute();
TlsPlan BuiltInTls();
TlsPlan BuiltInInvalidTls();

// queue.strategy.tls of a policy that has none: "invalid-tls" once TLS has failed, else "default".
const IfBlock& BuiltInTlsRule();

// A policy: everything that a policy file says, checked. Made by the loader, immutable and shared
// from then on; any thread. Compares by meaning, not by the places in the file (twin files are
// equal); `version` is left out.
struct Policy {
  // SHA-256 over the texts it was made from, shortened to 16 hexadecimal digits; "built-in" without
  // any.
  std::string version;
  std::optional<std::string> server_hostname;
  absl::flat_hash_map<std::string, ConnectionStrategy> connections;
  absl::flat_hash_map<IpAddress, std::string> source_ip_ehlo_hostnames;
  absl::flat_hash_map<std::string, RoutePlan> routes;
  absl::flat_hash_map<std::string, TlsPlan> tls;
  // queue.strategy.connection, .route and .tls.
  IfBlock connection_strategy = IfBlock::Literal(kBuiltInConnection);
  IfBlock route_strategy = IfBlock::Literal(kBuiltInRoute);
  IfBlock tls_strategy = BuiltInTlsRule();
  // In the order of the file.
  std::vector<Limiter> limiters;
  LocalLists local;
  ResolverSettings resolver;

  friend bool operator==(const Policy& a, const Policy& b);
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_POLICY_POLICY_H_
