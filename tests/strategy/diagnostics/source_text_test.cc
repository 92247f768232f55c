#include "strategy/diagnostics/source_text.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::strategy {
namespace {

TEST(SourceTextTest, LinesComeWithoutTheirEnds) {
  const SourceText source("p.toml", "one\ntwo\r\n\nfour");
  EXPECT_EQ(source.file(), "p.toml");
  EXPECT_EQ(source.Line(1), "one");
  EXPECT_EQ(source.Line(2), "two");
  EXPECT_EQ(source.Line(3), "");
  EXPECT_EQ(source.Line(4), "four");
}

TEST(SourceTextTest, ThereIsNoLineZeroAndNoneBehindTheLast) {
  const SourceText source("p.toml", "one\n");
  EXPECT_EQ(source.Line(0), "");
  EXPECT_EQ(source.Line(2), "");
  EXPECT_EQ(source.Line(3), "");
  EXPECT_EQ(source.Line(4'000'000'000U), "");
}

TEST(SourceTextTest, AnOffsetIsALineAndAColumnInOctets) {
  struct Case {
    std::size_t offset;
    Position position;
  };
  const SourceText source("p.toml",
                          "ab\n\xC3\xBC"
                          "c\nd");
  for (const Case& c : {
           Case{0, {1, 1}},
           Case{2, {1, 3}},  // the line end is the last column of its line
           Case{3, {2, 1}},
           Case{5, {2, 3}},
           Case{7, {3, 1}},
           Case{8, {3, 2}},
           Case{9, {3, 2}},
           Case{1'000'000, {3, 2}},
       }) {
    const Position at = source.At(c.offset);
    EXPECT_EQ(at, c.position) << c.offset << ": " << at.line << ":" << at.column;
  }
}

TEST(SourceTextTest, AByteOrderMarkIsDroppedAtTheStartOnly) {
  const SourceText source("p.toml",
                          "\xEF\xBB\xBF"
                          "a\n\xEF\xBB\xBF"
                          "b");
  EXPECT_EQ(source.text(),
            "a\n\xEF\xBB\xBF"
            "b");
  EXPECT_EQ(source.At(0), (Position{1, 1}));
  EXPECT_EQ(source.Line(2),
            "\xEF\xBB\xBF"
            "b");
}

TEST(SourceTextTest, AnEmptyTextHasOneEmptyLine) {
  const SourceText source("p.toml", "");
  EXPECT_EQ(source.Line(1), "");
  EXPECT_EQ(source.At(0), (Position{1, 1}));
  EXPECT_EQ(source.At(10), (Position{1, 1}));
}

TEST(SourceTextTest, AnyOctetsAreTaken) {
  using namespace std::string_literals;
  const SourceText source("p.toml", "\0\xFF\n\x80"s);
  EXPECT_EQ(source.Line(1), "\0\xFF"s);
  EXPECT_EQ(source.Line(2), "\x80");
}

TEST(SourceTextTest, ATextOfNothingButLineEndsIsNoHazard) {
  constexpr std::uint32_t kLines = 1'000'000;
  const SourceText source("p.toml", std::string(kLines, '\n'));
  EXPECT_EQ(source.At(kLines), (Position{kLines + 1, 1}));
  EXPECT_EQ(source.Line(kLines), "");
}

}  // namespace
}  // namespace postern::strategy
