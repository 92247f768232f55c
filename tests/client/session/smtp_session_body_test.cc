#include "client/session/smtp_session.h"

// While the message is under way (group I of the cases), and after its terminator (group J).

#include <gtest/gtest.h>

#include <deque>

#include "client/smtp/classify.h"
#include "tests/client/session/session_lab.h"

namespace postern::client {
namespace {

using boost::asio::awaitable;
using fakes::CloseBoth;
using fakes::CloseFin;
using fakes::Ehlo;
using fakes::Expect;
using fakes::ExpectClose;
using fakes::Greeting;
using fakes::Mail;
using fakes::Rcpt;
using fakes::ReadBody;
using fakes::ReadOctets;
using fakes::ReadToEnd;
using fakes::Reset;
using fakes::Script;
using fakes::ScriptedServer;
using fakes::Send;
using fakes::Stall;
using fakes::WaitFor;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Disposition kDelivered = Disposition::kDelivered;
constexpr Disposition kTransient = Disposition::kTransientFailure;
constexpr Disposition kPermanent = Disposition::kPermanentFailure;
constexpr Disposition kUnknown = Disposition::kUnknown;

Script UpTo354() {
  return Greeting() + Ehlo() + Mail() + Rcpt() + Expect("DATA") + Send("354 go\r\n");
}

// --- Group I: the body is under way --------------------------------------------------------------

struct DuringBody {
  const char* name;
  Script fault;
  Disposition disposition;
  int code = 0;                // of the reply it rests on
  bool reads_nothing = false;  // until the client has gone
};

TEST(SmtpSessionDuringBody, WhatTheServerDoesBeforeTheTerminatorIsNeverADelivery) {
  const DuringBody kRows[] = {
      {"I1 reset", {Reset()}, kTransient},
      {"close", {CloseBoth()}, kTransient},
      {"I2 5xx, close", {Send("552 5.3.4 too big\r\n"), CloseBoth()}, kPermanent, 552},
      {"I2 5xx, later reset",
       {Send("552 5.3.4 too big\r\n"), ReadOctets(10), Reset()},
       kPermanent,
       552},
      {"I3 4xx, close", {Send("452 full\r\n"), CloseBoth()}, kTransient, 452},
      {"I3 421, close", {Send("421 bye\r\n"), CloseBoth()}, kTransient, 421},
      {"I4 2xx, close", {Send("250 ok\r\n"), CloseBoth()}, kTransient},
      {"I4 2xx, reads on", {Send("250 ok\r\n"), ReadToEnd()}, kTransient},
      {"I5 5xx, reads on", {Send("554 virus\r\n"), ReadToEnd()}, kPermanent, 554},
      {"5xx while nothing is read", {Send("554 virus\r\n")}, kPermanent, 554, true},
      {"half a reply, then its rest",
       {Send("55"), fakes::Pause(milliseconds(50)), Send("4 virus\r\n")},
       kPermanent,
       554,
       true},
      {"half a reply, then close", {Send("25"), CloseBoth()}, kTransient},
      {"garbage", {Send("hello?\r\n"), ReadToEnd()}, kTransient},
      {"I8 half-close, reads on", {CloseFin(), ReadToEnd()}, kTransient},
      {"I8 half-close, reads nothing", {CloseFin()}, kTransient, 0, true},
  };
  for (const DuringBody& row : kRows) {
    SCOPED_TRACE(row.name);
    SessionLab lab;
    // A small window and many octets: the client is still writing when the fault comes.
    fakes::Gate ended;
    Script script = UpTo354() + ReadOctets(1000) + row.fault;
    if (row.reads_nothing) script = script + WaitFor(ended) + ReadToEnd();
    ScriptedServer server({script}, {.receive_buffer = 4096});
    Job job;
    job.message = HugeMessage();
    const SessionRun run = lab.RunJob(server, job);
    ended.Open();
    EXPECT_EQ(server.Finish(), "");
    const Outcome& outcome = run.outcome();
    EXPECT_EQ(outcome.verdict.disposition, row.disposition);
    EXPECT_EQ(outcome.stage, Stage::kBody);
    if (row.code != 0) {
      EXPECT_EQ(outcome.reply.value().code, row.code);
    }
    EXPECT_FALSE(run.usable_at_end);
    EXPECT_EQ(server.connections().at(0).received.find("\r\n.\r\n"), std::string::npos);
  }
}

// A source that gives some octets and then fails.
class FailingSource final : public BodySource {
 public:
  explicit FailingSource(std::string octets) : octets_(std::move(octets)) {}
  awaitable<Chunk> Next() override {
    Chunk chunk;
    chunk.status = given_ ? Status::kFailed : Status::kChunk;
    chunk.octets = given_ ? std::string_view() : octets_;
    given_ = true;
    co_return chunk;
  }

 private:
  std::string octets_;
  bool given_ = false;
};

TEST(SmtpSessionDuringBody, AMessageThatCannotBeReadOrWrittenSafelyGetsNoTerminator) {  // I9, I13
  for (const char* octets : {"half a mess", "line\r\nbare\nLF\r\n"}) {
    SCOPED_TRACE(octets);
    SessionLab lab;
    ScriptedServer server({UpTo354() + ReadToEnd()});
    Job job;
    job.make_body = [octets] { return std::make_unique<FailingSource>(octets); };
    const SessionRun run = lab.RunJob(server, job);
    EXPECT_EQ(server.Finish(), "");
    EXPECT_EQ(run.outcome().verdict.disposition, kTransient);
    EXPECT_EQ(run.outcome().verdict.scope, Scope::kLocal);
    EXPECT_EQ(server.connections().at(0).received.find("\n.\r\n"), std::string::npos);
  }
}

// --- With a clock and a network of our own -------------------------------------------------------

class ManualClock final : public Clock {
 public:
  TimePoint Now() const override { return now; }
  TimePoint now;
};

// A network without one: replies are read as the script has them, and each write of the body takes
// so many octets and so long.
class PacedTransport final : public Transport {
 public:
  PacedTransport(ManualClock& clock, std::size_t octets_per_write, Duration write_takes)
      : clock_(clock), octets_per_write_(octets_per_write), write_takes_(write_takes) {}

  awaitable<IoResult> ReadSome(char* buffer, std::size_t size, TimePoint, Interrupt*) override {
    IoResult result;
    result.status = IoStatus::kClosed;
    if (!replies.empty() && replies.front().size() <= size) {
      result.status = IoStatus::kOk;
      result.octets = replies.front().copy(buffer, size);
      replies.pop_front();
    }
    co_return result;
  }

  awaitable<IoResult> WriteSome(std::string_view data, TimePoint deadline, Interrupt*) override {
    IoResult result;
    if (in_body_) {
      clock_.now = std::min(deadline, clock_.now + write_takes_);
      result.octets = std::min(data.size(), octets_per_write_);
    } else {
      result.octets = data.size();
    }
    if (result.octets == 0) result.status = IoStatus::kTimeout;
    written.append(data.substr(0, result.octets));
    if (data == "DATA\r\n") in_body_ = true;
    co_return result;
  }

  IoResult ReadAvailable(char* buffer, std::size_t size) override {
    IoResult result;
    if (in_body_ && !early.empty() && written.ends_with(early_after)) {
      result.octets = early.copy(buffer, size);
      early.clear();
    }
    return result;
  }
  void Close() override {}
  void WriteAndClose(std::string_view data) override { written += data; }
  const Endpoint& local() const override { return endpoint_; }
  const Endpoint& remote() const override { return endpoint_; }

  std::deque<std::string> replies = {"220 hi\r\n", "250 hi\r\n", "250 ok\r\n",
                                     "250 ok\r\n", "354 go\r\n", "250 taken\r\n"};
  std::string written;
  // Becomes readable, unasked, as soon as what was written ends in `early_after`.
  std::string early;
  std::string early_after;

 private:
  ManualClock& clock_;
  std::size_t octets_per_write_;
  Duration write_takes_;
  Endpoint endpoint_;
  bool in_body_ = false;
};

TEST(SmtpSessionPaced, ABodyThatTricklesIsGivenUpAfterItsFirstMinute) {  // I7
  const struct {
    std::size_t octets_a_second;
    Disposition disposition;
  } kRows[] = {{200, kTransient}, {300, kDelivered}};
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.octets_a_second);
    SessionLab lab;
    ManualClock clock;
    Job job;
    job.message = MessageOf(std::string(60000, 'x') + "\r\n");
    job.settings.timeouts.data = seconds(60);
    // One write in 200 ms: the watch interval, after which a write that waits is looked at again.
    const SessionRun run = lab.RunJob(
        std::make_unique<PacedTransport>(clock, row.octets_a_second / 5, milliseconds(200)), clock,
        job);
    EXPECT_EQ(run.outcome().verdict.disposition, row.disposition);
    if (row.disposition == kTransient) {
      EXPECT_EQ(run.outcome().verdict.reason, ClassifyEvent(Stage::kBody, Event::kTooSlow).reason);
      EXPECT_GT(clock.now - TimePoint(), seconds(60));
      EXPECT_LT(clock.now - TimePoint(), seconds(62));
    }
  }
}

TEST(SmtpSessionPaced, AReplyThatCameJustBeforeTheTerminatorIsNoDelivery) {  // I4, R6
  SessionLab lab;
  ManualClock clock;
  Job job;
  job.message = MessageOf("abc\r\n");
  auto transport = std::make_unique<PacedTransport>(clock, 1, milliseconds(1));
  transport->early = "250 2.0.0 queued\r\n";
  transport->early_after = "abc\r\n.";
  const SessionRun run = lab.RunJob(std::move(transport), clock, job);
  EXPECT_EQ(run.outcome().verdict.disposition, kTransient);
  EXPECT_NE(run.outcome().stage, Stage::kFinalReply);
}

// --- Group J: the terminator was sent ------------------------------------------------------------

struct AfterTerminator {
  const char* name;
  Script answer;
  Disposition disposition;
  bool usable = false;
};

TEST(SmtpSessionAfterTerminator, OnlyACompleteReplyDecides) {
  const std::string long_line = "250 " + std::string(6 * 1024, 'y') + "\r\n";
  const std::string longer_line = "250 " + std::string(200 * 1024, 'y') + "\r\n";
  std::string many_lines;
  for (int i = 0; i < 3000; ++i) many_lines += "250-line\r\n";
  const AfterTerminator kRows[] = {
      {"J1 250", {Send("250 2.0.0 ok\r\n"), Expect("QUIT")}, kDelivered, true},
      {"J1 bare 250", {Send("250\r\n"), Expect("QUIT")}, kDelivered, true},
      {"J1 LF only", {Send("250 ok\n"), Expect("QUIT")}, kDelivered, true},
      {"J1 251", {Send("251 ok\r\n"), Expect("QUIT")}, kDelivered, true},
      {"J1 NUL in text", {Send(std::string("250 a\0b\r\n", 9)), Expect("QUIT")}, kDelivered, true},
      {"J1 two segments",
       {Send("250-ok\r\n25"), fakes::Pause(milliseconds(30)), Send("0 ok\r\n"), Expect("QUIT")},
       kDelivered,
       true},
      {"J2 250, FIN", {Send("250 ok\r\n"), CloseBoth()}, kDelivered},
      {"J2 250, RST", {Send("250 ok\r\n"), Reset()}, kDelivered},
      {"J3 two replies", {Send("250 ok\r\n250 ok\r\n"), ExpectClose()}, kDelivered},
      {"J4 4xx", {Send("451 later\r\n"), Expect("QUIT")}, kTransient, true},
      {"J5 5xx", {Send("554 no\r\n"), Expect("QUIT")}, kPermanent, true},
      {"J6 421, close", {Send("421 bye\r\n"), CloseBoth()}, kTransient},
      {"J7 FIN", {CloseBoth()}, kUnknown},
      {"J8 RST", {Reset()}, kUnknown},
      {"J9 silence", {Stall()}, kUnknown},
      {"J10 cut code", {Send("25"), CloseBoth()}, kUnknown},
      {"J10 cut reply", {Send("250-ok\r\n"), CloseBoth()}, kUnknown},
      {"J12 354", {Send("354 go\r\n"), ExpectClose()}, kUnknown},
      {"J12 650", {Send("650 what\r\n"), ExpectClose()}, kUnknown},
      {"J13 garbage, 250", {Send("what?\r\n250 ok\r\n"), ExpectClose()}, kUnknown},
      {"J14 6 kB line", {Send(long_line)}, kDelivered},
      {"J14 200 kB line", {Send(longer_line.substr(0, 20000)), ExpectClose()}, kDelivered},
      {"J14 refused at length", {Send("554 " + long_line)}, kPermanent},
      {"J15 3000 lines", {Send(many_lines)}, kDelivered},
  };
  for (const AfterTerminator& row : kRows) {
    SCOPED_TRACE(row.name);
    SessionLab lab;
    ScriptedServer server({UpTo354() + ReadBody() + row.answer});
    Job job;
    job.settings.timeouts.data = milliseconds(400);
    const SessionRun run = lab.RunJob(server, job);
    EXPECT_EQ(server.Finish(), "");
    EXPECT_EQ(run.outcome().verdict.disposition, row.disposition);
    EXPECT_EQ(run.outcome().stage, Stage::kFinalReply);
    if (row.usable) {
      EXPECT_TRUE(run.usable_at_end);
    }
    EXPECT_EQ(run.outcome().verdict.next_host && row.disposition == kUnknown, false);  // R9
  }
}

TEST(SmtpSessionAfterTerminator, TheCutTextOfAnEndlessReplyIsKept) {  // J14
  SessionLab lab;
  ScriptedServer server({UpTo354() + ReadBody() + Send("250 queued " + std::string(6000, 'y'))});
  const SessionRun run = lab.RunJob(server);
  ASSERT_EQ(run.outcome().verdict.disposition, kDelivered);
  EXPECT_EQ(run.outcome().reply.value().code, 250);
  EXPECT_TRUE(run.outcome().reply.value().lines.at(0).starts_with("queued yyy"));
  EXPECT_FALSE(run.usable_at_end);
}

}  // namespace
}  // namespace postern::client
