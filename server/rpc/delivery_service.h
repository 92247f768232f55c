#ifndef POSTERN_SERVER_RPC_DELIVERY_SERVICE_H_
#define POSTERN_SERVER_RPC_DELIVERY_SERVICE_H_

#include <cstddef>
#include <memory>

#include "common/clock.h"
#include "server/delivery/orchestrator.h"
#include "server/policy_store/policy_reloader.h"
#include "server/policy_store/policy_store.h"

namespace grpc {
class Service;
}

namespace postern::server {

// postern.v1.DeliveryService: admits, validates, converts and hands over to the orchestrator. Made
// and owned by server/app, and must outlive the RpcServer that it is registered with. All members
// are for any thread. Its handlers run on gRPC's threads and never wait; answers come from the
// event loop. Errors are RPC statuses with google.rpc details.
class DeliveryService {
 public:
  struct Parts {
    Orchestrator& orchestrator;
    const PolicyStore& policies;  // with a policy in force
    PolicyReloader& reloader;     // its thread reads candidate policies
    const Clock& clock;
    // Calls in flight, and their octets together; more are refused with RESOURCE_EXHAUSTED. A call
    // that is alone is always taken. A delivery counts until its last session has its final reply,
    // which may come after the answer.
    std::size_t max_in_flight = 1000;
    std::size_t max_bytes_in_flight = std::size_t{1} << 30;
    // A larger message is refused with INVALID_ARGUMENT.
    std::size_t max_message_bytes = std::size_t{64} << 20;
  };

  explicit DeliveryService(Parts parts);
  ~DeliveryService();
  DeliveryService(const DeliveryService&) = delete;
  DeliveryService& operator=(const DeliveryService&) = delete;

  grpc::Service& grpc_service();

  // From now on new calls are refused with UNAVAILABLE.
  void Drain();
  // Cancels every call under way as if its caller had.
  void CancelAll();
  // Answers every call under way with an error; for a service that must end now.
  void AbandonAll();
  // Calls not yet answered.
  std::size_t in_flight() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_DELIVERY_SERVICE_H_
