#ifndef POSTERN_SERVER_DELIVERY_GROUP_DELIVERY_H_
#define POSTERN_SERVER_DELIVERY_GROUP_DELIVERY_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <vector>

#include "client/smtp/classify.h"
#include "client/smtp/outcome.h"
#include "client/smtp/stage.h"
#include "server/delivery/attempt.h"
#include "server/delivery/delivery_context.h"
#include "server/delivery/grouping.h"
#include "server/delivery/ledger.h"
#include "server/delivery/targets.h"

namespace postern::server {

// The recipients of one domain and route on their way: address after address, host after host,
// until each has an outcome that stands or nothing is left to try. Made by the delivery, held by it
// and by its own coroutine; used on the loop.
class GroupDelivery {
 public:
  GroupDelivery(std::shared_ptr<DeliveryContext> context, Group group);

  // Everything; once.
  static boost::asio::awaitable<void> Run(std::shared_ptr<GroupDelivery> self);

  bool begun() const { return begun_; }
  bool ended() const { return ended_; }
  const Group& group() const { return group_; }

  // The answer must be given now: decides whatever is undecided by `event`. Run goes on where it
  // waits for a final reply.
  void Settle(client::Event event);

  // After Run or Settle: one per recipient of the group.
  const Ledger& ledger() const { return ledger_; }

 private:
  boost::asio::awaitable<void> Walk();
  // Where a walk ends early: the caller's time is over.
  bool Interrupted() const { return context_->interrupt.reason().has_value(); }
  void Skip(const TargetStep& step);
  boost::asio::awaitable<void> Validate(TargetStep step);
  // True: the address is worth a second try.
  boost::asio::awaitable<bool> Try(TargetStep step);
  void LogLateReplies(const AddressAttempt& attempt) const;

  const std::shared_ptr<DeliveryContext> context_;
  const Group group_;
  Ledger ledger_;
  std::unique_ptr<AddressAttempt> attempt_;  // the one under way
  client::Stage stage_ = client::Stage::kPlan;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_GROUP_DELIVERY_H_
