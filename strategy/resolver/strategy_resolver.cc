#include "strategy/resolver/strategy_resolver.h"

#include <cstddef>
#include <utility>

#include "absl/strings/string_view.h"
#include "strategy/diagnostics/message.h"

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

std::unique_ptr<const ConnectionPlan> MakePlan(const ConnectionStrategy& strategy,
                                               const Policy& policy, const SystemIdentity& system) {
  auto plan = std::make_unique<ConnectionPlan>();
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

// Nothing to count: it is the resolver's.
std::shared_ptr<const Trace> Unowned(const Trace& trace) {
  return {std::shared_ptr<const void>(), &trace};
}

ConnectionStrategy BuiltInConnection() {
  ConnectionStrategy strategy;
  strategy.id = kBuiltInConnection;
  return strategy;
}

}  // namespace

StrategyResolver::StrategyResolver(std::shared_ptr<const Policy> policy, SystemIdentity system)
    : policy_(std::move(policy)) {
  connections_.reserve(policy_->connections.size());
  for (const auto& [id, strategy] : policy_->connections)
    connections_.emplace(id, MakePlan(strategy, *policy_, system));
  built_in_connection_ = MakePlan(BuiltInConnection(), *policy_, system);
  route_ = Ask<RoutePlan>("queue.strategy.route", policy_->route_strategy, kBuiltInRoute,
                          &StrategyResolver::FindRoute);
  connection_ = Ask<ConnectionPlan>("queue.strategy.connection", policy_->connection_strategy,
                                    kBuiltInConnection, &StrategyResolver::FindConnection);
  tls_ = Ask<TlsPlan>("queue.strategy.tls", policy_->tls_strategy, kBuiltInTls,
                      &StrategyResolver::FindTls);
}

const RoutePlan* StrategyResolver::FindRoute(std::string_view id) const {
  const auto found = policy_->routes.find(Key(id));
  if (found != policy_->routes.end()) return &found->second;
  return id == kBuiltInRoute ? &built_in_route_ : nullptr;
}

const ConnectionPlan* StrategyResolver::FindConnection(std::string_view id) const {
  const auto found = connections_.find(Key(id));
  if (found != connections_.end()) return found->second.get();
  return id == kBuiltInConnection ? built_in_connection_.get() : nullptr;
}

const TlsPlan* StrategyResolver::FindTls(std::string_view id) const {
  const auto found = policy_->tls.find(Key(id));
  if (found != policy_->tls.end()) return &found->second;
  if (id == kBuiltInTls) return &built_in_tls_;
  return id == kBuiltInInvalidTls ? &built_in_invalid_tls_ : nullptr;
}

template <typename Plan>
StrategyResolver::Question<Plan> StrategyResolver::Ask(
    std::string_view name, const IfBlock& rule, std::string_view built_in,
    const Plan* (StrategyResolver::*find)(std::string_view) const) const {
  Question<Plan> question;
  question.rule = &rule;
  question.built_in = built_in;
  question.find = find;
  question.parts = std::make_unique<const RuleParts>(PartsOf(name, rule));
  if (rule.literal() == nullptr) return question;
  Choice choice;
  auto trace = std::make_unique<Trace>();
  const Plan* plan = Decide(question, {}, choice, trace.get());
  if (plan == nullptr) return question;
  trace->is_constant = true;
  question.constant_plan = plan;
  question.constant_trace = std::move(trace);
  return question;
}

template <typename Plan>
const Plan* StrategyResolver::Choose(const Question<Plan>& question, const Facts& facts,
                                     std::string_view override_id, Explain explain,
                                     Choice& choice) const {
  if (override_id.empty() && question.constant_plan != nullptr) {
    choice.strategy_id = *question.rule->literal();
    if (explain == Explain::kYes) choice.trace = Unowned(*question.constant_trace);
    return question.constant_plan;
  }
  const auto trace = explain == Explain::kYes ? std::make_shared<Trace>() : nullptr;
  const Plan* plan = override_id.empty() ? Decide(question, facts, choice, trace.get())
                                         : Override(question, override_id, choice, trace.get());
  if (plan == nullptr) {
    choice.fallback = true;
    choice.strategy_id = question.built_in;
    if (trace != nullptr) trace->steps.push_back(BuiltInStep(question.built_in));
    plan = (this->*question.find)(question.built_in);
  }
  choice.trace = trace;
  return plan;
}

// nullptr when there is no such id; `choice` then says so. `trace` may be null.
template <typename Plan>
const Plan* StrategyResolver::Override(const Question<Plan>& question, std::string_view id,
                                       Choice& choice, Trace* trace) const {
  const Plan* plan = (this->*question.find)(id);
  choice.strategy_id = id;
  if (plan == nullptr) choice.fallback_reason = Concat("there is no ", Quoted(id));
  if (trace != nullptr) {
    trace->steps.push_back(OverrideStep(id));
    trace->steps.back().matched = plan != nullptr;
    trace->steps.back().problem = choice.fallback_reason;
  }
  return plan;
}

// nullptr when the rule gives no id that exists; `choice` then says why. `trace` may be null.
template <typename Plan>
const Plan* StrategyResolver::Decide(const Question<Plan>& question, const Facts& facts,
                                     Choice& choice, Trace* trace) const {
  EvaluateOptions options;
  if (policy_->server_hostname) options.server_hostname = *policy_->server_hostname;
  options.local = &policy_->local;
  options.dns = &facts.dns;
  options.trace = trace != nullptr;
  IfBlockResult result = question.rule->Evaluate(VariablesOf(facts), options);
  const Plan* plan = nullptr;
  if (result.id) {
    plan = (this->*question.find)(*result.id);
    choice.strategy_id = *result.id;
    if (plan == nullptr) result.problem = Concat("there is no ", Quoted(*result.id));
  }
  choice.fallback_reason = result.problem;
  choice.missing = std::move(result.evaluation.missing);
  if (trace != nullptr) *trace = TraceOf(*question.parts, result);
  return plan;
}

StrategyResolver::Route StrategyResolver::ResolveRoute(const Facts& facts,
                                                       std::string_view override_id,
                                                       Explain explain) const {
  Route route;
  route.plan = Choose(route_, facts, override_id, explain, route.choice);
  return route;
}

StrategyResolver::Connection StrategyResolver::ResolveConnection(const Facts& facts,
                                                                 std::string_view override_id,
                                                                 Explain explain) const {
  Connection connection;
  connection.plan = Choose(connection_, facts, override_id, explain, connection.choice);
  return connection;
}

StrategyResolver::Tls StrategyResolver::ResolveTls(const Facts& facts, std::string_view override_id,
                                                   Explain explain) const {
  Tls tls;
  tls.plan = Choose(tls_, facts, override_id, explain, tls.choice);
  return tls;
}

bool StrategyResolver::KnowsRoute(std::string_view id) const { return FindRoute(id) != nullptr; }

bool StrategyResolver::KnowsConnection(std::string_view id) const {
  return FindConnection(id) != nullptr;
}

bool StrategyResolver::KnowsTls(std::string_view id) const { return FindTls(id) != nullptr; }

}  // namespace postern::strategy
