#ifndef POSTERN_SERVER_RPC_RPC_SERVER_H_
#define POSTERN_SERVER_RPC_RPC_SERVER_H_

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "client/net/transport.h"
#include "common/clock.h"
#include "server/rpc/delivery_service.h"
#include "server/rpc/policy_service.h"

namespace postern::server {

// The gRPC server: the services, reflection and grpc.health.v1 on one port. Made and owned by
// server/app. Serves from Start on, on gRPC's own threads; all members are for any thread. Fails to
// be made with a sentence when it cannot listen.
class RpcServer {
 public:
  struct Options {
    client::Endpoint listen;  // port 0: the system chooses
    // At most kLargestMessageLimit.
    std::size_t max_message_bytes = std::size_t{64} << 20;
  };

  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(DeliveryService& deliveries,
                                                          PolicyService& policies, Options options);
  // Shutdown(0) if that was not done.
  ~RpcServer();
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

  const client::Endpoint& listening_on() const;
  // What grpc.health.v1 answers for "" and each of the services.
  void SetServing(bool serving);
  // Takes no more calls and waits for those under way, at most so long; then they are cut off.
  void Shutdown(Duration grace);

 private:
  class Impl;
  explicit RpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_RPC_SERVER_H_
