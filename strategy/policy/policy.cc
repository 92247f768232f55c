#include "strategy/policy/policy.h"

#include <array>
#include <utility>

#include "common/address_filter.h"

namespace postern::strategy {

RoutePlan BuiltInRoute() {
  RoutePlan route;
  route.route_id = kBuiltInRoute;
  route.deny_destinations = AddressFilter::NotGloballyRoutable();
  return route;
}

TlsPlan BuiltInTls() {
  TlsPlan plan;
  plan.strategy_id = kBuiltInTls;
  return plan;
}

TlsPlan BuiltInInvalidTls() {
  TlsPlan plan;
  plan.strategy_id = kBuiltInInvalidTls;
  plan.allow_invalid_certs = true;
  return plan;
}

const IfBlock& BuiltInTlsRule() {
  static const IfBlock& rule = []() -> const IfBlock& {
    const auto text = [](std::string_view part) {
      return IfBlockItem::Text{std::string(part), SourceRange{}};
    };
    std::array<IfBlockItem, 2> items;
    items[0].condition = text("retry_num > 0 && last_error == 'tls'");
    items[0].result = text("'invalid-tls'");
    items[1].otherwise = text("'default'");
    ExpressionContext context;
    context.variables = VariableSet::kHost;
    IssueList issues;
    // Lives as long as the process. It parses: the tests would tell.
    return *new IfBlock(IfBlock::Parse(items, SourceRange{}, context, issues).value());
  }();
  return rule;
}

bool operator==(const Policy& a, const Policy& b) {
  return a.server_hostname == b.server_hostname && a.connections == b.connections &&
         a.source_ip_ehlo_hostnames == b.source_ip_ehlo_hostnames && a.routes == b.routes &&
         a.tls == b.tls && a.connection_strategy == b.connection_strategy &&
         a.route_strategy == b.route_strategy && a.tls_strategy == b.tls_strategy &&
         a.limiters == b.limiters && a.local == b.local && a.resolver == b.resolver;
}

}  // namespace postern::strategy
