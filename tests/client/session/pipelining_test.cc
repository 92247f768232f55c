#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "client/session/lock_step_hosts.h"
#include "client/session/smtp_session.h"
#include "tests/client/session/session_lab.h"

// Commands in groups (RFC 2920): what is written together, and what becomes of recipients when the
// replies to a group do not match it.
namespace postern::client {
namespace {

using fakes::CloseBoth;
using fakes::Conversation;
using fakes::Ehlo;
using fakes::Expect;
using fakes::ExpectClose;
using fakes::ExpectPrefix;
using fakes::Greeting;
using fakes::Quit;
using fakes::ReadBody;
using fakes::ReadToEnd;
using fakes::Reset;
using fakes::Script;
using fakes::ScriptedServer;
using fakes::Send;
using fakes::SendByteByByte;
using fakes::Stall;
using fakes::Step;
using std::chrono::milliseconds;

constexpr Disposition kDelivered = Disposition::kDelivered;
constexpr Disposition kTransient = Disposition::kTransientFailure;
constexpr Disposition kPermanent = Disposition::kPermanentFailure;
using Dispositions = std::vector<Disposition>;

Script Offered() { return Greeting() + Ehlo("250-PIPELINING\r\n"); }

// All that comes before the first answer: MAIL, two RCPTs and DATA.
Script Group() {
  return {ExpectPrefix("MAIL"), ExpectPrefix("RCPT"), ExpectPrefix("RCPT"), Expect("DATA")};
}

// What has arrived at once must be exactly these lines.
Step ReceiveAtOnce(std::vector<std::string> lines) {
  std::string expected;
  for (const std::string& line : lines) expected += line + "\r\n";
  return [expected](Conversation& c) {
    const std::string got = c.Read(1 << 16);
    if (got != expected) c.Fail("expected \"" + expected + "\" at once, got \"" + got + "\"");
  };
}

class PipeliningTest : public ::testing::Test {
 protected:
  static Job ToTwo() {
    Job job;
    job.recipients = {"one@example.org", "two@example.org"};
    return job;
  }

  SessionRun Run(const Script& script, Job job = ToTwo()) {
    ScriptedServer server({script});
    SessionRun run = lab_.RunJob(server, std::move(job));
    EXPECT_EQ(server.Finish(), "");
    connection_ = server.connections().at(0);
    return run;
  }

  SessionLab lab_;
  fakes::Recorded connection_;
};

TEST_F(PipeliningTest, TheEnvelopeIsWrittenAtOnce) {
  const SessionRun run =
      Run(Offered() +
          Script{ReceiveAtOnce({"MAIL FROM:<sender@example.com>", "RCPT TO:<one@example.org>",
                                "RCPT TO:<two@example.org>", "DATA"}),
                 Send("250 ok\r\n250 ok\r\n550 5.1.1 no\r\n354 go\r\n"), ReadBody(),
                 Send("250 queued\r\n")} +
          Quit());
  EXPECT_EQ(run.dispositions(), (Dispositions{kDelivered, kPermanent}));
  EXPECT_EQ(run.fault, PipeliningFault::kNone);
  EXPECT_TRUE(run.usable_at_end);
}

TEST_F(PipeliningTest, OneCommandAtATimeWhereItIsNotOfferedOrNotWanted) {
  for (const bool is_offered : {false, true}) {
    Job job = ToTwo();
    job.settings.lock_step = is_offered;
    const SessionRun run =
        Run((is_offered ? Offered() : Greeting() + Ehlo()) +
                Script{ReceiveAtOnce({"MAIL FROM:<sender@example.com>"}), Send("250 ok\r\n"),
                       ReceiveAtOnce({"RCPT TO:<one@example.org>"}), Send("250 ok\r\n"),
                       ReceiveAtOnce({"RCPT TO:<two@example.org>"}), Send("250 ok\r\n"),
                       ReceiveAtOnce({"DATA"}), Send("354 go\r\n"), ReadBody(),
                       Send("250 queued\r\n")} +
                Quit(),
            job);
    EXPECT_EQ(run.dispositions(), (Dispositions{kDelivered, kDelivered}));
  }
}

TEST_F(PipeliningTest, RepliesInManyPiecesMeanTheSame) {  // M1
  const SessionRun run =
      Run(Offered() + Group() +
          SendByteByByte("250-a\r\n250 b\r\n550 5.1.1 no\r\n250 ok\r\n354 go\r\n") + ReadBody() +
          SendByteByByte("250 queued\r\n") + Quit());
  EXPECT_EQ(run.dispositions(), (Dispositions{kPermanent, kDelivered}));
}

TEST_F(PipeliningTest, NobodyAcceptedAndADataThatWasGrantedEndsWithALoneDot) {  // G7-G9
  for (const char* const answer : {"250 queued nothing\r\n", "554 no recipients\r\n"}) {
    const SessionRun run =
        Run(Offered() + Group() + Send("250 ok\r\n550 no\r\n450 later\r\n354 go\r\n") +
            Expect(".") + Send(answer) + Quit());
    EXPECT_EQ(run.dispositions(), (Dispositions{kPermanent, kTransient}));
  }
}

struct Fault {
  const char* name;
  Script script;  // instead of the replies to the group
  Dispositions dispositions;
  PipeliningFault fault = PipeliningFault::kNone;
};

TEST_F(PipeliningTest, RepliesThatDoNotMatchTheCommandsDecideNobody) {
  for (const Fault& row : {
           Fault{"G19 in one piece",
                 {Send("250 ok\r\n250 extra\r\n550 no\r\n250 ok\r\n354 go\r\n"), ExpectClose()},
                 {kTransient, kTransient},
                 PipeliningFault::kOutOfStep},
           Fault{"G19 after the 354",
                 {Send("250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n250 extra\r\n"), ExpectClose()},
                 {kTransient, kTransient},
                 PipeliningFault::kOutOfStep},
           Fault{"G19 where nobody is left",
                 {Send("250 ok\r\n550 no\r\n550 no\r\n554 no\r\n250 extra\r\n"), ExpectClose()},
                 {kTransient, kTransient},
                 PipeliningFault::kOutOfStep},
           Fault{"G20",
                 {Send("250 ok\r\n550 no\r\n354 go\r\n"), ExpectClose()},
                 {kTransient, kTransient},
                 PipeliningFault::kOutOfStep},
           Fault{"H4",
                 {Send("250 ok\r\n550 no\r\n250 ok\r\n250 ok\r\n"), ExpectClose()},
                 {kTransient, kTransient},
                 PipeliningFault::kOutOfStep},
           Fault{"H7",
                 {Send("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n"), ExpectClose()},
                 {kTransient, kTransient},
                 PipeliningFault::kOutOfStep},
       }) {
    SCOPED_TRACE(row.name);
    const SessionRun run = Run(Offered() + Group() + row.script);
    EXPECT_EQ(run.dispositions(), row.dispositions);
    EXPECT_EQ(run.fault, row.fault);
    EXPECT_EQ(run.outcome().verdict.scope, Scope::kHost);
    EXPECT_TRUE(connection_.bodies.empty());
  }
}

// Each reply of the group in turn is the last one: those before it stand (R4), and nobody is
// delivered.
TEST_F(PipeliningTest, AGroupThatBreaksOffKeepsWhatWasAnswered) {
  const std::vector<std::string> replies = {"250 ok\r\n", "550 no\r\n", "250 ok\r\n"};
  for (std::size_t count = 0; count <= replies.size(); ++count) {
    std::string said;
    for (std::size_t i = 0; i < count; ++i) said += replies[i];
    const Dispositions expected = {count >= 2 ? kPermanent : kTransient, kTransient};
    for (const Fault& row : {
             Fault{"FIN", {CloseBoth()}, expected},
             Fault{"RST", {fakes::Pause(milliseconds(20)), Reset()}, expected},
             Fault{"421", {Send("421 bye\r\n"), CloseBoth()}, expected},
             Fault{"garbage", {Send("hello?\r\n"), ReadToEnd()}, expected},
             Fault{"half a reply", {Send("55"), CloseBoth()}, expected},
             Fault{"silence",
                   {Stall()},
                   expected,
                   count > 0 ? PipeliningFault::kUnanswered : PipeliningFault::kNone},
         }) {
      SCOPED_TRACE(std::string(row.name) + " after " + std::to_string(count));
      Job job = ToTwo();
      job.settings.timeouts.mail_from = milliseconds(150);
      job.settings.timeouts.rcpt_to = milliseconds(150);
      job.settings.timeouts.data = milliseconds(150);
      const Script before = said.empty() ? Script{} : Script{Send(said)};
      const SessionRun run = Run(Offered() + Group() + before + row.script, job);
      EXPECT_EQ(run.dispositions(), row.dispositions);
      EXPECT_EQ(run.fault, row.fault);
      EXPECT_FALSE(run.usable_at_end);
    }
  }
}

TEST_F(PipeliningTest, AnEnvelopeThatIsRefusedIsReadToItsEnd) {
  const SessionRun run =
      Run(Offered() + Group() + Send("550 5.7.1 no\r\n503 no\r\n503 no\r\n503 no\r\n") + Quit());
  EXPECT_EQ(run.dispositions(), (Dispositions{kPermanent, kPermanent}));
  EXPECT_EQ(run.outcome().stage, Stage::kMailFrom);
  EXPECT_TRUE(run.usable_at_end);
}

// G24, G25: a server with small buffers that answers each command as it comes; never are more
// octets under way than a group has.
TEST_F(PipeliningTest, ManyRecipientsGoInBoundedGroups) {
  constexpr std::size_t kRecipients = 1000;
  Job job;
  job.recipients.clear();
  for (std::size_t i = 0; i < kRecipients; ++i)
    job.recipients.push_back("recipient" + std::to_string(i) + "@example.org");
  std::size_t groups = 0, largest = 0, answered = 0;
  const Step answer_all = [&](Conversation& c) {
    std::string pending;
    for (;;) {
      const std::string got = c.Read(1 << 16);
      if (got.empty()) c.Fail("the client went away");
      pending += got;
      ++groups;
      largest = std::max(largest, got.size());
      std::size_t end = 0;
      while ((end = pending.find("\r\n")) != std::string::npos) {
        const std::string line = pending.substr(0, end);
        pending.erase(0, end + 2);
        ++answered;
        c.Send(line == "DATA" ? "354 go\r\n" : "250 2.1.5 " + std::string(200, 'x') + "\r\n");
        if (line == "DATA") return;
      }
    }
  };
  ScriptedServer server({Offered() + Script{answer_all, ReadBody(), Send("250 ok\r\n")} + Quit()},
                        {.receive_buffer = 2048});
  const SessionRun run = lab_.RunJob(server, job);
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(std::ranges::count(run.dispositions(), kDelivered), kRecipients);
  EXPECT_EQ(answered, kRecipients + 2);
  EXPECT_LE(largest, 4096u + 2048u);
  EXPECT_LE(groups, 60u) << "1000 recipients in far fewer round trips";
}

// A server that reads nothing more until its own replies, which fill both buffers, are taken.
TEST_F(PipeliningTest, ATalkativeServerAndAGroupDoNotWaitForEachOther) {
  Job job;
  job.recipients = {"one@example.org"};
  std::string long_reply;
  for (int i = 0; i < 60; ++i) long_reply += "250-" + std::string(900, 'x') + "\r\n";
  long_reply += "250 ok\r\n";
  const SessionRun run = Run(Offered() + ExpectPrefix("MAIL") + Send(long_reply) +
                                 ExpectPrefix("RCPT") + Send(long_reply) + Expect("DATA") +
                                 Send("354 go\r\n") + ReadBody() + Send("250 ok\r\n") + Quit(),
                             job);
  EXPECT_EQ(run.dispositions(), Dispositions{kDelivered});
}

TEST_F(PipeliningTest, AFullTransactionIsFollowedByAnotherInAGroupOfItsOwn) {  // G10
  const SessionRun run = Run(
      Offered() + Group() + Send("250 ok\r\n250 ok\r\n452 4.5.3 too many\r\n354 go\r\n") +
      ReadBody() + Send("250 queued\r\n") +
      Script{ReceiveAtOnce({"MAIL FROM:<sender@example.com>", "RCPT TO:<two@example.org>", "DATA"}),
             Send("250 ok\r\n250 ok\r\n354 go\r\n"), ReadBody(), Send("250 queued\r\n")} +
      Quit());
  EXPECT_EQ(run.dispositions(), (Dispositions{kDelivered, kDelivered}));
}

class HandClock final : public Clock {
 public:
  TimePoint Now() const override { return now; }
  TimePoint now{};
};

TEST(LockStepHostsTest, AHostIsRememberedForAnHour) {
  HandClock clock;
  LockStepHosts hosts(clock);
  const IpAddress one = *IpAddress::Parse("192.0.2.1"), two = *IpAddress::Parse("192.0.2.2");
  hosts.Remember(one);
  EXPECT_TRUE(hosts.Holds(one));
  EXPECT_FALSE(hosts.Holds(two));
  clock.now += std::chrono::minutes(40);
  hosts.Remember(one);
  clock.now += std::chrono::minutes(40);
  hosts.Remember(two);
  EXPECT_TRUE(hosts.Holds(one)) << "renewed 40 minutes ago";
  clock.now += std::chrono::minutes(20);
  EXPECT_FALSE(hosts.Holds(one));
  EXPECT_TRUE(hosts.Holds(two));
}

TEST(LockStepHostsTest, TheOldestAreForgottenWhenThereAreTooMany) {
  HandClock clock;
  LockStepHosts hosts(clock);
  const auto host = [](std::size_t i) {
    return IpAddress::V4({10, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                          static_cast<std::uint8_t>(i)});
  };
  for (std::size_t i = 0; i <= LockStepHosts::kMost; ++i) hosts.Remember(host(i));
  EXPECT_FALSE(hosts.Holds(host(0)));
  EXPECT_TRUE(hosts.Holds(host(1)));
  EXPECT_TRUE(hosts.Holds(host(LockStepHosts::kMost)));
}

}  // namespace
}  // namespace postern::client
