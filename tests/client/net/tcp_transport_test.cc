#include "client/net/tcp_transport.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/net/event_loop.h"
#include "client/net/interrupt.h"
#include "client/net/transport.h"
#include "common/ip_address.h"
#include "tests/client/net/net_lab.h"
#include "tests/fakes/scripted_server.h"

namespace postern::client {
namespace {

using boost::asio::awaitable;
using boost::asio::ip::tcp;
using fakes::CloseFin;
using fakes::Gate;
using fakes::ReadOctets;
using fakes::ReadToEnd;
using fakes::Reset;
using fakes::ScriptedServer;
using fakes::Send;
using fakes::Stall;
using fakes::WaitFor;
using std::chrono::milliseconds;

// What one read came to.
struct ReadResult {
  IoStatus status = IoStatus::kOk;
  std::string octets;
};

awaitable<ReadResult> Read(Transport& transport, TimePoint deadline, Interrupt* interrupt = nullptr,
                           std::size_t size = 100) {
  std::string buffer(size, '\0');
  const IoResult result = co_await transport.ReadSome(buffer.data(), size, deadline, interrupt);
  co_return ReadResult{result.status, buffer.substr(0, result.octets)};
}

// Writes until the kernel takes no more and the write is cut; what it was cut by.
awaitable<IoStatus> WriteUntilCut(Transport& transport, Duration patience, Interrupt* interrupt) {
  const std::string chunk(256 * 1024, 'x');
  for (;;) {
    const IoResult result = co_await transport.WriteSome(chunk, In(patience), interrupt);
    if (result.status != IoStatus::kOk) co_return result.status;
  }
}

class TcpTransportTest : public testing::Test {
 protected:
  std::future<ReadResult> Reading(Transport& transport, TimePoint deadline = Late(),
                                  Interrupt* interrupt = nullptr) {
    return Start<ReadResult>(
        loop_, [&transport, deadline, interrupt] { return Read(transport, deadline, interrupt); });
  }
  ReadResult ReadOn(Transport& transport, TimePoint deadline = Late(),
                    Interrupt* interrupt = nullptr) {
    return Await(Reading(transport, deadline, interrupt));
  }
  IoResult WriteOn(Transport& transport, std::string_view data, TimePoint deadline = Late(),
                   Interrupt* interrupt = nullptr) {
    return RunOn<IoResult>(loop_, [&transport, data, deadline, interrupt] {
      return transport.WriteSome(data, deadline, interrupt);
    });
  }
  // Calls `act` on the loop's thread, where the transport lives.
  void OnLoop(const std::function<void()>& act) {
    loop_.Post(act);
    Settle(loop_);
  }
  // ReadAvailable, again and again until it says something else than that nothing is there.
  ReadResult NextAvailable(Transport& transport, std::size_t size = 100) {
    const TimePoint limit = In(kLimit);
    for (;;) {
      std::string buffer(size, '\0');
      IoResult result;
      OnLoop([&] { result = transport.ReadAvailable(buffer.data(), size); });
      if (result.status != IoStatus::kOk || result.octets != 0) {
        return {result.status, buffer.substr(0, result.octets)};
      }
      if (std::chrono::steady_clock::now() > limit) {
        ADD_FAILURE() << "nothing came";
        return {};
      }
    }
  }
  void Trigger(Interrupt& interrupt) {
    OnLoop([&interrupt] {
      interrupt.Trigger(InterruptReason::kCancelled, std::chrono::steady_clock::now());
    });
  }

  EventLoop loop_;
};

// --- Endpoints -----------------------------------------------------------------------------------

TEST(TcpEndpoints, GoToAsioAndBack) {
  for (const char* text : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::", "::ffff:192.0.2.1"}) {
    const Endpoint endpoint{IpAddress::Parse(text).value(), 2525};
    const tcp::endpoint asio_endpoint = ToAsio(endpoint);
    EXPECT_EQ(asio_endpoint.address().is_v4(), endpoint.ip.is_v4()) << text;
    EXPECT_EQ(asio_endpoint.port(), 2525);
    EXPECT_EQ(FromAsio(asio_endpoint), endpoint) << text;
  }
  EXPECT_EQ(ToAsio({IpAddress::V4({192, 0, 2, 1}), 25}).address().to_string(), "192.0.2.1");
}

TEST_F(TcpTransportTest, KnowsBothEndsAlsoWhenClosed) {
  ScriptedServer server({{Stall()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  const Endpoint local = transport->local();
  OnLoop([&] { transport->Close(); });
  EXPECT_EQ(transport->remote(), EndpointOf(server));
  EXPECT_EQ(transport->local(), local);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(server.connections().at(0).peer_port, local.port);
}

TEST_F(TcpTransportTest, OverASocketThatIsNotConnectedEveryOperationSaysClosed) {
  tcp::socket socket(loop_.context(), tcp::v4());
  TcpTransport transport(std::move(socket));
  EXPECT_EQ(transport.remote(), Endpoint());
  EXPECT_EQ(ReadOn(transport).status, IoStatus::kClosed);
  EXPECT_EQ(WriteOn(transport, "EHLO\r\n").status, IoStatus::kClosed);
  EXPECT_EQ(NextAvailable(transport).status, IoStatus::kClosed);
}

// --- Reading and writing -------------------------------------------------------------------------

TEST_F(TcpTransportTest, ReadsWhatCameAndWritesWhatItIsGiven) {
  ScriptedServer server({{Send("220 hi\r\n"), ReadOctets(6), Stall()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  const ReadResult greeting = ReadOn(*transport);
  EXPECT_EQ(greeting.status, IoStatus::kOk);
  EXPECT_EQ(greeting.octets, "220 hi\r\n");
  const IoResult written = WriteOn(*transport, "EHLO\r\n");
  EXPECT_EQ(written.status, IoStatus::kOk);
  EXPECT_EQ(written.octets, 6u);
  OnLoop([&] { transport->Close(); });
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(server.connections().at(0).received, "EHLO\r\n");
}

TEST_F(TcpTransportTest, ReadsNoMoreThanTheBufferTakes) {
  const ScriptedServer server({{Send("abcdef"), Stall()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  std::string octets;
  while (octets.size() < 6) {
    const ReadResult part = RunOn<ReadResult>(
        loop_, [&transport] { return Read(*transport, Late(), nullptr, /*size=*/4); });
    ASSERT_EQ(part.status, IoStatus::kOk);
    ASSERT_LE(part.octets.size(), 4u);
    ASSERT_FALSE(part.octets.empty());
    octets += part.octets;
  }
  EXPECT_EQ(octets, "abcdef");
}

TEST_F(TcpTransportTest, AReadAndAWriteMayBeUnderWayTogether) {
  ScriptedServer server({{ReadOctets(4), Send("pong"), Stall()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  std::future<ReadResult> reading = Reading(*transport);
  Settle(loop_);
  EXPECT_EQ(WriteOn(*transport, "ping").octets, 4u);
  EXPECT_EQ(Await(std::move(reading)).octets, "pong");
}

TEST_F(TcpTransportTest, ABodyOfManyWritesWithADeadlineEachArrivesWhole) {
  constexpr std::size_t kSize = 4 * 1024 * 1024;
  ScriptedServer server({{ReadOctets(kSize), Stall()}}, {.receive_buffer = 4096});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  std::string body(kSize, '\0');
  for (std::size_t i = 0; i < kSize; ++i) body[i] = static_cast<char>('a' + i % 23);
  const IoStatus status = RunOn<IoStatus>(loop_, [&]() -> awaitable<IoStatus> {
    std::string_view rest = body;
    while (!rest.empty()) {
      const IoResult result =
          co_await transport->WriteSome(rest.substr(0, 32 * 1024), In(kLimit), nullptr);
      if (result.status != IoStatus::kOk) co_return result.status;
      rest.remove_prefix(result.octets);
    }
    co_return IoStatus::kOk;
  });
  EXPECT_EQ(status, IoStatus::kOk);
  OnLoop([&] { transport->Close(); });
  EXPECT_EQ(server.Finish(), "");
  EXPECT_TRUE(server.connections().at(0).received == body);
}

// --- The remote goes -----------------------------------------------------------------------------

TEST_F(TcpTransportTest, TheEndOfTheStreamIsClosedAfterWhatCameBefore) {
  const ScriptedServer server({{Send("221 bye\r\n"), CloseFin(), Stall()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  EXPECT_EQ(ReadOn(*transport).octets, "221 bye\r\n");
  for (int i = 0; i < 2; ++i) {
    const ReadResult end = ReadOn(*transport);
    EXPECT_EQ(end.status, IoStatus::kClosed);
    EXPECT_EQ(end.octets, "");
  }
}

TEST_F(TcpTransportTest, AResetIsClosedForReadsAndWrites) {
  Gate gate;  // a reset that comes too soon is a failure to connect
  const ScriptedServer server({{WaitFor(gate), Reset()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  gate.Open();
  EXPECT_EQ(ReadOn(*transport).status, IoStatus::kClosed);
  EXPECT_EQ(WriteOn(*transport, "x").status, IoStatus::kClosed);  // and no SIGPIPE
}

TEST_F(TcpTransportTest, AWriteThatWaitsEndsWhenTheRemoteResets) {
  Gate gate;
  const ScriptedServer server({{WaitFor(gate), Reset()}}, {.receive_buffer = 4096});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  EXPECT_EQ(
      RunOn<IoStatus>(loop_, [&] { return WriteUntilCut(*transport, milliseconds(20), nullptr); }),
      IoStatus::kTimeout);
  std::future<IoStatus> writing =
      Start<IoStatus>(loop_, [&] { return WriteUntilCut(*transport, kLimit, nullptr); });
  Settle(loop_);
  gate.Open();
  EXPECT_EQ(Await(std::move(writing)), IoStatus::kClosed);
}

// --- Deadlines -----------------------------------------------------------------------------------

TEST_F(TcpTransportTest, AReadEndsAtItsDeadlineAndTheNextOneGoesOn) {
  Gate gate;
  const ScriptedServer server({{WaitFor(gate), Send("late"), Stall()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  const TimePoint deadline = In(milliseconds(30));
  const ReadResult cut = ReadOn(*transport, deadline);
  EXPECT_GE(std::chrono::steady_clock::now(), deadline);
  EXPECT_EQ(cut.status, IoStatus::kTimeout);
  EXPECT_EQ(cut.octets, "");
  gate.Open();
  EXPECT_EQ(ReadOn(*transport).octets, "late");
}

TEST_F(TcpTransportTest, AWriteEndsAtItsDeadline) {
  Gate gate;
  const ScriptedServer server({{WaitFor(gate)}}, {.receive_buffer = 4096});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  EXPECT_EQ(
      RunOn<IoStatus>(loop_, [&] { return WriteUntilCut(*transport, milliseconds(30), nullptr); }),
      IoStatus::kTimeout);
  gate.Open();
}

TEST_F(TcpTransportTest, AfterTheDeadlineNothingIsReadOrWritten) {
  Gate gate;
  ScriptedServer server({{Send("x"), WaitFor(gate), ReadToEnd()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  EXPECT_EQ(NextAvailable(*transport).octets, "x");  // so that all would go through at once
  EXPECT_EQ(ReadOn(*transport, In(milliseconds(-1))).status, IoStatus::kTimeout);
  const IoResult written = WriteOn(*transport, "unsent", In(milliseconds(-1)));
  EXPECT_EQ(written.status, IoStatus::kTimeout);
  EXPECT_EQ(written.octets, 0u);
  gate.Open();
  OnLoop([&] { transport->Close(); });
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(server.connections().at(0).received, "");
}

TEST_F(TcpTransportTest, TheDeadlineOfAWriteDoesNotEndTheRead) {
  Gate gate;
  const ScriptedServer server({{WaitFor(gate), Send("still here"), WaitFor(gate)}},
                              {.receive_buffer = 4096});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  std::future<ReadResult> reading = Reading(*transport);
  EXPECT_EQ(
      RunOn<IoStatus>(loop_, [&] { return WriteUntilCut(*transport, milliseconds(20), nullptr); }),
      IoStatus::kTimeout);
  EXPECT_EQ(reading.wait_for(milliseconds(0)), std::future_status::timeout);
  gate.Open();
  EXPECT_EQ(Await(std::move(reading)).octets, "still here");
}

// --- The interrupt -------------------------------------------------------------------------------

TEST_F(TcpTransportTest, TheInterruptEndsAReadAndAWriteThatWait) {
  Gate gate;
  const ScriptedServer server({{WaitFor(gate)}}, {.receive_buffer = 4096});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  Interrupt interrupt;
  EXPECT_EQ(
      RunOn<IoStatus>(loop_, [&] { return WriteUntilCut(*transport, milliseconds(20), nullptr); }),
      IoStatus::kTimeout);
  std::future<ReadResult> reading = Reading(*transport, Late(), &interrupt);
  std::future<IoStatus> writing =
      Start<IoStatus>(loop_, [&] { return WriteUntilCut(*transport, kLimit, &interrupt); });
  Settle(loop_);
  Trigger(interrupt);
  EXPECT_EQ(Await(std::move(reading)).status, IoStatus::kInterrupted);
  EXPECT_EQ(Await(std::move(writing)), IoStatus::kInterrupted);
  gate.Open();
}

TEST_F(TcpTransportTest, AfterTheInterruptOnlyWhatDoesNotWatchItGoesOn) {
  const ScriptedServer server({{Send("250 ok\r\n"), ReadOctets(1), Stall()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  Interrupt interrupt;
  Trigger(interrupt);
  EXPECT_EQ(ReadOn(*transport, Late(), &interrupt).status, IoStatus::kInterrupted);
  EXPECT_EQ(WriteOn(*transport, "x", Late(), &interrupt).status, IoStatus::kInterrupted);
  EXPECT_EQ(ReadOn(*transport).octets, "250 ok\r\n");
  EXPECT_EQ(WriteOn(*transport, "x").status, IoStatus::kOk);
}

// --- ReadAvailable (R7) --------------------------------------------------------------------------

TEST_F(TcpTransportTest, WithNothingThereReadAvailableSaysSoAtOnce) {
  const ScriptedServer server({{Stall()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  OnLoop([&] {
    std::array<char, 10> buffer{};
    const IoResult result = transport->ReadAvailable(buffer.data(), buffer.size());
    EXPECT_EQ(result.status, IoStatus::kOk);
    EXPECT_EQ(result.octets, 0u);
  });
}

TEST_F(TcpTransportTest, ReadAvailableReadsWhatIsThereAndNoMoreThanTheBufferTakes) {
  const ScriptedServer server({{Send("554 no\r\n"), Stall()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  EXPECT_EQ(NextAvailable(*transport, 4).octets, "554 ");
  EXPECT_EQ(NextAvailable(*transport, 100).octets, "no\r\n");
  OnLoop([&] {
    std::array<char, 10> buffer{};
    EXPECT_EQ(transport->ReadAvailable(buffer.data(), buffer.size()).octets, 0u);
  });
}

TEST_F(TcpTransportTest, ReadAvailableFindsAReplyInFrontOfTheEnd) {
  const ScriptedServer server({{Send("421 bye\r\n"), CloseFin(), Stall()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  EXPECT_EQ(NextAvailable(*transport).octets, "421 bye\r\n");
  EXPECT_EQ(NextAvailable(*transport).status, IoStatus::kClosed);
}

TEST_F(TcpTransportTest, ReadAvailableSaysClosedAfterAReset) {
  Gate gate;  // a reset that comes too soon is a failure to connect
  const ScriptedServer server({{WaitFor(gate), Reset()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  gate.Open();
  EXPECT_EQ(NextAvailable(*transport).status, IoStatus::kClosed);
}

TEST_F(TcpTransportTest, AReadAfterReadAvailableGetsWhatFollows) {
  const ScriptedServer server({{Send("a"), ReadOctets(1), Send("b"), Stall()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  EXPECT_EQ(NextAvailable(*transport).octets, "a");
  EXPECT_EQ(WriteOn(*transport, "x").status, IoStatus::kOk);
  EXPECT_EQ(ReadOn(*transport).octets, "b");
}

// --- The end -------------------------------------------------------------------------------------

TEST_F(TcpTransportTest, CloseEndsWhatWaitsAndWhateverComesLater) {
  ScriptedServer server({{Stall()}});
  const std::unique_ptr<Transport> transport = Dial(loop_, server);
  Interrupt interrupt;
  std::future<ReadResult> reading = Reading(*transport, Late(), &interrupt);
  Settle(loop_);
  OnLoop([&] {
    transport->Close();
    transport->Close();
  });
  EXPECT_EQ(Await(std::move(reading)).status, IoStatus::kClosed);
  EXPECT_EQ(ReadOn(*transport).status, IoStatus::kClosed);
  EXPECT_EQ(WriteOn(*transport, "x").status, IoStatus::kClosed);
  EXPECT_EQ(NextAvailable(*transport).status, IoStatus::kClosed);
  EXPECT_EQ(server.Finish(), "");
}

// A coroutine's frame, and what it left when it was destroyed.
struct Trace {
  bool resumed = false;
  bool destroyed = false;
};
struct Destroys {
  explicit Destroys(Trace& trace) : trace_(&trace) {}
  ~Destroys() { trace_->destroyed = true; }
  Destroys(const Destroys&) = delete;
  Destroys& operator=(const Destroys&) = delete;

 private:
  Trace* trace_;
};

TEST(TcpTransportAtTheEndOfItsLoop, AReadAndAWriteUnderWayAreDroppedWithoutBeingResumed) {
  Gate gate;
  ScriptedServer server({{WaitFor(gate)}}, {.receive_buffer = 4096});
  auto interrupt = std::make_unique<Interrupt>();
  Trace read_trace;
  Trace write_trace;
  {
    EventLoop loop;
    const std::shared_ptr<Transport> transport = Dial(loop, server);
    EXPECT_EQ(
        RunOn<IoStatus>(loop, [&] { return WriteUntilCut(*transport, milliseconds(20), nullptr); }),
        IoStatus::kTimeout);
    loop.Spawn("reads", [&, transport]() -> awaitable<void> {
      const Destroys destroys(read_trace);
      co_await Read(*transport, Late(), interrupt.get());
      read_trace.resumed = true;
    });
    loop.Spawn("writes", [&, transport]() -> awaitable<void> {
      const Destroys destroys(write_trace);
      co_await WriteUntilCut(*transport, kLimit, interrupt.get());
      write_trace.resumed = true;
    });
    Settle(loop);
    Settle(loop);
    loop.Stop();
    EXPECT_FALSE(read_trace.destroyed);
    EXPECT_FALSE(write_trace.destroyed);
  }
  for (const Trace* trace : {&read_trace, &write_trace}) {
    EXPECT_TRUE(trace->destroyed);
    EXPECT_FALSE(trace->resumed);
  }
  interrupt->Trigger(InterruptReason::kCancelled, std::chrono::steady_clock::now());
  gate.Open();
}

TEST(TcpTransportAtTheEndOfItsLoop, AnInterruptThatGoesFirstIsNotMissed) {
  const ScriptedServer server({{Stall()}});
  Trace trace;
  {
    EventLoop loop;
    auto transport = std::make_shared<std::unique_ptr<Transport>>(Dial(loop, server));
    loop.Spawn("owns the transport", [&trace, transport]() -> awaitable<void> {
      const Destroys destroys(trace);
      // The frame's own are destroyed in the order that the compiler likes.
      auto interrupt = std::make_unique<Interrupt>();
      const std::unique_ptr<Transport> own = std::move(*transport);
      auto reading = Read(*own, Late(), interrupt.get());
      co_await std::move(reading);
      trace.resumed = true;
    });
    Settle(loop);
    Settle(loop);
  }
  EXPECT_TRUE(trace.destroyed);
  EXPECT_FALSE(trace.resumed);
}

}  // namespace
}  // namespace postern::client
