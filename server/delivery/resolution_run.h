#ifndef POSTERN_SERVER_DELIVERY_RESOLUTION_RUN_H_
#define POSTERN_SERVER_DELIVERY_RESOLUTION_RUN_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "client/dns/mx_planner.h"
#include "client/net/interrupt.h"
#include "client/smtp/outcome.h"
#include "server/delivery/delivery.h"
#include "server/delivery/grouping.h"
#include "server/delivery/timed_run.h"
#include "strategy/resolver/strategy_resolver.h"

namespace postern::server {

// What a delivery would do, without doing it: each recipient's strategies and sources, and with
// lookup_dns the hosts of its group with their addresses (one lookup for all recipients of a
// group).
class ResolutionRun final : public TimedRun {
 public:
  // Groups, and hosts of one group, that are looked up at the same time.
  static constexpr std::size_t kParallelLookups = 20;
  // Recipients whose strategies are worked out before others have their turn on the loop.
  static constexpr std::size_t kResolvedAtATime = 10;
  // Where the caller sets no deadline: more than the limits of the lookups for one group.
  static constexpr Duration kDefaultLimit = std::chrono::seconds(30);

  ResolutionRun(const Orchestrator::Parts& parts, std::shared_ptr<InFlight> in_flight,
                std::shared_ptr<const strategy::StrategyResolver> strategies,
                ResolveRequest request, std::function<void(ResolveResult)> done);

 protected:
  TimePoint Deadline() override;
  boost::asio::awaitable<void> Work() override;
  std::function<void()> TakeAnswer() override;
  client::Interrupt& interrupt() override { return interrupt_; }

 private:
  // A group and what DNS says about it.
  struct Found {
    Group group;
    std::vector<Target> targets;
    std::optional<client::Outcome> failure;
    bool ended = false;
  };

  static boost::asio::awaitable<void> LookUpGroup(std::shared_ptr<ResolutionRun> self,
                                                  std::size_t index);
  static boost::asio::awaitable<void> LookUpHosts(std::shared_ptr<ResolutionRun> self,
                                                  std::size_t index,
                                                  std::vector<client::MxHost> hosts);
  static boost::asio::awaitable<void> LookUpHost(std::shared_ptr<ResolutionRun> self,
                                                 std::size_t index, std::size_t host,
                                                 DomainName name);
  static void LeaveOutWhatLeadsBack(const client::OwnAddresses& own_addresses, Found& found);
  static boost::asio::awaitable<void> ResolveRecipients(std::shared_ptr<ResolutionRun> self);
  void AddTargets();

  const std::shared_ptr<const strategy::StrategyResolver> strategies_;
  const ResolveRequest request_;
  std::function<void(ResolveResult)> done_;
  FactSheet facts_;
  client::Interrupt interrupt_;
  std::vector<Found> found_;  // not resized while coroutines run
  ResolveResult result_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_RESOLUTION_RUN_H_
