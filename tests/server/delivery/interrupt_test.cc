#include <gtest/gtest.h>

#include <atomic>

#include "tests/server/delivery/delivery_fixture.h"

// The caller goes away, or its time is up, at every stage of a delivery.
namespace postern::server {
namespace {

using client::Disposition;
using fakes::ScriptedServer;
using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

class DeliveryInterruptTest : public DeliveryTest {
 protected:
  static DeliveryRequest Within(milliseconds time, const Strings& recipients) {
    DeliveryRequest request = RequestTo(recipients);
    request.deadline = std::chrono::steady_clock::now() + time;
    return request;
  }

  // A server that takes the message and then says nothing until `release`.
  fakes::Script HoldsFinalReply(const fakes::Script& recipients) {
    return fakes::Greeting() + fakes::Ehlo() + fakes::Mail() + recipients +
           fakes::Script{fakes::Expect("DATA"),
                         fakes::Send("354 go\r\n"),
                         fakes::ReadBody(),
                         fakes::Do([this] { body_taken_.set_value(); }),
                         fakes::Do([this] { release_.get_future().wait_for(kPatience); }),
                         fakes::Send("250 2.0.0 taken\r\n"),
                         fakes::ReadToEnd()};
  }
  void AwaitBody() {
    ASSERT_EQ(body_taken_.get_future().wait_for(kPatience), std::future_status::ready);
  }

  std::promise<void> body_taken_;
  std::promise<void> release_;
};

TEST_F(DeliveryInterruptTest, TheDeadlineEndsADialogueThatStalls) {
  ScriptedServer server({{fakes::Stall()}});
  policy_ = MxPolicy(server.port());
  dns_.Host("x.example", {"127.0.0.1"});
  const DeliveryResult result = Deliver(Within(milliseconds(150), {"user@x.example"}));
  EXPECT_EQ(Sums(result), Strings{"TRANSIENT_FAILURE GREETING LOCAL"});
  EXPECT_EQ(result.outcomes[0].attempt, 0U);
  EXPECT_TRUE(Idle());
}

// What the first host said of each recipient is worth more than that the second did not answer.
TEST_F(DeliveryInterruptTest, ADeadlineAtTheNextHostLeavesEachItsAnswer) {
  ScriptedServer first({fakes::Greeting() + fakes::Ehlo() + fakes::Mail() +
                        fakes::Rcpt("450 4.2.1 a later\r\n") +
                        fakes::Rcpt("450 4.7.1 b greylisted\r\n") + fakes::ReadToEnd()});
  const auto second = At("127.0.0.2", first.port(), {{fakes::Stall()}});
  policy_ = MxPolicy(first.port());
  Exchangers({{"127.0.0.1"}, {"127.0.0.2"}});

  const DeliveryResult result = Deliver(Within(milliseconds(400), {"a@x.example", "b@x.example"}));

  ASSERT_EQ(result.attempts.size(), 2U);
  EXPECT_EQ(Sums(result), Strings(2, "TRANSIENT_FAILURE RCPT_TO RECIPIENT"));
  EXPECT_EQ(result.outcomes[0].attempt, 0U);
  EXPECT_EQ(result.outcomes[0].outcome.reply.value().lines[0], "4.2.1 a later");
  EXPECT_EQ(result.outcomes[1].outcome.reply.value().lines[0], "4.7.1 b greylisted");
  EXPECT_EQ(result.attempts[1].outcome.verdict.reason, "DEADLINE");
}

TEST_F(DeliveryInterruptTest, TheDeadlineEndsALookup) {
  policy_ = MxPolicy(25);
  dns_.Hang("x.example");
  const DeliveryResult result = Deliver(Within(milliseconds(100), {"user@x.example"}));
  EXPECT_EQ(Sums(result), Strings{"TRANSIENT_FAILURE DNS LOCAL"});
  EXPECT_TRUE(result.attempts.empty());
}

TEST_F(DeliveryInterruptTest, ADeadlineInThePastAnswersWithoutDialling) {
  policy_ = MxPolicy(25);
  const DeliveryResult result = Deliver(Within(milliseconds(-1), {"a@x.example", "b@y.example"}));
  EXPECT_EQ(Sums(result),
            (Strings{"TRANSIENT_FAILURE PLAN LOCAL", "TRANSIENT_FAILURE PLAN LOCAL"}));
  EXPECT_TRUE(dns_.asked().empty());
}

TEST_F(DeliveryInterruptTest, GroupsThatNeverBeganAreAnsweredToo) {
  policy_ = MxPolicy(25);
  Strings recipients;
  for (int i = 0; i < 50; ++i) {
    const std::string domain = "d" + std::to_string(i) + ".example";
    dns_.Hang(domain);
    recipients.push_back("user@" + domain);
  }
  const DeliveryResult result = Deliver(Within(milliseconds(100), recipients));
  ASSERT_EQ(result.outcomes.size(), 50U);
  EXPECT_EQ(Sum(result.outcomes[0].outcome), "TRANSIENT_FAILURE DNS LOCAL");
  EXPECT_EQ(Sum(result.outcomes[49].outcome), "TRANSIENT_FAILURE PLAN LOCAL");
}

TEST_F(DeliveryInterruptTest, CancellationBeforeTheTerminatorAborts) {
  std::promise<void> reached;
  ScriptedServer server(
      {fakes::Greeting() + fakes::Ehlo() + fakes::Mail() +
       fakes::Script{fakes::ExpectPrefix("RCPT"), fakes::Do([&reached] { reached.set_value(); }),
                     fakes::ExpectClose()}});
  policy_ = MxPolicy(server.port());
  dns_.Host("x.example", {"127.0.0.1"});

  std::future<DeliveryResult> future = Begin(RequestTo({"user@x.example"}));
  ASSERT_EQ(reached.get_future().wait_for(kPatience), std::future_status::ready);
  handle_->Cancel();

  EXPECT_EQ(Sums(Await(future)), Strings{"TRANSIENT_FAILURE RCPT_TO LOCAL"});
  EXPECT_EQ(server.Finish(), "");
  EXPECT_TRUE(Idle());
}

// The loop begins a few at a time: most are cancelled before it does.
TEST_F(DeliveryInterruptTest, CancellationBeforeTheBeginningAsksNothing) {
  policy_ = MxPolicy(25);
  dns_.Hang("x.example");
  std::promise<void> release;
  loop_.Post([&release] { release.get_future().wait_for(kPatience); });
  std::vector<std::future<DeliveryResult>> futures;
  for (int i = 0; i < 50; ++i) {
    futures.push_back(Begin(RequestTo({"user@x.example"})));
    handle_->Cancel();
  }
  release.set_value();
  for (std::future<DeliveryResult>& future : futures)
    EXPECT_EQ(Await(future).outcomes[0].outcome.verdict.reason, "CANCELLED");
  EXPECT_LT(dns_.asked().size(), futures.size() / 2);
  EXPECT_TRUE(Idle());
}

TEST_F(DeliveryInterruptTest, CancellationAfterTheTerminatorIsUnknownAndTheReplyStillAwaited) {
  ScriptedServer server(
      {HoldsFinalReply(fakes::Rcpt() + fakes::Rcpt("550 5.1.1 no such user\r\n"))});
  policy_ = MxPolicy(server.port());
  dns_.Host("x.example", {"127.0.0.1"});

  std::future<DeliveryResult> future = Begin(RequestTo({"a@x.example", "b@x.example"}));
  AwaitBody();
  handle_->Cancel();
  const DeliveryResult result = Await(future);

  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kUnknown);
  EXPECT_EQ(Sum(result.outcomes[1].outcome), "PERMANENT_FAILURE RCPT_TO RECIPIENT")
      << "decided before";
  ASSERT_EQ(result.attempts.size(), 1U);
  EXPECT_EQ(result.attempts[0].outcome.verdict.disposition, Disposition::kUnknown);
  EXPECT_FALSE(result.attempts[0].capabilities.empty());
  EXPECT_EQ(orchestrator_.in_flight(), 1U) << "the session waits in the background";

  release_.set_value();
  EXPECT_EQ(server.Finish(), "");
  EXPECT_TRUE(Idle());
}

TEST_F(DeliveryInterruptTest, TheDeadlineAfterTheTerminatorIsUnknown) {
  ScriptedServer server({HoldsFinalReply(fakes::Rcpt())});
  policy_ = MxPolicy(server.port());
  dns_.Host("x.example", {"127.0.0.1"});
  std::future<DeliveryResult> future = Begin(Within(milliseconds(700), {"user@x.example"}));
  AwaitBody();
  EXPECT_EQ(Await(future).outcomes[0].outcome.verdict.disposition, Disposition::kUnknown);
  release_.set_value();
  EXPECT_TRUE(Idle());
}

TEST_F(DeliveryInterruptTest, OneGroupThatIsThroughKeepsItsOutcome) {
  ScriptedServer good({fakes::GoodDialogue()});
  ScriptedServer::Options options;
  options.address = "127.0.0.2";
  options.port = good.port();
  ScriptedServer stalls({{fakes::Stall()}}, options);
  policy_ = MxPolicy(good.port());
  dns_.Host("x.example", {"127.0.0.1"});
  dns_.Host("y.example", {"127.0.0.2"});
  const DeliveryResult result =
      Deliver(Within(milliseconds(700), {"user@x.example", "user@y.example"}));
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(Sum(result.outcomes[1].outcome), "TRANSIENT_FAILURE GREETING LOCAL");
}

TEST_F(DeliveryInterruptTest, CancellingTwiceAndTooLateDoesNothing) {
  ScriptedServer server({fakes::GoodDialogue()});
  policy_ = MxPolicy(server.port());
  dns_.Host("x.example", {"127.0.0.1"});
  std::future<DeliveryResult> future = Begin(RequestTo({"user@x.example"}));
  EXPECT_EQ(Await(future).outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  handle_->Cancel();
  handle_->Cancel();
  EXPECT_TRUE(Idle());
  handle_->Cancel();
}

TEST_F(DeliveryInterruptTest, TheLoopMayStopInTheMiddle) {
  ScriptedServer server({HoldsFinalReply(fakes::Rcpt())});
  policy_ = MxPolicy(server.port());
  dns_.Host("x.example", {"127.0.0.1"});
  dns_.Hang("y.example");
  std::future<DeliveryResult> future = Begin(RequestTo({"user@x.example", "user@y.example"}));
  AwaitBody();
  loop_.Stop();
  EXPECT_EQ(orchestrator_.in_flight(), 1U);
  EXPECT_EQ(future.wait_for(milliseconds(0)), std::future_status::timeout);
  release_.set_value();
}

}  // namespace
}  // namespace postern::server
