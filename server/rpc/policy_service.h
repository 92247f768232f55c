#ifndef POSTERN_SERVER_RPC_POLICY_SERVICE_H_
#define POSTERN_SERVER_RPC_POLICY_SERVICE_H_

#include <cstddef>
#include <memory>

#include "server/policy_store/policy_reloader.h"
#include "server/policy_store/policy_store.h"

namespace grpc {
class Service;
}

namespace postern::server {

// postern.v1.PolicyService: shows, checks and reloads the policy. Made and owned by server/app; the
// store and the reloader must outlive the RpcServer that it is registered with. Handlers run on
// gRPC's threads and never wait; texts are checked on the reloader's thread.
class PolicyService {
 public:
  // Checks and reloads that wait or are under way; more are refused with RESOURCE_EXHAUSTED.
  static constexpr std::size_t kMaxInFlight = 16;

  PolicyService(const PolicyStore& store, PolicyReloader& reloader);
  ~PolicyService();
  PolicyService(const PolicyService&) = delete;
  PolicyService& operator=(const PolicyService&) = delete;

  grpc::Service& grpc_service();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_POLICY_SERVICE_H_
