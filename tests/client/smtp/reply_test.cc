#include "client/smtp/reply.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace postern::client {
namespace {

using namespace std::string_literals;
using Result = ReplyParser::Result;

// What a parser made of some octets: its replies, and how it ended.
struct Reading {
  std::vector<Reply> replies;
  Result end = Result::kNeedMore;
  int code = 0;
  bool mid_reply = false;
  std::string offending;
};

bool operator==(const Reading& a, const Reading& b) {
  const auto same = [](const Reply& x, const Reply& y) {
    return x.code == y.code && x.lines == y.lines && x.enhanced == y.enhanced;
  };
  return std::ranges::equal(a.replies, b.replies, same) && a.end == b.end && a.code == b.code &&
         a.mid_reply == b.mid_reply && a.offending == b.offending;
}

// Feeds one segment, as a session does: reply by reply.
void FeedAll(ReplyParser& parser, std::string_view segment, Reading& reading) {
  while (reading.end == Result::kNeedMore) {
    const Result result = parser.Feed(segment);
    if (result == Result::kReply) {
      reading.replies.push_back(parser.TakeReply());
      continue;
    }
    reading.end = result;
    break;
  }
  if (reading.end == Result::kNeedMore) {
    EXPECT_TRUE(segment.empty());
  }
}

Reading Read(const std::vector<std::string_view>& segments, ReplyLimits limits = {}) {
  ReplyParser parser(limits);
  Reading reading;
  for (const std::string_view segment : segments) FeedAll(parser, segment, reading);
  reading.code = parser.code();
  reading.mid_reply = parser.mid_reply();
  reading.offending = parser.offending();
  return reading;
}

Reading ReadWhole(std::string_view octets, ReplyLimits limits = {}) {
  return Read({octets}, limits);
}

// --- What is a reply -----------------------------------------------------------------------------

struct Good {
  std::string octets;
  int code;
  std::vector<std::string> lines;
};

TEST(ReplyParserTest, RepliesAreRead) {
  for (const Good& c : {
           Good{"250 ok\r\n", 250, {"ok"}},
           Good{"250\r\n", 250, {""}},
           Good{"250 \r\n", 250, {""}},
           Good{"250-\r\n250 \r\n", 250, {"", ""}},
           Good{"220-mx.example\r\n220-two\r\n220 three\r\n", 220, {"mx.example", "two", "three"}},
           Good{"250-a\r\n250\r\n", 250, {"a", ""}},
           Good{"250  two blanks - here\r\n", 250, {" two blanks - here"}},
           // LF only, and mixed (B1, J1).
           Good{"250 ok\n", 250, {"ok"}},
           Good{"250\n", 250, {""}},
           Good{"250-a\n250 b\r\n", 250, {"a", "b"}},
           // M4: any code of these hundreds.
           Good{"299 odd\r\n", 299, {"odd"}},
           Good{"599 odd\r\n", 599, {"odd"}},
           Good{"390 odd\r\n", 390, {"odd"}},
           // B16, M6: whatever stands in the text is kept raw.
           Good{"250 a\0b\r\n"s, 250, {"a\0b"s}},
           Good{"250 a\rb\r\r\n", 250, {"a\rb\r"}},
           Good{"250 \x1b[31m\x7f\x0b\xff\xe2\x80\xae\r\n",
                250,
                {"\x1b[31m\x7f\x0b\xff\xe2\x80\xae"}},
       }) {
    const Reading reading = ReadWhole(c.octets);
    ASSERT_EQ(reading.replies.size(), 1u) << c.octets;
    EXPECT_EQ(reading.replies[0].code, c.code) << c.octets;
    EXPECT_EQ(reading.replies[0].lines, c.lines) << c.octets;
    EXPECT_EQ(reading.end, Result::kNeedMore);
    EXPECT_FALSE(reading.mid_reply);
    EXPECT_EQ(reading.code, 0) << "the next reply has none yet";
  }
}

struct Bad {
  std::string octets;
  std::string offending;
};

// M2, B7, B9, B10: and each is seen at its first wrong octet, for no line end may ever come.
TEST(ReplyParserTest, WhatCannotBecomeAReplyIsMalformedAtItsFirstWrongOctet) {
  for (const Bad& c : {
           Bad{"25 ok\r\n", "25 "},
           Bad{"2500 ok\r\n", "2500"},
           Bad{"250\tok\r\n", "250\t"},
           Bad{"250~ok\r\n", "250~"},
           Bad{" 250 ok\r\n", " "},
           Bad{"+250 ok\r\n", "+"},
           Bad{"-250 ok\r\n", "-"},
           Bad{"\xd9\xa2\xd9\xa5\xd9\xa0 ok\r\n", "\xd9"},  // Arabic-Indic digits
           Bad{"2\xd9\xa5 ok\r\n", "2\xd9"},
           Bad{"250\0ok\r\n"s, "250\0"s},
           Bad{"250\rok\r\n", "250\ro"},
           Bad{"250\r\r\n", "250\r\r"},
           Bad{"\r\n", "\r"},
           Bad{"\n", "\n"},
           Bad{"2\r\n", "2\r"},
           Bad{"25\n", "25\n"},
           Bad{"050 ok\r\n", "0"},
           Bad{"150 wait\r\n", "1"},
           Bad{"650 what\r\n", "6"},
           Bad{"HTTP/1.1 400 Bad Request\r\n", "H"},
           Bad{"SSH-2.0-OpenSSH_9.2\r\n", "S"},
           Bad{"\x15\x03\x01\x00\x02\x02\x32"s, "\x15"},  // a TLS alert
           Bad{"250-ok\r\nwhat?\r\n250 ok\r\n", "w"},
           Bad{"250-ok\r\n\r\n250 ok\r\n", "\r"},
       }) {
    const Reading reading = ReadWhole(c.octets);
    EXPECT_EQ(reading.end, Result::kMalformed) << c.octets;
    EXPECT_TRUE(reading.replies.empty()) << c.octets;
    EXPECT_EQ(reading.offending, c.offending) << c.octets;
  }
}

TEST(ReplyParserTest, LinesWithDifferentCodesAreInconsistent) {  // C7, G21, M7
  for (const char* octets :
       {"450-later\r\n550 never\r\n", "550-never\r\n250 ok\r\n", "250-a\r\n250-b\r\n251 c\r\n",
        "250-a\n550\n", "250-a\r\n550\r\n", "250-a\r\n550-b\r\n250 c\r\n"}) {
    const Reading reading = ReadWhole(octets);
    EXPECT_EQ(reading.end, Result::kInconsistent) << octets;
    EXPECT_TRUE(reading.replies.empty()) << octets;
  }
}

TEST(ReplyParserTest, AReplyWithoutItsLineEndIsNone) {  // M3, J10
  for (const char* octets : {"2", "25", "250", "250\r", "250 ok", "250 ok\r", "250-ok\r\n",
                             "250-ok\r\n250", "250-ok\r\n250 bye\r"}) {
    const Reading reading = ReadWhole(octets);
    EXPECT_EQ(reading.end, Result::kNeedMore) << octets;
    EXPECT_TRUE(reading.replies.empty()) << octets;
    EXPECT_TRUE(reading.mid_reply) << octets;
  }
}

// --- M1 ------------------------------------------------------------------------------------------

const std::vector<std::string>& Dialogues() {
  static const std::vector<std::string> dialogues = {
      "220 mx.example ESMTP\r\n250-mx\r\n250-SIZE 1000\r\n250 DSN\r\n354 go\r\n",
      "250\r\n250\n250-\n250-x\r\n250 y\r\n",
      "550 5.1.1 no\r\n250 2.1.5 ok\r\n452 4.5.3 many\r\n",
      "250 a\rb\r\r\n421 bye\r\n",
      "250 ok\r\nwhat?\r\n250 ok\r\n",
      "250-a\r\n550 b\r\n250 c\r\n",
      "250 ok\r\n2500 no\r\n",
      "250-unfinished\r\n250 ye",
      "250 0123456789\r\n",  // too long for the small limits below
      "250-a\r\n250-b\r\n250-c\r\n250 d\r\n",
      "250\r\n250\ra",
  };
  return dialogues;
}

constexpr ReplyLimits kSmall = {.max_line = 12, .max_lines = 3, .max_octets = 24};

TEST(ReplyParserTest, EverySplitInThreeMeansTheSame) {  // M1
  for (const ReplyLimits limits : {ReplyLimits{}, kSmall}) {
    for (const std::string& dialogue : Dialogues()) {
      const std::string_view all = dialogue;
      const Reading whole = ReadWhole(all, limits);
      for (std::size_t i = 0; i <= all.size(); ++i) {
        for (std::size_t j = i; j <= all.size(); ++j) {
          ASSERT_TRUE(Read({all.substr(0, i), all.substr(i, j - i), all.substr(j)}, limits) ==
                      whole)
              << dialogue << " split at " << i << " and " << j;
        }
      }
    }
  }
}

TEST(ReplyParserTest, OctetByOctetMeansTheSame) {  // M1
  for (const std::string& dialogue : Dialogues()) {
    std::vector<std::string_view> octets;
    for (const char& c : dialogue) octets.emplace_back(&c, 1);
    EXPECT_TRUE(Read(octets) == ReadWhole(dialogue)) << dialogue;
  }
}

TEST(ReplyParserTest, SeveralRepliesInOneSegmentAreGivenOneByOne) {
  std::string_view input = "250 a\r\n550 b\r\n35";
  ReplyParser parser;
  ASSERT_EQ(parser.Feed(input), Result::kReply);
  EXPECT_EQ(input, "550 b\r\n35") << "the rest is left";
  EXPECT_EQ(parser.TakeReply().code, 250);
  ASSERT_EQ(parser.Feed(input), Result::kReply);
  EXPECT_EQ(parser.TakeReply().code, 550);
  EXPECT_FALSE(parser.mid_reply());
  EXPECT_EQ(parser.Feed(input), Result::kNeedMore);
  EXPECT_TRUE(input.empty());
  EXPECT_TRUE(parser.mid_reply());
}

TEST(ReplyParserTest, TheCodeIsKnownWithItsSeparatorAndNotBefore) {
  ReplyParser parser;
  std::string_view input = "250";
  parser.Feed(input);
  EXPECT_EQ(parser.code(), 0);
  input = "-";
  parser.Feed(input);
  EXPECT_EQ(parser.code(), 250);
}

TEST(ReplyParserTest, AFailedParserStaysFailed) {
  for (const char* octets : {"what?\r\n", "250-a\r\n550 b\r\n"}) {
    ReplyParser parser;
    std::string_view input = octets;
    const Result failure = parser.Feed(input);
    ASSERT_NE(failure, Result::kReply);
    std::string_view good = "250 ok\r\n";
    EXPECT_EQ(parser.Feed(good), failure);
    EXPECT_EQ(good, "250 ok\r\n") << "nothing more is consumed";
  }
}

// --- The budgets ---------------------------------------------------------------------------------

TEST(ReplyParserTest, ALineOfThe4KiBIsTakenAndOneOctetMoreIsNot) {  // B14, J14, M8, M9
  const std::string fits = "250 " + std::string(4096 - 5, 'x') + "\r";
  ASSERT_EQ(fits.size(), ReplyLimits{}.max_line);
  EXPECT_EQ(ReadWhole(fits + "\n").replies.size(), 1u);
  const Reading reading = ReadWhole("250 " + std::string(4096 - 4, 'x') + "\r\n");
  EXPECT_EQ(reading.end, Result::kTooLong);
  EXPECT_EQ(reading.code, 250) << "the code is known (J14)";
  EXPECT_EQ(reading.offending, "250 " + std::string(252, 'x')) << "at most 256 octets are kept";
}

TEST(ReplyParserTest, AHundredLinesAreTakenAndOneMoreIsNot) {  // B14, C11, J15
  std::string lines;
  for (int i = 0; i < 99; ++i) lines += "250-line\r\n";
  EXPECT_EQ(ReadWhole(lines + "250 last\r\n").replies.at(0).lines.size(), 100u);
  const Reading reading = ReadWhole(lines + "250-one more\r\n");
  EXPECT_EQ(reading.end, Result::kTooLong);
  EXPECT_EQ(reading.code, 250);
  EXPECT_EQ(reading.offending, "250-one more\r");
}

TEST(ReplyParserTest, AReplyOf64KiBIsTakenAndOneOctetMoreIsNot) {  // B14
  std::string octets;
  while (octets.size() < 15 * 4096) octets += "250-" + std::string(4096 - 6, 'x') + "\r\n";
  ASSERT_EQ(octets.size(), 15u * 4096);
  const std::string last = "250 " + std::string(4096 - 6, 'x') + "\r\n";
  EXPECT_EQ(ReadWhole(octets + last).replies.size(), 1u);
  const Reading reading = ReadWhole("250-" + octets.substr(0, 2) + "\r\n" + octets + last);
  EXPECT_EQ(reading.end, Result::kTooLong);
}

TEST(ReplyParserTest, TheBudgetIsEachRepliesOwn) {
  ReplyParser parser(kSmall);
  std::string_view input = "250 12345\r\n250 12345\r\n250 12345\r\n250 12345\r\n";
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(parser.Feed(input), Result::kReply) << i;
    parser.TakeReply();
  }
}

// --- Enhanced codes ------------------------------------------------------------------------------

TEST(EnhancedCodeTest, IsReadAtTheFrontOfTheTextAndNowhereElse) {
  struct Case {
    std::string text;
    std::string code;
  };
  for (const Case& c : {
           Case{"5.1.1 no such user", "5.1.1"},
           Case{"5.1.1", "5.1.1"},  // G23: and no further
           Case{"5.7.2", "5.7.2"},
           Case{"2.0.0\tok", "2.0.0"},
           Case{"4.7.500 later", "4.7.500"},
           Case{"5.999.999 far", "5.999.999"},
           Case{"", ""},
           Case{"5", ""},
           Case{"5.", ""},
           Case{"5.1", ""},
           Case{"5.1.", ""},
           Case{"5.1 x", ""},
           Case{"55.1.1 x", ""},
           Case{"5.1.1x", ""},
           Case{"5.1.1.1 x", ""},
           Case{"5.1.1-x", ""},
           Case{"5..1 x", ""},
           Case{"5.1000.1 x", ""},
           Case{"5.1.1000 x", ""},
           Case{"3.1.1 x", ""},
           Case{"0.0.0 x", ""},
           Case{"9.1.1 x", ""},
           Case{" 5.1.1 x", ""},
           Case{"x 5.1.1", ""},
           Case{"99999999999999999999.1.1", ""},
       }) {
    EXPECT_EQ(ParseEnhancedCode(c.text).ToString(), c.code) << c.text;
  }
}

TEST(EnhancedCodeTest, IsReadOfAViewWithoutAnOctetBehindIt) {  // G23
  const std::vector<char> exact = {'5', '.', '1', '.', '1'};
  EXPECT_EQ(ParseEnhancedCode({exact.data(), exact.size()}).ToString(), "5.1.1");
}

TEST(EnhancedCodeTest, TheBasicCodeWins) {  // M5, G22
  struct Case {
    std::string octets;
    std::string code;
  };
  for (const Case& c : {
           Case{"550 5.1.1 no\r\n", "5.1.1"},
           Case{"550 5.7.2\r\n", "5.7.2"},
           Case{"550 5.7.2\n", "5.7.2"},
           Case{"550 4.1.1 no\r\n", "5.0.0"},
           Case{"450 5.1.1 no\r\n", "4.0.0"},
           Case{"550 2.0.0 no\r\n", "5.0.0"},
           Case{"250 5.1.0 ok\r\n", "2.0.0"},  // F12
           Case{"550 5.999.999 no\r\n", "5.0.0"},
           Case{"550 5.8.1 no\r\n", "5.0.0"},
           Case{"550 5.7.606 no\r\n", "5.7.606"},
           Case{"550 5.1 no\r\n", ""},
           Case{"550 55.1.1 no\r\n", ""},
           Case{"550 5.1.1x no\r\n", ""},
           Case{"550 no\r\n", ""},
           Case{"354 2.0.0 go\r\n", ""},  // RFC 2034 4
           Case{"550-5.1.1 no\r\n550 5.1.2 never\r\n", "5.1.1"},
           Case{"550-hello\r\n550 5.1.2 never\r\n", "5.1.2"},
       }) {
    const Reply reply = ReadWhole(c.octets).replies.at(0);
    EXPECT_EQ(reply.enhanced.ToString(), c.code) << c.octets;
  }
}

TEST(EnhancedCodeTest, TheRawTextIsKept) {  // M5
  EXPECT_EQ(ReadWhole("550 4.1.1 no\r\n").replies.at(0).lines.at(0), "4.1.1 no");
}

}  // namespace
}  // namespace postern::client
