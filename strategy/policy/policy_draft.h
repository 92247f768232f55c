#ifndef POSTERN_STRATEGY_POLICY_POLICY_DRAFT_H_
#define POSTERN_STRATEGY_POLICY_POLICY_DRAFT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/address_filter.h"
#include "common/clock.h"
#include "common/domain_name.h"
#include "common/ip_address.h"
#include "common/plan/connection_plan.h"
#include "common/plan/route_plan.h"
#include "common/plan/tls_plan.h"
#include "common/secret.h"
#include "strategy/diagnostics/source_text.h"
#include "strategy/expr/if_block.h"
#include "strategy/policy/local_lists.h"
#include "strategy/policy/policy.h"

namespace postern::strategy {

// A value, and where the file says it.
template <typename T>
struct Placed {
  T value;
  SourceRange range;
};

// One of the six limits of a connection strategy that the file sets.
struct TimeoutDraft {
  Duration StageTimeouts::* stage;
  std::string_view key;  // "timeout.rcpt-to"; static
  Placed<Duration> limit;
};

struct ConnectionDraft {
  std::string id;
  SourceRange range;
  std::optional<Placed<std::string>> ehlo_hostname;
  std::vector<Placed<IpAddress>> source_ips;
  std::vector<TimeoutDraft> timeouts;
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
  RelayProtocol protocol = RelayProtocol::kSmtp;                       // relay
  bool tls_implicit = true;                                            // relay
  bool allow_invalid_certs = false;                                    // relay
  std::optional<Placed<std::string>> username;                         // relay
  std::optional<Placed<Secret>> secret;                                // relay
  // The secret stands in the file itself, not in a macro.
  bool is_secret_literal = false;
  std::optional<Placed<IpLookup>> ip_lookup;
  std::uint16_t port = 25;
  std::optional<AddressFilter> deny_destinations;  // nullopt: the default of the type
};

struct TlsDraft {
  std::string id;
  SourceRange range;
  TlsPlan plan;
};

struct LimiterDraft {
  std::string id;
  SourceRange range;
  Limiter limiter;
};

// What a policy file says, with the place of everything that a check may have to point at. Ids and
// addresses are unique, in the order of the file. Made by the importer, looked at by the lint
// rules, turned into a Policy when there are no errors; a plain value, one thread.
struct PolicyDraft {
  std::optional<Placed<std::string>> server_hostname;
  std::vector<ConnectionDraft> connections;
  std::vector<SourceIpDraft> source_ips;
  std::vector<RouteDraft> routes;
  std::vector<TlsDraft> tls;
  std::vector<LimiterDraft> limiters;
  std::optional<IfBlock> connection_strategy;
  std::optional<IfBlock> route_strategy;
  std::optional<IfBlock> tls_strategy;
  LocalLists local;
  ResolverSettings resolver;
  // What macros put into values, for the policy's version only.
  std::string expanded_macros;
};

// The policy that `draft`, which must have no errors, describes. Pure.
Policy BuildPolicy(PolicyDraft draft, std::string version);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_POLICY_POLICY_DRAFT_H_
