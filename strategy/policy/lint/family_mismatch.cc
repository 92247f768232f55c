// Two questions, so that no mistake is told twice: is there a route that no connection strategy can
// serve; and, where each route has one, is there a connection strategy that can serve no route.
// Only strategies that the rules may choose count. One without source-ips serves all: the system
// chooses.

#include <algorithm>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"
#include "strategy/policy/lint/rules.h"

namespace postern::strategy {
namespace {

template <typename Draft>
struct InUse {
  std::vector<const Draft*> drafts;
  // Whether a built-in one, which takes any family, may be chosen too.
  bool has_built_in = false;
  // Whether they are in use for certain; of ids that are computed, nobody knows.
  bool is_certain = false;
};

template <typename Draft>
InUse<Draft> FindInUse(const IfBlock& rule, std::string_view built_in,
                       const std::vector<Draft>& defined) {
  const Choices choices(rule, built_in);
  InUse<Draft> in_use;
  in_use.has_built_in = choices.Has(built_in);
  in_use.is_certain = !choices.is_any();
  for (const Draft& draft : defined) {
    if (draft.id == built_in) in_use.has_built_in = false;
    if (choices.Has(draft.id)) in_use.drafts.push_back(&draft);
  }
  return in_use;
}

bool Serves(const ConnectionDraft& connection, IpFamily family) {
  return connection.source_ips.empty() ||
         std::ranges::any_of(connection.source_ips, [&](const Placed<IpAddress>& ip) {
           return ip.value.family() == family;
         });
}

bool NoneServes(const InUse<ConnectionDraft>& connections, IpFamily family) {
  return !connections.has_built_in && !connections.drafts.empty() &&
         std::ranges::none_of(connections.drafts, [&](const ConnectionDraft* connection) {
           return Serves(*connection, family);
         });
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

// Whether there was any.
bool CheckRoutes(const InUse<RouteDraft>& routes, const InUse<ConnectionDraft>& connections,
                 IssueList& issues) {
  const bool lacks_ipv4 = NoneServes(connections, IpFamily::kIpv4);
  const bool lacks_ipv6 = NoneServes(connections, IpFamily::kIpv6);
  bool found = false;
  for (const RouteDraft* route : routes.drafts) {
    const std::optional<Placed<IpFamily>> only = OnlyFamily(*route);
    if (!only || !(only->value == IpFamily::kIpv4 ? lacks_ipv4 : lacks_ipv6)) continue;
    found = true;
    const std::string_view family = IpFamilyName(only->value);
    issues.Warning(only->range, "family-mismatch",
                   Concat("the route ", Quoted(route->id), " uses ", family,
                          " alone, and no source-ips of a connection strategy in use are ", family,
                          ": nothing can be delivered by it"),
                   Concat("add an ", family, " address to source-ips, or let the route use both"));
  }
  return found;
}

// The family that all routes in use are limited to.
std::optional<IpFamily> FamilyOfAll(const InUse<RouteDraft>& routes) {
  std::optional<IpFamily> all;
  if (routes.has_built_in) return std::nullopt;
  for (const RouteDraft* route : routes.drafts) {
    const std::optional<Placed<IpFamily>> only = OnlyFamily(*route);
    if (!only || (all && *all != only->value)) return std::nullopt;
    all = only->value;
  }
  return all;
}

void CheckConnections(const InUse<ConnectionDraft>& connections, IpFamily family,
                      IssueList& issues) {
  for (const ConnectionDraft* connection : connections.drafts) {
    if (Serves(*connection, family)) continue;
    issues.Warning(
        connection->source_ips.front().range, "family-mismatch",
        Concat("no source-ips of the connection strategy ", Quoted(connection->id), " are ",
               IpFamilyName(family), ", and the routes in use are ", IpFamilyName(family),
               " alone: nothing can be delivered by it"),
        Concat("add an ", IpFamilyName(family), " address to it, or let the routes use both"));
  }
}

}  // namespace

void LintFamilyMismatch(const PolicyDraft& draft, IssueList& issues) {
  const auto routes = FindInUse(RouteRule(draft), kBuiltInRoute, draft.routes);
  const auto connections = FindInUse(ConnectionRule(draft), kBuiltInConnection, draft.connections);
  if (CheckRoutes(routes, connections, issues) || !connections.is_certain) return;
  if (const std::optional<IpFamily> family = FamilyOfAll(routes))
    CheckConnections(connections, *family, issues);
}

}  // namespace postern::strategy
