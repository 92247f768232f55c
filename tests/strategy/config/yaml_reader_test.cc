#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/strategy/config/reader_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ReadYamlTest, APlainScalarMeansWhatTheCoreSchemaSays) {
  struct Case {
    std::string plain;
    std::string shape;
  };
  for (const Case& c : {
           Case{"text", "\"text\""},
           Case{"192.0.2.1", "\"192.0.2.1\""},
           Case{"2001:db8::1", "\"2001:db8::1\""},
           Case{"1m30s", "\"1m30s\""},
           Case{"'mx'", "\"mx\""},
           Case{"\"'mx'\"", "\"'mx'\""},
           Case{"\"42\"", "\"42\""},
           Case{"42", "42"},
           Case{"-7", "-7"},
           Case{"+7", "7"},
           Case{"010", "10"},  // decimal: octal is 0o10
           Case{"0o10", "8"},
           Case{"0x1F", "31"},
           Case{"72.0", "72.0"},
           Case{"1e3", "1000.0"},
           Case{".inf", "inf"},
           Case{"true", "true"},
           Case{"True", "true"},
           Case{"FALSE", "false"},
           // Booleans and numbers of YAML 1.1 only.
           Case{"yes", "\"yes\""},
           Case{"on", "\"on\""},
           Case{"1_000", "\"1_000\""},
           Case{"0b1", "\"0b1\""},
           Case{"12:30:45", "\"12:30:45\""},
           Case{"2024-01-31", "\"2024-01-31\""},
           Case{"!!str 42", "\"42\""},
           Case{"!!int \"42\"", "42"},
           Case{"!!float 42", "42.0"},
           Case{"!!bool true", "true"},
       }) {
    EXPECT_EQ(Shape(Yaml("a: " + c.plain + "\n")), "{a=" + c.shape + "}") << c.plain;
  }
}

TEST(ReadYamlTest, BlockAndFlowCollectionsMakeTheSameTree) {
  const std::string tree = "{queue={connection={x={source-ips=[\"192.0.2.1\", \"::1\"]}}}}";
  EXPECT_EQ(Shape(Yaml("queue:\n  connection:\n    x:\n      source-ips:\n"
                       "        - 192.0.2.1\n        - \"::1\"\n")),
            tree);
  EXPECT_EQ(Shape(Yaml("queue: {connection: {x: {source-ips: [192.0.2.1, '::1']}}}\n")), tree);
}

TEST(ReadYamlTest, AddressesCanBeKeys) {
  EXPECT_EQ(Shape(Yaml("192.0.2.1: a\n2001:db8::1: b\n\"::2\": c\n")),
            "{192.0.2.1=\"a\", 2001:db8::1=\"b\", ::2=\"c\"}");
}

TEST(ReadYamlTest, KeysAndValuesKnowTheirPlaces) {
  const Reading reading = Yaml(
      "queue:\n"
      "  route:\n"
      "    x: { port: \"25\", limits: {mx: 3} }\n"
      "    y: &anchor !!str text\n"
      "    z: [ab, 'c''d']\n");
  ASSERT_TRUE(reading.document) << Shape(reading);
  const DocumentNode& root = *reading.document;
  EXPECT_EQ(PlaceText(EntryAt(root, {"queue", "route"}).key_range), "2:3+5");
  EXPECT_EQ(PlaceText(EntryAt(root, {"queue", "route", "x", "port"}).key_range), "3:10+4");
  EXPECT_EQ(PlaceText(EntryAt(root, {"queue", "route", "x", "port"}).value.range), "3:16+4");
  EXPECT_EQ(PlaceText(EntryAt(root, {"queue", "route", "x", "limits", "mx"}).value.range),
            "3:35+1");
  EXPECT_EQ(PlaceText(EntryAt(root, {"queue", "route", "y"}).value.range), "4:22+4");
  const DocumentNode& list = EntryAt(root, {"queue", "route", "z"}).value;
  EXPECT_EQ(PlaceText(list.items[0].range), "5:9+2");
  EXPECT_EQ(PlaceText(list.items[1].range), "5:13+6");
  EXPECT_EQ(list.items[1].scalar, "c'd");
}

TEST(ReadYamlTest, AnAliasIsACopyAtItsOwnPlace) {
  const Reading reading = Yaml("a: &x {b: [1, 2]}\nc: *x\nd: [*x]\n");
  EXPECT_EQ(Shape(reading), "{a={b=[1, 2]}, c={b=[1, 2]}, d=[{b=[1, 2]}]}");
  ASSERT_TRUE(reading.document);
  EXPECT_EQ(PlaceText(EntryAt(*reading.document, {"c"}).value.range), "2:4+2");
}

TEST(ReadYamlTest, AnAliasNamesTheLastAnchorOfItsName) {
  EXPECT_EQ(Shape(Yaml("a: &x 1\nb: &x 2\nc: *x\n")), "{a=1, b=2, c=2}");
}

TEST(ReadYamlTest, LinesMayEndInCrLfAndAByteOrderMarkMayStandFirst) {
  const Reading reading = Yaml(
      "\xEF\xBB\xBF"
      "a: 1\r\nb:\r\n  c: 2\r\n");
  EXPECT_EQ(Shape(reading), "{a=1, b={c=2}}");
  ASSERT_TRUE(reading.document);
  EXPECT_EQ(PlaceText(EntryAt(*reading.document, {"b", "c"}).key_range), "3:3+1");
}

TEST(ReadYamlTest, ATextWithoutKeysIsAnEmptyTable) {
  EXPECT_EQ(Shape(Yaml("")), "{}");
  EXPECT_EQ(Shape(Yaml("# only words\n")), "{}");
  EXPECT_EQ(Shape(Yaml("---\n...\n")), "{}");
}

TEST(ReadYamlTest, WhatAPolicyCannotMeanIsRefusedAtItsPlace) {
  struct Case {
    std::string text;
    std::string brief;
    std::string part;  // of the message
  };
  for (const Case& c : {
           Case{"a:\n  b: 1\n  b: 2\n", "3:3+1 duplicate-key", "already defined at line 2"},
           Case{"a: 1\n\"a\": 2\n", "2:1+3 duplicate-key", "already defined at line 1"},
           Case{"a: 1\n---\nb: 2\n", "2:1+1 second-document", "a second YAML document"},
           Case{"a: &x [*x]\n", "1:8+2 bad-alias", "inside the value that it names"},
           Case{"a: &x {b: {c: *x}}\n", "1:15+2 bad-alias", "inside the value that it names"},
           Case{"&x a: 1\nb: *x\n", "2:4+2 bad-alias", "not on a value"},
           Case{"a: &x 1\n<<: *x\n", "2:1+2 merge-key", "merge keys"},
           Case{"a:\nb: 1\n", "1:1+1 null-value", "no value"},
           Case{"a: ~\n", "1:1+1 null-value", "no value"},
           Case{"a: [1, null]\n", "1:8+1 null-value", "no value"},
           Case{"a: !local 1\n", "1:11+1 unknown-tag", "tag"},
           Case{"a: !!binary aGk=\n", "1:13+4 unknown-tag", "tag"},
           Case{"a: !!int soon\n", "1:10+4 tag-mismatch", "'soon' is not an integer"},
           Case{"a: 99999999999999999999\n", "1:4+20 number-out-of-range", "64 bits"},
           Case{"[a, b]\n", "1:1+1 not-a-table", "but this is an array"},
           Case{"words\n", "1:1+5 not-a-table", "but this is a string"},
           Case{"[a]: 1\n", "1:1+1 bad-key", "a key must be a plain word"},
           Case{"? {a: 1}\n: 2\n", "1:3+1 bad-key", "a key must be a plain word"},
           Case{"a: &x b\n*x : 1\n", "2:1+2 bad-key", "a key must be a plain word"},
       }) {
    const Reading reading = Yaml(c.text);
    EXPECT_FALSE(reading.document) << c.text;
    EXPECT_THAT(Briefs(reading.issues), ElementsAre(c.brief)) << c.text;
    EXPECT_THAT(reading.message(), HasSubstr(c.part)) << c.text;
    EXPECT_NE(reading.suggestion(), "") << c.text;
  }
}

TEST(ReadYamlTest, ASyntaxErrorIsTheOnlyIssueOfItsText) {
  struct Case {
    std::string text;
    std::string brief;
  };
  for (const Case& c : {
           Case{"a: [1, 2\nb: 3\n", "2:2+1 yaml-syntax"},
           Case{"a: \"open\n", "1:4+5 yaml-syntax"},
           Case{"a: \"open\\\"\n", "1:4+7 yaml-syntax"},
           Case{"a: 'it''s open\nb: 1\n", "1:4+11 yaml-syntax"},
           Case{"a: 1\n\"open\n", "2:1+5 yaml-syntax"},
           Case{"a: 1\n  b: 2\n", "2:4+1 yaml-syntax"},
           Case{"a:\nb: 1\nc: *nowhere\n", "3:4+1 yaml-syntax"},
       }) {
    const Reading reading = Yaml(c.text);
    EXPECT_FALSE(reading.document) << c.text;
    EXPECT_THAT(Briefs(reading.issues), ElementsAre(c.brief)) << c.text << reading.message();
    EXPECT_THAT(reading.message(), HasSubstr("this is not valid YAML: ")) << c.text;
  }
}

TEST(ReadYamlTest, QuotesInsideStringsDoNotCloseThem) {
  EXPECT_EQ(Shape(Yaml("a: 'it''s'\nb: \"say \\\"x\\\"\"\nc: ''\nd: \"one\n  two\"\n")),
            "{a=\"it's\", b=\"say \"x\"\", c=\"\", d=\"one two\"}");
}

TEST(ReadYamlTest, ATabAsIndentationIsToldApart) {
  const Reading reading = Yaml("server:\n\thostname: a.example\n");
  EXPECT_FALSE(reading.document);
  EXPECT_EQ(reading.suggestion(), "indent with blanks: in YAML a tab is no indentation");
}

TEST(ReadYamlTest, SeveralProblemsAreShownAtOnce) {
  const Reading reading = Yaml("a: 1\na: 2\nb:\nc: !x 1\n");
  EXPECT_THAT(Briefs(reading.issues),
              ElementsAre("2:1+1 duplicate-key", "3:1+1 null-value", "4:7+1 unknown-tag"));
}

TEST(ReadYamlTest, JsonIsYaml) {
  const Reading reading = Yaml("{\"server\": {\"hostname\": \"a.example\"}, \"n\": [1, true]}");
  EXPECT_EQ(Shape(reading), "{server={hostname=\"a.example\"}, n=[1, true]}");
  EXPECT_THAT(reading.issues, IsEmpty());
}

}  // namespace
}  // namespace postern::strategy
