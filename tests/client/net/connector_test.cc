#include "client/net/connector.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "client/net/event_loop.h"
#include "client/net/interrupt.h"
#include "client/net/transport.h"
#include "common/ip_address.h"
#include "tests/client/net/net_lab.h"
#include "tests/fakes/scripted_server.h"

namespace postern::client {
namespace {

using boost::asio::awaitable;
using fakes::HasIpv6Loopback;
using fakes::ScriptedServer;
using fakes::Stall;
using std::chrono::milliseconds;

IpAddress Ip(const char* text) { return IpAddress::Parse(text).value(); }

// The most descriptors that this process may have, for as long as this lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit lowered{.rlim_cur = limit, .rlim_max = before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &lowered), 0);
  }
  ~DescriptorLimit() { EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before_), 0); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

class TcpConnectorTest : public testing::Test {
 protected:
  std::future<ConnectResult> Dialing(const Endpoint& target, std::optional<IpAddress> source,
                                     TimePoint deadline = Late(), Interrupt* interrupt = nullptr) {
    return Start<ConnectResult>(
        loop_, [this, target, source, deadline, interrupt]() -> awaitable<ConnectResult> {
          co_return co_await connector_.Connect(target, source, deadline, interrupt);
        });
  }
  ConnectResult Connect(const Endpoint& target, std::optional<IpAddress> source = std::nullopt,
                        TimePoint deadline = Late(), Interrupt* interrupt = nullptr) {
    return Await(Dialing(target, source, deadline, interrupt));
  }
  // `interrupt` is the loop's.
  void Trigger(Interrupt& interrupt) {
    loop_.Post([&interrupt] {
      interrupt.Trigger(InterruptReason::kCancelled, std::chrono::steady_clock::now());
    });
  }

  TcpConnector connector_;
  EventLoop loop_;
};

TEST_F(TcpConnectorTest, ConnectsAndKnowsBothEnds) {
  ScriptedServer server({{fakes::Send("hello"), Stall()}});
  ConnectResult result = Connect(EndpointOf(server));
  ASSERT_EQ(result.status, ConnectStatus::kOk) << result.error;
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.transport->remote(), EndpointOf(server));
  const Endpoint local = result.transport->local();
  result.transport.reset();
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(server.connections().at(0).peer, local.ip);
  EXPECT_EQ(server.connections().at(0).peer_port, local.port);
}

TEST_F(TcpConnectorTest, ConnectsOverIpv6) {
  if (!HasIpv6Loopback()) GTEST_SKIP() << "this machine has no ::1";
  for (const std::optional<IpAddress>& source : {std::optional<IpAddress>(), {Ip("::1")}}) {
    const ScriptedServer server({{Stall()}}, {.address = "::1"});
    const ConnectResult result = Connect(EndpointOf(server), source);
    ASSERT_EQ(result.status, ConnectStatus::kOk) << result.error;
    EXPECT_EQ(result.transport->remote(), EndpointOf(server));
    EXPECT_EQ(result.transport->local().ip, Ip("::1"));
  }
}

TEST_F(TcpConnectorTest, SetsNoDelay) {
  const ScriptedServer server({{Stall()}});
  const ConnectResult result = Connect(EndpointOf(server));
  ASSERT_EQ(result.status, ConnectStatus::kOk) << result.error;
  EXPECT_EQ(SocketOption(result.transport->local(), IPPROTO_TCP, TCP_NODELAY), 1);
}

// --- From a source address -----------------------------------------------------------------------

TEST_F(TcpConnectorTest, ThePeerSeesTheSourceAddress) {
  for (const char* source : {"127.0.0.42", "127.0.0.43"}) {
    ScriptedServer server({{Stall()}});
    ConnectResult result = Connect(EndpointOf(server), Ip(source));
    ASSERT_EQ(result.status, ConnectStatus::kOk) << result.error;
    EXPECT_EQ(result.transport->local().ip, Ip(source));
    result.transport.reset();
    EXPECT_EQ(server.Finish(), "");
    EXPECT_EQ(server.connections().at(0).peer, Ip(source));
  }
}

TEST_F(TcpConnectorTest, LeavesThePortToConnect) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    if (!Ip(address).is_v4() && !HasIpv6Loopback()) continue;
    const ScriptedServer server({{Stall()}}, {.address = address});
    const ConnectResult result = Connect(EndpointOf(server), Ip(address));
    ASSERT_EQ(result.status, ConnectStatus::kOk) << result.error;
    EXPECT_NE(result.transport->local().port, 0);
    EXPECT_EQ(SocketOption(result.transport->local(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT), 1)
        << address;
  }
}

TEST_F(TcpConnectorTest, AnAddressThatIsNotOursIsABindFailure) {
  const ClosedPort target;  // never reached
  const ConnectResult result = Connect(target.endpoint(), Ip("198.51.100.77"));
  EXPECT_EQ(result.status, ConnectStatus::kBindFailed);
  EXPECT_EQ(result.error, std::strerror(EADDRNOTAVAIL));
  EXPECT_EQ(result.transport, nullptr);
}

TEST_F(TcpConnectorTest, ASourceOfTheOtherFamilyIsABindFailure) {
  ConnectResult result = Connect({Ip("127.0.0.1"), 1}, Ip("::1"));
  EXPECT_EQ(result.status, ConnectStatus::kBindFailed);
  EXPECT_EQ(result.error, "::1 is of another family than the target 127.0.0.1");
  if (!HasIpv6Loopback()) return;
  result = Connect({Ip("::1"), 1}, Ip("127.0.0.1"));
  EXPECT_EQ(result.status, ConnectStatus::kBindFailed);
  EXPECT_EQ(result.error, "127.0.0.1 is of another family than the target ::1");
}

// --- No connection -------------------------------------------------------------------------------

TEST_F(TcpConnectorTest, ARefusalIsAFailureInTheSystemsWords) {
  const ClosedPort target;
  const ConnectResult result = Connect(target.endpoint());
  EXPECT_EQ(result.status, ConnectStatus::kFailed);
  EXPECT_EQ(result.error, std::strerror(ECONNREFUSED));
  EXPECT_EQ(result.transport, nullptr);
}

TEST_F(TcpConnectorTest, AnAddressThatNobodyCanHaveIsAFailure) {
  const ConnectResult result = Connect({Ip("255.255.255.255"), 25});
  EXPECT_EQ(result.status, ConnectStatus::kFailed);
  EXPECT_NE(result.error, "");
}

TEST_F(TcpConnectorTest, NoDescriptorLeftIsALackOfOurs) {
  const ClosedPort target;
  // Also for UBSan, which opens descriptors when it sees a type for the first time.
  ConnectResult result = Connect(target.endpoint());
  EXPECT_EQ(result.status, ConnectStatus::kFailed);
  {
    const DescriptorLimit none(0);
    result = Connect(target.endpoint());
  }
  EXPECT_EQ(result.status, ConnectStatus::kLocalResources);
  EXPECT_EQ(result.error, std::strerror(EMFILE));
  EXPECT_EQ(Connect(target.endpoint()).status, ConnectStatus::kFailed) << "the limit is still low";
}

// --- No answer -----------------------------------------------------------------------------------

TEST_F(TcpConnectorTest, NoAnswerByTheDeadlineIsATimeout) {
  const BlackHole target;
  const TimePoint deadline = In(milliseconds(50));
  const ConnectResult result = Connect(target.endpoint(), std::nullopt, deadline);
  EXPECT_EQ(result.status, ConnectStatus::kTimeout);
  EXPECT_EQ(result.error, "no answer within the time for connecting");
  EXPECT_EQ(result.transport, nullptr);
  EXPECT_GE(std::chrono::steady_clock::now(), deadline);
}

TEST_F(TcpConnectorTest, ADeadlineThatHasPassedIsATimeoutWithoutAnAttempt) {
  const ScriptedServer server({{Stall()}});
  const ConnectResult result = Connect(EndpointOf(server), std::nullopt, In(milliseconds(-1)));
  EXPECT_EQ(result.status, ConnectStatus::kTimeout);
  EXPECT_EQ(server.accepted(), 0u);
}

TEST_F(TcpConnectorTest, AnInterruptEndsTheWaitForAnAnswer) {
  const BlackHole target;
  Interrupt interrupt;
  std::future<ConnectResult> dialing = Dialing(target.endpoint(), std::nullopt, Late(), &interrupt);
  Settle(loop_);
  Settle(loop_);
  EXPECT_EQ(dialing.wait_for(milliseconds(0)), std::future_status::timeout);
  Trigger(interrupt);
  const ConnectResult result = Await(std::move(dialing));
  EXPECT_EQ(result.status, ConnectStatus::kInterrupted);
  EXPECT_EQ(result.error, "interrupted while connecting");
  EXPECT_EQ(result.transport, nullptr);
}

TEST_F(TcpConnectorTest, AfterAnInterruptThereIsNoAttempt) {
  const ScriptedServer server({{Stall()}});
  Interrupt interrupt;
  Trigger(interrupt);
  const ConnectResult result = Connect(EndpointOf(server), std::nullopt, Late(), &interrupt);
  EXPECT_EQ(result.status, ConnectStatus::kInterrupted);
  EXPECT_EQ(server.accepted(), 0u);
}

TEST_F(TcpConnectorTest, AnInterruptAfterTheConnectionLeavesItAlone) {
  const ScriptedServer server({{Stall()}});
  Interrupt interrupt;
  const ConnectResult result = Connect(EndpointOf(server), std::nullopt, Late(), &interrupt);
  Trigger(interrupt);
  Settle(loop_);
  ASSERT_EQ(result.status, ConnectStatus::kOk) << result.error;
  EXPECT_EQ(result.transport->remote(), EndpointOf(server));
}

TEST(TcpConnector, HasNoMoreConnectionsAtATimeThanItMay) {
  ScriptedServer server({{Stall()}, {Stall()}});
  TcpConnector connector(1);
  EventLoop loop;
  const Endpoint target{Ip("127.0.0.1"), server.port()};
  const auto connect = [&] {
    return Await(Start<ConnectResult>(loop, [&]() -> awaitable<ConnectResult> {
      co_return co_await connector.Connect(target, std::nullopt, Late(), nullptr);
    }));
  };
  ConnectResult first = connect();
  ASSERT_EQ(first.status, ConnectStatus::kOk) << first.error;
  const ConnectResult second = connect();
  EXPECT_EQ(second.status, ConnectStatus::kLocalResources);
  EXPECT_NE(second.error.find("has 1 connections open"), std::string::npos) << second.error;
  first.transport.reset();
  EXPECT_EQ(connect().status, ConnectStatus::kOk) << "its place is free again";
}

TEST(TcpConnector, AnAttemptIsDroppedWhenItsLoopStops) {
  const BlackHole target;
  TcpConnector connector;
  Interrupt interrupt;  // outlives the loop, and the attempt with it
  std::future<ConnectResult> dialing;
  {
    EventLoop loop;
    dialing = Start<ConnectResult>(loop, [&]() -> awaitable<ConnectResult> {
      co_return co_await connector.Connect(target.endpoint(), std::nullopt, Late(), &interrupt);
    });
    Settle(loop);
    Settle(loop);
  }
  EXPECT_THROW(Await(std::move(dialing)), std::future_error);  // nobody resumed it
  interrupt.Trigger(InterruptReason::kCancelled, std::chrono::steady_clock::now());
}

}  // namespace
}  // namespace postern::client
