#ifndef POSTERN_TESTS_INTEGRATION_SERVICE_PROCESS_H_
#define POSTERN_TESTS_INTEGRATION_SERVICE_PROCESS_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "postern/v1/delivery_service.grpc.pb.h"
#include "tests/fakes/child_process.h"

namespace postern::integration {

// posternd as a process of its own, on a free port, with one policy. Made and owned by a test; its
// calls may be made from any thread, all else by the test's. Throws what the program says when it
// does not start.
class ServiceProcess {
 public:
  // Without any policy file.
  ServiceProcess() : ServiceProcess(std::vector<std::string>{}) {}
  // `policy` is TOML.
  explicit ServiceProcess(const std::string& policy)
      : ServiceProcess(std::vector<std::string>{policy}) {}
  // The same, with at most so many open descriptors.
  ServiceProcess(const std::string& policy, std::size_t descriptors)
      : ServiceProcess(std::vector<std::string>{policy}, descriptors) {}

  v1::DeliveryService::Stub& stub() { return *stub_; }
  const std::shared_ptr<grpc::Channel>& channel() { return channel_; }
  const std::string& address() const { return address_; }
  fakes::ChildProcess& process() { return process_; }

  // The (first) policy's file, in place.
  void RewritePolicy(const std::string& policy);

  // Calls that must be answered with OK: anything else fails the test.
  v1::DeliverResponse Deliver(const v1::DeliverRequest& request,
                              Duration limit = std::chrono::seconds(60));
  v1::ResolveStrategyResponse Resolve(const v1::ResolveStrategyRequest& request);

 private:
  explicit ServiceProcess(const std::vector<std::string>& policies,
                          std::optional<std::size_t> descriptors = std::nullopt);

  const fakes::TempFolder folder_;
  fakes::ChildProcess process_;
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::DeliveryService::Stub> stub_;
};

// Runs posternd to its end, which must come by itself.
struct Ended {
  std::optional<int> status;
  std::string out;
  std::string err;
};
Ended RunPosternd(const std::vector<std::string>& flags);

}  // namespace postern::integration

#endif  // POSTERN_TESTS_INTEGRATION_SERVICE_PROCESS_H_
