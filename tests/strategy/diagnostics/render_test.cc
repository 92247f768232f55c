#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "strategy/diagnostics/issue.h"

namespace postern::strategy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Issue MakeIssue(SourceRange range, std::string suggestion = "") {
  return {Severity::kError, "some-rule", std::move(range), "it is wrong", std::move(suggestion)};
}

// The issue as it is shown over a file p.toml with this text.
std::string Rendered(const Issue& issue, const std::string& text) {
  return RenderIssues(std::vector<Issue>{issue}, std::vector<SourceText>{{"p.toml", text}});
}

TEST(RenderIssuesTest, NoIssuesGiveNoText) {
  EXPECT_EQ(RenderIssues({}, std::vector<SourceText>{{"p.toml", "a = 1\n"}}), "");
}

TEST(RenderIssuesTest, AnIssueIsShownAsCompilersDo) {
  EXPECT_EQ(Rendered(MakeIssue({"p.toml", {2, 3}, 4}, "did you mean 'that'?"), "one\n  thta = 1\n"),
            "p.toml:2:3: error: it is wrong [some-rule]\n"
            "    2 |   thta = 1\n"
            "      |   ^~~~ did you mean 'that'?\n"
            "1 error, 0 warnings\n");
}

TEST(RenderIssuesTest, ErrorsAndWarningsAreCountedAndNotesAreNot) {
  const std::vector<Issue> issues = {
      {Severity::kWarning, "w", {"p.toml", {1, 1}, 1}, "look here", ""},
      {Severity::kNote, "n", {"p.toml", {1, 1}, 1}, "by the way", ""},
      {Severity::kWarning, "w", {"p.toml", {1, 1}, 1}, "and here", ""},
  };
  const std::string text = RenderIssues(issues, std::vector<SourceText>{{"p.toml", "a = 1"}});
  EXPECT_THAT(text, HasSubstr("p.toml:1:1: warning: look here [w]\n"));
  EXPECT_THAT(text, HasSubstr("p.toml:1:1: note: by the way [n]\n"));
  EXPECT_THAT(text, HasSubstr("\n0 errors, 2 warnings\n"));
}

TEST(RenderIssuesTest, AFileThatIsNotThereIsShownWithoutItsLine) {
  EXPECT_EQ(Rendered(MakeIssue({"q.toml", {2, 3}, 4}, "try this"), "a\nb\n"),
            "q.toml:2:3: error: it is wrong [some-rule]\n"
            "      | try this\n"
            "1 error, 0 warnings\n");
}

TEST(RenderIssuesTest, AnIssueOfTheWholeFileHasNoPlaceAndNoLine) {
  EXPECT_EQ(Rendered(MakeIssue({"p.toml", {}, 1}), "a\nb\n"),
            "p.toml: error: it is wrong [some-rule]\n"
            "1 error, 0 warnings\n");
  EXPECT_EQ(Rendered(MakeIssue({}), "a\nb\n"),
            "error: it is wrong [some-rule]\n"
            "1 error, 0 warnings\n");
}

TEST(RenderIssuesTest, ATabStaysATabOnBothLines) {
  EXPECT_THAT(Rendered(MakeIssue({"p.toml", {1, 4}, 2}), "\ta\tbc"),
              HasSubstr("    1 | \ta\tbc\n"
                        "      | \t \t^~\n"));
}

TEST(RenderIssuesTest, TheCaretCountsCharactersNotOctets) {
  // What is marked is the value: an u-umlaut, alone or in quotes.
  EXPECT_THAT(Rendered(MakeIssue({"p.toml", {1, 8}, 2}),
                       "b\xC3\xBC"
                       "b = \xC3\xBC"),
              HasSubstr("      |       ^\n"));
  EXPECT_THAT(Rendered(MakeIssue({"p.toml", {1, 8}, 4}),
                       "b\xC3\xBC"
                       "b = \"\xC3\xBC\""),
              HasSubstr("      |       ^~~\n"));
}

TEST(RenderIssuesTest, ACharacterIsMarkedWhole) {
  EXPECT_THAT(Rendered(MakeIssue({"p.toml", {1, 5}, 1}),
                       "a = \xE2\x82\xAC"
                       "b"),
              HasSubstr("    1 | a = \xE2\x82\xAC"
                        "b\n"
                        "      |     ^\n"));
}

TEST(RenderIssuesTest, OctetsThatAreNoUtf8AreShownAsHexadecimal) {
  EXPECT_THAT(Rendered(MakeIssue({"p.toml", {1, 5}, 1}), "a = \xFF\xE2\x82"),
              HasSubstr("    1 | a = \\xFF\\xE2\\x82\n"
                        "      |     ^~~~\n"));
}

TEST(RenderIssuesTest, ControlOctetsOfTheFileAreEscapedAndTheCaretFollows) {
  const std::string shown = Rendered(MakeIssue({"p.toml", {1, 3}, 1}),
                                     "a\x1B"
                                     "b\x1B[31mc");
  EXPECT_THAT(shown, HasSubstr("    1 | a\\x1Bb\\x1B[31mc\n"
                               "      |      ^\n"));
  EXPECT_THAT(shown, Not(HasSubstr("\x1B")));
}

TEST(RenderIssuesTest, ControlOctetsInMessagesSuggestionsAndFileNamesAreEscaped) {
  const Issue issue{Severity::kError, "r", {"p\n.toml", {}, 1}, "mess\x1B!", "sugg\r\nestion"};
  EXPECT_EQ(RenderIssues(std::vector<Issue>{issue}, {}),
            "p\\x0A.toml: error: mess\\x1B! [r]\n"
            "      | sugg\\x0D\\x0Aestion\n"
            "1 error, 0 warnings\n");
}

TEST(RenderIssuesTest, ALongLineIsCutAroundTheCaret) {
  const std::string line = std::string(500, 'a') + "BAD" + std::string(500, 'z');
  EXPECT_EQ(Rendered(MakeIssue({"p.toml", {1, 501}, 3}), line),
            "p.toml:1:501: error: it is wrong [some-rule]\n"
            "    1 | ..." +
                std::string(60, 'a') + "BAD" + std::string(77, 'z') +
                "...\n"
                "      | " +
                std::string(63, ' ') +
                "^~~\n"
                "1 error, 0 warnings\n");
}

TEST(RenderIssuesTest, ALongLineIsCutBetweenCharacters) {
  // Of three octets each; "ab" moves those behind it, so that both cuts fall into a character.
  std::string line;
  for (int i = 0; i < 50; ++i) line += "\xE2\x82\xAC";
  line += "ab";
  for (int i = 0; i < 100; ++i) line += "\xE2\x82\xAC";
  for (std::uint32_t column = 153; column <= 210; column += 3) {
    const std::string shown = Rendered(MakeIssue({"p.toml", {1, column}, 1}), line);
    EXPECT_THAT(shown, Not(HasSubstr("\\x"))) << column;
    EXPECT_THAT(shown, HasSubstr("^\n")) << column;
  }
}

TEST(RenderIssuesTest, ALongMessageIsCut) {
  Issue issue = MakeIssue({"p.toml", {}, 1});
  issue.message = std::string(100'000, 'm');
  EXPECT_LT(Rendered(issue, "").size(), 1200u);
}

TEST(RenderIssuesTest, APlaceBehindTheEndOfItsLineIsUnderlinedThere) {
  EXPECT_THAT(Rendered(MakeIssue({"p.toml", {1, 99}, 1000}), "abc\ndef"),
              HasSubstr("    1 | abc\n"
                        "      |    ^\n"));
  EXPECT_THAT(Rendered(MakeIssue({"p.toml", {99, 1}, 5}), "abc"), HasSubstr("   99 | \n"));
}

TEST(RenderIssuesTest, AnUnderlineEndsWithTheLine) {
  EXPECT_THAT(Rendered(MakeIssue({"p.toml", {1, 2}, 1000}), "abc\r\ndef"),
              HasSubstr("    1 | abc\n"
                        "      |  ^~\n"));
}

TEST(RenderIssuesTest, EachFileGivesItsOwnLines) {
  const std::vector<SourceText> sources = {{"a.toml", "of a"}, {"b.toml", "of b"}};
  const std::vector<Issue> issues = {MakeIssue({"b.toml", {1, 1}, 2}),
                                     MakeIssue({"a.toml", {1, 1}, 2})};
  const std::string shown = RenderIssues(issues, sources);
  EXPECT_LT(shown.find("1 | of b"), shown.find("1 | of a"));
  EXPECT_THAT(shown, HasSubstr("2 errors, 0 warnings\n"));
}

TEST(RenderIssuesTest, WhatFollowsTheWordSecretIsNotShownWhereverTheCaretIs) {
  for (const std::string line : {
           "secret = \"hunter2\"", "auth.secret='hunter2'", "\"SECRET\": hunter2",
           "auth = { secret = \"hunter2\", usr = \"me\" }",
           "secret = \"hunter2",  // a syntax error
       }) {
    for (std::uint32_t column = 1; column <= line.size() + 1; ++column) {
      const std::string shown = Rendered(MakeIssue({"p.toml", {1, column}, 9}), line);
      EXPECT_THAT(shown, Not(HasSubstr("hunter2"))) << line << " at " << column;
      EXPECT_THAT(shown, HasSubstr("...\n")) << line << " at " << column;
    }
  }
  EXPECT_THAT(Rendered(MakeIssue({"p.toml", {1, 10}, 9}), "secret = \"hunter2\""),
              HasSubstr("    1 | secret...\n"
                        "      |       ^\n"));
}

TEST(RenderIssuesTest, AnIssueAboutASecretDoesNotShowItOnALineOfItsOwn) {
  Issue literal = MakeIssue({"p.toml", {2, 3}, 7});
  literal.rule = "literal-secret";
  EXPECT_THAT(Rendered(literal, "secret:\n  hunter2 # old"), HasSubstr("    2 |   ...\n"
                                                                       "      |   ^\n"));
  EXPECT_THAT(Rendered(MakeIssue({"p.toml", {2, 3}, 7}, "write \"%{file:/run/secrets/relay}%\""),
                       "secret:\n  1234567"),
              HasSubstr("    2 |   ...\n"));
}

TEST(RenderIssuesTest, AMisspeltSecretIsNotShown) {
  Issue misspelt = MakeIssue({"p.toml", {1, 6}, 6}, "did you mean 'secret'?");
  misspelt.rule = "unknown-key";
  EXPECT_THAT(Rendered(misspelt, "auth.secert = \"hunter2\""),
              HasSubstr("    1 | auth.secert...\n"
                        "      |      ^~~~~~ did you mean 'secret'?\n"));
}

TEST(RenderIssuesTest, ColourMarksSeverityPlaceAndCaret) {
  const std::vector<Issue> issues = {MakeIssue({"p.toml", {1, 1}, 3}, "do that")};
  const std::string shown =
      RenderIssues(issues, std::vector<SourceText>{{"p.toml", "abc"}}, Colour::kYes);
  EXPECT_THAT(shown, HasSubstr("\x1B[1mp.toml:1:1: \x1B[m\x1B[1;31merror: \x1B[mit is wrong"));
  EXPECT_THAT(shown, HasSubstr("\x1B[1;32m^~~ do that\x1B[m\n"));
}

TEST(IssuesAsJsonTest, IsAnArrayOfObjects) {
  Issue warning = MakeIssue({"b \"q\" \\.toml", {}, 1}, "write \"x\"");
  warning.severity = Severity::kWarning;
  const std::vector<Issue> issues = {MakeIssue({"p.toml", {2, 3}, 4}), warning};
  EXPECT_EQ(IssuesAsJson(issues),
            "[\n"
            R"(  {"file": "p.toml", "line": 2, "column": 3, "severity": "error", )"
            R"("rule": "some-rule", "message": "it is wrong", "suggestion": ""},)"
            "\n"
            R"(  {"file": "b \"q\" \\.toml", "line": 0, "column": 0, "severity": "warning", )"
            R"("rule": "some-rule", "message": "it is wrong", "suggestion": "write \"x\""})"
            "\n]\n");
}

TEST(IssuesAsJsonTest, NoIssuesAreAnEmptyArray) { EXPECT_EQ(IssuesAsJson({}), "[]\n"); }

TEST(IssuesAsJsonTest, ControlBytesAndInvalidUtf8AreEscaped) {
  Issue issue = MakeIssue({"p.toml", {1, 1}, 1});
  issue.message = "a\n\x01\xFF\tb";
  EXPECT_THAT(IssuesAsJson(std::vector<Issue>{issue}), HasSubstr(R"("a\\x0A\\x01\\xFF\\x09b")"));
}

}  // namespace
}  // namespace postern::strategy
