#include "strategy/expr/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/strategy/diagnostics/brief.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A value of this text in double quotes, at line 3, column 9.
SourceRange PlaceOf(const std::string& text) {
  return {"p.toml", {3, 9}, static_cast<std::uint32_t>(text.size() + 2)};
}

TEST(ExpressionTest, AStringLiteralIsItsText) {
  struct Case {
    std::string text;
    std::string value;
  };
  for (const Case& c : {
           Case{"'mx'", "mx"},
           Case{"\"mx\"", "mx"},
           Case{"  'mx'\t\r\n ", "mx"},
           Case{"''", ""},
           Case{"'a b'", "a b"},
           Case{"'a\"b'", "a\"b"},
           // A backslash goes before a quote or a backslash only (stalwart.md, "expression traps").
           Case{R"('a\'b')", "a'b"},
           Case{R"('a\"b')", "a\"b"},
           Case{R"('a\\b')", R"(a\b)"},
           Case{R"('a\\')", R"(a\)"},
           Case{R"('\d\n')", R"(\d\n)"},
           Case{"'b\xC3\xBC'", "b\xC3\xBC"},
       }) {
    IssueList issues;
    const auto expression = Expression::Parse(c.text, PlaceOf(c.text), issues);
    ASSERT_TRUE(expression) << c.text;
    EXPECT_EQ(expression->Evaluate(), c.value) << c.text;
    EXPECT_EQ(expression->text(), c.text);
    EXPECT_EQ(expression->range(), PlaceOf(c.text));
    EXPECT_THAT(issues.Sorted(), IsEmpty());
  }
}

TEST(ExpressionTest, TheLiteralKnowsItsPlaceInsideTheValue) {
  IssueList issues;
  const auto expression = Expression::Parse("  'mx' ", PlaceOf("  'mx' "), issues);
  EXPECT_EQ(expression->literal_range(), (SourceRange{"p.toml", {3, 12}, 4}));
}

TEST(ExpressionTest, AnythingElseIsAnErrorAtItsPlace) {
  struct Case {
    std::string text;
    std::string brief;
    std::string message;
    std::string suggestion;
  };
  for (const Case& c : {
           Case{"", "3:9+2 bad-expression", "the expression is empty", "write an id"},
           Case{" \t", "3:9+4 bad-expression", "the expression is empty", "write an id"},
           Case{"mx", "3:10+2 bad-expression", "'mx' is not an expression", "write \"'mx'\""},
           Case{" my-pool_2.b ", "3:11+11 bad-expression", "stands in quotes of its own",
                "write \"'my-pool_2.b'\""},
           Case{"'mx", "3:10+3 bad-expression", "no closing quote", "end it with '"},
           Case{"\"mx", "3:10+3 bad-expression", "no closing quote", "end it with \""},
           Case{R"('mx\')", "3:10+5 bad-expression", "no closing quote", "end it with '"},
           Case{"'", "3:10+1 bad-expression", "no closing quote", "end it with '"},
           Case{"'a' + 'b'", "3:14+5 bad-expression", "'+ 'b'' follows the string", "take it out"},
           Case{"'a''b'", "3:13+3 bad-expression", "follows the string", "take it out"},
           Case{"'mx' }", "3:15+1 bad-expression", "'}' follows the string", "take it out"},
           Case{"5", "3:10+1 bad-expression", "constant expressions only", "write an id"},
           Case{"retry_num > 1", "3:10+13 bad-expression", "constant expressions only",
                "write an id"},
       }) {
    IssueList issues;
    EXPECT_FALSE(Expression::Parse(c.text, PlaceOf(c.text), issues)) << c.text;
    ASSERT_THAT(Briefs(issues), ElementsAre(c.brief)) << c.text;
    EXPECT_THAT(issues.Sorted()[0].message, HasSubstr(c.message)) << c.text;
    EXPECT_THAT(issues.Sorted()[0].suggestion, HasSubstr(c.suggestion)) << c.text;
  }
}

TEST(ExpressionTest, ALongTextIsRefusedWithoutBeingQuoted) {
  const std::string most = "'" + std::string(64 * 1024 - 2, 'a') + "'";
  IssueList issues;
  EXPECT_TRUE(Expression::Parse(most, PlaceOf(most), issues));
  EXPECT_FALSE(Expression::Parse(most + " ", PlaceOf(most), issues));
  EXPECT_EQ(issues.Sorted().at(0).message, "the expression has 65537 octets; 65536 are allowed");
}

TEST(ExpressionTest, ALiteralOfOursReadsBackAsItself) {
  for (const std::string value : {"mx", "", "it's", "a\\b", "\"'\\'\""}) {
    const Expression literal = Expression::Literal(value);
    EXPECT_EQ(literal.Evaluate(), value);
    EXPECT_EQ(literal.range().begin.line, 0u);
    IssueList issues;
    const auto parsed = Expression::Parse(literal.text(), SourceRange{}, issues);
    ASSERT_TRUE(parsed) << literal.text();
    EXPECT_EQ(*parsed, literal);
  }
}

TEST(ExpressionTest, ExpressionsCompareByMeaning) {
  IssueList issues;
  const auto parsed = Expression::Parse(" \"mx\" ", PlaceOf(" \"mx\" "), issues);
  EXPECT_EQ(*parsed, Expression::Literal("mx"));
  EXPECT_NE(*parsed, Expression::Literal("MX"));
}

TEST(RangeInsideTest, QuotesOfTheFileAreCountedAndWhatCannotBeToldIsTheWhole) {
  const SourceRange plain{"p", {1, 5}, 4}, quoted{"p", {1, 5}, 6}, tripled{"p", {1, 5}, 10},
      escaped{"p", {1, 5}, 7}, shorter{"p", {1, 5}, 1};
  EXPECT_EQ(RangeInside(plain, "'mx'", 1, 2), (SourceRange{"p", {1, 6}, 2}));
  EXPECT_EQ(RangeInside(quoted, "'mx'", 1, 2), (SourceRange{"p", {1, 7}, 2}));
  EXPECT_EQ(RangeInside(tripled, "'mx'", 1, 2), (SourceRange{"p", {1, 9}, 2}));
  EXPECT_EQ(RangeInside(quoted, "'mx'", 4, 0), (SourceRange{"p", {1, 10}, 1}));
  EXPECT_EQ(RangeInside(escaped, "'mx'", 1, 2), escaped);
  EXPECT_EQ(RangeInside(shorter, "'mx'", 1, 2), shorter);
  EXPECT_EQ(RangeInside(quoted, "'m\n'", 1, 2), quoted);
}

}  // namespace
}  // namespace postern::strategy
