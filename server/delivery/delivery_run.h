#ifndef POSTERN_SERVER_DELIVERY_DELIVERY_RUN_H_
#define POSTERN_SERVER_DELIVERY_DELIVERY_RUN_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "server/delivery/delivery_context.h"
#include "server/delivery/group_delivery.h"
#include "server/delivery/timed_run.h"

namespace postern::server {

// One delivery: its groups, side by side, and its answer.
class DeliveryRun final : public TimedRun {
 public:
  // More groups than this wait for their turn.
  static constexpr std::size_t kParallelGroups = 20;
  // The longest delivery when the caller sets no deadline.
  static constexpr Duration kLongest = std::chrono::minutes(30);

  DeliveryRun(const Orchestrator::Parts& parts, std::shared_ptr<InFlight> in_flight,
              std::shared_ptr<const strategy::StrategyResolver> strategies, DeliveryRequest request,
              std::function<void(DeliveryResult)> done);

 protected:
  TimePoint Deadline() override;
  boost::asio::awaitable<void> Work() override;
  std::function<void()> TakeAnswer() override;
  client::Interrupt& interrupt() override { return context_->interrupt; }
  bool goes_on() const override;

 private:
  static boost::asio::awaitable<std::vector<Group>> GroupWithFacts(
      std::shared_ptr<DeliveryRun> self);
  static boost::asio::awaitable<void> RunGroup(std::shared_ptr<DeliveryRun> self,
                                               std::size_t index);
  bool RefuseLongLines();
  void SettleGroups();

  const std::shared_ptr<DeliveryContext> context_;
  std::function<void(DeliveryResult)> done_;
  std::vector<std::shared_ptr<GroupDelivery>> groups_;
  // Of groups that wait for a final reply in the background, once the answer is given.
  std::vector<std::optional<InFlight::Token>> background_;
  std::vector<RecipientOutcome> outcomes_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_DELIVERY_RUN_H_
