#include "strategy/expr/lexer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/strategy/diagnostics/brief.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Lexed {
  std::string tokens;  // "retry_num > 1", texts in angle brackets
  std::vector<Issue> issues;
};

std::string Shown(const Token& token) {
  switch (token.kind) {
    case Token::Kind::kInteger:
      return std::to_string(token.integer);
    case Token::Kind::kFloat:
      return std::to_string(token.number);
    case Token::Kind::kText:
      return "<" + token.text + ">";
    case Token::Kind::kName:
      return token.text;
    case Token::Kind::kCapture:
      return "$" + std::to_string(token.integer);
    case Token::Kind::kGlobal:
      return "$" + token.text;
    case Token::Kind::kOperator:
      return std::string(OperatorText(token.op));
    case Token::Kind::kOpen:
      return "(";
    case Token::Kind::kClose:
      return ")";
    case Token::Kind::kOpenSquare:
      return "[";
    case Token::Kind::kCloseSquare:
      return "]";
    case Token::Kind::kComma:
      return ",";
    case Token::Kind::kBroken:
      return "?";
    case Token::Kind::kEnd:
      return "";
  }
  return "";
}

Lexed Lex(std::string_view text) {
  // Unquoted at line 1, column 1.
  const SourceRange range{"p", {1, 1}, static_cast<std::uint32_t>(text.size())};
  IssueList issues;
  Reporter reporter(text, range, issues);
  Lexed lexed;
  for (const Token& token : Tokenize(reporter))
    lexed.tokens += (lexed.tokens.empty() ? "" : " ") + Shown(token);
  if (!lexed.tokens.empty()) lexed.tokens.pop_back();
  lexed.issues = issues.Sorted();
  return lexed;
}

TEST(LexerTest, TokensAreWhatTheyLookLike) {
  struct Case {
    std::string text;
    std::string tokens;
  };
  for (const Case& c : {
           Case{"", ""},
           Case{" \t\r\n\v\f", ""},
           Case{"a=='x'", "a == <x>"},
           Case{"a='x'", "a == <x>"},  // differences table: Stalwart swallows the quote
           Case{"a = 'x'", "a == <x>"},
           Case{"a\t=\t1", "a == 1"},  // differences table: TAB
           Case{"a => 1 =< b", "a >= 1 <= b"},
           Case{"a >= 1 <= b", "a >= 1 <= b"},
           Case{"a & b | c && d || e ^ f", "a && b || c && d || e ^ f"},
           Case{"!a != !b", "! a != ! b"},
           Case{"1+2-3*4/5", "1 + 2 - 3 * 4 / 5"},
           Case{"f(a,[b],c[0])", "f ( a , [ b ] , c [ 0 ] )"},
           Case{"true false True", "1 0 True"},
           Case{"0 007 9223372036854775807", "0 7 9223372036854775807"},
           Case{"0.5 .5 5.", "0.500000 0.500000 5.000000"},
           Case{"5m 1d 500ms 10s 2h", "300000 86400000 500 10000 7200000"},
           Case{"1m30s 1d12h 3M 0s", "90000 129600000 180000 0"},  // 1m30s: differences table
           Case{"$0 $9 $name", "$0 $9 $name"},
           Case{"rcpt_domain a.b A1_", "rcpt_domain a.b A1_"},
       }) {
    const Lexed lexed = Lex(c.text);
    EXPECT_EQ(lexed.tokens, c.tokens) << c.text;
    EXPECT_THAT(Briefs(lexed.issues), IsEmpty()) << c.text;
  }
}

TEST(LexerTest, ABackslashEscapesQuotesAndItselfOnly) {
  struct Case {
    std::string text;
    std::string value;
  };
  for (const Case& c : {
           Case{R"('a\'b')", "a'b"},
           Case{R"('a\"b')", "a\"b"},
           Case{R"("a\"b")", "a\"b"},
           Case{R"('a\\b')", R"(a\b)"},
           Case{R"('a\\')", R"(a\)"},
           Case{R"('\d\n')", R"(\d\n)"},
           Case{"'a\"b'", "a\"b"},
           Case{"'\xC3\xBC'", "\xC3\xBC"},
           Case{"'a\nb}\t'", "a\nb}\t"},
       }) {
    const Lexed lexed = Lex(c.text);
    EXPECT_EQ(lexed.tokens, "<" + c.value + ">");
    EXPECT_THAT(Briefs(lexed.issues), IsEmpty()) << c.text;
  }
}

TEST(LexerTest, TheRegexOfMatchesIsRawButForItsOwnQuote) {
  EXPECT_EQ(Lex(R"(matches('\d\\.\"', x))").tokens, R"(matches ( <\d\\.\"> , x ))");
  EXPECT_EQ(Lex(R"(matches('a\'b', x))").tokens, "matches ( <a'b> , x )");
  EXPECT_EQ(Lex(R"(matches("a\"b\'", x))").tokens, R"(matches ( <a"b\'> , x ))");
  EXPECT_EQ(Lex(R"(matches ( 'a\\' , x))").tokens, R"(matches ( <a\\> , x ))");
  // Only the first argument, and only of matches.
  EXPECT_EQ(Lex(R"(matches('a', 'b\\c'))").tokens, R"(matches ( <a> , <b\c> ))");
  EXPECT_EQ(Lex(R"(match('b\\c'))").tokens, R"(match ( <b\c> ))");
}

TEST(LexerTest, WhatIsNoTokenIsReportedAtItsPlaceAndLeftOut) {
  struct Case {
    std::string text;
    std::string tokens;
    std::string brief;
    std::string message;
  };
  for (const Case& c : {
           Case{"a } b", "a b", "1:3+1 bad-expression", "Stalwart would ignore"},
           Case{"a # b", "a b", "1:3+1 bad-expression", "'#' has no meaning"},
           Case{"a \xC3\xBC b", "a b", "1:3+2 bad-expression", "has no meaning"},
           Case{"a \xFF b", "a b", "1:3+1 bad-expression", "has no meaning"},
           Case{"a <> b", "a != b", "1:3+2 bad-expression", "'<>' is no operator"},
           Case{"'abc", "<abc>", "1:1+4 bad-expression", "no closing quote"},
           Case{R"('abc\')", "<abc'>", "1:1+6 bad-expression", "no closing quote"},
           Case{"'a\xFF'", "<a\xFF>", "1:1+4 bad-expression", "not valid UTF-8"},
           Case{"10x", "?", "1:1+3 bad-expression", "neither a number nor a duration"},
           Case{"5m3", "?", "1:1+3 bad-expression", "neither a number nor a duration"},
           Case{"1.5m", "?", "1:1+4 bad-expression", "neither a number nor a duration"},
           Case{"1.2.3", "?", "1:1+5 bad-expression", "neither a number nor a duration"},
           Case{".", "?", "1:1+1 bad-expression", "neither a number nor a duration"},
           Case{"0x10", "?", "1:1+4 bad-expression", "neither a number nor a duration"},
           Case{"9223372036854775808", "?", "1:1+19 bad-expression", "too large"},
           Case{"106751991168d", "?", "1:1+13 bad-expression", "neither a number"},
           Case{"$", "?", "1:1+1 bad-expression", "not a capture"},
           Case{"$10", "?", "1:1+3 bad-expression", "not a capture"},
       }) {
    const Lexed lexed = Lex(c.text);
    EXPECT_EQ(lexed.tokens, c.tokens) << c.text;
    ASSERT_THAT(Briefs(lexed.issues), ElementsAre(c.brief)) << c.text;
    EXPECT_THAT(lexed.issues[0].message, HasSubstr(c.message)) << c.text;
    EXPECT_FALSE(lexed.issues[0].suggestion.empty()) << c.text;
  }
}

TEST(LexerTest, SeveralIssuesAreFoundInOneRun) {
  EXPECT_THAT(Briefs(Lex("10x # 5m3 'a").issues),
              ElementsAre("1:1+3 bad-expression", "1:5+1 bad-expression", "1:7+3 bad-expression",
                          "1:11+2 bad-expression"));
}

}  // namespace
}  // namespace postern::strategy
