#include "common/message.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace postern {
namespace {

using Result = std::variant<std::shared_ptr<const Message>, MessageDefect>;
using Kind = MessageDefect::Kind;
using namespace std::string_literals;

const Message& Good(const Result& result) {
  static const auto* const kNothing =
      new std::shared_ptr<const Message>(std::get<0>(Message::FromRaw("a defect\r\n")));
  const auto* message = std::get_if<0>(&result);
  if (message != nullptr) return **message;
  ADD_FAILURE() << std::get<1>(result).ToString();
  return **kNothing;
}

TEST(MessageTest, RawOctetsStayAndOnlyAMissingFinalLineEndIsAdded) {
  struct Case {
    std::string raw;
    std::string octets;
    std::size_t longest_line;
    bool eight_bit;
  };
  for (const Case& c : {
           Case{"a: b\r\n\r\nhello\r\n", "a: b\r\n\r\nhello\r\n", 5, false},
           Case{"no final line end", "no final line end\r\n", 17, false},
           Case{"short\r\nand the longest", "short\r\nand the longest\r\n", 15, false},
           Case{"\r\n", "\r\n", 0, false},
           Case{"\r\n\r\n\r\n", "\r\n\r\n\r\n", 0, false},
           Case{".\r\n..\r\n.", ".\r\n..\r\n.\r\n", 2, false},
           Case{"caf\xC3\xA9\r\n", "caf\xC3\xA9\r\n", 5, true},
           Case{"a\r\nb\x80", "a\r\nb\x80\r\n", 2, true},
           Case{"\x7F\x01\t\r\n", "\x7F\x01\t\r\n", 3, false},
           Case{std::string(5000, 'x') + "\r\ny", std::string(5000, 'x') + "\r\ny\r\n", 5000,
                false},
       }) {
    const Result result = Message::FromRaw(c.raw);
    const Message& message = Good(result);
    EXPECT_EQ(message.octets(), c.octets);
    EXPECT_EQ(message.size(), c.octets.size());
    EXPECT_EQ(message.longest_line(), c.longest_line);
    EXPECT_EQ(message.has_eight_bit(), c.eight_bit);
  }
}

TEST(MessageTest, AnEightBitOctetIsSeenWhereverItStands) {
  for (std::size_t at = 0; at < 40; ++at) {
    std::string raw(40, 'x');
    raw[at] = '\x80';
    EXPECT_TRUE(Good(Message::FromRaw(raw)).has_eight_bit()) << at;
    raw[at] = '\x7F';
    EXPECT_FALSE(Good(Message::FromRaw(raw)).has_eight_bit()) << at;
  }
}

TEST(MessageTest, TheLowestBadOctetIsReported) {
  struct Case {
    std::string raw;
    Kind kind;
    std::size_t offset;
  };
  for (const Case& c : {
           Case{"", Kind::kEmpty, 0},
           Case{"\n", Kind::kBareLineFeed, 0},
           Case{"\r", Kind::kBareCarriageReturn, 0},
           Case{"\0"s, Kind::kNul, 0},
           Case{"a\r\nb\n", Kind::kBareLineFeed, 4},
           Case{"a\r\n\nb", Kind::kBareLineFeed, 3},
           Case{"a\r\nb\r", Kind::kBareCarriageReturn, 4},
           Case{"a\rb\r\n", Kind::kBareCarriageReturn, 1},
           Case{"a\r\r\nb", Kind::kBareCarriageReturn, 1},
           Case{"a\n\r\n", Kind::kBareLineFeed, 1},
           Case{"a\r\nb\0c\r\n"s, Kind::kNul, 4},
           // Several on one line: the first counts, whichever it is.
           Case{"a\0b\rc\n"s, Kind::kNul, 1},
           Case{"a\rb\0c\n"s, Kind::kBareCarriageReturn, 1},
           Case{"a\0\r\n"s, Kind::kNul, 1},
           Case{"a\r\0\n"s, Kind::kBareCarriageReturn, 1},
           Case{"a\n\0\r"s, Kind::kBareLineFeed, 1},
           // The smuggling sequences (CVE-2023-51764 and its kin).
           Case{"a\r\n.\n", Kind::kBareLineFeed, 4},
           Case{"a\n.\r\n", Kind::kBareLineFeed, 1},
           Case{"a\n.\n", Kind::kBareLineFeed, 1},
           Case{"a\r\n.\r", Kind::kBareCarriageReturn, 4},
           Case{"a\r.\r\n", Kind::kBareCarriageReturn, 1},
       }) {
    const Result result = Message::FromRaw(c.raw);
    const auto* defect = std::get_if<MessageDefect>(&result);
    ASSERT_NE(defect, nullptr) << testing::PrintToString(c.raw);
    EXPECT_EQ(defect->kind, c.kind) << testing::PrintToString(c.raw);
    EXPECT_EQ(defect->offset, c.offset) << testing::PrintToString(c.raw);
  }
}

// The rules once more, an octet at a time.
Result SlowFromRaw(const std::string& raw) {
  if (raw.empty()) return MessageDefect{Kind::kEmpty, 0};
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\0') return MessageDefect{Kind::kNul, i};
    if (raw[i] == '\n' && (i == 0 || raw[i - 1] != '\r'))
      return MessageDefect{Kind::kBareLineFeed, i};
    if (raw[i] == '\r' && (i + 1 == raw.size() || raw[i + 1] != '\n'))
      return MessageDefect{Kind::kBareCarriageReturn, i};
  }
  return std::shared_ptr<const Message>();
}

TEST(MessageTest, EveryTextOfUpToSixOctetsIsJudgedAsTheSlowRulesSay) {
  static constexpr char kAlphabet[] = {'a', '\r', '\n', '\0', '.'};
  std::size_t count = 1;
  for (int length = 0; length <= 6; ++length, count *= 5) {
    for (std::size_t n = 0; n < count; ++n) {
      std::string raw;
      for (std::size_t rest = n; raw.size() < static_cast<std::size_t>(length); rest /= 5) {
        raw += kAlphabet[rest % 5];
      }
      const Result result = Message::FromRaw(raw);
      const Result expected = SlowFromRaw(raw);
      ASSERT_EQ(result.index(), expected.index()) << testing::PrintToString(raw);
      if (const auto* defect = std::get_if<MessageDefect>(&expected)) {
        ASSERT_EQ(std::get<1>(result).kind, defect->kind) << testing::PrintToString(raw);
        ASSERT_EQ(std::get<1>(result).offset, defect->offset) << testing::PrintToString(raw);
      }
    }
  }
}

TEST(MessageTest, TextGetsCrlfForEveryKindOfLineEnd) {
  struct Case {
    std::string text;
    std::string octets;
  };
  for (const Case& c : {
           Case{"a\nb\n", "a\r\nb\r\n"},
           Case{"a\r\nb", "a\r\nb\r\n"},
           Case{"a\rb\r", "a\r\nb\r\n"},
           Case{"\n", "\r\n"},
           Case{"\r", "\r\n"},
           Case{"\n\n", "\r\n\r\n"},
           Case{"\r\r\n", "\r\n\r\n"},
           Case{"\n\r", "\r\n\r\n"},
           Case{"a\r\n\n\rb", "a\r\n\r\n\r\nb\r\n"},
           Case{"a\n\nb\r\rc\r\n\r\nd", "a\r\n\r\nb\r\n\r\nc\r\n\r\nd\r\n"},
       }) {
    const Result result = Message::FromText(c.text);
    EXPECT_EQ(Good(result).octets(), c.octets) << testing::PrintToString(c.text);
  }
}

TEST(MessageTest, AnEmptyTextAndANulAreDefectsWithTheCallersOffset) {
  const Result empty = Message::FromText("");
  EXPECT_EQ(std::get<MessageDefect>(empty).kind, Kind::kEmpty);
  const Result nul = Message::FromText(std::string_view("a\nb\n\0c", 6));
  EXPECT_EQ(std::get<MessageDefect>(nul).kind, Kind::kNul);
  EXPECT_EQ(std::get<MessageDefect>(nul).offset, 4u);
}

TEST(MessageTest, ALargeTextOfOnlyOneKindOfLineEndIsDoneInLinearTime) {
  // Quadratic work here would be 10^13 steps, and the test would time out.
  constexpr std::size_t kLines = 4'000'000;
  for (const char line_end : {'\r', '\n'}) {
    const Result result = Message::FromText(std::string(kLines, line_end));
    EXPECT_EQ(Good(result).size(), 2 * kLines);
  }
}

TEST(MessageDefectTest, TheSentenceNamesOctetAndRemedy) {
  EXPECT_EQ((MessageDefect{Kind::kBareLineFeed, 17}).ToString(),
            "a bare LF at octet 17; every line must end in CRLF");
  EXPECT_EQ((MessageDefect{Kind::kBareCarriageReturn, 0}).ToString(),
            "a bare CR at octet 0; every line must end in CRLF");
  EXPECT_EQ((MessageDefect{Kind::kNul, 3}).ToString(), "a NUL at octet 3; SMTP cannot carry it");
  EXPECT_EQ((MessageDefect{Kind::kEmpty, 0}).ToString(), "the message is empty");
}

}  // namespace
}  // namespace postern
