// LMTP (RFC 2033) over a real socket.

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/client/session/session_lab.h"
#include "tests/fakes/eventually.h"
#include "tests/fakes/scripted_server.h"

namespace postern::client {
namespace {

using namespace fakes;  // NOLINT(google-build-using-namespace): the steps of scripts

constexpr Disposition kDelivered = Disposition::kDelivered;
constexpr Disposition kTransient = Disposition::kTransientFailure;
constexpr Disposition kPermanent = Disposition::kPermanentFailure;
constexpr Disposition kUnknown = Disposition::kUnknown;

Script Lhlo() {
  return {Expect("LHLO client.example.org"), Send("250-lmtp.example.org\r\n250 PIPELINING\r\n")};
}

// Up to the end of the message, for recipients of whom the second is refused.
Script ToTheTerminator(std::size_t recipients) {
  Script script = Greeting() + Lhlo() + Mail();
  for (std::size_t i = 0; i < recipients; ++i)
    script = script + Rcpt(i == 1 ? "550 5.1.1 no\r\n" : "250 2.1.5 ok\r\n");
  return script + Expect("DATA") + Send("354 go\r\n") + ReadBody();
}

class LmtpTest : public ::testing::Test {
 protected:
  static Job JobFor(std::size_t recipients) {
    Job job;
    job.settings.protocol = RelayProtocol::kLmtp;
    job.recipients.clear();
    for (std::size_t i = 0; i < recipients; ++i)
      job.recipients.push_back("r" + std::to_string(i) + "@example.org");
    return job;
  }

  SessionRun Run(const Script& script, Job job) {
    ScriptedServer server({script});
    SessionRun run = lab_.RunJob(server, std::move(job));
    EXPECT_EQ(server.Finish(), "");
    return run;
  }

  SessionLab lab_;
};

TEST_F(LmtpTest, J17_EachAcceptedRecipientHasAReplyOfItsOwn) {
  const Script script = ToTheTerminator(4) + Send("250 2.0.0 in\r\n452-4.2.2 the mail") +
                        Send("box\r\n452 4.2.2 is full\r\n552 5.2.2 never\r\n") + Quit();
  const SessionRun run = Run(script, JobFor(4));
  EXPECT_EQ(run.dispositions(),
            (std::vector<Disposition>{kDelivered, kPermanent, kTransient, kPermanent}));
  EXPECT_TRUE(run.usable_at_end);
  const std::vector<Outcome>& outcomes = run.sent.at(0).outcomes;
  EXPECT_EQ(outcomes[1].stage, Stage::kRcptTo);
  EXPECT_EQ(outcomes[2].verdict.scope, Scope::kRecipient);
  EXPECT_EQ(outcomes[2].reply->lines.size(), 2u);
  EXPECT_EQ(outcomes[3].verdict.enhanced.ToString(), "5.2.2");
}

TEST_F(LmtpTest, J17_TheConnectionIsFitForAnotherTransaction) {
  const Script message = Mail() + Rcpt() + Rcpt() + Expect("DATA") + Send("354 go\r\n") +
                         ReadBody() + Send("250 in\r\n250 in\r\n");
  Job job = JobFor(2);
  job.transactions = 2;
  const SessionRun run = Run(Greeting() + Lhlo() + message + message + Quit(), std::move(job));
  ASSERT_EQ(run.sent.size(), 2u);
  EXPECT_EQ(run.sent[1].outcomes[1].verdict.disposition, kDelivered);
}

TEST_F(LmtpTest, J18_WhoGetsNoReplyIsUnknown) {
  struct Ending {
    const char* name;
    Script script;
    const char* reason;
  };
  for (const Ending& ending :
       {Ending{"FIN", ToTheTerminator(4) + Send("250 in\r\n") + CloseBoth(), "CONNECTION_LOST"},
        Ending{"RST", ToTheTerminator(4) + Send("250 in\r\n") + Reset(), "CONNECTION_LOST"},
        Ending{"half a reply", ToTheTerminator(4) + Send("250 in\r\n250 i") + CloseBoth(),
               "CONNECTION_LOST"},
        Ending{"garbage", ToTheTerminator(4) + Send("250 in\r\nHTTP/1.1 200\r\n") + ReadToEnd(),
               "MALFORMED_REPLY"},
        Ending{"silence", ToTheTerminator(4) + Send("250 in\r\n") + ReadToEnd(), "TIMEOUT"}}) {
    SCOPED_TRACE(ending.name);
    Job job = JobFor(4);
    if (std::string_view(ending.reason) == "TIMEOUT")
      job.settings.timeouts.data = std::chrono::milliseconds(200);
    const SessionRun run = Run(ending.script, std::move(job));
    // A reset may overtake what was sent before it.
    if (std::string_view(ending.name) != "RST") {
      EXPECT_EQ(run.dispositions(),
                (std::vector<Disposition>{kDelivered, kPermanent, kUnknown, kUnknown}));
    }
    const Outcome& last = run.sent.at(0).outcomes[3];
    EXPECT_EQ(last.verdict.disposition, kUnknown);
    EXPECT_EQ(last.verdict.reason, ending.reason);
    EXPECT_FALSE(last.verdict.next_host);
    EXPECT_FALSE(run.usable_at_end);
  }
}

TEST_F(LmtpTest, J18_AReplyThatIsTooLongSpeaksForItsRecipientAlone) {
  const Script script = ToTheTerminator(3) + Send("250 " + std::string(5000, 'x')) + ReadToEnd();
  const SessionRun run = Run(script, JobFor(3));
  EXPECT_EQ(run.dispositions(), (std::vector<Disposition>{kDelivered, kPermanent, kUnknown}));
  EXPECT_EQ(run.sent.at(0).outcomes[2].verdict.reason, "REPLY_TOO_LONG");
}

// What is decided when the caller's time ends stays; the others are unknown.
TEST_F(LmtpTest, J18_BetweenTwoRepliesTheRestIsAwaited) {
  std::vector<Outcome> stopped;
  bool awaited = false;
  SmtpSession* session = nullptr;
  Job job = JobFor(3);
  job.started = [&](SmtpSession& started) { session = &started; };
  Gate gate;
  ScriptedServer server(
      {ToTheTerminator(3) + Send("250 in\r\n") + WaitFor(gate) + Send("250 in\r\n") + Quit()});
  std::future<SessionRun> running = lab_.Start(server, std::move(job));
  const auto look = [&] {
    std::promise<void> done;
    lab_.loop().Post([&] {
      awaited = session != nullptr && session->awaiting_final_reply();
      if (awaited) stopped = session->OutcomesIfStopped(Event::kDeadline);
      done.set_value();
    });
    done.get_future().get();
    return awaited && stopped.at(0).verdict.disposition == kDelivered;
  };
  EXPECT_TRUE(Eventually(look));
  EXPECT_EQ(stopped.at(2).verdict.disposition, kUnknown);
  gate.Open();
  EXPECT_EQ(Await(std::move(running)).dispositions(),
            (std::vector<Disposition>{kDelivered, kPermanent, kDelivered}));
  EXPECT_EQ(server.Finish(), "");
}

TEST_F(LmtpTest, ThereIsNoWayBackToHelo) {
  const SessionRun refused =
      Run(Greeting() + ExpectPrefix("LHLO") + Send("550 5.7.1 not you\r\n") + Quit(), JobFor(1));
  ASSERT_TRUE(refused.open_failure.has_value());
  EXPECT_EQ(refused.open_failure->verdict.reason, "EHLO_REFUSED");
  const SessionRun unknown =
      Run(Greeting() + ExpectPrefix("LHLO") + Send("500 5.5.1 what\r\n") + Quit(), JobFor(1));
  ASSERT_TRUE(unknown.open_failure.has_value());
  EXPECT_EQ(unknown.open_failure->verdict.reason, "LMTP_NOT_SPOKEN");
  EXPECT_EQ(unknown.open_failure->verdict.disposition, kTransient);
  EXPECT_EQ(unknown.open_failure->reply->code, 500);
}

}  // namespace
}  // namespace postern::client
