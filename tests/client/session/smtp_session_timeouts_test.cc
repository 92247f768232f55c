#include "client/session/smtp_session.h"

// Each of the six timeouts fires at its own stage and nowhere else; and what the interrupt does at
// each stage. The connect timeout belongs to the connector: here it must simply never fire.

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "client/smtp/classify.h"
#include "tests/client/session/session_lab.h"

namespace postern::client {
namespace {

using fakes::Do;
using fakes::Ehlo;
using fakes::Expect;
using fakes::ExpectClose;
using fakes::ExpectPrefix;
using fakes::Greeting;
using fakes::Mail;
using fakes::Quit;
using fakes::Rcpt;
using fakes::ReadBody;
using fakes::ReadOctets;
using fakes::ReadToEnd;
using fakes::Script;
using fakes::ScriptedServer;
using fakes::Send;
using fakes::SendByteByByte;
using fakes::Stall;
using fakes::WaitFor;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct StalledStage {
  Stage stage;
  Duration StageTimeouts::* timeout;  // the one that rules it
  Script before;
  bool huge = false;
};

std::vector<StalledStage> StalledStages() {
  const Script mail = Greeting() + Ehlo() + Mail();
  const Script data = mail + Rcpt() + Expect("DATA");
  return {{Stage::kGreeting, &StageTimeouts::greeting, {}},
          {Stage::kEhlo, &StageTimeouts::ehlo, Greeting() + ExpectPrefix("EHLO")},
          {Stage::kMailFrom, &StageTimeouts::mail_from, Greeting() + Ehlo() + ExpectPrefix("MAIL")},
          {Stage::kRcptTo, &StageTimeouts::rcpt_to, mail + Rcpt() + ExpectPrefix("RCPT")},
          {Stage::kData, &StageTimeouts::data, data},
          {Stage::kBody, &StageTimeouts::data, data + Send("354 go\r\n") + ReadOctets(1), true},
          {Stage::kFinalReply, &StageTimeouts::data, data + Send("354 go\r\n") + ReadBody()}};
}

constexpr Duration StageTimeouts::* kAllTimeouts[] = {
    &StageTimeouts::connect,   &StageTimeouts::greeting, &StageTimeouts::ehlo,
    &StageTimeouts::mail_from, &StageTimeouts::rcpt_to,  &StageTimeouts::data};

Job JobFor(const StalledStage& stalled) {
  Job job;
  job.settings.timeouts = {seconds(60), seconds(60), seconds(60),
                           seconds(60), seconds(60), seconds(60)};
  job.recipients = {"a@example.org", "b@example.org"};
  if (stalled.stage != Stage::kRcptTo) job.recipients.pop_back();
  if (stalled.huge) job.message = HugeMessage();
  return job;
}

// A server that says and reads nothing from that stage on until the session has ended, and then
// finds that it was told nothing more (of a huge body: no terminator).
struct StallingServer {
  StallingServer(const StalledStage& stalled, std::function<void()> at_the_stage)
      : server({stalled.before + Do(std::move(at_the_stage)) + WaitFor(ended) +
                (stalled.huge ? ReadToEnd() : ExpectClose())},
               {.receive_buffer = stalled.huge ? 4096u : 0u}) {}

  std::string Finish() {
    ended.Open();
    return server.Finish();
  }

  fakes::Gate ended;
  ScriptedServer server;
};

const Outcome& LastOutcome(const SessionRun& run) {
  return run.open_failure.has_value() ? *run.open_failure : run.sent.at(0).outcomes.back();
}

TEST(SmtpSessionTimeouts, EachFiresAtItsOwnStage) {
  for (const StalledStage& stalled : StalledStages()) {
    SCOPED_TRACE(std::string(Info(stalled.stage).name));
    SessionLab lab;
    StallingServer stalling(stalled, [] {});
    Job job = JobFor(stalled);
    job.settings.timeouts.*stalled.timeout = milliseconds(150);
    const SessionRun run = lab.RunJob(stalling.server, job);

    const bool sent = stalled.stage == Stage::kFinalReply;
    EXPECT_EQ(LastOutcome(run).stage, stalled.stage);
    EXPECT_EQ(LastOutcome(run).verdict.reason,
              ClassifyEvent(stalled.stage, Event::kTimeout, {.terminator_sent = sent}).reason);
    EXPECT_EQ(LastOutcome(run).verdict.disposition,
              sent ? Disposition::kUnknown : Disposition::kTransientFailure);
    EXPECT_GE(run.took, milliseconds(150));
    EXPECT_LT(run.took, seconds(10));
    EXPECT_EQ(stalling.Finish(), "");
  }
}

TEST(SmtpSessionTimeouts, NoneFiresAtAnotherStage) {
  struct Waiting {
    StalledStage stalled;
    std::shared_ptr<std::promise<void>> reached = std::make_shared<std::promise<void>>();
    std::unique_ptr<StallingServer> stalling;
    std::shared_ptr<Interrupt> interrupt;
    std::future<SessionRun> run;
  };
  SessionLab lab;
  std::vector<Waiting> all;
  for (const StalledStage& stalled : StalledStages()) {
    for (Duration StageTimeouts::* const timeout : kAllTimeouts) {
      if (timeout == stalled.timeout) continue;
      Job job = JobFor(stalled);
      job.settings.timeouts.*timeout = milliseconds(150);
      job.settings.final_reply_grace = milliseconds(0);
      Waiting waiting;
      waiting.stalled = stalled;
      waiting.interrupt = job.interrupt;
      waiting.stalling = std::make_unique<StallingServer>(
          stalled, [reached = waiting.reached] { reached->set_value(); });
      waiting.run = lab.Start(waiting.stalling->server, std::move(job));
      all.push_back(std::move(waiting));
    }
  }
  EXPECT_EQ(all.size(), 35u);
  for (Waiting& waiting : all) {
    const std::future_status there = waiting.reached->get_future().wait_for(seconds(10));
    ASSERT_EQ(there, std::future_status::ready) << Info(waiting.stalled.stage).name;
  }
  // Long enough for the short timeout to fire, if it were to; it may not, so all must wait still.
  EXPECT_EQ(all.back().run.wait_for(milliseconds(400)), std::future_status::timeout);
  for (Waiting& waiting : all) {
    const Stage stage = waiting.stalled.stage;
    SCOPED_TRACE(std::string(Info(stage).name));
    EXPECT_EQ(waiting.run.wait_for(seconds(0)), std::future_status::timeout);
    lab.Trigger(waiting.interrupt, InterruptReason::kDeadline);
    const SessionRun run = Await(std::move(waiting.run));
    EXPECT_EQ(waiting.stalling->Finish(), "");
    EXPECT_EQ(LastOutcome(run).stage, stage);
    EXPECT_EQ(
        LastOutcome(run).verdict.reason,
        ClassifyEvent(stage, Event::kDeadline, {.terminator_sent = stage == Stage::kFinalReply})
            .reason);
  }
}

TEST(SmtpSessionTimeouts, ADripDoesNotExtendTheLimitOfAReply) {  // B13, J11
  for (const StalledStage& stalled : StalledStages()) {
    if (stalled.stage == Stage::kBody) continue;
    SCOPED_TRACE(std::string(Info(stalled.stage).name));
    SessionLab lab;
    ScriptedServer server(
        {stalled.before + SendByteByByte("250-" + std::string(2000, 'x'), milliseconds(30))},
        {.limit = seconds(1)});
    Job job = JobFor(stalled);
    job.settings.timeouts.*stalled.timeout = milliseconds(200);
    const SessionRun run = lab.RunJob(server, job);
    const bool sent = stalled.stage == Stage::kFinalReply;
    EXPECT_EQ(LastOutcome(run).verdict.reason,
              ClassifyEvent(stalled.stage, Event::kTimeout, {.terminator_sent = sent}).reason);
    EXPECT_LT(run.took, seconds(10));
  }
}

TEST(SmtpSessionTimeouts, EachRecipientHasTheWholeLimit) {
  SessionLab lab;
  Script script = Greeting() + Ehlo() + Mail();
  for (int i = 0; i < 4; ++i) {
    script = script + ExpectPrefix("RCPT") + fakes::Pause(milliseconds(200)) + Send("250 ok\r\n");
  }
  ScriptedServer server({script + fakes::Data() + Quit()});
  Job job;
  job.settings.timeouts.rcpt_to = milliseconds(600);
  job.recipients = {"a@example.org", "b@example.org", "c@example.org", "d@example.org"};
  EXPECT_EQ(lab.RunJob(server, job).outcome().verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(server.Finish(), "");
}

// --- The interrupt -------------------------------------------------------------------------------

TEST(SmtpSessionInterrupt, EndsEveryStageBeforeTheTerminator) {
  const struct {
    InterruptReason reason;
    Event event;
  } kReasons[] = {{InterruptReason::kCancelled, Event::kCancelled},
                  {InterruptReason::kDeadline, Event::kDeadline}};
  for (const StalledStage& stalled : StalledStages()) {
    if (stalled.stage == Stage::kFinalReply) continue;
    for (const auto& row : kReasons) {
      SCOPED_TRACE(std::string(Info(stalled.stage).name));
      SessionLab lab;
      Job job = JobFor(stalled);
      const auto trigger = [&lab, interrupt = job.interrupt, reason = row.reason] {
        lab.Trigger(interrupt, reason);
      };
      StallingServer stalling(stalled, trigger);
      const SessionRun run = lab.RunJob(stalling.server, job);
      EXPECT_EQ(stalling.Finish(), "");
      EXPECT_EQ(LastOutcome(run).verdict.reason, ClassifyEvent(stalled.stage, row.event).reason);
      EXPECT_NE(LastOutcome(run).verdict.disposition, Disposition::kUnknown);
      EXPECT_EQ(LastOutcome(run).stage, stalled.stage);
      EXPECT_LT(run.took, seconds(10));
    }
  }
}

TEST(SmtpSessionInterrupt, BeforeTheStartNothingIsSaid) {
  SessionLab lab;
  ScriptedServer server({Script{ExpectClose()}});
  Job job;
  job.interrupt->Trigger(InterruptReason::kCancelled, std::chrono::steady_clock::now());
  const SessionRun run = lab.RunJob(server, job);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.outcome().verdict.reason,
            ClassifyEvent(Stage::kGreeting, Event::kCancelled).reason);
}

Script UpToTheTerminator() {
  return Greeting() + Ehlo() + Mail() + Rcpt() + Expect("DATA") + Send("354 go\r\n") + ReadBody();
}

TEST(SmtpSessionInterrupt, AfterTheTerminatorTheFinalReplyStillCounts) {  // I10
  SessionLab lab;
  Job job;
  ScriptedServer server({UpToTheTerminator() + Do([&] { lab.Trigger(job.interrupt); }) +
                         fakes::Pause(milliseconds(100)) + Send("250 taken\r\n") + Expect("QUIT")});
  const SessionRun run = lab.RunJob(server, job);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.outcome().verdict.disposition, Disposition::kDelivered);
}

TEST(SmtpSessionInterrupt, AfterTheTerminatorTheWaitEndsWithTheGrace) {
  SessionLab lab;
  Job job;
  job.settings.final_reply_grace = milliseconds(100);
  ScriptedServer server({UpToTheTerminator() + Do([&] { lab.Trigger(job.interrupt); }) + Stall()});
  const SessionRun run = lab.RunJob(server, job);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.outcome().verdict.disposition, Disposition::kUnknown);
  EXPECT_EQ(run.outcome().stage, Stage::kFinalReply);
  EXPECT_LT(run.took, seconds(10));
}

TEST(SmtpSessionInterrupt, TheGraceNeverLengthensTheWait) {
  SessionLab lab;
  Job job;
  job.settings.timeouts.data = milliseconds(150);
  job.settings.final_reply_grace = seconds(60);
  ScriptedServer server({UpToTheTerminator() + Do([&] { lab.Trigger(job.interrupt); }) + Stall()});
  const SessionRun run = lab.RunJob(server, job);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.outcome().verdict.disposition, Disposition::kUnknown);
  EXPECT_LT(run.took, seconds(10));
}

TEST(SmtpSessionInterrupt, AwaitingFinalReplyIsTrueFromTheTerminatorToTheReply) {
  SessionLab lab;
  Job job;
  SmtpSession* session = nullptr;
  job.started = [&](SmtpSession& started) { session = &started; };
  const auto look = [&] {
    std::promise<bool> seen;
    lab.loop().Post([&] { seen.set_value(session->awaiting_final_reply()); });
    return seen.get_future().get();
  };
  const auto no = [&] { EXPECT_FALSE(look()); };
  // The server may have the terminator a moment before the client knows that it is gone.
  const auto soon = [&] {
    const TimePoint limit = std::chrono::steady_clock::now() + seconds(5);
    while (!look() && std::chrono::steady_clock::now() < limit) {
    }
    EXPECT_TRUE(look());
  };
  ScriptedServer server({Greeting() + Ehlo() + Mail() + Rcpt() + Expect("DATA") + Do(no) +
                         Send("354 go\r\n") + ReadBody() + Do(soon) + Send("250 ok\r\n") +
                         Expect("QUIT")});
  EXPECT_EQ(lab.RunJob(server, job).outcome().verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(server.Finish(), "");
}

}  // namespace
}  // namespace postern::client
