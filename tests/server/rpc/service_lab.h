#ifndef POSTERN_TESTS_SERVER_RPC_SERVICE_LAB_H_
#define POSTERN_TESTS_SERVER_RPC_SERVICE_LAB_H_

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "client/net/connector.h"
#include "client/net/event_loop.h"
#include "client/net/own_addresses.h"
#include "client/session/lock_step_hosts.h"
#include "common/clock.h"
#include "common/random.h"
#include "server/delivery/orchestrator.h"
#include "server/policy_store/policy_reloader.h"
#include "server/policy_store/policy_store.h"
#include "server/rpc/delivery_service.h"
#include "server/rpc/listen.h"
#include "server/rpc/policy_service.h"
#include "server/rpc/rpc_server.h"
#include "strategy/source_ip/source_selector.h"
#include "tests/fakes/fake_resolver.h"
#include "tests/fakes/scripted_server.h"

namespace postern::server {

// All mail goes to a relay on 127.0.0.1, from 127.0.0.2 as out.example.org.
inline std::string RelayPolicy(std::uint16_t port) {
  return R"(
[server]
hostname = "mail.example.org"
[queue.strategy]
route = "'relay'"
connection = "'pool'"
[queue.route.relay]
type = "relay"
address = "127.0.0.1"
protocol = "smtp"
tls.implicit = false
port = )" +
         std::to_string(port) + R"(
[queue.connection.pool]
source-ips = ["127.0.0.2"]
ehlo-hostname = "pool.example.org"
[queue.source-ip."127.0.0.2"]
ehlo-hostname = "out.example.org"
)";
}

inline std::string WriteFile(const std::string& name, const std::string& text) {
  std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
  return path;
}

// Whether a connection comes within some seconds.
inline bool IsDialled(const fakes::ScriptedServer& server) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (server.accepted() == 0) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// The service as server/app puts it together, with DNS from a table: a real gRPC server on a free
// port, and real SMTP connections.
class ServiceLab {
 public:
  struct Limits {
    std::size_t calls = 1000;
    std::size_t bytes = std::size_t{1} << 30;
    std::size_t message_bytes = std::size_t{64} << 20;
  };

  explicit ServiceLab(const std::string& policy) : ServiceLab(policy, Limits()) {}
  ServiceLab(const std::string& policy, Limits limits)
      : policies_({WriteFile("policy.toml", policy)}, {}) {
    const strategy::LoadedPolicy loaded = policies_.Load();
    if (loaded.policy == nullptr) throw std::runtime_error(loaded.rendered);
    service_ = std::make_unique<DeliveryService>(
        DeliveryService::Parts{.orchestrator = orchestrator_,
                               .policies = policies_,
                               .reloader = *reloader_,
                               .clock = clock_,
                               .max_in_flight = limits.calls,
                               .max_bytes_in_flight = limits.bytes,
                               .max_message_bytes = limits.message_bytes});
    auto server = RpcServer::Start(*service_, policy_service_,
                                   {{*IpAddress::Parse("127.0.0.1"), 0}, limits.message_bytes});
    if (!server.ok()) throw std::runtime_error(server.status().ToString());
    server_ = *std::move(server);
  }

  ~ServiceLab() {
    service_->AbandonAll();
    server_.reset();
    reloader_.reset();  // finishes what uses the service
    loop_.Stop();
  }

  // The file only; it takes a reload, or a while, until it is in force.
  static void RewritePolicy(const std::string& text) { WriteFile("policy.toml", text); }

  std::string address() const { return ToText(server_->listening_on()); }
  DeliveryService& service() { return *service_; }
  PolicyService& policies() { return policy_service_; }
  RpcServer& server() { return *server_; }
  fakes::FakeResolver& dns() { return resolver_; }

  // Whether no call is in flight within some seconds.
  bool BecomesIdle() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (service_->in_flight() != 0 || orchestrator_.in_flight() != 0) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

 private:
  const SteadyClock clock_;
  SystemRandom random_;
  PolicyStore policies_;
  strategy::SourceQuarantine quarantine_{clock_};
  client::LockStepHosts lock_step_hosts_{clock_};
  client::TcpConnector connector_;
  client::SystemAddresses own_addresses_;
  fakes::FakeResolver resolver_;
  client::EventLoop loop_;
  std::unique_ptr<PolicyReloader> reloader_ = std::make_unique<PolicyReloader>(policies_);
  PolicyService policy_service_{policies_, *reloader_};
  Orchestrator orchestrator_{Orchestrator::Parts{loop_, resolver_, connector_, own_addresses_,
                                                 quarantine_, lock_step_hosts_, clock_, random_}};
  std::unique_ptr<DeliveryService> service_;
  std::unique_ptr<RpcServer> server_;
};

}  // namespace postern::server

#endif  // POSTERN_TESTS_SERVER_RPC_SERVICE_LAB_H_
