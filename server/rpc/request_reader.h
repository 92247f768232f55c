#ifndef POSTERN_SERVER_RPC_REQUEST_READER_H_
#define POSTERN_SERVER_RPC_REQUEST_READER_H_

#include "postern/v1/delivery_service.pb.h"
#include "server/delivery/delivery.h"
#include "server/rpc/violations.h"
#include "strategy/resolver/strategy_resolver.h"

// Requests of the API as our own types, proven on the way. Each function reads all it can and adds
// every violation that it finds; its result may be used only when there is none. Overrides are
// checked against the policy snapshot that the call is pinned to. The deadline is the caller's to
// set. Pure; any thread.
namespace postern::server {

// Takes the message's octets out of `request`.
DeliveryRequest ReadDeliverRequest(v1::DeliverRequest& request,
                                   const strategy::StrategyResolver& strategies,
                                   Violations& violations);

// Into an empty result: moving one takes as long as reading one.
void ReadResolveRequest(const v1::ResolveStrategyRequest& request,
                        const strategy::StrategyResolver& strategies, ResolveRequest& result,
                        Violations& violations);

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_REQUEST_READER_H_
