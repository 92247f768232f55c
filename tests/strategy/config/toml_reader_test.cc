#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/strategy/config/reader_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ReadTomlTest, EveryKindOfValueKeepsItsKind) {
  const Reading reading = Toml(R"(
text = "a\tb"
literal = 'c:\d'
whole = 42
negative = -7
hexadecimal = 0x1F
separated = 1_000
real = 72.0
exponent = 1e3
yes = true
no = false
list = [1, "two", [3]]
inline = { a = 1, b.c = 2 }
)");
  EXPECT_EQ(Shape(reading),
            "{text=\"a\tb\", literal=\"c:\\d\", whole=42, negative=-7, hexadecimal=31, "
            "separated=1000, real=72.0, exponent=1000.0, yes=true, no=false, "
            "list=[1, \"two\", [3]], inline={a=1, b={c=2}}}");
  EXPECT_THAT(reading.issues, IsEmpty());
}

TEST(ReadTomlTest, TablesAreInTheOrderOfTheFileNotOfTheAlphabet) {
  EXPECT_EQ(Shape(Toml("zebra = 1\napple = 2\n[mango]\nz = 1\na = 2\n[banana]\n")),
            "{zebra=1, apple=2, mango={z=1, a=2}, banana={}}");
}

TEST(ReadTomlTest, HeadersDottedKeysAndInlineTablesMakeTheSameTree) {
  const std::string tree = "{queue={connection={x={timeout={connect=\"5m\"}}}}}";
  EXPECT_EQ(Shape(Toml("[queue.connection.x.timeout]\nconnect = \"5m\"\n")), tree);
  EXPECT_EQ(Shape(Toml("[queue.connection.x]\ntimeout.connect = \"5m\"\n")), tree);
  EXPECT_EQ(Shape(Toml("queue.connection.x.timeout.connect = \"5m\"\n")), tree);
  EXPECT_EQ(Shape(Toml("queue = { connection = { x.timeout = { connect = \"5m\" } } }\n")), tree);
}

TEST(ReadTomlTest, QuotedKeysKeepTheirDotsAndAllKeysTheirCase) {
  EXPECT_EQ(Shape(Toml("[Queue.\"a.b\"]\nKey = 1\n'' = 2\n")), "{Queue={a.b={Key=1, =2}}}");
}

TEST(ReadTomlTest, AnArrayOfTablesIsAnArray) {
  EXPECT_EQ(Shape(Toml("[[a]]\nb = 1\n[[a]]\nb = 2\n")), "{a=[{b=1}, {b=2}]}");
}

TEST(ReadTomlTest, KeysAndValuesKnowTheirPlaces) {
  const Reading reading = Toml(
      "[queue.connection.x]\n"
      "source-ips = [\"192.0.2.1\",\n"
      "  \"192.0.2.22\"]\n"
      "timeout.connect = 30\n");
  ASSERT_TRUE(reading.document);
  const DocumentNode& root = *reading.document;
  EXPECT_EQ(PlaceText(EntryAt(root, {"queue"}).key_range), "1:2+5");
  EXPECT_EQ(PlaceText(EntryAt(root, {"queue", "connection"}).key_range), "1:8+10");
  EXPECT_EQ(PlaceText(EntryAt(root, {"queue", "connection", "x"}).key_range), "1:19+1");
  const DocumentEntry& ips = EntryAt(root, {"queue", "connection", "x", "source-ips"});
  EXPECT_EQ(PlaceText(ips.key_range), "2:1+10");
  EXPECT_EQ(PlaceText(ips.value.range), "2:14+13");  // to the end of its first line
  EXPECT_EQ(PlaceText(ips.value.items[0].range), "2:15+11");
  EXPECT_EQ(PlaceText(ips.value.items[1].range), "3:3+12");
  const DocumentEntry& connect = EntryAt(root, {"queue", "connection", "x", "timeout", "connect"});
  EXPECT_EQ(PlaceText(connect.key_range), "4:9+7");
  EXPECT_EQ(PlaceText(connect.value.range), "4:19+2");
  EXPECT_EQ(connect.value.range.file, "p.toml");
}

TEST(ReadTomlTest, ColumnsCountOctetsAlsoBehindOtherCharacters) {
  const Reading reading = Toml("a = { \"\xC3\xBC\" = \"\xE2\x82\xAC\", b = 5 }\n");
  ASSERT_TRUE(reading.document) << Shape(reading);
  EXPECT_EQ(PlaceText(EntryAt(*reading.document, {"a", "\xC3\xBC"}).key_range), "1:7+4");
  EXPECT_EQ(PlaceText(EntryAt(*reading.document, {"a", "\xC3\xBC"}).value.range), "1:14+5");
  EXPECT_EQ(PlaceText(EntryAt(*reading.document, {"a", "b"}).value.range), "1:25+1");
}

TEST(ReadTomlTest, LinesMayEndInCrLfAndAByteOrderMarkMayStandFirst) {
  const Reading reading = Toml(
      "\xEF\xBB\xBF"
      "a = 1\r\nb = 2\r\n");
  ASSERT_TRUE(reading.document) << Shape(reading);
  EXPECT_EQ(Shape(reading), "{a=1, b=2}");
  EXPECT_EQ(PlaceText(EntryAt(*reading.document, {"a"}).key_range), "1:1+1");
  EXPECT_EQ(PlaceText(EntryAt(*reading.document, {"b"}).value.range), "2:5+1");
}

TEST(ReadTomlTest, ATextWithoutKeysIsAnEmptyTable) {
  EXPECT_EQ(Shape(Toml("")), "{}");
  EXPECT_EQ(Shape(Toml("# only words\n\n")), "{}");
}

TEST(ReadTomlTest, ALastLineNeedsNoLineEnd) { EXPECT_EQ(Shape(Toml("a = 1")), "{a=1}"); }

TEST(ReadTomlTest, ASyntaxErrorIsAnIssueAtItsPlaceWithAdvice) {
  struct Case {
    std::string text;
    std::string brief;
    std::string suggestion;
  };
  for (const Case& c : {
           Case{"a = relay.example.org\n", "1:5+1 toml-syntax", "put it in quotes"},
           Case{"a = 5m\n", "1:6+1 toml-syntax", "put a duration or an address in quotes"},
           Case{"a = 192.0.2.1\n", "1:10+1 toml-syntax", "put a duration or an address in quotes"},
           Case{"a = \"open\nb = 1\n", "1:10+1 toml-syntax", "is a closing quote missing?"},
           Case{"[s.2001:db8::1]\n", "1:8+1 toml-syntax", "put the address in quotes"},
           Case{"queue:\n", "1:6+1 toml-syntax",
                "write 'key = value'; the name of a YAML file ends in .yaml"},
           Case{"[a\nb = 1\n", "1:3+1 toml-syntax", ""},
           Case{"a = [1,\n", "1:5+1 toml-syntax", "close it with ]"},
           Case{"a =\n", "1:4+1 toml-syntax", ""},
           Case{"a = 99999999999999999999\n", "1:25+1 toml-syntax", "write a smaller number"},
       }) {
    const Reading reading = Toml(c.text);
    EXPECT_FALSE(reading.document) << c.text;
    EXPECT_THAT(Briefs(reading.issues), ElementsAre(c.brief)) << c.text;
    EXPECT_EQ(reading.suggestion(), c.suggestion) << c.text << reading.message();
    EXPECT_THAT(reading.message(), HasSubstr("this is not valid TOML: ")) << c.text;
  }
}

TEST(ReadTomlTest, AKeyOrTableDefinedTwiceIsAnErrorAtTheSecondPlace) {
  struct Case {
    std::string text;
    std::uint32_t line;
  };
  for (const Case& c : {
           Case{"a = 1\nb = 2\na = 3\n", 3},
           Case{"a.b = 1\na.b = 2\n", 2},
           Case{"[a]\nb = 1\n[c]\n[a]\nb = 1\n", 5},
           Case{"a = { b = 1, b = 2 }\n", 1},
       }) {
    const Reading reading = Toml(c.text);
    EXPECT_FALSE(reading.document) << c.text;
    ASSERT_EQ(reading.issues.size(), 1u) << c.text;
    EXPECT_EQ(reading.issues[0].rule, "duplicate-key") << c.text;
    EXPECT_EQ(reading.issues[0].range.begin.line, c.line) << c.text;
    EXPECT_THAT(reading.suggestion(), HasSubstr("keep one of the two")) << c.text;
  }
}

TEST(ReadTomlTest, ATableMayBeOpenedMoreThanOnce) {
  const Reading reading =
      Toml("[a]\nb = 1\n[c]\nd = 2\n[a]\ne = 3\n[a.f]\ng = 4\n[a]\nh.i = 5\n[a.h]\nj = 6\n");
  ASSERT_TRUE(reading.document) << Shape(reading);
  EXPECT_EQ(Shape(reading), "{a={b=1, e=3, f={g=4}, h={i=5, j=6}}, c={d=2}}");
  EXPECT_EQ(PlaceText(EntryAt(*reading.document, {"a", "e"}).key_range), "6:1+1");
}

TEST(ReadTomlTest, AKeyThatIsSetAgainInAnotherPlaceNamesTheFirst) {
  const Reading reading = Toml("[a]\nb = 1\n[c]\n[a]\nb = 2\n");
  EXPECT_EQ(reading.message(), "'a.b' is already defined at p.toml:2:1");
  EXPECT_EQ(Toml("a = 1\n[a]\nb = 2\n").message(),
            "'a' is already defined at p.toml:1:1 as an integer");
  EXPECT_EQ(Toml("a = { b = 1 }\n[a]\nc = 2\n").message(),
            "'a' is already defined at p.toml:1:1 as an inline table");
}

TEST(ReadTomlTest, ArraysOfTablesGrowWhereverTheyStand) {
  const Reading reading =
      Toml("[[a.r]]\nx = 1\n[b]\ny = 2\n[[a.r]]\nx = 3\n[a.r.t]\nz = 4\n[[a.r]]\nx = 5\n");
  EXPECT_EQ(Shape(reading), "{a={r=[{x=1}, {x=3, t={z=4}}, {x=5}]}, b={y=2}}");
  EXPECT_EQ(Toml("[[a]]\nx = 1\n[a]\ny = 2\n").message(),
            "'a' is already defined at p.toml:1:3 as an array of tables");
}

TEST(ReadTomlTest, WhatOnlyLooksLikeAHeaderIsNone) {
  EXPECT_EQ(Shape(Toml("a = \"\"\"\n[b]\n\"\"\"\nc = [\n[1],\n[2],\n]\n# [d]\ne = 1\n")),
            "{a=\"[b]\n\", c=[[1], [2]], e=1}");
}

TEST(ReadTomlTest, EveryPartWithASyntaxErrorIsShown) {
  const Reading reading =
      Toml("[a]\nb = \nc = 1\n[d\ne = 2\n[f]\ng = [1,\n[h]\ni = relay\nj = 3\n");
  EXPECT_THAT(Briefs(reading.issues), ElementsAre("2:5+1 toml-syntax", "4:3+1 toml-syntax",
                                                  "7:5+1 toml-syntax", "9:5+1 toml-syntax"));
  ASSERT_TRUE(reading.partial);
  EXPECT_NE(reading.partial->Find("h"), nullptr) << "read on behind the errors";
}

TEST(ReadTomlTest, SyntaxErrorsAreCountedUpToTwenty) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "a" + std::to_string(i) + " = relay\n";
  const Reading reading = Toml(text);
  ASSERT_EQ(reading.issues.size(), 21u);
  EXPECT_EQ(Brief(reading.issues.back()), "21:1+1 too-many-errors.");
}

TEST(ReadTomlTest, ADateMeansNothingAndEveryOneIsShown) {
  const Reading reading = Toml("a = 2024-01-31\nb = [07:32:00]\nc = 2024-01-31T07:32:00Z\n");
  EXPECT_FALSE(reading.document);
  EXPECT_THAT(Briefs(reading.issues),
              ElementsAre("1:5+10 date-or-time", "2:6+8 date-or-time", "3:5+20 date-or-time"));
  EXPECT_THAT(reading.issues[0].suggestion, HasSubstr("in quotes"));
}

}  // namespace
}  // namespace postern::strategy
