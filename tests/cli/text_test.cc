#include "cli/text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace postern::cli {
namespace {

using Lines = std::vector<std::string>;

TEST(PrintableTest, NothingMovesTheCursorOrReordersALine) {
  struct Case {
    std::string text;
    std::string shown;
  };
  for (const Case& c : {
           Case{"plain 'text' \\x", "plain 'text' \\x"},
           Case{"gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x93\xAC",
                "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x93\xAC"},
           Case{"\x1b[2J\r\n\t", "\\x1B[2J\\x0D\\x0A\\x09"},
           Case{std::string("a\0b", 3), "a\\x00b"}, Case{"\x7F", "\\x7F"},
           Case{"\xC2\x9B", "\\xC2\\x9B"},           // C1: CSI
           Case{"\xE2\x80\xAE", "\\xE2\\x80\\xAE"},  // right-to-left override
           Case{"\xE2\x81\xA6", "\\xE2\\x81\\xA6"},  // left-to-right isolate
           Case{"\xE2\x80\xA8", "\\xE2\\x80\\xA8"},  // line separator
           Case{"\xFF"
                "a",
                "\\xFFa"},                                   // never in UTF-8
           Case{"\xE2\x82", "\\xE2\\x82"},                   // cut
           Case{"\xC0\xAF", "\\xC0\\xAF"},                   // overlong
           Case{"\xE0\x80\xAF", "\\xE0\\x80\\xAF"},          // overlong
           Case{"\xED\xA0\x80", "\\xED\\xA0\\x80"},          // surrogate
           Case{"\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"}  // beyond Unicode
       }) {
    EXPECT_EQ(Printable(c.text), c.shown);
  }
}

TEST(ColumnsTest, CountsCharactersAndNotOctets) {
  EXPECT_EQ(Columns("gr\xC3\xBC\xC3\x9F"), 4u);
  EXPECT_EQ(Padded("gr\xC3\xBC\xC3\x9F", 6), "gr\xC3\xBC\xC3\x9F  ");
  EXPECT_EQ(Padded("longer", 3), "longer");
}

TEST(ShortenedTest, SaysHowMuchThereIs) {
  EXPECT_EQ(Shortened("short", 5), "short");
  EXPECT_EQ(Shortened(std::string(1200, 'x'), 40), std::string(18, 'x') + "... (1,200 characters)");
  EXPECT_EQ(
      Shortened("\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC", 8),
      "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC... (9 characters)");
}

TEST(PartsOfTest, AnExpressionIsBrokenOnlyWhereItMay) {
  struct Case {
    std::string expression;
    std::size_t columns;
    Lines parts;
  };
  for (const Case& c : {
           Case{"", 10, {}},
           Case{"retry_num  > 3", 80, {"retry_num > 3"}},
           Case{"a == 'b c' && d", 10, {"a == 'b c'", "&& d"}},
           Case{"a || b && c", 80, {"a", "|| b", "&& c"}},
           Case{"a == 'b && c'", 80, {"a == 'b && c'"}},
           Case{"a == 'it\\'s || x' || y", 80, {"a == 'it\\'s || x'", "|| y"}},
           Case{"a == \"it's\" || y", 80, {"a == \"it's\"", "|| y"}},
           Case{"abc + def + 'g h'", 9, {"abc + def", "+ 'g h'"}},
           Case{"'never closed && x", 80, {"'never closed && x"}},
           Case{"'ends in \\", 80, {"'ends in \\"}},
       }) {
    EXPECT_EQ(PartsOf(c.expression, c.columns), c.parts) << c.expression;
  }
}

TEST(FlowTest, PiecesAreJoinedAndNeverBroken) {
  EXPECT_EQ(Flow({"aa", "bb", "cc"}, 5, 5), (Lines{"aa bb", "cc"}));
  EXPECT_EQ(Flow({"aa", "bb", "cc"}, 8, 4), (Lines{"aa", "bb cc"}));
  EXPECT_EQ(Flow({"a", "much too long", "b"}, 4, 4), (Lines{"a", "much too long", "b"}));
  EXPECT_EQ(Flow({}, 4, 4), Lines{});
  EXPECT_EQ(WordsOf(" a  b "), (Lines{"a", "b"}));
}

TEST(HumanDurationTest, IsWrittenAsInAPolicy) {
  struct Case {
    std::int64_t seconds;
    std::int32_t nanos;
    std::string text;
  };
  for (const Case& c :
       {Case{0, 0, "0s"}, Case{300, 0, "5m"}, Case{90, 0, "1m30s"}, Case{0, 250000000, "250ms"},
        Case{1, 500000000, "1s500ms"}, Case{90061, 0, "1d1h1m1s"}, Case{0, 999999, "0s"}}) {
    google::protobuf::Duration duration;
    duration.set_seconds(c.seconds);
    duration.set_nanos(c.nanos);
    EXPECT_EQ(HumanDuration(duration), c.text);
  }
}

TEST(TerminalTest, PaintsOnlyWhereThereIsColour) {
  EXPECT_EQ((Terminal{.colour = false}).Paint(Tone::kBad, "no"), "no");
  EXPECT_EQ((Terminal{.colour = true}).Paint(Tone::kDim, "no"), "\x1b[2mno\x1b[0m");
  EXPECT_EQ((Terminal{.colour = true}).Paint(Tone::kPlain, "no"), "no");
}

}  // namespace
}  // namespace postern::cli
