#ifndef POSTERN_STRATEGY_POLICY_POLICY_DRAFT_H_
#define POSTERN_STRATEGY_POLICY_POLICY_DRAFT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/address_filter.h"
#include "common/domain_name.h"
#include "common/ip_address.h"
#include "common/plan/connection_plan.h"
#include "common/plan/route_plan.h"
#include "strategy/diagnostics/source_text.h"
#include "strategy/expr/expression.h"
#include "strategy/policy/policy.h"

namespace postern::strategy {

// A value, and where the file says it.
template <typename T>
struct Placed {
  T value;
  SourceRange range;
};

struct ConnectionDraft {
  std::string id;
  SourceRange range;
  std::optional<Placed<std::string>> ehlo_hostname;
  std::vector<Placed<IpAddress>> source_ips;
  StageTimeouts timeouts;
};

struct SourceIpDraft {
  IpAddress ip;
  SourceRange range;
  std::optional<Placed<std::string>> ehlo_hostname;
};

// A route as far as it could be read. What was not there or not understood has an issue already.
struct RouteDraft {
  enum class Type : std::uint8_t { kUnknown, kMx, kRelay };

  std::string id;
  SourceRange range;
  Type type = Type::kUnknown;
  MxRoute mx;
  std::optional<Placed<std::variant<DomainName, IpAddress>>> address;  // relay
  bool tls_implicit = true;                                            // relay
  IpLookup ip_lookup = IpLookup::kIpv4ThenIpv6;
  std::uint16_t port = 25;
  std::optional<AddressFilter> deny_destinations;  // nullopt: the default of the type
};

// What a policy file says, with the place of everything that a check may have to point at. Ids and
// addresses are unique, in the order of the file. Made by the importer, looked at by the lint
// rules, turned into a Policy when there are no errors; a plain value, one thread.
struct PolicyDraft {
  std::optional<Placed<std::string>> server_hostname;
  std::vector<ConnectionDraft> connections;
  std::vector<SourceIpDraft> source_ips;
  std::vector<RouteDraft> routes;
  std::optional<Expression> connection_strategy;
  std::optional<Expression> route_strategy;
  ResolverSettings resolver;
};

// The policy that `draft`, which must have no errors, describes. Pure.
Policy BuildPolicy(PolicyDraft draft, std::string version);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_POLICY_POLICY_DRAFT_H_
