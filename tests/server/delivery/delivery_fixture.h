#ifndef POSTERN_TESTS_SERVER_DELIVERY_DELIVERY_FIXTURE_H_
#define POSTERN_TESTS_SERVER_DELIVERY_DELIVERY_FIXTURE_H_

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "client/net/connector.h"
#include "client/net/event_loop.h"
#include "client/net/own_addresses.h"
#include "client/session/lock_step_hosts.h"
#include "common/clock.h"
#include "common/envelope.h"
#include "common/message.h"
#include "common/random.h"
#include "server/delivery/delivery.h"
#include "server/delivery/orchestrator.h"
#include "strategy/config/policy_loader.h"
#include "strategy/resolver/strategy_resolver.h"
#include "strategy/source_ip/source_selector.h"
#include "tests/fakes/fake_resolver.h"
#include "tests/fakes/scripted_server.h"

namespace postern::server {

// Always the first of what is there to choose from.
class FirstChoice final : public Random {
 public:
  std::uint64_t Below(std::uint64_t) override { return 0; }
};

// As the test says; nothing is this machine's own unless it does.
class ListedAddresses final : public client::OwnAddresses {
 public:
  void Add(const std::string& address) { own_.insert(IpAddress::Parse(address).value()); }
  bool Has(const IpAddress& address) const override { return own_.contains(address); }

 private:
  std::set<IpAddress> own_;
};

// Real connections, or always the same failure.
class TestConnector final : public client::Connector {
 public:
  void AlwaysFail(client::ConnectStatus status) { failure_ = status; }
  // The time that the last call was given.
  Duration last_limit() const { return last_limit_; }

  boost::asio::awaitable<client::ConnectResult> Connect(client::Endpoint target,
                                                        std::optional<IpAddress> source,
                                                        TimePoint deadline,
                                                        client::Interrupt* interrupt) override {
    if (!failure_) return tcp_.Connect(target, source, deadline, interrupt);
    last_limit_ = std::chrono::round<Duration>(deadline - std::chrono::steady_clock::now());
    return Fail(*failure_);
  }

 private:
  static boost::asio::awaitable<client::ConnectResult> Fail(client::ConnectStatus status) {
    client::ConnectResult result;
    result.status = status;
    result.error = "as the test says";
    co_return result;
  }

  client::TcpConnector tcp_;
  std::optional<client::ConnectStatus> failure_;
  Duration last_limit_{};
};

// The strategies of a policy text; throws with the issues when the text is wrong.
inline std::shared_ptr<const strategy::StrategyResolver> Strategies(const std::string& toml) {
  std::vector<strategy::SourceText> texts;
  texts.emplace_back("policy.toml", toml);
  strategy::LoadedPolicy loaded = strategy::LoadPolicyTexts(std::move(texts));
  if (loaded.policy == nullptr) throw std::runtime_error(loaded.rendered);
  return std::make_shared<strategy::StrategyResolver>(loaded.policy, strategy::SystemIdentity{});
}

// An `mx` route to `port` that may go anywhere, and a connection strategy with the lines in
// `connection`.
inline std::string MxPolicy(
    std::uint16_t port, const std::string& connection = "ehlo-hostname = 'mail.sender.example'\n") {
  return "[queue.strategy]\nroute = \"'mx'\"\nconnection = \"'default'\"\n"
         "[queue.route.mx]\ntype = 'mx'\ndeny-destinations = []\nport = " +
         std::to_string(port) + "\n[queue.connection.default]\n" + connection;
}

inline Recipient To(const std::string& address) {
  return {Mailbox::Parse(address).value(), {}, ""};
}

inline Envelope EnvelopeTo(const std::vector<std::string>& recipients) {
  Envelope envelope;
  envelope.mail_from = Mailbox::Parse("sender@sender.example").value();
  for (const std::string& recipient : recipients) envelope.recipients.push_back(To(recipient));
  return envelope;
}

// Everything that an orchestrator needs: a real loop, real connections to loopback, DNS from a
// table.
class DeliveryTest : public ::testing::Test {
 protected:
  static constexpr std::chrono::seconds kPatience{20};

  ~DeliveryTest() override { loop_.Stop(); }

  static DeliveryRequest RequestTo(const std::vector<std::string>& recipients,
                                   const std::string& text = "Subject: x\n\nhello\n") {
    DeliveryRequest request;
    request.envelope = EnvelopeTo(recipients);
    request.message = std::get<std::shared_ptr<const Message>>(Message::FromText(text));
    return request;
  }

  // Starts a delivery under `policy_`.
  std::future<DeliveryResult> Begin(DeliveryRequest request) {
    auto promise = std::make_shared<std::promise<DeliveryResult>>();
    std::future<DeliveryResult> future = promise->get_future();
    handle_ = orchestrator_.Deliver(
        Strategies(policy_), std::move(request),
        [promise](DeliveryResult result) { promise->set_value(std::move(result)); });
    return future;
  }

  static DeliveryResult Await(std::future<DeliveryResult>& future) {
    if (future.wait_for(kPatience) != std::future_status::ready) {
      throw std::runtime_error("the delivery did not end");
    }
    return future.get();
  }

  DeliveryResult Deliver(DeliveryRequest request) {
    std::future<DeliveryResult> future = Begin(std::move(request));
    return Await(future);
  }

  ResolveResult Resolve(ResolveRequest request) {
    auto promise = std::make_shared<std::promise<ResolveResult>>();
    std::future<ResolveResult> future = promise->get_future();
    handle_ = orchestrator_.Resolve(
        Strategies(policy_), std::move(request),
        [promise](ResolveResult result) { promise->set_value(std::move(result)); });
    if (future.wait_for(kPatience) != std::future_status::ready) {
      throw std::runtime_error("the resolution did not end");
    }
    return future.get();
  }

  // x.example has these exchangers, in this order, each with these addresses.
  void Exchangers(const std::vector<std::vector<std::string>>& hosts) {
    std::vector<client::MxRecord> records;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      const std::string name = "mx" + std::to_string(i + 1) + ".x.example";
      records.push_back({static_cast<std::uint16_t>(10 * (i + 1)), name});
      if (!hosts[i].empty()) dns_.Host(name, hosts[i]);
    }
    dns_.Mx("x.example", records);
  }

  static std::unique_ptr<fakes::ScriptedServer> At(const std::string& address, std::uint16_t port,
                                                   std::vector<fakes::Script> scripts) {
    fakes::ScriptedServer::Options options;
    options.address = address;
    options.port = port;
    return std::make_unique<fakes::ScriptedServer>(std::move(scripts), options);
  }
  // Until nothing is under way any more; false when that takes too long.
  bool Idle() const {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (orchestrator_.in_flight() > 0) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::string policy_;
  client::EventLoop loop_;  // destroyed last of these, with what is still suspended on it
  SteadyClock clock_;
  FirstChoice random_;
  fakes::FakeResolver dns_;
  TestConnector connector_;
  ListedAddresses own_addresses_;
  strategy::SourceQuarantine quarantine_{clock_};
  client::LockStepHosts lock_step_hosts_{clock_};
  Orchestrator orchestrator_{
      {loop_, dns_, connector_, own_addresses_, quarantine_, lock_step_hosts_, clock_, random_}};
  std::shared_ptr<Orchestrator::Handle> handle_;
};

// "DELIVERED FINAL_REPLY REPLY_2XX" and the like, to compare whole outcomes at a glance.
inline std::string Sum(const client::Outcome& outcome) {
  return std::string(Name(outcome.verdict.disposition)) + " " +
         std::string(client::Info(outcome.stage).name) + " " +
         std::string(Name(outcome.verdict.scope));
}

inline std::vector<std::string> Sums(const DeliveryResult& result) {
  std::vector<std::string> sums;
  for (const RecipientOutcome& outcome : result.outcomes) sums.push_back(Sum(outcome.outcome));
  return sums;
}

}  // namespace postern::server

#endif  // POSTERN_TESTS_SERVER_DELIVERY_DELIVERY_FIXTURE_H_
