#ifndef POSTERN_SERVER_DELIVERY_EXPLANATION_H_
#define POSTERN_SERVER_DELIVERY_EXPLANATION_H_

#include <vector>

#include "common/envelope.h"
#include "server/delivery/delivery.h"
#include "server/delivery/grouping.h"
#include "strategy/expr/environment.h"
#include "strategy/resolver/strategy_resolver.h"
#include "strategy/source_ip/source_selector.h"

namespace postern::server {

// What the strategies say about one recipient, and why; no hosts yet. `facts` are those of the
// request. What expressions want to know of DNS first is added to `missing`. No I/O; any thread.
Resolution ExplainRecipient(const strategy::StrategyResolver& strategies,
                            const strategy::SourceQuarantine& quarantine,
                            const ResolveRequest& request, const Mailbox& recipient,
                            FactSheet& facts, std::vector<strategy::DnsQuestion>& missing);

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_EXPLANATION_H_
