#include "strategy/policy/policy.h"

#include "common/address_filter.h"

namespace postern::strategy {

RoutePlan BuiltInRoute() {
  RoutePlan route;
  route.route_id = kBuiltInRoute;
  route.deny_destinations = AddressFilter::NotGloballyRoutable();
  return route;
}

bool operator==(const Policy& a, const Policy& b) {
  return a.server_hostname == b.server_hostname && a.connections == b.connections &&
         a.source_ip_ehlo_hostnames == b.source_ip_ehlo_hostnames && a.routes == b.routes &&
         a.connection_strategy == b.connection_strategy && a.route_strategy == b.route_strategy &&
         a.resolver == b.resolver;
}

}  // namespace postern::strategy
