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
  for (const TimeoutDraft& timeout : draft.timeouts)
    connection.timeouts.*timeout.stage = timeout.limit.value;
  return connection;
}

RelayRoute BuildRelay(RouteDraft& draft) {
  RelayRoute relay{.address = std::move(draft.address->value)};
  relay.protocol = draft.protocol;
  relay.tls_implicit = draft.tls_implicit;
  relay.allow_invalid_certs = draft.allow_invalid_certs;
  if (draft.username && draft.secret)
    relay.auth = RelayAuth{std::move(draft.username->value), std::move(draft.secret->value)};
  return relay;
}

// nullopt for a route that has an error, which the caller should have seen.
std::optional<RoutePlan> BuildRoute(RouteDraft draft) {
  RoutePlan route;
  if (draft.type == RouteDraft::Type::kMx) {
    route.kind = draft.mx;
    route.deny_destinations = AddressFilter::NotGloballyRoutable();
  } else if (draft.type == RouteDraft::Type::kRelay && draft.address) {
    route.kind = BuildRelay(draft);
  } else {
    return std::nullopt;
  }
  if (draft.deny_destinations) route.deny_destinations = *std::move(draft.deny_destinations);
  route.route_id = std::move(draft.id);
  if (draft.ip_lookup) route.ip_lookup = draft.ip_lookup->value;
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
  for (TlsDraft& tls : draft.tls) {
    tls.plan.strategy_id = tls.id;
    policy.tls.emplace(std::move(tls.id), std::move(tls.plan));
  }
  for (LimiterDraft& limiter : draft.limiters) {
    limiter.limiter.id = std::move(limiter.id);
    policy.limiters.push_back(std::move(limiter.limiter));
  }
  if (draft.connection_strategy) policy.connection_strategy = *std::move(draft.connection_strategy);
  if (draft.route_strategy) policy.route_strategy = *std::move(draft.route_strategy);
  if (draft.tls_strategy) policy.tls_strategy = *std::move(draft.tls_strategy);
  policy.local = std::move(draft.local);
  policy.resolver = std::move(draft.resolver);
  return policy;
}

}  // namespace postern::strategy
