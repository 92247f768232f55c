#include "strategy/policy/policy_draft.h"

#include <utility>

namespace postern::strategy {
namespace {

ConnectionStrategy BuildConnection(ConnectionDraft draft) {
  ConnectionStrategy connection;
  connection.id = std::move(draft.id);
  if (draft.ehlo_hostname) connection.ehlo_hostname = std::move(draft.ehlo_hostname->value);
  connection.source_ips.reserve(draft.source_ips.size());
  for (const Placed<IpAddress>& ip : draft.source_ips) connection.source_ips.push_back(ip.value);
  connection.timeouts = draft.timeouts;
  return connection;
}

// nullopt for a route that has an error, which the caller should have seen.
std::optional<RoutePlan> BuildRoute(RouteDraft draft) {
  RoutePlan route;
  if (draft.type == RouteDraft::Type::kMx) {
    route.kind = draft.mx;
    route.deny_destinations = AddressFilter::NotGloballyRoutable();
  } else if (draft.type == RouteDraft::Type::kRelay && draft.address) {
    route.kind = RelayRoute{std::move(draft.address->value), draft.tls_implicit};
  } else {
    return std::nullopt;
  }
  if (draft.deny_destinations) route.deny_destinations = *std::move(draft.deny_destinations);
  route.route_id = std::move(draft.id);
  route.ip_lookup = draft.ip_lookup;
  route.port = draft.port;
  return route;
}

}  // namespace

Policy BuildPolicy(PolicyDraft draft, std::string version) {
  Policy policy;
  policy.version = std::move(version);
  if (draft.server_hostname) policy.server_hostname = std::move(draft.server_hostname->value);
  for (ConnectionDraft& connection : draft.connections) {
    ConnectionStrategy built = BuildConnection(std::move(connection));
    std::string id = built.id;
    policy.connections.emplace(std::move(id), std::move(built));
  }
  for (SourceIpDraft& source : draft.source_ips) {
    if (!source.ehlo_hostname) continue;
    policy.source_ip_ehlo_hostnames.emplace(source.ip, std::move(source.ehlo_hostname->value));
  }
  for (RouteDraft& route : draft.routes) {
    std::optional<RoutePlan> built = BuildRoute(std::move(route));
    if (!built) continue;
    std::string id = built->route_id;
    policy.routes.emplace(std::move(id), *std::move(built));
  }
  if (draft.connection_strategy) policy.connection_strategy = *std::move(draft.connection_strategy);
  if (draft.route_strategy) policy.route_strategy = *std::move(draft.route_strategy);
  policy.resolver = std::move(draft.resolver);
  return policy;
}

}  // namespace postern::strategy
