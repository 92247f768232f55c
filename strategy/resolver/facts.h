#ifndef POSTERN_STRATEGY_RESOLVER_FACTS_H_
#define POSTERN_STRATEGY_RESOLVER_FACTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "strategy/expr/environment.h"
#include "strategy/expr/variables.h"

namespace postern::strategy {

// What only the queue knows about a message; the variables of policy expressions, with
// Stalwart's names (docs/policy-language.md).
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
  // What DNS was asked so far, for dns_query().
  DnsFacts dns;
};

// The facts as an evaluation wants them: views of `facts`, which must outlive it. What the queue
// left empty has the value that Stalwart gives it. Pure.
Variables VariablesOf(const Facts& facts);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_RESOLVER_FACTS_H_
