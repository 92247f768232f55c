// What ResolveStrategy costs beyond what gRPC costs: its rate with 64 calls in flight beside the
// rate of an empty method on the same server, by the same client, in turns; and beside that of a
// method that does nothing with as many octets. Prints the medians of the rounds' rates and of
// their ratios: what disturbs the machine for longer than a round changes no ratio.
//
//   bazel run //tests/benchmarks/server:resolve_benchmark

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "client/net/connector.h"
#include "client/net/event_loop.h"
#include "client/net/own_addresses.h"
#include "client/session/lock_step_hosts.h"
#include "common/clock.h"
#include "common/random.h"
#include "echo.grpc.pb.h"
#include "postern/v1/delivery_service.pb.h"
#include "server/delivery/orchestrator.h"
#include "server/policy_store/policy_reloader.h"
#include "server/policy_store/policy_store.h"
#include "server/rpc/delivery_service.h"
#include "strategy/source_ip/source_selector.h"
#include "tests/fakes/fake_resolver.h"

namespace postern::server {
namespace {

using SteadyTime = std::chrono::steady_clock;

constexpr std::size_t kInFlight = 64;
constexpr int kRounds = 100;
constexpr std::chrono::milliseconds kRoundLength(100);

class EchoService final : public benchmarks::EchoService::CallbackService {
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context,
                                 const benchmarks::EchoRequest* request,
                                 benchmarks::EchoResponse* response) override {
    if (request->answer_octets() > 0)
      response->set_padding(std::string(request->answer_octets(), 'x'));
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// The built-in policy and no DNS, behind a gRPC server that has the empty method too.
class Server {
 public:
  Server() {
    if (policies_.Load().policy == nullptr) std::abort();
    service_ = std::make_unique<DeliveryService>(
        DeliveryService::Parts{.orchestrator = orchestrator_,
                               .policies = policies_,
                               .reloader = reloader_,
                               .clock = clock_,
                               .max_in_flight = 1000,
                               .max_bytes_in_flight = std::size_t{1} << 30,
                               .max_message_bytes = std::size_t{64} << 20});
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_->grpc_service());
    builder.RegisterService(&echo_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
  }
  ~Server() {
    server_->Shutdown();
    loop_.Stop();
  }

  const std::string& address() const { return address_; }

 private:
  const SteadyClock clock_;
  SystemRandom random_;
  PolicyStore policies_{{}, {}};
  strategy::SourceQuarantine quarantine_{clock_};
  client::LockStepHosts lock_step_hosts_{clock_};
  client::SystemAddresses own_addresses_;
  client::TcpConnector connector_;
  fakes::FakeResolver resolver_;
  client::EventLoop loop_;
  PolicyReloader reloader_{policies_};
  Orchestrator orchestrator_{{loop_, resolver_, connector_, own_addresses_, quarantine_,
                              lock_step_hosts_, clock_, random_}};
  std::unique_ptr<DeliveryService> service_;
  EchoService echo_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

// Keeps kInFlight calls of one method under way for the length of a round. Requests and answers are
// octets, so that the client costs the same for every method.
class Round {
 public:
  Round(grpc::GenericStub& stub, std::string method, const grpc::ByteBuffer& request)
      : stub_(stub), method_(std::move(method)), request_(request) {}

  // Of an answer.
  std::size_t answer_octets() const { return answer_octets_; }

  // Calls per second.
  double Run() {
    const auto start = SteadyTime::now();
    end_ = start + kRoundLength;
    under_way_ = kInFlight;
    for (std::size_t i = 0; i < kInFlight; ++i) StartCall();
    all_ended_.get_future().get();
    const std::chrono::duration<double> took = SteadyTime::now() - start;
    return static_cast<double>(calls_.load()) / took.count();
  }

 private:
  struct Call {
    grpc::ClientContext context;
    grpc::ByteBuffer response;
  };

  void StartCall() {
    auto call = std::make_shared<Call>();
    stub_.UnaryCall(&call->context, method_, {}, &request_, &call->response,
                    [this, call](const grpc::Status& status) {
                      if (!status.ok()) {
                        std::fprintf(stderr, "%s: %s\n", method_.c_str(),
                                     status.error_message().c_str());
                        std::abort();
                      }
                      if (calls_.fetch_add(1) == 0) answer_octets_ = call->response.Length();
                      if (SteadyTime::now() < end_) return StartCall();
                      if (under_way_.fetch_sub(1) == 1) all_ended_.set_value();
                    });
  }

  grpc::GenericStub& stub_;
  const std::string method_;
  const grpc::ByteBuffer& request_;
  SteadyTime::time_point end_;
  std::atomic<std::size_t> answer_octets_ = 0;
  std::atomic<std::size_t> calls_ = 0;
  std::atomic<std::size_t> under_way_ = 0;
  std::promise<void> all_ended_;
};

grpc::ByteBuffer Octets(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Compare() {
  Server server;
  grpc::GenericStub stub(grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials()));
  v1::ResolveStrategyRequest request;
  request.mutable_envelope()->set_mail_from("sender@example.org");
  request.mutable_envelope()->add_recipients()->set_address("user@example.net");
  const grpc::ByteBuffer resolve = Octets(request);
  const grpc::ByteBuffer nothing = Octets(benchmarks::EchoRequest());
  constexpr char kEcho[] = "/postern.benchmarks.EchoService/Echo";
  std::vector<double> empty_rates, same_size_rates, resolve_rates, to_empty, to_same_size;
  benchmarks::EchoRequest padded;
  padded.set_padding(std::string(request.ByteSizeLong(), 'x'));
  for (int round = -1; round < kRounds; ++round) {
    Round resolution(stub, "/postern.v1.DeliveryService/ResolveStrategy", resolve);
    const double resolved = resolution.Run();
    const double empty = Round(stub, kEcho, nothing).Run();
    padded.set_answer_octets(static_cast<std::uint32_t>(resolution.answer_octets()));
    const grpc::ByteBuffer same_size = Octets(padded);
    const double echoed = Round(stub, kEcho, same_size).Run();
    if (round < 0) continue;  // to warm up
    empty_rates.push_back(empty);
    same_size_rates.push_back(echoed);
    resolve_rates.push_back(resolved);
    to_empty.push_back(resolved / empty);
    to_same_size.push_back(resolved / echoed);
  }
  std::printf(
      "%zu in flight: ResolveStrategy %.0f/s; empty method %.0f/s, ratio %.2f; method of the same "
      "size (%u octets) %.0f/s, ratio %.2f\n",
      kInFlight, Median(resolve_rates), Median(empty_rates), Median(to_empty),
      padded.answer_octets(), Median(same_size_rates), Median(to_same_size));
}

}  // namespace
}  // namespace postern::server

int main() { postern::server::Compare(); }
