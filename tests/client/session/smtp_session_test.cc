#include "client/session/smtp_session.h"

// The good dialogue, and then every step of it broken in turn.

#include <gtest/gtest.h>

#include "client/smtp/classify.h"
#include "tests/client/session/session_lab.h"

namespace postern::client {
namespace {

using fakes::CloseBoth;
using fakes::Data;
using fakes::Ehlo;
using fakes::Expect;
using fakes::ExpectClose;
using fakes::ExpectPrefix;
using fakes::GoodDialogue;
using fakes::Greeting;
using fakes::Mail;
using fakes::Quit;
using fakes::Rcpt;
using fakes::ReadBody;
using fakes::Reset;
using fakes::Script;
using fakes::ScriptedServer;
using fakes::Send;
using fakes::SendByteByByte;
using fakes::Stall;
using fakes::WaitFor;

constexpr Disposition kDelivered = Disposition::kDelivered;
constexpr Disposition kTransient = Disposition::kTransientFailure;
constexpr Disposition kPermanent = Disposition::kPermanentFailure;

class SmtpSessionTest : public ::testing::Test {
 protected:
  SessionLab lab_;
};

TEST_F(SmtpSessionTest, AGoodDialogueDelivers) {
  ScriptedServer server({GoodDialogue(2)});
  Job job;
  job.recipients = {"one@example.org", "two@example.org"};
  const SessionRun run = lab_.RunJob(server, job);

  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.dispositions(), (std::vector{kDelivered, kDelivered}));
  EXPECT_EQ(run.outcome().stage, Stage::kFinalReply);
  EXPECT_EQ(run.outcome().reply.value().lines.at(0), "2.0.0 queued as 1");
  EXPECT_TRUE(run.usable_at_end);
  EXPECT_TRUE(run.capabilities.enhanced_status_codes);
  const fakes::Recorded recorded = server.connections().at(0);
  EXPECT_EQ(recorded.commands,
            (std::vector<std::string>{"EHLO client.example.org", "MAIL FROM:<sender@example.com>",
                                      "RCPT TO:<one@example.org>", "RCPT TO:<two@example.org>",
                                      "DATA", "QUIT"}));
  EXPECT_EQ(recorded.bodies.at(0), "Subject: hi\r\n\r\nhello\r\n");
}

TEST_F(SmtpSessionTest, TimingsCoverTheStagesReachedAndNoOthers) {
  ScriptedServer server({Greeting() + Ehlo() + ExpectPrefix("MAIL") +
                         fakes::Pause(std::chrono::milliseconds(20)) + Send("550 no\r\n") +
                         Quit()});
  const SessionRun run = lab_.RunJob(server);
  EXPECT_EQ(server.Finish(), "");
  const auto spent = [&](Stage stage) { return run.timings[static_cast<std::size_t>(stage)]; };
  EXPECT_TRUE(spent(Stage::kGreeting).has_value());
  EXPECT_TRUE(spent(Stage::kEhlo).has_value());
  EXPECT_GE(spent(Stage::kMailFrom).value(), std::chrono::milliseconds(20));
  EXPECT_EQ(spent(Stage::kRcptTo), std::nullopt);
  EXPECT_EQ(spent(Stage::kFinalReply), std::nullopt);
  EXPECT_EQ(spent(Stage::kConnect), std::nullopt);
}

TEST_F(SmtpSessionTest, RepliesArrivingOctetByOctetMeanTheSame) {
  ScriptedServer server({Script{SendByteByByte("220-a\r\n220 b\r\n")} + Ehlo() +
                         ExpectPrefix("MAIL") + SendByteByByte("250 ok\r\n") + Rcpt() + Data() +
                         Quit()});
  EXPECT_EQ(lab_.RunJob(server).outcome().verdict.disposition, kDelivered);
  EXPECT_EQ(server.Finish(), "");
}

TEST_F(SmtpSessionTest, OverIpv6) {
  if (!fakes::HasIpv6Loopback()) GTEST_SKIP() << "this machine has no ::1";
  ScriptedServer server({GoodDialogue()}, {.address = "::1"});
  EXPECT_EQ(lab_.RunJob(server).outcome().verdict.disposition, kDelivered);
}

// --- Break every step ----------------------------------------------------------------------------

struct BrokenStep {
  Stage stage;
  Script before;
};

std::vector<BrokenStep> Steps() {
  const Script mail = Greeting() + Ehlo() + Mail();
  const Script data = mail + Rcpt() + Expect("DATA");
  return {{Stage::kGreeting, {}},
          {Stage::kEhlo, Greeting() + ExpectPrefix("EHLO")},
          {Stage::kMailFrom, Greeting() + Ehlo() + ExpectPrefix("MAIL")},
          {Stage::kRcptTo, mail + ExpectPrefix("RCPT")},
          {Stage::kData, data},
          {Stage::kFinalReply, data + Send("354 go\r\n") + ReadBody()}};
}

Outcome Break(SessionLab& lab, const BrokenStep& step, const Script& fault) {
  // A reset must not hit the connect, which is not the session's.
  fakes::Gate started;
  ScriptedServer server({Script{WaitFor(started)} + step.before + fault});
  Job job;
  job.started = [&](SmtpSession&) { started.Open(); };
  job.settings.timeouts = {.connect = std::chrono::milliseconds(150),
                           .greeting = std::chrono::milliseconds(150),
                           .ehlo = std::chrono::milliseconds(150),
                           .mail_from = std::chrono::milliseconds(150),
                           .rcpt_to = std::chrono::milliseconds(150),
                           .data = std::chrono::milliseconds(150)};
  const SessionRun run = lab.RunJob(server, job);
  EXPECT_EQ(server.Finish(), "");
  return run.outcome();
}

TEST_F(SmtpSessionTest, ALostOrStalledConnectionIsTransientAndUnknownAfterTheTerminator) {
  const struct {
    const char* name;
    Script fault;
    Event event;
  } kFaults[] = {
      {"close", {CloseBoth()}, Event::kClosed},
      {"reset", {Reset()}, Event::kClosed},
      {"half a reply, then close", {Send("25"), CloseBoth()}, Event::kClosed},
      {"stall", {Stall()}, Event::kTimeout},
      {"garbage", {Send("HTTP/1.1 400 Bad Request\r\n"), ExpectClose()}, Event::kMalformedReply},
      {"two codes", {Send("250-a\r\n550 b\r\n")}, Event::kInconsistentReply}};
  for (const BrokenStep& step : Steps()) {
    for (const auto& fault : kFaults) {
      SCOPED_TRACE(std::string(fault.name) + " at " + std::string(Info(step.stage).name));
      const Outcome outcome = Break(lab_, step, fault.fault);
      const bool sent = step.stage == Stage::kFinalReply;
      EXPECT_EQ(outcome.verdict.disposition, sent ? Disposition::kUnknown : kTransient);
      EXPECT_EQ(outcome.verdict.reason,
                ClassifyEvent(step.stage, fault.event, {.terminator_sent = sent}).reason);
      EXPECT_EQ(outcome.stage, step.stage);
      EXPECT_FALSE(outcome.detail.empty());
    }
  }
}

TEST_F(SmtpSessionTest, ARefusalMeansWhatItsFirstDigitAndItsStageSay) {
  for (const BrokenStep& step : Steps()) {
    SCOPED_TRACE(std::string(Info(step.stage).name));
    const bool hello = step.stage == Stage::kEhlo;  // HELO is tried, except after 421
    const Script end =
        hello ? Script{Expect("HELO client.example.org"), Send("550 neither\r\n")} : Script{};
    const Outcome transient = Break(lab_, step, Script{Send("450 later\r\n")} + end + Quit());
    EXPECT_EQ(transient.verdict.disposition, kTransient);
    const Outcome permanent = Break(lab_, step, Script{Send("550 never\r\n")} + end + Quit());
    const bool soft = hello || step.stage == Stage::kGreeting;  // B4, C5
    EXPECT_EQ(permanent.verdict.disposition, soft ? kTransient : kPermanent);
    EXPECT_EQ(permanent.reply.value().lines.at(0), hello ? "neither" : "never");
    const Outcome closing = Break(lab_, step, {Send("421 closing\r\n"), ExpectClose()});
    EXPECT_EQ(closing.verdict.disposition, kTransient);
    EXPECT_EQ(closing.stage, step.stage);
    EXPECT_EQ(closing.reply.value().code, 421);
  }
}

// --- EHLO ----------------------------------------------------------------------------------------

TEST_F(SmtpSessionTest, HeloFollowsARefusedEhlo) {  // C1, C3
  for (const char* refusal :
       {"500 what\r\n", "502 no\r\n", "504 no\r\n", "550 no\r\n", "451 no\r\n"}) {
    SCOPED_TRACE(refusal);
    ScriptedServer server({Greeting() + ExpectPrefix("EHLO") + Send(refusal) +
                           Expect("HELO client.example.org") + Send("250 hello\r\n") + Mail() +
                           Rcpt() + Data() + Quit()});
    const SessionRun run = lab_.RunJob(server);
    EXPECT_EQ(server.Finish(), "");
    EXPECT_EQ(run.outcome().verdict.disposition, kDelivered);
    EXPECT_FALSE(run.capabilities.enhanced_status_codes);
  }
}

TEST_F(SmtpSessionTest, EhloRefusedAndClosedIsALostConnection) {  // C2
  ScriptedServer server({Greeting() + ExpectPrefix("EHLO") + Send("550 no\r\n") + CloseBoth()});
  const SessionRun run = lab_.RunJob(server);
  EXPECT_EQ(run.outcome().verdict.disposition, kTransient);
  EXPECT_EQ(run.outcome().verdict.reason, ClassifyEvent(Stage::kEhlo, Event::kClosed).reason);
}

TEST_F(SmtpSessionTest, AnEhloNameThatCannotBeWrittenIsNeverWritten) {
  ScriptedServer server({Greeting() + ExpectClose()});
  Job job;
  job.settings.ehlo_hostname = "evil\r\nMAIL FROM:<x@example.org>";
  const SessionRun run = lab_.RunJob(server, job);
  EXPECT_EQ(run.outcome().verdict.reason,
            ClassifyEvent(Stage::kEhlo, Event::kCommandRefused).reason);
  EXPECT_EQ(server.connections().at(0).received.find("evil"), std::string::npos);
}

// --- R7: nothing may have been said before we ask ------------------------------------------------

TEST_F(SmtpSessionTest, OctetsNobodyAskedForEndTheSessionBeforeTheNextCommand) {
  const Script mail = Greeting() + Ehlo() + ExpectPrefix("MAIL");
  const struct {
    const char* name;
    Script script;
  } kRows[] = {
      {"with the greeting (B15)", {Send("220 hi\r\n250 hello\r\n250 ok\r\n")}},
      {"after EHLO", Greeting() + ExpectPrefix("EHLO") + Send("250 hi\r\n250 ok\r\n")},
      {"after MAIL (F10)", mail + Send("250 ok\r\n250 ok\r\n")},
      {"half a line after MAIL", mail + Send("250 ok\r\n2")},
      {"after RCPT (G19)",
       mail + Send("250 ok\r\n") + ExpectPrefix("RCPT") + Send("250 ok\r\n550 no\r\n")},
      {"with the 354 (H7)", mail + Send("250 ok\r\n") + Rcpt() + Expect("DATA") +
                                Send("354 go\r\n250 2.0.0 queued\r\n")},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    ScriptedServer server({row.script + ExpectClose()});
    const SessionRun run = lab_.RunJob(server);
    EXPECT_EQ(server.Finish(), "");  // not one octet more, QUIT neither
    EXPECT_EQ(run.outcome().verdict.disposition, kTransient);
    EXPECT_EQ(run.outcome().verdict.reason,
              ClassifyEvent(Stage::kMailFrom, Event::kUnsolicitedData).reason);
  }
}

// One reply more than there were commands: which one was meant cannot be known, so none of the last
// command's is believed; what was answered before it is.
TEST_F(SmtpSessionTest, AReplyTooManyTakesBackWhatTheLastCommandSeemedToDecide) {  // G19
  const Script mail = Greeting() + Ehlo() + ExpectPrefix("MAIL") + Send("250 ok\r\n");
  const struct {
    const char* name;
    Script script;
    std::vector<std::string> recipients;
    std::vector<Disposition> dispositions;
  } kRows[] = {
      {"the only recipient",
       mail + ExpectPrefix("RCPT") + Send("550 no\r\n250 ok\r\n"),
       {"one@example.org"},
       {kTransient}},
      {"before the next recipient",
       mail + ExpectPrefix("RCPT") + Send("550 no\r\n250 ok\r\n"),
       {"one@example.org", "two@example.org"},
       {kTransient, kTransient}},
      {"the last recipient",
       mail + Rcpt("550 5.1.1 no\r\n") + ExpectPrefix("RCPT") + Send("550 no\r\n250 ok\r\n"),
       {"one@example.org", "two@example.org"},
       {kPermanent, kTransient}},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    ScriptedServer server({row.script + ExpectClose()});
    Job job;
    job.recipients = row.recipients;
    const SessionRun run = lab_.RunJob(server, std::move(job));
    EXPECT_EQ(server.Finish(), "");
    EXPECT_EQ(run.dispositions(), row.dispositions);
    const Verdict& last = run.sent.at(0).outcomes.back().verdict;
    EXPECT_EQ(last.reason, ClassifyEvent(Stage::kRcptTo, Event::kUnsolicitedData).reason);
    EXPECT_EQ(last.enhanced.ToString(), "4.5.0");
  }
}

// --- Recipients, and several transactions --------------------------------------------------------

TEST_F(SmtpSessionTest, RecipientsAreJudgedOneByOne) {  // G4
  ScriptedServer server({Greeting() + Ehlo() + Mail() + Rcpt() + Rcpt("450 4.2.1 busy\r\n") +
                         Rcpt("550 5.1.1 unknown\r\n") + Data() + Quit()});
  Job job;
  job.recipients = {"a@example.org", "b@example.org", "c@example.org"};
  const SessionRun run = lab_.RunJob(server, job);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.dispositions(), (std::vector{kDelivered, kTransient, kPermanent}));
}

TEST_F(SmtpSessionTest, RecipientsBeyondTheServersLimitFollowInAnotherTransaction) {  // G10, G11
  for (const char* limit :
       {"452 4.5.3 too many recipients\r\n", "552 5.5.3 too many recipients\r\n"}) {
    SCOPED_TRACE(limit);
    ScriptedServer server({Greeting() + Ehlo() + Mail() + Rcpt() + Rcpt(limit) +
                           Rcpt("550 5.1.1 unknown\r\n") + Data() + Mail() + Rcpt() + Data() +
                           Quit()});
    Job job;
    job.recipients = {"a@example.org", "b@example.org", "c@example.org"};
    job.message = MessageOf("x\r\n.y\r\n");
    std::size_t bodies_made = 0;
    job.make_body = [&] {
      ++bodies_made;
      return std::make_unique<MessageBodySource>(MessageOf("x\r\n.y\r\n"));
    };
    const SessionRun run = lab_.RunJob(server, job);
    EXPECT_EQ(server.Finish(), "");
    EXPECT_EQ(run.dispositions(), (std::vector{kDelivered, kDelivered, kPermanent}));
    EXPECT_EQ(bodies_made, 2u);
    const fakes::Recorded recorded = server.connections().at(0);
    EXPECT_EQ(recorded.bodies, (std::vector<std::string>{"x\r\n..y\r\n", "x\r\n..y\r\n"}));
    EXPECT_EQ(recorded.commands.at(7), "RCPT TO:<b@example.org>");
  }
}

TEST_F(SmtpSessionTest, TheAnnouncedLimitOfRecipientsIsNeverExceeded) {  // RFC 9422 4.1
  ScriptedServer server({Greeting() + Ehlo("250-LIMITS RCPTMAX=2\r\n") + Mail() + Rcpt() +
                         Rcpt("550 5.1.1 unknown\r\n") + Data() + Mail() + Rcpt() + Rcpt() +
                         Data() + Mail() + Rcpt() + Data() + Quit()});
  Job job;
  job.recipients = {"a@example.org", "b@example.org", "c@example.org", "d@example.org",
                    "e@example.org"};
  const SessionRun run = lab_.RunJob(server, job);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.dispositions(),
            (std::vector{kDelivered, kPermanent, kDelivered, kDelivered, kDelivered}));
  EXPECT_EQ(server.connections().at(0).bodies.size(), 3u);
}

TEST_F(SmtpSessionTest, AfterTheAnnouncedLimitOfTransactionsTheRestMayGoElsewhere) {  // L6
  ScriptedServer server({Greeting() + Ehlo("250-LIMITS MAILMAX=2 RCPTMAX=1\r\n") + Mail() + Rcpt() +
                         Data() + Mail() + Rcpt() + Data() + Quit()});
  Job job;
  job.recipients = {"a@example.org", "b@example.org", "c@example.org"};
  const SessionRun run = lab_.RunJob(server, job);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.dispositions(), (std::vector{kDelivered, kDelivered, kTransient}));
  const Outcome& rest = run.sent.at(0).outcomes.at(2);
  EXPECT_EQ(rest.verdict.reason, "MAIL_LIMIT");
  EXPECT_TRUE(rest.verdict.next_host);
  EXPECT_FALSE(run.usable_at_end);
}

TEST_F(SmtpSessionTest, ARefusedMailCountsAsATransaction) {  // L6
  ScriptedServer server({Greeting() + Ehlo("250-LIMITS MAILMAX=1\r\n") + ExpectPrefix("MAIL") +
                         Send("550 no\r\n") + Quit()});
  const SessionRun run = lab_.RunJob(server);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.outcome().verdict.disposition, kPermanent);
  EXPECT_FALSE(run.usable_at_end);
}

TEST_F(SmtpSessionTest, AServerThatRefusedEhloIsKnownToOfferNothing) {  // C1
  ScriptedServer server({Greeting() + ExpectPrefix("EHLO") + Send("502 no\r\n") +
                         ExpectPrefix("HELO") + Send("250 hi\r\n") + Mail() + Rcpt() + Data() +
                         Quit()});
  const SessionRun run = lab_.RunJob(server);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_TRUE(run.capabilities.ehlo_refused);
  EXPECT_EQ(run.outcome().verdict.disposition, kDelivered);
}

TEST_F(SmtpSessionTest, PostponedRecipientsOfALostConnectionAreTransient) {
  ScriptedServer server({Greeting() + Ehlo() + Mail() + Rcpt() + Rcpt("452 4.5.3 too many\r\n") +
                         Expect("DATA") + Send("354 go\r\n") + ReadBody() + Send("250 ok\r\n") +
                         CloseBoth()});
  Job job;
  job.recipients = {"a@example.org", "b@example.org"};
  const SessionRun run = lab_.RunJob(server, job);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.dispositions(), (std::vector{kDelivered, kTransient}));
  EXPECT_TRUE(run.sent.at(0).outcomes.at(1).verdict.next_host);
}

TEST_F(SmtpSessionTest, ASecondTransactionFollowsOnTheSameConnection) {
  ScriptedServer server(
      {Greeting() + Ehlo() + Mail() + Rcpt() + Data() + Mail() + Rcpt() + Data() + Quit()});
  Job job;
  job.transactions = 2;
  const SessionRun run = lab_.RunJob(server, job);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.sent.at(1).outcomes.at(0).verdict.disposition, kDelivered);
}

TEST_F(SmtpSessionTest, ATransactionThatSentNothingIsResetBeforeTheNext) {
  ScriptedServer server({Greeting() + Ehlo() + Mail() + Rcpt("550 5.1.1 no\r\n") + Expect("RSET") +
                         Send("250 ok\r\n") + Mail() + Rcpt("550 5.1.1 no\r\n") + Quit()});
  Job job;
  job.transactions = 2;
  const SessionRun run = lab_.RunJob(server, job);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.sent.at(1).outcomes.at(0).verdict.disposition, kPermanent);
}

TEST_F(SmtpSessionTest, ARefusedResetIsNoVerdictOnTheMessage) {  // L3
  for (const char* reply : {"550 no\r\n", "421 closing\r\n"}) {
    SCOPED_TRACE(reply);
    ScriptedServer server({Greeting() + Ehlo() + Mail() + Rcpt("550 5.1.1 no\r\n") +
                           Expect("RSET") + Send(reply) + ExpectClose()});
    Job job;
    job.transactions = 2;
    const SessionRun run = lab_.RunJob(server, job);
    EXPECT_EQ(server.Finish(), "");
    EXPECT_EQ(run.sent.at(1).outcomes.at(0).verdict.disposition, kTransient);
    EXPECT_FALSE(run.usable_at_end);
  }
}

TEST_F(SmtpSessionTest, J19_NobodyWaitsForTheAnswerToQuit) {
  ScriptedServer server(
      {Greeting() + Ehlo() + Mail() + Rcpt() + Data() + Expect("QUIT") + ExpectClose()});
  const SessionRun run = lab_.RunJob(server);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(run.outcome().verdict.disposition, kDelivered);
}

// --- The message, octet by octet -----------------------------------------------------------------

TEST_F(SmtpSessionTest, EveryMessageArrivesByteExact) {
  std::string megabyte;
  while (megabyte.size() < 1024 * 1024)
    megabyte += ".line " + std::to_string(megabyte.size()) + "\r\n";
  const struct {
    const char* name;
    std::string text;
  } kRows[] = {{"dots", ".\r\n..\r\n.x\r\nx.\r\n. \r\n"},
               {"empty lines", "\r\n\r\na\r\n\r\n\r\n"},
               {"one CRLF", "\r\n"},
               {"998 octets", std::string(998, 'y') + "\r\n." + std::string(997, 'z') + "\r\n"},
               {"no final CRLF", "a\r\nb"},
               {"dots at every chunk edge",
                [] {
                  std::string text;
                  while (text.size() < 200 * 1024) text += ".\r\n";
                  return text;
                }()},
               {"1 MB", megabyte}};
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    ScriptedServer server({GoodDialogue()});
    Job job;
    job.message = MessageOf(row.text);
    const SessionRun run = lab_.RunJob(server, job);
    EXPECT_EQ(server.Finish(), "");
    EXPECT_EQ(run.outcome().verdict.disposition, kDelivered);
    EXPECT_TRUE(fakes::Unstuff(server.connections().at(0).bodies.at(0)) == job.message->octets());
  }
}

}  // namespace
}  // namespace postern::client
