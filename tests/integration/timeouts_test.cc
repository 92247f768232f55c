// Each of the six timeouts of a connection strategy: that it fires at the stage that its name says,
// and that it leaves every other stage alone.

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "tests/fakes/loopback.h"
#include "tests/fakes/scripted_server.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

using fakes::Script;
using fakes::ScriptedServer;
using fakes::Step;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A strategy's limits: all generous, or one of them short.
std::string Strategy(const std::string& id, const std::string& short_one,
                     const std::string& limit) {
  std::string text = "[queue.connection." + id + ".timeout]\n";
  for (const std::string name : {"connect", "greeting", "ehlo", "mail-from", "rcpt-to", "data"}) {
    text += name + " = \"" + (name == short_one ? limit : "1m") + "\"\n";
  }
  return text;
}

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(duration.seconds()) + static_cast<double>(duration.nanos()) / 1e9;
}

// --- Each fires where its name says -------------------------------------------------------------

struct FiringCase {
  std::string timeout;
  Script script;
  v1::Stage stage;
  v1::Disposition disposition = v1::DISPOSITION_TRANSIENT_FAILURE;
  std::size_t body = 0;  // octets beyond the usual
};

// The server takes DATA, and then not one octet more than the kernel's buffers hold.
Script StallsInTheBody(fakes::Gate& gate) {
  return fakes::Greeting() + fakes::Ehlo() + fakes::Mail() + fakes::Rcpt() +
         Script{fakes::Expect("DATA"), fakes::Send("354 go on\r\n"), fakes::WaitFor(gate)};
}

std::vector<FiringCase> FiringCases(fakes::Gate& gate) {
  const Step take_command = fakes::ExpectPrefix("");
  const Script until_mail = fakes::Greeting() + fakes::Ehlo();
  const Script until_data = until_mail + fakes::Mail() + fakes::Rcpt();
  const Script until_end =
      until_data + Script{fakes::Expect("DATA"), fakes::Send("354 go on\r\n"), fakes::ReadBody()};
  const Script stall = {fakes::Stall()};
  return {
      {"greeting", stall, v1::STAGE_GREETING},
      {"ehlo", fakes::Greeting() + take_command + stall, v1::STAGE_EHLO},
      {"mail-from", until_mail + take_command + stall, v1::STAGE_MAIL_FROM},
      {"rcpt-to", until_mail + fakes::Mail() + take_command + stall, v1::STAGE_RCPT_TO},
      {"data", until_data + take_command + stall, v1::STAGE_DATA},
      {"data", until_end + stall, v1::STAGE_FINAL_REPLY, v1::DISPOSITION_OUTCOME_UNKNOWN},
      {"data", StallsInTheBody(gate), v1::STAGE_BODY, v1::DISPOSITION_TRANSIENT_FAILURE,
       30'000'000},
  };
}

std::string LargeMessage(std::size_t octets) {
  std::string message = "Subject: test\r\n\r\n";
  while (message.size() < octets) message += std::string(900, 'x') + "\r\n";
  return message;
}

google::protobuf::Duration TimeAt(v1::Stage stage, const v1::StageTimings& timings) {
  switch (stage) {
    case v1::STAGE_CONNECT:
      return timings.connect();
    case v1::STAGE_GREETING:
      return timings.greeting();
    case v1::STAGE_EHLO:
      return timings.ehlo();
    case v1::STAGE_MAIL_FROM:
      return timings.mail_from();
    case v1::STAGE_RCPT_TO:
      return timings.rcpt_to();
    case v1::STAGE_DATA:
      return timings.data();
    case v1::STAGE_BODY:
      return timings.body();
    default:
      return timings.final_reply();
  }
}

void ExpectTimeout(const v1::DeliverResponse& answer, v1::Stage stage,
                   v1::Disposition disposition) {
  SCOPED_TRACE(answer.DebugString());
  ASSERT_EQ(answer.outcomes_size(), 1);
  const v1::RecipientOutcome& outcome = answer.outcomes(0);
  EXPECT_EQ(outcome.disposition(), disposition);
  EXPECT_EQ(outcome.stage(), stage);
  EXPECT_EQ(outcome.reason(), "TIMEOUT");
  EXPECT_EQ(outcome.error_kind(), v1::ERROR_KIND_CONNECTION);
  EXPECT_EQ(outcome.scope(), v1::SCOPE_HOST);
  EXPECT_EQ(outcome.reply().code(), 0u);
  ASSERT_EQ(answer.attempts_size(), 1);
  EXPECT_EQ(answer.attempts(0).stage(), stage);
  EXPECT_EQ(answer.attempts(0).reason(), "TIMEOUT");
  const double spent = Seconds(TimeAt(stage, answer.attempts(0).timings()));
  EXPECT_GE(spent, 0.49);
  EXPECT_LT(spent, 20);  // the others' minute is far away
}

TEST(TimeoutsTest, EachFiresAtItsStage) {
  fakes::Gate gate;
  const std::vector<FiringCase> cases = FiringCases(gate);
  std::vector<std::unique_ptr<ScriptedServer>> servers;
  std::string policy = "server.hostname = \"mail.example.org\"\n";
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string id = "case" + std::to_string(i);
    ScriptedServer::Options options;
    options.receive_buffer = cases[i].body == 0 ? 0 : 4096;
    options.limit = seconds(30);
    servers.push_back(
        std::make_unique<ScriptedServer>(std::vector<Script>{cases[i].script}, options));
    policy += RelayRoute(id, "127.0.0.1", servers.back()->port()) +
              Strategy(id, cases[i].timeout, "500ms");
  }
  ServiceProcess service(policy);
  std::vector<std::future<v1::DeliverResponse>> answers;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    v1::DeliverRequest request = RequestTo({"to@example.com"});
    request.mutable_override()->set_route("case" + std::to_string(i));
    request.mutable_override()->set_connection("case" + std::to_string(i));
    request.set_raw(LargeMessage(cases[i].body));
    answers.push_back(
        std::async(std::launch::async, [&service, request] { return service.Deliver(request); }));
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    ExpectTimeout(answers[i].get(), cases[i].stage, cases[i].disposition);
  }
  gate.Open();
  for (const auto& server : servers) EXPECT_EQ(server->Finish(), "");
}

TEST(TimeoutsTest, ConnectFiresWhereNothingAnswers) {
  fakes::BlackHole black_hole;
  ServiceProcess service(RelayPolicy(black_hole.port()) + Strategy("default", "connect", "500ms"));
  ExpectTimeout(service.Deliver(RequestTo({"to@example.com"})), v1::STAGE_CONNECT,
                v1::DISPOSITION_TRANSIENT_FAILURE);
}

// --- and nowhere else ---------------------------------------------------------------------------

// A server that takes twice as long as the short timeout allows, at every stage that `timeout` is
// not about.
Script SlowExcept(const std::string& timeout, Duration pause) {
  const auto slow = [&](const std::string& name) {
    return name == timeout ? Script{} : Script{fakes::Pause(pause)};
  };
  const Step command = fakes::ExpectPrefix("");
  return slow("greeting") + fakes::Greeting() +                                       //
         command + slow("ehlo") + fakes::Send("250 fake.example\r\n") +               //
         command + slow("mail-from") + fakes::Send("250 2.1.0 ok\r\n") +              //
         command + slow("rcpt-to") + fakes::Send("250 2.1.5 ok\r\n") +                //
         command + slow("data") + fakes::Send("354 go on\r\n") + fakes::ReadBody() +  //
         slow("data") + fakes::Send("250 2.0.0 queued\r\n") + fakes::Quit();
}

TEST(TimeoutsTest, NoneFiresAtAnotherStage) {
  const std::vector<std::string> timeouts = {"connect",   "greeting", "ehlo",
                                             "mail-from", "rcpt-to",  "data"};
  std::vector<std::unique_ptr<ScriptedServer>> servers;
  std::string policy = "server.hostname = \"mail.example.org\"\n";
  for (const std::string& timeout : timeouts) {
    servers.push_back(std::make_unique<ScriptedServer>(
        std::vector<Script>{SlowExcept(timeout, milliseconds(1500))}));
    policy +=
        RelayRoute(timeout, "127.0.0.1", servers.back()->port()) + Strategy(timeout, timeout, "1s");
  }
  ServiceProcess service(policy);
  std::vector<std::future<v1::DeliverResponse>> answers;
  for (const std::string& timeout : timeouts) {
    v1::DeliverRequest request = RequestTo({"to@example.com"});
    request.mutable_override()->set_route(timeout);
    request.mutable_override()->set_connection(timeout);
    answers.push_back(
        std::async(std::launch::async, [&service, request] { return service.Deliver(request); }));
  }
  for (std::size_t i = 0; i < timeouts.size(); ++i) {
    const v1::DeliverResponse answer = answers[i].get();
    EXPECT_TRUE(answer.all_delivered()) << timeouts[i] << "\n" << answer.DebugString();
    EXPECT_EQ(servers[i]->Finish(), "") << timeouts[i];
  }
}

// Each recipient has the limit for itself, and a reply that trickles in does not prolong it.
TEST(TimeoutsTest, EachRecipientHasItsOwnTime) {
  const Script slow_rcpt = {fakes::ExpectPrefix("RCPT"), fakes::Pause(milliseconds(700)),
                            fakes::Send("250 2.1.5 ok\r\n")};
  ScriptedServer server({fakes::Greeting() + fakes::Ehlo() + fakes::Mail() + slow_rcpt + slow_rcpt +
                         slow_rcpt + fakes::Data() + fakes::Quit()});
  ServiceProcess service(RelayPolicy(server.port()) + Strategy("default", "rcpt-to", "1500ms"));
  const v1::DeliverResponse answer =
      service.Deliver(RequestTo({"a@example.com", "b@example.com", "c@example.com"}));
  EXPECT_TRUE(answer.all_delivered()) << answer.DebugString();
  EXPECT_EQ(server.Finish(), "");
}

TEST(TimeoutsTest, AReplyThatTricklesInDoesNotProlongTheTime) {
  ScriptedServer server({Script{[](fakes::Conversation& c) {
    for (c.Send("220 "); !c.WaitForPeer(milliseconds(100)); c.Send("x")) {
    }
  }}});
  ServiceProcess service(RelayPolicy(server.port()) + Strategy("default", "greeting", "500ms"));
  ExpectTimeout(service.Deliver(RequestTo({"to@example.com"})), v1::STAGE_GREETING,
                v1::DISPOSITION_TRANSIENT_FAILURE);
}

}  // namespace
}  // namespace postern::integration
