#ifndef POSTERN_STRATEGY_RESOLVER_STRATEGY_RESOLVER_H_
#define POSTERN_STRATEGY_RESOLVER_STRATEGY_RESOLVER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/ip_address.h"
#include "common/plan/connection_plan.h"
#include "common/plan/route_plan.h"
#include "common/plan/tls_plan.h"
#include "strategy/diagnostics/source_text.h"
#include "strategy/policy/policy.h"

namespace postern::strategy {

// What only the queue knows about a message; the variables of policy expressions (stalwart.md 2.6
// in names).
struct QueueContext {
  std::int64_t retry_num = 0;
  std::int64_t notify_num = 0;
  std::int64_t expires_in = 0;
  std::string last_error = "none";
  std::string last_status;
  std::string queue_name;
  std::int64_t queue_age = 0;
  std::string received_from_ip;
  std::int64_t received_via_port = 0;
  std::string source;
  // The priority of the queue; 0: the envelope's.
  std::int64_t priority = 0;
  std::map<std::string, std::string> labels;
};

// The facts about one evaluation. The strings are copied: a delivery keeps them as long as it runs.
struct Facts {
  std::string rcpt;
  std::string rcpt_domain;
  std::vector<std::string> recipients;
  std::string sender;
  std::string sender_domain;
  std::int64_t priority = 0;
  std::int64_t size = 0;
  QueueContext context;
  // Connection and TLS expressions only.
  std::string mx;
  std::string remote_ip;
};

// One rule that was looked at on the way to an id.
struct TraceStep {
  std::string rule;        // "queue.strategy.route", "override", "built-in"
  std::string expression;  // as written
  std::string value;       // what it gave
  bool matched = false;
  SourceRange range;  // line 0: not from a file
};

// How a strategy id was reached.
struct Choice {
  std::string strategy_id;
  // The expression gave no usable id; `strategy_id` is what was used instead.
  bool fallback = false;
  std::vector<TraceStep> trace;
};

// The system's part of EHLO names, looked up once at start.
struct SystemIdentity {
  // The machine's fully qualified name, if it has one with a dot that is a valid host name.
  std::optional<std::string> hostname;
};

// Policy and facts in, plans out. Holds one policy snapshot, whose connection plans are all made
// once, here: an answer shares them, and costs the same with ten strategies or ten thousand.
// Immutable, any thread, no I/O.
class StrategyResolver {
 public:
  StrategyResolver(std::shared_ptr<const Policy> policy, SystemIdentity system);

  struct Route {
    Choice choice;
    std::shared_ptr<const RoutePlan> plan;  // never null
  };
  struct Connection {
    Choice choice;
    std::shared_ptr<const ConnectionPlan> plan;  // never null
  };
  struct Tls {
    Choice choice;
    TlsPlan plan;
  };

  // `override_id`, when not empty, replaces the expression's choice; it must exist (see Knows*).
  Route ResolveRoute(const Facts& facts, std::string_view override_id = "") const;
  Connection ResolveConnection(const Facts& facts, std::string_view override_id = "") const;
  Tls ResolveTls(const Facts& facts, std::string_view override_id = "") const;

  // Whether an override may name it: defined in the policy, or built in (route "mx", connection and
  // tls "default").
  bool KnowsRoute(std::string_view id) const;
  bool KnowsConnection(std::string_view id) const;
  bool KnowsTls(std::string_view id) const;

  const Policy& policy() const { return *policy_; }

 private:
  // One of the three choices: which expression decides, and how an id becomes a plan.
  template <typename Plan>
  struct Question {
    std::string_view rule;
    const Expression& expression;
    std::string_view built_in;
    std::shared_ptr<const Plan> (StrategyResolver::*find)(std::string_view id) const;
  };

  template <typename Plan>
  std::shared_ptr<const Plan> Choose(const Question<Plan>& question, std::string_view override_id,
                                     Choice& choice) const;
  // nullptr for an id that is neither defined nor built in.
  std::shared_ptr<const RoutePlan> FindRoute(std::string_view id) const;
  std::shared_ptr<const ConnectionPlan> FindConnection(std::string_view id) const;

  std::shared_ptr<const Policy> policy_;
  absl::flat_hash_map<std::string, std::shared_ptr<const ConnectionPlan>> connections_;
  // For a policy that does not define the built-in ids; else the policy's own.
  std::shared_ptr<const ConnectionPlan> default_connection_;
  std::shared_ptr<const RoutePlan> default_route_;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_RESOLVER_STRATEGY_RESOLVER_H_
