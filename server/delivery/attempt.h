#ifndef POSTERN_SERVER_DELIVERY_ATTEMPT_H_
#define POSTERN_SERVER_DELIVERY_ATTEMPT_H_

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/net/connector.h"
#include "client/net/transport.h"
#include "client/session/smtp_session.h"
#include "client/smtp/outcome.h"
#include "common/ip_address.h"
#include "common/plan/connection_plan.h"
#include "server/delivery/delivery_context.h"
#include "server/delivery/grouping.h"
#include "server/delivery/targets.h"
#include "strategy/resolver/strategy_resolver.h"

namespace postern::server {

// How one address is to be tried: the plans for it, and the sources in the order to try them. Or
// why it must not be tried.
struct AttemptPlan {
  strategy::StrategyResolver::Connection connection;
  strategy::StrategyResolver::Tls tls;
  std::vector<const SourceAddress*> sources;  // into connection.plan; empty: the system chooses
  std::optional<client::Outcome> failure;
};

// Evaluates the strategies for this host and address, and checks the very address that would be
// given to connect() against deny-destinations. Asks DNS for the
// facts that an expression wants, and for nothing else.
boost::asio::awaitable<AttemptPlan> PlanAttempt(std::shared_ptr<DeliveryContext> context,
                                                const Group& group, std::string host, IpAddress ip);

// One address tried: dial from the right source, one SMTP session, one message to some recipients
// of a group; and the record of it. Made by the group for each address, used on the loop. It never
// fails as such: every end is an outcome for each of its recipients.
class AddressAttempt {
 public:
  // `context` and `group` must outlive it. `recipients`: which of the group's, at least one.
  // `step` is an address to try.
  AddressAttempt(std::shared_ptr<DeliveryContext> context, const Group& group,
                 const TargetStep& step, std::vector<std::size_t> recipients);

  boost::asio::awaitable<void> Run();

  // After Run: one per recipient, in order.
  const std::vector<client::Outcome>& outcomes() const { return outcomes_; }
  // After Run: the address was passed over before any connection was tried.
  bool skipped() const { return skipped_; }

  // After Run: the server dropped commands that came together, and nothing of the message was sent.
  // The address may be tried once more; it is then spoken to in lock-step (G26).
  bool dropped_commands() const { return dropped_commands_; }

  // While Run is under way and the caller's time has ended: brings the record up to date and
  // returns what its recipients are to be told now. Run goes on.
  std::vector<client::Outcome> StopAndTell(client::Event event);

  const std::vector<std::size_t>& recipients() const { return recipients_; }
  // Of its record in the context's attempts.
  std::size_t index() const { return index_; }

 private:
  Attempt& record() { return context_->attempts[index_]; }
  void StartRecord();
  boost::asio::awaitable<void> Dial();
  void Quarantine(const SourceAddress& source, const std::string& error);
  void AfterDial(client::ConnectResult& result, const SourceAddress* source);
  void FailedToDial(const client::ConnectResult& result);
  void NoSourceLeft();
  boost::asio::awaitable<void> Converse();
  client::TransactionRequest Request() const;
  void CopyFromSession();
  // Ends the attempt with one outcome for all.
  void EndAll(const client::Outcome& outcome);
  void End(std::vector<client::Outcome> outcomes);
  void Close();

  const std::shared_ptr<DeliveryContext> context_;
  const Group& group_;
  const std::string host_;
  const IpAddress ip_;
  const std::optional<std::chrono::microseconds> lookup_;
  const std::vector<std::size_t> recipients_;
  std::size_t index_ = 0;
  AttemptPlan plan_;
  TimePoint started_;                             // of dialling
  std::unique_ptr<client::Transport> transport_;  // between Dial and Converse
  std::unique_ptr<client::SmtpSession> session_;
  bool sending_ = false;
  bool skipped_ = false;
  bool dropped_commands_ = false;
  std::vector<client::Outcome> outcomes_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_ATTEMPT_H_
