#ifndef POSTERN_SERVER_DELIVERY_DELIVERY_H_
#define POSTERN_SERVER_DELIVERY_DELIVERY_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/session/smtp_session.h"
#include "client/session/transcript.h"
#include "client/smtp/outcome.h"
#include "common/clock.h"
#include "common/envelope.h"
#include "common/message.h"
#include "common/plan/connection_plan.h"
#include "common/plan/route_plan.h"
#include "common/plan/tls_plan.h"
#include "strategy/resolver/strategy_resolver.h"

// The values that go into a delivery and come out of it. Plain data, no behaviour; server/rpc
// converts them to and from the API's messages.
namespace postern::server {

// Strategy ids that replace the expressions' choice; empty: none. Known to exist (server/rpc
// checks).
struct Overrides {
  std::string route;
  std::string connection;
  std::string tls;
};

struct DeliveryRequest {
  Envelope envelope;
  std::shared_ptr<const Message> message;
  strategy::QueueContext context;
  Overrides overrides;
  // Everything up to, but not including, opening a connection.
  bool validate_only = false;
  // How much of each dialogue is kept.
  client::TranscriptLevel transcript = client::TranscriptLevel::kNone;
  // When the answer must be on its way: the caller's deadline less its margin. nullopt: the sum of
  // the strategy's timeouts, at most 30 minutes.
  std::optional<TimePoint> deadline;
  // Let go of just before the answer, or when the last session that goes on after it has ended.
  // May be null.
  std::shared_ptr<const void> admission;
};

// One host and address tried, in the order of the start. Everything that metrics, logs and the
// answer say about an attempt derives from this record.
struct Attempt {
  std::string host;  // MX host name, relay name, or the address as text
  std::optional<IpAddress> remote_ip;
  std::uint16_t remote_port = 0;
  std::optional<IpAddress>
      source_ip;  // the socket's local address once connected; before, the one that was bound
  std::string ehlo_hostname;
  std::string route;
  std::string connection_strategy;
  std::string tls_strategy;
  // Where a rule of the policy gave no usable id: which, why, and what was used, a sentence each.
  std::vector<std::string> fallbacks;
  bool reused_connection = false;
  std::vector<std::string> capabilities;  // raw remote text
  client::StageTimings timings{};
  std::vector<client::TranscriptLine> transcript;  // raw remote text
  // How far it came and why it ended; disposition kDelivered when at least one recipient was.
  client::Outcome outcome;
};

struct RecipientOutcome {
  client::Outcome outcome;
  // Into DeliveryResult::attempts.
  std::optional<std::size_t> attempt;
};

struct DeliveryResult {
  // One per recipient of the envelope, in its order.
  std::vector<RecipientOutcome> outcomes;
  std::vector<Attempt> attempts;
};

// What would be tried for one recipient.
struct Target {
  std::string host;
  std::uint16_t preference = 0;
  std::vector<IpAddress> addresses;
  std::uint16_t port = 0;
  // Set when there are no addresses.
  std::optional<client::Outcome> failure;
};

struct SourceState {
  const SourceAddress* source;  // of the connection's plan
  bool quarantined = false;
};

struct Resolution {
  strategy::StrategyResolver::Route route;
  strategy::StrategyResolver::Connection connection;
  strategy::StrategyResolver::Tls tls;
  std::vector<SourceState> sources;
  // With lookup_dns: the hosts in order; or `failure`.
  std::vector<Target> targets;
  // What the plan or DNS already shows to be impossible.
  std::optional<client::Outcome> failure;
};

struct ResolveRequest {
  Envelope envelope;
  strategy::QueueContext context;
  Overrides overrides;
  std::uint64_t message_size = 0;
  std::string mx;  // what-if facts; may be empty
  std::string remote_ip;
  bool lookup_dns = false;
  std::optional<TimePoint> deadline;
  std::shared_ptr<const void> admission;  // as in a DeliveryRequest
};

struct ResolveResult {
  // What the resolutions point into. Null where the caller has it in hand: ResolveNow.
  std::shared_ptr<const strategy::StrategyResolver> strategies;
  // One per recipient of the envelope, in its order; fewer when the time was over before.
  std::vector<Resolution> resolutions;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_DELIVERY_H_
