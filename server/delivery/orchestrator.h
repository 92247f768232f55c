#ifndef POSTERN_SERVER_DELIVERY_ORCHESTRATOR_H_
#define POSTERN_SERVER_DELIVERY_ORCHESTRATOR_H_

#include <functional>
#include <memory>

#include "client/dns/resolver.h"
#include "client/net/connector.h"
#include "client/net/event_loop.h"
#include "client/net/interrupt.h"
#include "client/net/own_addresses.h"
#include "client/session/lock_step_hosts.h"
#include "common/clock.h"
#include "common/random.h"
#include "server/delivery/delivery.h"
#include "strategy/resolver/strategy_resolver.h"
#include "strategy/source_ip/source_selector.h"

namespace postern::server {

// Composes strategy/ and client/ into deliveries: plan -> targets -> attempt -> next target or
// stop, for every group of recipients (same domain, same route) at once. Made and owned by
// server/app; all its work runs on one event loop. What it was made with must outlive it, and the
// loop must be stopped before it is destroyed.
class Orchestrator {
 public:
  struct Parts {
    client::EventLoop& loop;
    client::Resolver& resolver;  // of that loop
    client::Connector& connector;
    const client::OwnAddresses& own_addresses;
    strategy::SourceQuarantine& quarantine;
    client::LockStepHosts& lock_step_hosts;
    const Clock& clock;
    Random& random;  // used on the loop only
  };

  // A delivery or resolution under way. Thread-safe; may outlive what it stands for.
  class Handle {
   public:
    virtual ~Handle() = default;
    // The caller has gone: stops what may still be stopped. `done` is called all the same.
    virtual void Cancel() = 0;
  };

  explicit Orchestrator(Parts parts);
  ~Orchestrator();

  // Starts a delivery under one policy snapshot, to its end. Any thread; returns at once. `done` is
  // called exactly once, on the loop, no later than shortly after the request's deadline. Sessions
  // that have written a terminator by then go on waiting for their final reply in the background.
  std::shared_ptr<Handle> Deliver(std::shared_ptr<const strategy::StrategyResolver> strategies,
                                  DeliveryRequest request,
                                  std::function<void(DeliveryResult)> done);

  // The same for what would happen. Opens no connection; asks DNS only when told to.
  std::shared_ptr<Handle> Resolve(std::shared_ptr<const strategy::StrategyResolver> strategies,
                                  ResolveRequest request, std::function<void(ResolveResult)> done);

  // What would happen, without DNS: what Resolve gives for a request that asks for no lookup. On
  // the caller's thread; costs as much as the policy's expressions for all its recipients, and
  // waits for nothing. Any thread.
  ResolveResult ResolveNow(const strategy::StrategyResolver& strategies,
                           const ResolveRequest& request) const;

  // Deliveries and resolutions not yet answered, and sessions still waiting for a final reply or
  // saying QUIT. Thread-safe.
  std::size_t in_flight() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_ORCHESTRATOR_H_
