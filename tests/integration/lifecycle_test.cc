// How the process starts and ends, and how a call ends before its time.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <optional>
#include <string>

#include "tests/fakes/eventually.h"
#include "tests/fakes/scripted_server.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

using fakes::Script;
using fakes::ScriptedServer;
using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

// Whether the (first) client has said EHLO.
bool HasSaidHello(const ScriptedServer& server) {
  return fakes::Eventually([&server] {
    const auto connections = server.connections();
    return !connections.empty() && !connections[0].commands.empty();
  });
}

// Takes the message, and answers once the gate is open.
Script AnswersAtTheGate(fakes::Gate& gate) {
  return fakes::Greeting() + fakes::Ehlo() + fakes::Mail() + fakes::Rcpt() +
         Script{fakes::Expect("DATA"), fakes::Send("354 go on\r\n"), fakes::ReadBody(),
                fakes::WaitFor(gate), fakes::Send("250 2.0.0 queued\r\n")} +
         fakes::Quit();
}

// Whether the (first) client has handed over its whole message.
bool HasBody(const ScriptedServer& server) {
  return fakes::Eventually([&server] {
    const auto connections = server.connections();
    return !connections.empty() && !connections[0].bodies.empty();
  });
}

TEST(LifecycleTest, SigtermEndsAnIdleServiceAtOnce) {
  ServiceProcess service("server.hostname = \"mail.example.org\"\n");
  const auto start = SteadyClock::now();
  service.process().Signal(SIGTERM);
  EXPECT_EQ(service.process().WaitForExit(), 0) << service.process().err();
  EXPECT_LT(SteadyClock::now() - start, seconds(3));
}

TEST(LifecycleTest, SigtermLetsADeliveryFinishAndTakesNoMore) {
  fakes::Gate gate;
  ScriptedServer server({AnswersAtTheGate(gate)});
  ServiceProcess service(RelayPolicy(server.port()));
  auto delivery = std::async(std::launch::async,
                             [&] { return service.Deliver(RequestTo({"to@example.com"})); });
  ASSERT_TRUE(HasBody(server)) << service.process().err();
  service.process().Signal(SIGTERM);
  ASSERT_TRUE(service.process().WaitForErr("taking no more calls"));

  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + seconds(10));
  v1::DeliverResponse refused;
  EXPECT_EQ(service.stub().Deliver(&context, RequestTo({"to@example.com"}), &refused).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(service.process().WaitForExit(milliseconds(0)), std::nullopt);

  gate.Open();
  EXPECT_TRUE(delivery.get().all_delivered());
  EXPECT_EQ(service.process().WaitForExit(), 0) << service.process().err();
  EXPECT_EQ(server.Finish(), "");
}

TEST(LifecycleTest, APortInUseIsSaid) {
  const ServiceProcess service("server.hostname = \"mail.example.org\"\n");
  const Ended second = RunPosternd({"--listen", service.address()});
  EXPECT_EQ(second.status, 1);
  EXPECT_NE(second.err.find(service.address() + ": the port is in use"), std::string::npos)
      << second.err;
}

TEST(LifecycleTest, AnInvalidPolicyIsNotStartedAndCheckSaysTheSame) {
  const fakes::TempFolder folder;
  const std::string path = folder.path() + "/policy.toml";
  fakes::WriteFile(path,
                   "[server]\nhostnam = \"mail.example.org\"\n"
                   "[queue.connection.pool]\nsource-ips = [\"127.0.0.256\"]\n"
                   "timeout.connect = \"soon\"\n"
                   "[queue.strategy]\nroute = \"'nowhere'\"\n");
  const Ended started = RunPosternd({"--config", path, "--listen", "127.0.0.1:0"});
  EXPECT_EQ(started.status, 1);
  for (const char* place :
       {":2:1: error: ", ":4:15: error: ", ":5:19: error: ", ":7:10: error: "}) {
    EXPECT_NE(started.err.find(path + place), std::string::npos) << place << "\n" << started.err;
  }
  EXPECT_NE(started.err.find("hostname"), std::string::npos) << started.err;
  EXPECT_EQ(started.err.find("listening"), std::string::npos) << started.err;

  const Ended checked = RunPosternd({"--check", "--config", path});
  EXPECT_EQ(checked.status, 1);
  EXPECT_EQ(checked.err, started.err);
}

TEST(LifecycleTest, CheckOfAGoodPolicyExitsWithZeroAndStartsNothing) {
  const fakes::TempFolder folder;
  const std::string path = folder.path() + "/policy.toml";
  fakes::WriteFile(path, RelayPolicy(25));
  const Ended checked = RunPosternd({"--check", "--config", path});
  EXPECT_EQ(checked.status, 0) << checked.err;
  EXPECT_EQ(checked.out, path + ": OK\n");
}

// --- The caller's end ----------------------------------------------------------------------------

TEST(LifecycleTest, OutcomesComeShortlyBeforeTheCallersDeadline) {
  ScriptedServer server({Script{fakes::Stall()}});
  ServiceProcess service(RelayPolicy(server.port()));
  const auto start = SteadyClock::now();
  const v1::DeliverResponse answer =
      service.Deliver(RequestTo({"to@example.com"}), milliseconds(3000));
  const auto spent = SteadyClock::now() - start;
  EXPECT_GT(spent, milliseconds(2500));
  EXPECT_LT(spent, milliseconds(3000));
  ASSERT_EQ(answer.outcomes_size(), 1);
  EXPECT_EQ(answer.outcomes(0).disposition(), v1::DISPOSITION_TRANSIENT_FAILURE);
  EXPECT_EQ(answer.outcomes(0).stage(), v1::STAGE_GREETING);
  EXPECT_EQ(answer.outcomes(0).reason(), "DEADLINE");
  EXPECT_EQ(answer.outcomes(0).scope(), v1::SCOPE_LOCAL);
  EXPECT_EQ(server.Finish(), "");
}

TEST(LifecycleTest, ADeadlineAfterTheWholeMessageLeavesTheOutcomeUnknown) {
  fakes::Gate gate;
  ScriptedServer server({AnswersAtTheGate(gate)});
  ServiceProcess service(RelayPolicy(server.port()));
  const v1::DeliverResponse answer =
      service.Deliver(RequestTo({"to@example.com"}), milliseconds(2000));
  ASSERT_EQ(answer.outcomes_size(), 1);
  EXPECT_EQ(answer.outcomes(0).disposition(), v1::DISPOSITION_OUTCOME_UNKNOWN);
  EXPECT_EQ(answer.outcomes(0).stage(), v1::STAGE_FINAL_REPLY);
  // The final reply is still awaited, logged, and the session ended as it should be.
  gate.Open();
  EXPECT_EQ(server.Finish(), "");
  EXPECT_TRUE(service.process().WaitForErr("Late answer: ")) << service.process().err();
}

// Cancels a delivery as soon as `reached` says so.
void CancelOnce(ServiceProcess& service, const std::function<bool()>& reached) {
  grpc::ClientContext context;
  v1::DeliverResponse response;
  auto call = std::async(std::launch::async, [&] {
    return service.stub().Deliver(&context, RequestTo({"to@example.com"}), &response);
  });
  EXPECT_TRUE(reached()) << service.process().err();
  context.TryCancel();
  EXPECT_EQ(call.get().error_code(), grpc::StatusCode::CANCELLED);
}

TEST(LifecycleTest, CancellingACallEndsItsSession) {
  ScriptedServer server({fakes::Greeting() + fakes::ExpectPrefix("EHLO ") + fakes::Stall()});
  ServiceProcess service(RelayPolicy(server.port()));
  CancelOnce(service, [&server] { return HasSaidHello(server); });
  EXPECT_EQ(server.Finish(), "");
  service.process().Signal(SIGTERM);
  EXPECT_EQ(service.process().WaitForExit(), 0) << service.process().err();
}

TEST(LifecycleTest, CancellingAfterTheWholeMessageStillHearsTheAnswer) {
  fakes::Gate gate;
  ScriptedServer server({AnswersAtTheGate(gate)});
  ServiceProcess service(RelayPolicy(server.port()));
  CancelOnce(service, [&server] { return HasBody(server); });
  gate.Open();
  EXPECT_EQ(server.Finish(), "");
  EXPECT_TRUE(service.process().WaitForErr("DELIVERED")) << service.process().err();
}

}  // namespace
}  // namespace postern::integration
