#include "common/remote_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace postern {
namespace {

using namespace std::string_literals;

TEST(EscapeRemoteTextTest, OnlyWhatCouldDeceiveIsEscaped) {
  struct Case {
    std::string text;
    std::string escaped;
  };
  for (const Case& c : {
           Case{"", ""},
           Case{"550 5.1.1 No such user \\o/", "550 5.1.1 No such user \\o/"},
           Case{"a\r\nb\tc\0d"s, "a\\x0D\\x0Ab\\x09c\\x00d"},
           Case{"\x1B[31mred\x7F", "\\x1B[31mred\\x7F"},
           Case{"b\xC3\xBC"
                "cher \xE4\xBE\x8B \xF0\x9F\x93\xA7",
                "b\xC3\xBC"
                "cher \xE4\xBE\x8B \xF0\x9F\x93\xA7"},
           // C1, and the bidirectional overrides and isolates.
           Case{"\xC2\x85\xC2\x9B", "\\u{0085}\\u{009B}"},
           Case{"a\xE2\x80\xAE"
                "b\xE2\x81\xA6"
                "c\xE2\x80\xA8",
                "a\\u{202E}b\\u{2066}c\\u{2028}"},
           Case{"\xEF\xBB\xBF\xF3\xA0\x81\x81", "\\u{FEFF}\\u{E0041}"},
           // Not UTF-8 (RFC 3629 3): stray, cut short, overlong, a surrogate, above U+10FFFF.
           Case{"\x80\xBF", "\\x80\\xBF"},
           Case{"\xC3", "\\xC3"},
           Case{"\xE4\xBE", "\\xE4\\xBE"},
           Case{"\xC3(", "\\xC3("},
           Case{"\xF0\x9F\x93x", "\\xF0\\x9F\\x93x"},
           Case{"\xC0\xAF", "\\xC0\\xAF"},
           Case{"\xE0\x80\xAF", "\\xE0\\x80\\xAF"},
           Case{"\xF0\x80\x80\xAF", "\\xF0\\x80\\x80\\xAF"},
           Case{"\xED\xA0\x80", "\\xED\\xA0\\x80"},
           Case{"\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
           Case{"\xFF\xFE", "\\xFF\\xFE"},
       }) {
    EXPECT_EQ(EscapeRemoteText(c.text), c.escaped);
    EXPECT_TRUE(!IsPlainText(c.text) || c.text == c.escaped) << c.escaped;
  }
}

TEST(IsPlainTextTest, OnlyPrintableAsciiOfTheRightLengthIs) {
  EXPECT_TRUE(IsPlainText(""));
  EXPECT_TRUE(IsPlainText("2.0.0 Ok ~"));
  EXPECT_FALSE(IsPlainText("a\tb"));
  EXPECT_FALSE(IsPlainText("\x7F"));
  EXPECT_TRUE(IsPlainText("four", 4));
  EXPECT_FALSE(IsPlainText("four", 3));
}

TEST(EscapeRemoteTextTest, LongTextIsCutOnACharacterAndMarked) {
  struct Case {
    std::string text;
    std::size_t max;
    std::string escaped;
  };
  for (const Case& c : {
           Case{"abcdef", 6, "abcdef"},
           Case{"abcdefg", 6, "abc..."},
           Case{"abcdefg", 3, "..."},
           Case{"abcdefg", 2, ""},
           Case{"abc", 0, ""},
           Case{"", 0, ""},
           // Neither a character nor an escape is cut in two.
           Case{"a\xC3\xBC\xC3\xBC\xC3\xBC", 6, "a\xC3\xBC..."},
           Case{"a\xC3\xBC\xC3\xBC\xC3\xBC", 7, "a\xC3\xBC\xC3\xBC\xC3\xBC"},
           Case{"ab\n\n\n", 9, "ab\\x0A..."},
           Case{"ab\n\n\n", 8, "ab..."},
       }) {
    EXPECT_EQ(EscapeRemoteText(c.text, c.max), c.escaped) << c.text << " at " << c.max;
  }
  EXPECT_EQ(EscapeRemoteText(std::string(100'000, '\n')).size(), 4095u);
}

TEST(EscapeRemoteTextTest, TheResultIsNeverLongerThanAskedAndEscapingItAgainChangesNothing) {
  for (int octet = 0; octet < 256; ++octet) {
    const std::string text =
        "a" + std::string(1, static_cast<char>(octet)) + "\xC3\xBC\xE2\x80\xAE";
    for (std::size_t max = 0; max < 24; ++max) {
      const std::string escaped = EscapeRemoteText(text, max);
      ASSERT_LE(escaped.size(), max);
      ASSERT_EQ(EscapeRemoteText(escaped, max), escaped) << octet << " at " << max;
    }
  }
}

TEST(MaskMailboxTest, OnlyTheFirstCharacterOfTheLocalPartIsShown) {
  EXPECT_EQ(MaskMailbox("user@example.org"), "u***@example.org");
  EXPECT_EQ(MaskMailbox("u@example.org"), "u***@example.org");
  EXPECT_EQ(MaskMailbox("\"a@b\"@example.org"), "\"***@example.org");
  EXPECT_EQ(MaskMailbox("\xC3\xBC\xC3\xBC@example.org"), "\xC3\xBC***@example.org");
  EXPECT_EQ(MaskMailbox("\xFF\xFE@example.org"), "\xFF***@example.org");
  EXPECT_EQ(MaskMailbox("@example.org"), "***@example.org");
  EXPECT_EQ(MaskMailbox("no separator"), "***");
  EXPECT_EQ(MaskMailbox(""), "***");
}

}  // namespace
}  // namespace postern
