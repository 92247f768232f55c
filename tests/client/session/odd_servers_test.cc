// Servers that are odd and mean no harm, and what a session never does to any of them.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/session/body_source.h"
#include "tests/client/session/session_lab.h"
#include "tests/fakes/scripted_server.h"

// ASan keeps what was freed, up to 256 MB of it, which a test of peak memory must not measure. The
// name is ASan's.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "quarantine_size_mb=1"; }
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace postern::client {
namespace {

using namespace fakes;  // NOLINT(google-build-using-namespace): the steps of scripts

constexpr Disposition kDelivered = Disposition::kDelivered;
constexpr Disposition kTransient = Disposition::kTransientFailure;
constexpr Disposition kPermanent = Disposition::kPermanentFailure;
constexpr Disposition kUnknown = Disposition::kUnknown;

SessionRun Play(const Script& script, Job job = {}) {
  ScriptedServer server({script});
  SessionLab lab;
  SessionRun run = lab.RunJob(server, std::move(job));
  EXPECT_EQ(server.Finish(), "");
  return run;
}

Script Transaction() { return Mail() + Rcpt() + Data() + Quit(); }

TEST(OddServersTest, B17_AGreetingWithOurNameIsNoLoop) {
  const SessionRun run =
      Play(Script{Send("220 client.example.org ESMTP\r\n")} + Ehlo() + Transaction());
  EXPECT_EQ(run.outcome().verdict.disposition, kDelivered);
}

TEST(OddServersTest, C13_AnEhloReplyWithOurNameIsNoLoop) {
  const SessionRun run = Play(Greeting() + ExpectPrefix("EHLO") +
                              Send("250-client.example.org\r\n250 SIZE\r\n") + Transaction());
  EXPECT_EQ(run.outcome().verdict.disposition, kDelivered);
}

TEST(OddServersTest, B18_ALateGreetingIsWaitedForAndItsTimeIsKept) {
  constexpr std::chrono::milliseconds kDelay(30);
  const SessionRun run = Play(Script{Pause(kDelay)} + Greeting() + Ehlo() + Transaction());
  EXPECT_EQ(run.outcome().verdict.disposition, kDelivered);
  EXPECT_GE(run.timings[static_cast<std::size_t>(Stage::kGreeting)], kDelay);
}

// What comes behind a 421 is not taken for anybody's answer.
TEST(OddServersTest, G15_Whoever421IsSaidToTheRestIsPutOff) {
  Job job;
  job.recipients = {"a@example.org", "b@example.org", "c@example.org", "d@example.org"};
  const SessionRun run =
      Play(Greeting() + Ehlo("250-PIPELINING\r\n") + ExpectPrefix("MAIL") + ExpectPrefix("RCPT") +
               ExpectPrefix("RCPT") + ExpectPrefix("RCPT") + ExpectPrefix("RCPT") + Expect("DATA") +
               Send("250 ok\r\n250 ok\r\n550 no\r\n421 4.3.2 soon\r\n250 ok\r\n354 go\r\n") +
               ReadToEnd(),
           std::move(job));
  EXPECT_EQ(run.dispositions(),
            (std::vector<Disposition>{kTransient, kPermanent, kTransient, kTransient}));
  EXPECT_EQ(run.sent.at(0).outcomes[0].verdict.scope, Scope::kHost);
  EXPECT_FALSE(run.usable_at_end);
}

// The outcome is told when the limit passes, and the connection ends with it: a reply that comes
// later has nobody to speak to.
TEST(OddServersTest, J16_AfterTheLimitAReplyIsTooLate) {
  Job job;
  job.settings.timeouts.data = std::chrono::milliseconds(50);
  const SessionRun run = Play(Greeting() + Ehlo() + Mail() + Rcpt() + Expect("DATA") +
                                  Send("354 go\r\n") + ReadBody() + ExpectClose(),
                              std::move(job));
  EXPECT_EQ(run.outcome().verdict.disposition, kUnknown);
  EXPECT_EQ(run.outcome().verdict.reason, "TIMEOUT");
  EXPECT_FALSE(run.outcome().verdict.next_host);
}

TEST(OddServersTest, J20_NothingFollowsTheMessageBeforeItsReply) {
  const Step nothing_more = [](Conversation& conversation) {
    if (!conversation.recorded().received.ends_with("\r\n.\r\n"))
      conversation.Fail("something follows the message");
  };
  const SessionRun run =
      Play(Greeting() + Ehlo("250-PIPELINING\r\n") + ExpectPrefix("MAIL") + ExpectPrefix("RCPT") +
           Expect("DATA") + Send("250 ok\r\n250 ok\r\n354 go\r\n") + ReadBody() + nothing_more +
           Send("250 queued\r\n") + Quit());
  EXPECT_EQ(run.outcome().verdict.disposition, kDelivered);
}

// The script expects no command but those of the mail itself.
TEST(OddServersTest, M12_WhatIsNotForMailIsNeverUsed) {
  const SessionRun run = Play(Greeting() +
                              Ehlo("250-XCLIENT NAME ADDR\r\n250-XFORWARD NAME ADDR\r\n250-TURN\r\n"
                                   "250-ETRN\r\n250-VRFY\r\n250-EXPN\r\n250-ATRN\r\n") +
                              Transaction());
  EXPECT_EQ(run.outcome().verdict.disposition, kDelivered);
}

// The same chunk over and over.
class Repeated : public BodySource {
 public:
  explicit Repeated(std::size_t octets) : left_(octets / kChunk.size()) {}

  boost::asio::awaitable<Chunk> Next() override {
    if (left_ == 0) co_return Chunk{Status::kEnd, {}};
    --left_;
    co_return Chunk{Status::kChunk, kChunk};
  }

 private:
  static inline const std::string kChunk = [] {
    std::string chunk;
    while (chunk.size() < 64 * 1024) chunk += std::string(998, 'x') + "\r\n.\r\n";
    return chunk;
  }();
  std::size_t left_;
};

std::size_t PeakMemory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

TEST(OddServersTest, I20_AGigabyteTakesNoMoreMemoryThanAMegabyte) {
  const Step read_and_forget = [](Conversation& conversation) {
    std::string tail;
    while (!tail.ends_with("\r\n.\r\n")) {
      tail += conversation.Read(1 << 16);
      if (tail.size() > 5) tail.erase(0, tail.size() - 5);
      conversation.recorded().received.clear();
    }
  };
  const auto send = [&](std::size_t octets) {
    Job job;
    job.make_body = [octets] { return std::make_unique<Repeated>(octets); };
    const SessionRun run =
        Play(Greeting() + Ehlo() + Mail() + Rcpt() + Expect("DATA") + Send("354 go\r\n") +
                 read_and_forget + Send("250 ok\r\n") + Quit(),
             std::move(job));
    EXPECT_EQ(run.outcome().verdict.disposition, kDelivered);
  };
  send(std::size_t{1} << 20);
  const std::size_t before = PeakMemory();
  send(std::size_t{1} << 30);
  EXPECT_LT(PeakMemory() - before, std::size_t{32} << 20);
}

}  // namespace
}  // namespace postern::client
