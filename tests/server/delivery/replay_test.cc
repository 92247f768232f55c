// A delivery whose first host fails at each step of the dialogue, in each way in which a host can
// fail: the second host gets the message where nobody else can have it, and nowhere else.

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/scripted_server.h"
#include "tests/server/delivery/delivery_fixture.h"

namespace postern::server {
namespace {

using client::Disposition;
using client::Stage;
using fakes::Script;
using fakes::ScriptedServer;
using fakes::Step;

// A step of the first host's dialogue: what it waits for, and what it would say.
struct Exchange {
  const char* name;
  std::vector<Step> waits;
  const char* says;
};

std::vector<Exchange> Exchanges(bool pipelined) {
  std::vector<Exchange> all = {{"the greeting", {}, "220 hi\r\n"},
                               {"EHLO",
                                {fakes::ExpectPrefix("EHLO")},
                                pipelined ? "250-hi\r\n250 PIPELINING\r\n" : "250 hi\r\n"}};
  if (pipelined) {
    all.push_back({"the envelope",
                   {fakes::ExpectPrefix("MAIL"), fakes::ExpectPrefix("RCPT"),
                    fakes::ExpectPrefix("RCPT"), fakes::Expect("DATA")},
                   "250 ok\r\n250 ok\r\n550 5.1.1 nobody\r\n354 go\r\n"});
  } else {
    all.push_back({"MAIL", {fakes::ExpectPrefix("MAIL")}, "250 ok\r\n"});
    all.push_back({"the first RCPT", {fakes::ExpectPrefix("RCPT")}, "250 ok\r\n"});
    all.push_back({"the second RCPT", {fakes::ExpectPrefix("RCPT")}, "550 5.1.1 nobody\r\n"});
    all.push_back({"DATA", {fakes::Expect("DATA")}, "354 go\r\n"});
  }
  all.push_back({"the message", {fakes::ReadBody()}, "250 queued\r\n"});
  return all;
}

struct Failure {
  const char* name;
  std::vector<Step> steps;
};

std::vector<Failure> Failures() {
  return {{"the end", {fakes::CloseBoth()}},
          {"a reset", {fakes::Reset()}},
          {"silence", {fakes::ReadToEnd()}},
          {"nonsense", {fakes::Send("SSH-2.0-x\r\n"), fakes::ReadToEnd()}},
          {"421", {fakes::Send("421 4.3.2 going\r\n"), fakes::CloseBoth()}}};
}

struct Case {
  bool pipelined;
  std::size_t failing;  // into Exchanges()
  std::size_t failure;  // into Failures()
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const bool pipelined : {false, true}) {
    for (std::size_t failing = 0; failing < Exchanges(pipelined).size(); ++failing) {
      for (std::size_t failure = 0; failure < Failures().size(); ++failure)
        cases.push_back({pipelined, failing, failure});
    }
  }
  return cases;
}

std::size_t Messages(const ScriptedServer& server) {
  std::size_t messages = 0;
  for (const fakes::Recorded& connection : server.connections())
    messages += connection.bodies.size();
  return messages;
}

// A fixture for each case: hosts that are out of step are remembered.
class DeliveryReplayTest : public DeliveryTest, public ::testing::WithParamInterface<Case> {
 protected:
  // The first host: as it should, up to where it fails.
  static Script FailingScript(const Case& at) {
    const std::vector<Exchange> exchanges = Exchanges(at.pipelined);
    Script script;
    for (std::size_t i = 0; i <= at.failing; ++i) {
      for (const Step& wait : exchanges[i].waits) script = std::move(script) + wait;
      if (i < at.failing) script = std::move(script) + fakes::Send(exchanges[i].says);
    }
    const Failure failure = Failures()[at.failure];
    for (const Step& step : failure.steps) script = std::move(script) + step;
    return script;
  }

  static ScriptedServer::Options Repeating(const std::string& address, std::uint16_t port) {
    ScriptedServer::Options options;
    options.address = address;
    options.port = port;
    options.repeat_last = true;
    return options;
  }
};

TEST_P(DeliveryReplayTest, NoMessageIsDeliveredTwice) {
  const Case& at = GetParam();
  const std::vector<Exchange> exchanges = Exchanges(at.pipelined);
  const Failure failure = Failures()[at.failure];
  SCOPED_TRACE(std::string(failure.name) + " at " + exchanges[at.failing].name);
  const bool message_is_out = at.failing + 1 == exchanges.size();
  const bool refusal_is_heard = at.failing + (at.pipelined ? 1 : 2) >= exchanges.size();

  // A host that dropped what came together is tried once more (G26), and fails again.
  ScriptedServer first({FailingScript(at), {fakes::CloseBoth()}}, Repeating("127.0.0.1", 0));
  ScriptedServer second(
      {fakes::Greeting() + fakes::Ehlo() + fakes::Mail() + fakes::Rcpt() +
       (refusal_is_heard ? Script() : fakes::Rcpt()) + fakes::Data() + fakes::Quit()},
      Repeating("127.0.0.2", first.port()));
  policy_ = MxPolicy(first.port(),
                     "ehlo-hostname = 'mail.sender.example'\n"
                     "[queue.connection.default.timeout]\ngreeting = '150ms'\nehlo = '150ms'\n"
                     "mail-from = '150ms'\nrcpt-to = '150ms'\ndata = '150ms'\n");
  Exchangers({{"127.0.0.1"}, {"127.0.0.2"}});
  const DeliveryResult result = Deliver(RequestTo({"one@x.example", "two@x.example"}));

  ASSERT_EQ(result.outcomes.size(), 2U);
  const client::Outcome& one = result.outcomes[0].outcome;
  const client::Outcome& two = result.outcomes[1].outcome;
  if (refusal_is_heard) {  // R4
    EXPECT_EQ(two.verdict.disposition, Disposition::kPermanentFailure);
    EXPECT_EQ(two.stage, Stage::kRcptTo);
  } else {
    EXPECT_EQ(two.verdict.disposition, Disposition::kDelivered);
  }
  const bool said_no = std::string(failure.name) == "421";
  const bool may_have_it = message_is_out && !said_no;
  EXPECT_EQ(one.verdict.disposition, may_have_it ? Disposition::kUnknown : Disposition::kDelivered);
  EXPECT_EQ(Messages(second), may_have_it ? 0U : 1U);  // R9
  EXPECT_EQ(Messages(first), message_is_out ? 1U : 0U);
  EXPECT_TRUE(Idle());
}

INSTANTIATE_TEST_SUITE_P(EachStep, DeliveryReplayTest, ::testing::ValuesIn(Cases()));

}  // namespace
}  // namespace postern::server
