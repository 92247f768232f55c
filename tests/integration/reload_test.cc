// A policy that changes while the service is in use.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "postern/v1/policy_service.grpc.pb.h"
#include "tests/fakes/eventually.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

using std::chrono::seconds;

std::string PolicyOf(const std::string& route) {
  return "[queue.strategy]\nroute = \"'" + route + "'\"\n[queue.route." + route +
         "]\ntype = \"mx\"\n";
}

v1::ResolveStrategyRequest AnyRequest() {
  v1::ResolveStrategyRequest request;
  request.mutable_envelope()->add_recipients()->set_address("user@example.com");
  return request;
}

v1::GetPolicyResponse PolicyInForce(ServiceProcess& service) {
  const auto stub = v1::PolicyService::NewStub(service.channel());
  v1::GetPolicyResponse response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + seconds(20));
  const grpc::Status status = stub->GetPolicy(&context, {}, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

// Calls that follow one another without a pause.
class Load {
 public:
  explicit Load(ServiceProcess& service) {
    for (int i = 0; i < 4; ++i) threads_.emplace_back([this, &service] { Run(service); });
  }
  ~Load() { Stop(); }
  void Stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  int calls() const { return calls_; }
  int failures() const { return failures_; }
  int of_route(bool second) const { return second ? seconds_ : firsts_; }

 private:
  void Run(ServiceProcess& service) {
    const auto stub = v1::DeliveryService::NewStub(service.channel());
    while (!stop_) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + seconds(20));
      v1::ResolveStrategyResponse response;
      const grpc::Status status = stub->ResolveStrategy(&context, AnyRequest(), &response);
      ++calls_;
      if (!status.ok()) {
        ++failures_;
      } else if (response.resolutions(0).route().strategy_id() == "second") {
        ++seconds_;
      } else {
        ++firsts_;
      }
    }
  }

  std::atomic<bool> stop_ = false;
  std::atomic<int> calls_ = 0, failures_ = 0, firsts_ = 0, seconds_ = 0;
  std::vector<std::thread> threads_;
};

TEST(ReloadTest, AnEditUnderLoadTakesEffectWithinASecondAndNoCallFails) {
  ServiceProcess service(PolicyOf("first"));
  Load load(service);
  ASSERT_TRUE(fakes::Eventually([&] { return load.calls() > 200; }));
  ASSERT_EQ(load.of_route(true), 0);
  service.RewritePolicy(PolicyOf("second"));
  const auto edited = std::chrono::steady_clock::now();
  ASSERT_TRUE(fakes::Eventually([&] { return load.of_route(true) > 0; }));
  const auto took = std::chrono::steady_clock::now() - edited;
  // Half of it is the pause after the last change; the other half is for a busy machine.
  EXPECT_LT(took, seconds(1));
  ASSERT_TRUE(fakes::Eventually([&] { return load.of_route(true) > 200; }));
  load.Stop();
  EXPECT_EQ(load.failures(), 0) << "of " << load.calls();
  EXPECT_GT(load.of_route(false), 0);
}

TEST(ReloadTest, AnEditWithErrorsChangesNothingAndIsShown) {
  ServiceProcess service(PolicyOf("first"));
  const std::string before = PolicyInForce(service).version();
  service.RewritePolicy("[queue.strategy]\nroute = \"'nowhere'\"\n");
  v1::GetPolicyResponse policy;
  ASSERT_TRUE(fakes::Eventually([&] {
    policy = PolicyInForce(service);
    return policy.has_last_failure();
  }));
  EXPECT_EQ(policy.version(), before);
  ASSERT_EQ(policy.last_failure().issues_size(), 1);
  EXPECT_EQ(policy.last_failure().issues(0).rule(), "undefined-id");
  EXPECT_EQ(service.Resolve(AnyRequest()).resolutions(0).route().strategy_id(), "first");
  service.RewritePolicy(PolicyOf("second"));
  EXPECT_TRUE(fakes::Eventually([&] {
    policy = PolicyInForce(service);
    return policy.version() != before && !policy.has_last_failure();
  }));
}

}  // namespace
}  // namespace postern::integration
