#ifndef POSTERN_SERVER_DELIVERY_DELIVERY_CONTEXT_H_
#define POSTERN_SERVER_DELIVERY_DELIVERY_CONTEXT_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "client/net/interrupt.h"
#include "server/delivery/delivery.h"
#include "server/delivery/grouping.h"
#include "server/delivery/orchestrator.h"
#include "strategy/resolver/strategy_resolver.h"

namespace postern::server {

// What all groups of one delivery share. Held by the delivery, its groups and their attempts, which
// it outlives; used on the loop only.
struct DeliveryContext {
  DeliveryContext(const Orchestrator::Parts& parts,
                  std::shared_ptr<const strategy::StrategyResolver> strategies,
                  DeliveryRequest request)
      : parts(parts),
        strategies(std::move(strategies)),
        request(std::move(request)),
        facts(this->request.envelope, this->request.message->size(), this->request.context) {}

  const Orchestrator::Parts parts;
  const std::shared_ptr<const strategy::StrategyResolver> strategies;
  const DeliveryRequest request;
  FactSheet facts;
  client::Interrupt interrupt;
  // In the order of their start. Grows while coroutines wait: keep indices, never references.
  std::vector<Attempt> attempts;
  // Kept in the transcripts of ended attempts, of which there may be thousands.
  std::size_t transcript_octets = 0;
  // The answer has been given; what still comes is only logged.
  bool answered = false;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_DELIVERY_CONTEXT_H_
