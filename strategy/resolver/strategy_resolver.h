#ifndef POSTERN_STRATEGY_RESOLVER_STRATEGY_RESOLVER_H_
#define POSTERN_STRATEGY_RESOLVER_STRATEGY_RESOLVER_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "common/plan/connection_plan.h"
#include "common/plan/route_plan.h"
#include "common/plan/tls_plan.h"
#include "strategy/policy/policy.h"
#include "strategy/resolver/choice.h"
#include "strategy/resolver/facts.h"

namespace postern::strategy {

// The system's part of EHLO names, looked up once at start.
struct SystemIdentity {
  // The machine's fully qualified name, if it has one with a dot that is a valid host name.
  std::optional<std::string> hostname;
};

// Policy and facts in, plans out. Holds one policy snapshot, whose connection plans are all made
// once, here: an answer points to them, and costs the same with ten strategies or ten thousand.
// Whoever keeps an answer keeps the resolver. Immutable, any thread, no I/O.
class StrategyResolver {
 public:
  StrategyResolver(std::shared_ptr<const Policy> policy, SystemIdentity system);
  StrategyResolver(const StrategyResolver&) = delete;
  StrategyResolver& operator=(const StrategyResolver&) = delete;

  struct Route {
    Choice choice;
    const RoutePlan* plan = nullptr;  // never null; the resolver's
  };
  struct Connection {
    Choice choice;
    const ConnectionPlan* plan = nullptr;  // never null; the resolver's
  };
  struct Tls {
    Choice choice;
    const TlsPlan* plan = nullptr;  // never null; the resolver's
  };

  // `override_id`, when not empty, replaces the expression's choice; it must exist (see Knows*).
  Route ResolveRoute(const Facts& facts, std::string_view override_id = "",
                     Explain explain = Explain::kNo) const;
  Connection ResolveConnection(const Facts& facts, std::string_view override_id = "",
                               Explain explain = Explain::kNo) const;
  Tls ResolveTls(const Facts& facts, std::string_view override_id = "",
                 Explain explain = Explain::kNo) const;

  // Whether an override may name it: defined in the policy, or built in (route "mx", connection
  // "default", tls "default" and "invalid-tls").
  bool KnowsRoute(std::string_view id) const;
  bool KnowsConnection(std::string_view id) const;
  bool KnowsTls(std::string_view id) const;

  const Policy& policy() const { return *policy_; }

 private:
  // One of the three choices: which rule decides, and how an id becomes a plan.
  template <typename Plan>
  struct Question {
    const IfBlock* rule = nullptr;  // of the policy
    std::string_view built_in;
    const Plan* (StrategyResolver::*find)(std::string_view id) const = nullptr;
    std::unique_ptr<const RuleParts> parts;
    // Of a rule that always gives the same: what it gives, made once.
    const Plan* constant_plan = nullptr;
    std::unique_ptr<const Trace> constant_trace;
  };

  template <typename Plan>
  Question<Plan> Ask(std::string_view name, const IfBlock& rule, std::string_view built_in,
                     const Plan* (StrategyResolver::*find)(std::string_view) const) const;
  template <typename Plan>
  const Plan* Choose(const Question<Plan>& question, const Facts& facts,
                     std::string_view override_id, Explain explain, Choice& choice) const;
  template <typename Plan>
  const Plan* Override(const Question<Plan>& question, std::string_view id, Choice& choice,
                       Trace* trace) const;
  template <typename Plan>
  const Plan* Decide(const Question<Plan>& question, const Facts& facts, Choice& choice,
                     Trace* trace) const;
  // nullptr for an id that is neither defined nor built in.
  const RoutePlan* FindRoute(std::string_view id) const;
  const ConnectionPlan* FindConnection(std::string_view id) const;
  const TlsPlan* FindTls(std::string_view id) const;

  std::shared_ptr<const Policy> policy_;
  absl::flat_hash_map<std::string, std::unique_ptr<const ConnectionPlan>> connections_;
  // For a policy that does not define the built-in ids.
  std::unique_ptr<const ConnectionPlan> built_in_connection_;
  const RoutePlan built_in_route_ = BuiltInRoute();
  const TlsPlan built_in_tls_ = BuiltInTls();
  const TlsPlan built_in_invalid_tls_ = BuiltInInvalidTls();
  Question<RoutePlan> route_;
  Question<ConnectionPlan> connection_;
  Question<TlsPlan> tls_;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_RESOLVER_STRATEGY_RESOLVER_H_
