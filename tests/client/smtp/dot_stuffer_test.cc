#include "client/smtp/dot_stuffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <random>
#include <vector>

namespace postern::client {
namespace {

using namespace std::string_literals;

// What goes over the wire for a message in these chunks; nullopt when it is refused.
std::optional<std::string> Stuff(const std::vector<std::string_view>& chunks) {
  DotStuffer stuffer;
  std::string out;
  for (const std::string_view chunk : chunks) {
    const std::string before = out;
    if (!stuffer.Append(chunk, out)) {
      EXPECT_EQ(out, before) << "nothing of a refused chunk may be sent";
      return std::nullopt;
    }
  }
  if (!stuffer.Finish(out)) return std::nullopt;
  return out;
}

// RFC 5321 4.5.2, the receiver's side, written without regard to ours.
std::string Received(std::string_view wire) {
  std::string message;
  for (;;) {
    const std::size_t end = wire.find("\r\n");
    std::string_view line = wire.substr(0, end);
    if (end == std::string_view::npos || line == ".") return message;
    if (line.starts_with('.')) line.remove_prefix(1);
    message.append(line).append("\r\n");
    wire.remove_prefix(end + 2);
  }
}

// Of the octets after DATA's own CRLF, which the first line of the message stands behind.
void ExpectInvariants(const std::string& emitted) {
  const std::string wire = "\r\n" + emitted;
  for (std::size_t i = 0; i < wire.size(); ++i) {
    ASSERT_NE(wire[i], '\0');
    if (wire[i] == '\n') {
      ASSERT_EQ(wire[i - 1], '\r');
    }
    if (wire[i] == '\r') {
      ASSERT_EQ(wire.at(i + 1), '\n');
    }
    const bool line_start = i >= 2 && wire[i - 1] == '\n';
    if (line_start && wire[i] == '.') {
      ASSERT_TRUE(wire.at(i + 1) == '.' || i + 3 == wire.size()) << "an undoubled dot at " << i;
    }
  }
  ASSERT_EQ(wire.find("\r\n.\r\n"), wire.size() - 5) << "once, at the end";
}

TEST(DotStufferTest, DotsAtLineStartsAreDoubledAndNoOthers) {  // I12
  const struct {
    std::string message;
    std::string wire;
  } kRows[] = {
      {"a\r\n", "a\r\n.\r\n"},
      {".\r\n", "..\r\n.\r\n"},
      {"..\r\n", "...\r\n.\r\n"},
      {".a\r\n.b\r\n", "..a\r\n..b\r\n.\r\n"},
      {"a.\r\n. \r\n", "a.\r\n.. \r\n.\r\n"},
      {"\r\n\r\n", "\r\n\r\n.\r\n"},
      {"\r\n.\r\n\r\n", "\r\n..\r\n\r\n.\r\n"},
      {"\xff\x7f\t.\r\n", "\xff\x7f\t.\r\n.\r\n"},
  };
  for (const auto& row : kRows) EXPECT_EQ(Stuff({row.message}), row.wire) << row.message;
}

TEST(DotStufferTest, AMissingFinalLineEndIsAdded) {  // I11
  EXPECT_EQ(Stuff({"a"}), "a\r\n.\r\n");
  EXPECT_EQ(Stuff({"."}), "..\r\n.\r\n");
  EXPECT_EQ(Stuff({"a\r\nb"}), "a\r\nb\r\n.\r\n");
}

TEST(DotStufferTest, AnEmptyMessageIsItsTerminator) {
  EXPECT_EQ(Stuff({}), ".\r\n");
  EXPECT_EQ(Stuff({"", ""}), ".\r\n");
}

TEST(DotStufferTest, WhatCouldSmuggleIsRefused) {  // I13, I14
  for (const std::string& message :
       {"a\nb\r\n"s, "\n"s, "a\rb\r\n"s, "\r"s, "a\r"s, "a\r\r\n"s, "\r\r"s, "a\n.\r\n"s,
        "a\n.\nb\r\n"s, "a\r.\r\nb\r\n"s, "a\r\n.\rb\r\n"s, "a\0b\r\n"s, "\0"s, "a\r\0\n"s,
        "a\r\n\n"s}) {
    EXPECT_EQ(Stuff({message}), std::nullopt) << message;
  }
}

TEST(DotStufferTest, EverySplitInThreeIsTheSame) {
  for (const std::string& message : {".\r\n..\r\n.x\r\nx.\r\n\r\n.\r\n"s, "a\r\n.b"s, "\r\n.\r\n"s,
                                     "a\r\n.\rb"s, "a\n.b"s, "ab\r"s, ".\0\r\n"s}) {
    const std::string_view all = message;
    const std::optional<std::string> whole = Stuff({all});
    for (std::size_t i = 0; i <= all.size(); ++i) {
      for (std::size_t j = i; j <= all.size(); ++j) {
        ASSERT_EQ(Stuff({all.substr(0, i), all.substr(i, j - i), all.substr(j)}), whole)
            << message << " split at " << i << " and " << j;
      }
    }
  }
}

// A message out of the octets that matter, in random chunks: refused, or sound on the wire and
// byte-exact at the other end.
TEST(DotStufferTest, RandomBodiesAreRefusedOrKeepTheInvariants) {
  static constexpr std::string_view kPieces[] = {".",    "\r\n", "\r\n.", "a",
                                                 "\xff", "..",   "\r",    "\n"};
  std::mt19937 random(20240609);
  std::size_t sent = 0;
  for (int round = 0; round < 20000; ++round) {
    // The last two pieces break a body; half of the rounds do without them.
    const std::size_t choices = std::size(kPieces) - (round % 2 == 0 ? 2 : 0);
    std::string message;
    for (std::size_t i = random() % 20; i > 0; --i) message += kPieces[random() % choices];
    std::vector<std::string_view> chunks;
    for (std::string_view rest = message; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(rest.size(), random() % 5);
      chunks.push_back(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    const std::optional<std::string> wire = Stuff(chunks);
    if (!wire) {
      ASSERT_NE(round % 2, 0) << "a body without a bare CR or LF was refused";
      continue;
    }
    ++sent;
    ASSERT_NO_FATAL_FAILURE(ExpectInvariants(*wire)) << message;
    const bool complete = message.empty() || message.ends_with("\r\n");
    ASSERT_EQ(Received(*wire), complete ? message : message + "\r\n");
  }
  EXPECT_GE(sent, 10000u);
}

TEST(DotStufferTest, ARefusalIsForGood) {
  DotStuffer stuffer;
  std::string out;
  ASSERT_TRUE(stuffer.Append("good\r\n", out));
  ASSERT_FALSE(stuffer.Append("bad\n", out));
  EXPECT_FALSE(stuffer.Append("good\r\n", out));
  EXPECT_FALSE(stuffer.Append("", out));
  EXPECT_FALSE(stuffer.Finish(out)) << "no terminator after half a message";
  EXPECT_EQ(out, "good\r\n");
}

TEST(DotStufferTest, NothingFollowsTheTerminator) {
  DotStuffer stuffer;
  std::string out;
  ASSERT_TRUE(stuffer.Append("a\r\n", out));
  ASSERT_TRUE(stuffer.Finish(out));
  EXPECT_FALSE(stuffer.Append("b\r\n", out));
  EXPECT_FALSE(stuffer.Finish(out));
  EXPECT_EQ(out, "a\r\n.\r\n");
}

TEST(DotStufferTest, WhatStandsInTheBufferStays) {
  DotStuffer stuffer;
  std::string out = "before ";
  ASSERT_FALSE(stuffer.Append("a\nb", out));
  EXPECT_EQ(out, "before ");
}

}  // namespace
}  // namespace postern::client
