#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"
#include "strategy/policy/lint/rules.h"

namespace postern::strategy {
namespace {

bool HasFamily(const ConnectionDraft& connection, IpFamily family) {
  return std::ranges::any_of(connection.source_ips, [&](const Placed<IpAddress>& ip) {
    return ip.value.family() == family;
  });
}

// Whether every connection strategy that may be chosen lists source addresses, and none of this
// family: then a route of this family alone can never be used.
bool NoSourceHas(const PolicyDraft& draft, IpFamily family) {
  const auto ids = IdsOf(draft.connection_strategy, kBuiltInConnection);
  std::size_t found = 0;
  for (const ConnectionDraft& connection : draft.connections) {
    if (ids && !ids->contains(connection.id)) continue;
    ++found;
    if (connection.source_ips.empty() || HasFamily(connection, family)) return false;
  }
  // The built-in default, which leaves the choice to the system, may be the fallback: what matters
  // is what the rules name.
  return found > 0;
}

// The only family that a route can use, and the place that says so.
std::optional<Placed<IpFamily>> OnlyFamily(const RouteDraft& route) {
  if (route.address) {
    if (const auto* ip = std::get_if<IpAddress>(&route.address->value))
      return Placed<IpFamily>{ip->family(), route.address->range};
  }
  if (!route.ip_lookup) return std::nullopt;
  if (route.ip_lookup->value == IpLookup::kIpv4Only)
    return Placed<IpFamily>{IpFamily::kIpv4, route.ip_lookup->range};
  if (route.ip_lookup->value == IpLookup::kIpv6Only)
    return Placed<IpFamily>{IpFamily::kIpv6, route.ip_lookup->range};
  return std::nullopt;
}

}  // namespace

void LintFamilyMismatch(const PolicyDraft& draft, IssueList& issues) {
  const bool lacks[] = {NoSourceHas(draft, IpFamily::kIpv4), NoSourceHas(draft, IpFamily::kIpv6)};
  for (const RouteDraft& route : draft.routes) {
    const std::optional<Placed<IpFamily>> only = OnlyFamily(route);
    if (!only || !lacks[only->value == IpFamily::kIpv4 ? 0 : 1]) continue;
    const std::string family(IpFamilyName(only->value));
    issues.Warning(only->range, "family-mismatch",
                   Concat("the route ", Quoted(route.id), " uses ", family,
                          " alone, and no source-ips of a connection strategy in use are ", family,
                          ": nothing can be delivered by it"),
                   Concat("add an ", family, " address to source-ips, or let the route use both"));
  }
}

}  // namespace postern::strategy
