#include "client/session/transcript.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "tests/client/session/session_lab.h"

namespace postern::client {
namespace {

using fakes::CloseBoth;
using fakes::Ehlo;
using fakes::Expect;
using fakes::ExpectClose;
using fakes::ExpectPrefix;
using fakes::Greeting;
using fakes::Quit;
using fakes::ReadBody;
using fakes::ReadToEnd;
using fakes::Script;
using fakes::ScriptedServer;
using fakes::Send;
using fakes::SendByteByByte;
using fakes::SendWithFin;
using fakes::Stall;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

// "C: MAIL FROM:<...>", "S: 250 ok", "(what happened)".
Strings Shown(const std::vector<TranscriptLine>& lines) {
  Strings shown;
  for (const TranscriptLine& line : lines) {
    switch (line.speaker) {
      case TranscriptLine::Speaker::kClient:
        shown.push_back("C: " + line.text);
        break;
      case TranscriptLine::Speaker::kServer:
        shown.push_back("S: " + line.text);
        break;
      case TranscriptLine::Speaker::kNobody:
        shown.push_back("(" + line.text + ")");
        break;
    }
  }
  return shown;
}

TEST(TranscriptTest, LevelsDifferInWhatIsKept) {
  const TimePoint start{};
  Reply reply;
  reply.code = 250;
  reply.lines = {"first", "second"};
  for (const auto& [level, expected] : std::vector<std::pair<TranscriptLevel, Strings>>{
           {TranscriptLevel::kNone, {}},
           {TranscriptLevel::kCommands, {"C: A", "C: B", "S: 250-first", "S: hm", "(gone)"}},
           {TranscriptLevel::kFull,
            {"C: A", "C: B", "S: 250-first", "S: 250 second", "S: hm", "(gone)"}}}) {
    Transcript transcript(level, start);
    transcript.Said(start, "A\r\nB\r\n");
    transcript.Heard(start, reply);
    transcript.HeardOther(start, "hm");
    transcript.Happened(start, "gone");
    EXPECT_EQ(Shown(transcript.lines()), expected);
  }
}

TEST(TranscriptTest, TimesCountFromTheStart) {
  const TimePoint start = TimePoint{} + std::chrono::hours(1);
  Transcript transcript(TranscriptLevel::kFull, start);
  transcript.Said(start + milliseconds(3), "QUIT\r\n");
  EXPECT_EQ(transcript.lines().at(0).at, microseconds(3000));
}

TEST(TranscriptTest, ItIsBoundedAndSaysSo) {
  const TimePoint start{};
  Transcript lines(TranscriptLevel::kFull, start);
  for (std::size_t i = 0; i < 2 * Transcript::kMaxLines; ++i) lines.Said(start, "A\r\n");
  EXPECT_EQ(lines.lines().size(), Transcript::kMaxLines);
  EXPECT_EQ(lines.lines().back().speaker, TranscriptLine::Speaker::kNobody);

  Transcript octets(TranscriptLevel::kFull, start);
  for (int i = 0; i < 1000; ++i) octets.HeardOther(start, std::string(5000, 'x'));
  EXPECT_EQ(octets.lines().size(), Transcript::kMaxOctets / Transcript::kMaxLine + 1);
  EXPECT_EQ(octets.lines().front().text, std::string(Transcript::kMaxLine - 3, 'x') + "...");
  EXPECT_EQ(octets.lines().back().speaker, TranscriptLine::Speaker::kNobody);
}

class SessionTranscriptTest : public ::testing::Test {
 protected:
  Strings Of(const Script& script, TranscriptLevel level = TranscriptLevel::kFull) {
    ScriptedServer server({script});
    Job job;
    job.settings.transcript = level;
    job.settings.start = std::chrono::steady_clock::now();
    job.settings.timeouts.mail_from = milliseconds(100);
    const SessionRun run = lab_.RunJob(server, job);
    EXPECT_EQ(server.Finish(), "");
    for (std::size_t i = 1; i < run.transcript.size(); ++i)
      EXPECT_GE(run.transcript[i].at, run.transcript[i - 1].at);
    if (!run.transcript.empty()) {
      EXPECT_GE(run.transcript.front().at, microseconds(0));
    }
    return Shown(run.transcript);
  }

  SessionLab lab_;
};

TEST(TranscriptTest, ALineThatFitsIsNotMarkedAsCut) {
  Transcript transcript(TranscriptLevel::kFull, TimePoint{});
  const std::string line(Transcript::kMaxLine, 'x');
  transcript.HeardOther(TimePoint{}, line);
  EXPECT_EQ(transcript.lines().at(0).text, line);
}

TEST_F(SessionTranscriptTest, AWholeDialogueWithoutItsMessage) {
  const Script script = Script{SendByteByByte("220-one\r\n220 two\r\n")} +
                        Ehlo("250-PIPELINING\r\n") + ExpectPrefix("MAIL") + ExpectPrefix("RCPT") +
                        Expect("DATA") + Send("250 ok\r\n250 ok\r\n354 go\r\n") + ReadBody() +
                        Send("250 queued\r\n") + Quit();
  EXPECT_EQ(Of(script),
            (Strings{"S: 220-one", "S: 220 two", "C: EHLO client.example.org",
                     "S: 250-fake.example", "S: 250-PIPELINING", "S: 250 ENHANCEDSTATUSCODES",
                     "C: MAIL FROM:<sender@example.com>", "C: RCPT TO:<one@example.org>", "C: DATA",
                     "S: 250 ok", "S: 250 ok", "S: 354 go", "(25 octets of the message were sent)",
                     "S: 250 queued"}));
  const Strings commands = Of(script, TranscriptLevel::kCommands);
  EXPECT_EQ(commands.at(0), "S: 220-one");
  EXPECT_EQ(commands.at(1), "C: EHLO client.example.org");
  EXPECT_EQ(commands.at(2), "S: 250-fake.example");
  EXPECT_EQ(commands.at(3), "C: MAIL FROM:<sender@example.com>");
  EXPECT_TRUE(Of(script, TranscriptLevel::kNone).empty());
}

TEST_F(SessionTranscriptTest, WhatWentWrongIsShownAsItWas) {
  struct Row {
    Script script;
    std::string last;
  };
  const Script to_mail = Greeting() + Ehlo() + ExpectPrefix("MAIL");
  for (const Row& row : {
           Row{Script{Send("HTTP/1.1 400 Bad Request\r\n"), ReadToEnd()},
               "S: HTTP/1.1 400 Bad Request"},
           Row{to_mail + Send("250\tok\r\n") + ReadToEnd(), "S: 250\tok"},
           Row{to_mail + CloseBoth(), "(the connection was lost)"},
           Row{to_mail + Stall(), "(the time limit passed)"},
           Row{to_mail + Send("250 ok\r\n250 extra\r\n") + ExpectClose(), "S: 250 extra\r\n"},
       }) {
    const Strings shown = Of(row.script);
    ASSERT_FALSE(shown.empty());
    EXPECT_EQ(shown.back(), row.last);
  }
}

TEST_F(SessionTranscriptTest, AReplyThatNeverEndedIsShownAsFarAsItCame) {
  const Script begun = Greeting() + Ehlo() + ExpectPrefix("MAIL") + Send("250-first\r\n250 se");
  struct Row {
    Script script;
    Strings end;
  };
  for (const Row& row : {
           Row{begun + CloseBoth(), {"S: 250-first", "S: 250 se", "(the connection was lost)"}},
           Row{begun + Stall(), {"S: 250-first", "S: 250 se", "(the time limit passed)"}},
           Row{Greeting() + Ehlo() + ExpectPrefix("MAIL") + Send("250-first\r\n550 other\r\n") +
                   ReadToEnd(),
               {"C: MAIL FROM:<sender@example.com>", "S: 250-first", "S: 550 other"}},
       }) {
    const Strings shown = Of(row.script);
    ASSERT_GE(shown.size(), row.end.size());
    EXPECT_EQ(Strings(shown.end() - static_cast<std::ptrdiff_t>(row.end.size()), shown.end()),
              row.end);
  }
}

TEST_F(SessionTranscriptTest, AConnectionIsLostOnce) {
  const Script script = Greeting() + Ehlo() + ExpectPrefix("MAIL") + Send("250 ok\r\n") +
                        ExpectPrefix("RCPT") + Send("250 ok\r\n") + Expect("DATA") +
                        Send("354 go\r\n") + ReadBody() + SendWithFin("250 queued\r\n");
  const Strings shown = Of(script);
  EXPECT_EQ(std::ranges::count(shown, "(the connection was lost)"), 1);
}

}  // namespace
}  // namespace postern::client
