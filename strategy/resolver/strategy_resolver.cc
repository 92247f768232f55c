#include "strategy/resolver/strategy_resolver.h"

#include <cstddef>
#include <utility>

#include "absl/strings/string_view.h"

namespace postern::strategy {
namespace {

// Debian's Abseil looks strings up by a string view of its own.
absl::string_view Key(std::string_view id) { return {id.data(), id.size()}; }

struct EhloName {
  std::string text;
  EhloOrigin origin = EhloOrigin::kAddressLiteral;
};

// The order of precedence below the source address: strategy, server, system, else the address
// literal, which only the connected socket knows.
EhloName NameOf(const ConnectionStrategy& strategy, const Policy& policy,
                const SystemIdentity& system) {
  if (strategy.ehlo_hostname) return {*strategy.ehlo_hostname, EhloOrigin::kStrategy};
  if (policy.server_hostname) return {*policy.server_hostname, EhloOrigin::kServer};
  if (system.hostname) return {*system.hostname, EhloOrigin::kSystem};
  return {};
}

SourceAddress MakeSource(const IpAddress& ip, const Policy& policy, const EhloName& otherwise) {
  const auto own = policy.source_ip_ehlo_hostnames.find(ip);
  if (own != policy.source_ip_ehlo_hostnames.end())
    return {ip, own->second, EhloOrigin::kSourceIp, 1};
  return {ip, otherwise.text, otherwise.origin, 1};
}

std::shared_ptr<const ConnectionPlan> MakePlan(const ConnectionStrategy& strategy,
                                               const Policy& policy, const SystemIdentity& system) {
  auto plan = std::make_shared<ConnectionPlan>();
  EhloName name = NameOf(strategy, policy, system);
  absl::flat_hash_map<IpAddress, std::size_t> places;
  for (const IpAddress& ip : strategy.source_ips) {
    const auto [place, is_new] = places.emplace(ip, plan->sources.size());
    if (is_new) {
      plan->sources.push_back(MakeSource(ip, policy, name));
    } else {
      ++plan->sources[place->second].weight;
    }
  }
  plan->strategy_id = strategy.id;
  plan->ehlo_hostname = std::move(name.text);
  plan->ehlo_origin = name.origin;
  plan->timeouts = strategy.timeouts;
  return plan;
}

ConnectionStrategy BuiltInConnection() {
  ConnectionStrategy strategy;
  strategy.id = kBuiltInConnection;
  return strategy;
}

TraceStep Step(std::string_view rule, std::string_view value) {
  TraceStep step;
  step.rule = rule;
  step.value = value;
  step.matched = true;
  return step;
}

}  // namespace

StrategyResolver::StrategyResolver(std::shared_ptr<const Policy> policy, SystemIdentity system)
    : policy_(std::move(policy)) {
  connections_.reserve(policy_->connections.size());
  for (const auto& [id, strategy] : policy_->connections)
    connections_.emplace(id, MakePlan(strategy, *policy_, system));
  const auto connection = connections_.find(Key(kBuiltInConnection));
  default_connection_ = connection != connections_.end()
                            ? connection->second
                            : MakePlan(BuiltInConnection(), *policy_, system);
  default_route_ = FindRoute(kBuiltInRoute);
  if (default_route_ == nullptr) default_route_ = std::make_shared<RoutePlan>(BuiltInRoute());
}

std::shared_ptr<const RoutePlan> StrategyResolver::FindRoute(std::string_view id) const {
  const auto found = policy_->routes.find(Key(id));
  if (found != policy_->routes.end()) return {policy_, &found->second};
  return id == kBuiltInRoute ? default_route_ : nullptr;
}

std::shared_ptr<const ConnectionPlan> StrategyResolver::FindConnection(std::string_view id) const {
  const auto found = connections_.find(Key(id));
  if (found != connections_.end()) return found->second;
  return id == kBuiltInConnection ? default_connection_ : nullptr;
}

template <typename Plan>
std::shared_ptr<const Plan> StrategyResolver::Choose(const Question<Plan>& question,
                                                     std::string_view override_id,
                                                     Choice& choice) const {
  const std::string_view id =
      override_id.empty() ? std::string_view(question.expression.Evaluate()) : override_id;
  TraceStep step = Step(override_id.empty() ? question.rule : "override", id);
  if (override_id.empty()) {
    step.expression = question.expression.text();
    step.range = question.expression.range();
    if (step.range.begin.line == 0) step.rule = "built-in";
  }
  std::shared_ptr<const Plan> plan = (this->*question.find)(id);
  step.matched = plan != nullptr;
  choice.trace.push_back(std::move(step));
  choice.strategy_id = id;
  if (plan != nullptr) return plan;

  choice.fallback = true;
  choice.strategy_id = question.built_in;
  choice.trace.push_back(Step("built-in", question.built_in));
  return (this->*question.find)(question.built_in);
}

StrategyResolver::Route StrategyResolver::ResolveRoute(const Facts& /*facts*/,
                                                       std::string_view override_id) const {
  Route route;
  route.plan = Choose<RoutePlan>({"queue.strategy.route", policy_->route_strategy, kBuiltInRoute,
                                  &StrategyResolver::FindRoute},
                                 override_id, route.choice);
  return route;
}

StrategyResolver::Connection StrategyResolver::ResolveConnection(
    const Facts& /*facts*/, std::string_view override_id) const {
  Connection connection;
  connection.plan =
      Choose<ConnectionPlan>({"queue.strategy.connection", policy_->connection_strategy,
                              kBuiltInConnection, &StrategyResolver::FindConnection},
                             override_id, connection.choice);
  return connection;
}

StrategyResolver::Tls StrategyResolver::ResolveTls(const Facts& /*facts*/,
                                                   std::string_view override_id) const {
  Tls tls;
  const bool overridden = !override_id.empty();
  tls.choice.fallback = overridden && !KnowsTls(override_id);
  if (overridden) {
    tls.choice.trace.push_back(Step("override", override_id));
    tls.choice.trace.back().matched = !tls.choice.fallback;
  }
  if (!overridden || tls.choice.fallback) tls.choice.trace.push_back(Step("built-in", kBuiltInTls));
  tls.choice.strategy_id = kBuiltInTls;
  tls.plan.strategy_id = kBuiltInTls;
  return tls;
}

bool StrategyResolver::KnowsRoute(std::string_view id) const { return FindRoute(id) != nullptr; }

bool StrategyResolver::KnowsConnection(std::string_view id) const {
  return FindConnection(id) != nullptr;
}

bool StrategyResolver::KnowsTls(std::string_view id) const { return id == kBuiltInTls; }

}  // namespace postern::strategy
