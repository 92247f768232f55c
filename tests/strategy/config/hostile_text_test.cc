// Texts that are no policy, or that are made to hurt: each is an Issue, soon, and never a crash.
// Under ASan these tests also show that nothing is read where it should not be.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "tests/strategy/config/reader_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Repeated(const std::string& text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

// Both readers refuse the text with this one issue.
void ExpectRefused(const std::string& text, const std::string& brief,
                   const DocumentLimits& limits = {}) {
  const std::string shown = text.substr(0, 100);
  for (const Reading& reading : {Toml(text, limits), Yaml(text, limits)}) {
    EXPECT_FALSE(reading.document) << shown;
    EXPECT_THAT(Briefs(reading.issues), ElementsAre(brief)) << shown;
  }
}

TEST(HostileTextTest, WhatIsNotUtf8IsRefusedAtTheFirstWrongOctet) {
  for (const std::string octets : {
           "\xFF",              // never in UTF-8
           "\x80",              // a continuation without a start
           "\xC3(",             // a start without its continuation
           "\xC0\xAF",          // overlong
           "\xE0\x80\xAF",      // overlong
           "\xF0\x80\x80\xAF",  // overlong
           "\xED\xA0\x80",      // a surrogate
           "\xF4\x90\x80\x80",  // above U+10FFFF
           "\xF5\x80\x80\x80",
           "\xE2\x82",  // cut short
       }) {
    ExpectRefused("# a comment\nab: \"" + octets, "2:6+1 not-utf8");
  }
}

TEST(HostileTextTest, Utf8OfEveryLengthIsTaken) {
  const std::string text =
      "\x7E\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80"
      "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF";
  EXPECT_THAT(Toml("a = \"" + text + "\"\n").issues, IsEmpty());
  EXPECT_THAT(Yaml("a: \"" + text + "\"\n").issues, IsEmpty());
}

TEST(HostileTextTest, ControlCharactersAreRefusedAtTheFirst) {
  for (const char octet : {'\0', '\x01', '\x04', '\x07', '\x0B', '\x0C', '\x1B', '\x1F', '\x7F'}) {
    ExpectRefused(std::string("a: \"x") + octet + "\"\n", "1:6+1 binary");
  }
  const Reading reading =
      Toml(std::string("\x7F"
                       "ELF\x02\x01\x01\0\0\0",
                       10));
  EXPECT_EQ(reading.message(), "this is not a text file: it holds the control character 0x7F");
}

TEST(HostileTextTest, Utf16IsNotUtf8) {
  ExpectRefused(std::string("\xFF\xFE"
                            "a\0=\0",
                            6),
                "1:1+1 not-utf8");
}

TEST(HostileTextTest, ACarriageReturnByItselfIsRefused) {
  ExpectRefused("a: 1\r\nb: 2\rc: 3\r\n", "2:5+1 bare-carriage-return");
  ExpectRefused("a: 1\r", "1:5+1 bare-carriage-return");
}

TEST(HostileTextTest, ATextOfMoreOctetsThanAllowedIsNotParsed) {
  DocumentLimits limits;
  limits.max_octets = 10;
  ExpectRefused("# 345678901", "0:0+1 file-too-large", limits);
  EXPECT_THAT(Toml("# 34567890", limits).issues, IsEmpty());
  std::string huge;
  huge.resize(50'000'000, 'a');
  ExpectRefused(huge, "0:0+1 file-too-large");
}

TEST(HostileTextTest, DeepNestingIsRefusedWhereItGetsTooDeep) {
  for (const std::size_t depth : {33U, 1'000U, 1'000'000U}) {
    const Reading toml = Toml("a = " + std::string(depth, '['));
    EXPECT_THAT(Briefs(toml.issues), ElementsAre("1:37+1 too-deep")) << depth;
    const Reading yaml = Yaml("a: " + std::string(depth, '['));
    ASSERT_EQ(yaml.issues.size(), 1u) << depth;
    EXPECT_FALSE(yaml.document);
  }
  EXPECT_THAT(Briefs(Toml("a = " + Repeated("{b=", 1'000)).issues),
              ElementsAre("1:101+1 too-deep"));
}

TEST(HostileTextTest, NestingByIndentationIsRefusedToo) {
  std::string text;
  for (std::size_t i = 0; i < 500; ++i) text += std::string(i, ' ') + "a:\n";
  const Reading reading = Yaml(text);
  EXPECT_FALSE(reading.document);
  ASSERT_EQ(reading.issues.size(), 1u);
  EXPECT_THAT(reading.issues[0].rule, HasSubstr("too-deep"));
  EXPECT_FALSE(Yaml(Repeated("- ", 100'000) + "a").document);
}

TEST(HostileTextTest, NestingUpToTheLimitIsTaken) {
  EXPECT_TRUE(Toml("a = " + std::string(31, '[') + std::string(31, ']')).document);
  EXPECT_TRUE(Yaml("a: " + std::string(31, '[') + std::string(31, ']')).document);
}

TEST(HostileTextTest, ALongDottedKeyIsRefusedAtItsStart) {
  const std::string key = Repeated("a.", 100'000) + "a";
  EXPECT_THAT(Briefs(Toml("x = 1\n  " + key + " = 1\n").issues), ElementsAre("2:3+1 key-too-long"));
  EXPECT_THAT(Briefs(Toml("[" + key + "]\n").issues), ElementsAre("1:2+1 key-too-long"));
  EXPECT_THAT(Briefs(Toml("x = { " + key + " = 1 }\n").issues), ElementsAre("1:7+1 key-too-long"));
  EXPECT_TRUE(Toml(Repeated("a.", 15) + "a = 1\n").document);
}

TEST(HostileTextTest, DotsInStringsAndCommentsAreNoKeys) {
  const std::string dots = Repeated(".", 1'000);
  EXPECT_EQ(Shape(Toml("# " + dots + "\na = \"" + dots + "\"\nb = '''" + dots + "\n''" + dots +
                       "'''\n\"" + dots + "\" = 1\n")),
            "{a=\"" + dots + "\", b=\"" + dots + "\n''" + dots + "\", " + dots + "=1}");
}

TEST(HostileTextTest, MoreValuesThanAllowedAreRefused) {
  DocumentLimits limits;
  limits.max_nodes = 100;
  EXPECT_EQ(Toml("a = [" + Repeated("1,", 200) + "]\n", limits).issues.at(0).rule,
            "too-many-values");
  EXPECT_EQ(Yaml("a: [" + Repeated("1,", 200) + "]\n", limits).issues.at(0).rule,
            "too-many-values");
  EXPECT_EQ(Yaml("a:\n" + Repeated("- 1\n", 200), limits).issues.at(0).rule, "too-many-values");
  EXPECT_TRUE(Toml("a = [" + Repeated("1,", 50) + "]\n", limits).document);
  EXPECT_TRUE(Yaml("a: [" + Repeated("1,", 50) + "]\n", limits).document);
}

TEST(HostileTextTest, MillionsOfValuesAreRefusedWithTheLimitsAsTheyAre) {
  EXPECT_EQ(Toml("a = [" + Repeated("1,", 3'000'000) + "]\n").issues.at(0).rule, "too-many-values");
  EXPECT_EQ(Yaml("a: [" + Repeated("1,", 3'000'000) + "]\n").issues.at(0).rule, "too-many-values");
}

TEST(HostileTextTest, AnAliasBombIsRefusedBeforeItGoesOff) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    const std::string name = "a" + std::to_string(i);
    text += name + ": &" + name + " [" + Repeated(before + ", ", 9) + before + "]\n";
  }
  const Reading reading = Yaml(text);
  EXPECT_FALSE(reading.document);
  ASSERT_EQ(reading.issues.size(), 1u);
  EXPECT_EQ(reading.issues[0].rule, "too-many-aliases");
}

TEST(HostileTextTest, ManyAliasesOfALongTextAreRefusedToo) {
  const std::string text =
      "a: &a " + std::string(1'000'000, 'x') + "\nb: [" + Repeated("*a, ", 99) + "*a]\n";
  const Reading reading = Yaml(text);
  EXPECT_FALSE(reading.document);
  EXPECT_EQ(reading.issues.at(0).rule, "too-many-aliases");
}

TEST(HostileTextTest, ACycleIsRefused) {
  EXPECT_EQ(Yaml("&a [*a]").issues.at(0).rule, "bad-alias");
  EXPECT_EQ(Yaml("a: &a\n  b: *a\n").issues.at(0).rule, "bad-alias");
}

TEST(HostileTextTest, ManyProblemsAreCountedNotKept) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "a: 1\n";
  const Reading reading = Yaml(text);
  EXPECT_FALSE(reading.document);
  EXPECT_EQ(reading.issues.size(), 1001u);
  EXPECT_EQ(reading.issues.back().message, "3999 more issues are not shown");
}

TEST(HostileTextTest, EveryCutOfAPolicyIsReadOrRefused) {
  const std::string toml =
      "\xEF\xBB\xBF[a.\"b\\u00e9\"]\r\nc = [1, '''x''', {d.e = true}]\n"
      "f = \"\"\"g\\\n  h\"\"\" # i\n";
  for (std::size_t size = 0; size <= toml.size(); ++size) {
    const Reading reading = Toml(toml.substr(0, size));
    EXPECT_EQ(reading.document.has_value(), reading.issues.empty()) << size;
  }
  const std::string yaml =
      "\xEF\xBB\xBF---\r\na: &x {\"b\\u00e9\": ['c', *x ]}\n? d\n: |\n  e\n"
      "f: !!str >-\n  g\n...\n";
  for (std::size_t size = 0; size <= yaml.size(); ++size) {
    const Reading reading = Yaml(yaml.substr(0, size));
    EXPECT_EQ(reading.document.has_value(), reading.issues.empty()) << size;
  }
}

TEST(HostileTextTest, EveryOctetInPlaceOfAnotherIsReadOrRefused) {
  const std::string toml = "[a]\nb = \"c\"\n";
  const std::string yaml = "a:\n- &b c\n";
  for (int octet = 0; octet < 256; ++octet) {
    for (std::size_t at = 0; at < toml.size(); ++at) {
      std::string text = toml;
      text[at] = static_cast<char>(octet);
      const Reading reading = Toml(text);
      EXPECT_EQ(reading.document.has_value(), reading.issues.empty()) << at << " " << octet;
    }
    for (std::size_t at = 0; at < yaml.size(); ++at) {
      std::string text = yaml;
      text[at] = static_cast<char>(octet);
      const Reading reading = Yaml(text);
      EXPECT_EQ(reading.document.has_value(), reading.issues.empty()) << at << " " << octet;
    }
  }
}

}  // namespace
}  // namespace postern::strategy
