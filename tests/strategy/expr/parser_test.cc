#include "strategy/expr/parser.h"

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
using ::testing::SizeIs;

// The tree with a bracket around every operation: "((a + b) == 1)".
std::string Shown(const Ast& ast, NodeId id) {
  const Node& node = ast.at(id);
  std::vector<std::string> parts;
  for (const NodeId child : node.children) parts.push_back(Shown(ast, child));
  std::string list;
  for (const std::string& part : parts) list += (list.empty() ? "" : ", ") + part;
  switch (node.kind) {
    case Node::Kind::kBroken:
      return "?";
    case Node::Kind::kInteger:
      return std::to_string(node.integer);
    case Node::Kind::kFloat:
      return std::to_string(node.number);
    case Node::Kind::kText:
      return "'" + node.text + "'";
    case Node::Kind::kVariable:
      return node.text;
    case Node::Kind::kLabel:
      return "labels[" + list + "]";
    case Node::Kind::kCapture:
      return "$" + std::to_string(node.integer);
    case Node::Kind::kArray:
      return "[" + list + "]";
    case Node::Kind::kUnary:
      return "(" + std::string(OperatorText(node.op)) + parts[0] + ")";
    case Node::Kind::kBinary:
      return "(" + parts[0] + " " + std::string(OperatorText(node.op)) + " " + parts[1] + ")";
    case Node::Kind::kIndex:
      return parts[0] + "[" + parts[1] + "]";
    case Node::Kind::kCall:
      return node.text + "(" + list + ")";
  }
  return "";
}

struct Parsed {
  std::string tree;
  std::vector<Issue> issues;
};

Parsed Parse(std::string_view text, const ExpressionLimits& limits = {}) {
  const SourceRange range{"p", {1, 1}, static_cast<std::uint32_t>(text.size())};
  IssueList issues;
  Reporter reporter(text, range, issues);
  const std::vector<Token> tokens = Tokenize(reporter);
  const Ast ast = ParseTokens(tokens, limits, reporter);
  return {Shown(ast, ast.root()), issues.Sorted()};
}

TEST(ParserTest, PrecedenceIsTheDocumentedOne) {
  struct Case {
    std::string text;
    std::string tree;
  };
  for (const Case& c : {
           Case{"a || b && c", "(a || (b && c))"},
           Case{"a && b || c", "((a && b) || c)"},
           Case{"a && b ^ c", "(a && (b ^ c))"},
           Case{"a ^ b == c", "(a ^ (b == c))"},
           Case{"a == b < c", "(a == (b < c))"},
           Case{"a < b + c", "(a < (b + c))"},
           Case{"a + b * c", "(a + (b * c))"},
           Case{"a - b - c", "((a - b) - c)"},
           Case{"a / b * c", "((a / b) * c)"},
           Case{"a == b != c", "((a == b) != c)"},
           Case{"!a == b", "((!a) == b)"},
           Case{"-a * b", "((-a) * b)"},
           Case{"!!a", "(!(!a))"},
           Case{"a - -1", "(a - (-1))"},
           Case{"!-a", "(!(-a))"},  // a binary minus in Stalwart
           Case{"(a || b) && c", "((a || b) && c)"},
           Case{"a[1]", "a[1]"},
           Case{"-a[1]", "(-a[1])"},
           Case{"split(a, 'x')[1 + 1]", "split(a, 'x')[(1 + 1)]"},
           Case{"[a, 1][0]", "[a, 1][0]"},
           Case{"a[0][1]", "a[0][1]"},
           Case{"('abc')[0]", "'abc'[0]"},
           Case{"[]", "[]"},
           Case{"[-1]", "[(-1)]"},              // differences table: [] in Stalwart
           Case{"[('a'), 'b']", "['a', 'b']"},  // an arity error in Stalwart
           Case{"[a + b, f(c)]", "[(a + b), f(c)]"},
           Case{"f()", "f()"},
           Case{"if_then(a, 'x', 'y')", "if_then(a, 'x', 'y')"},
           Case{"labels['tenant'] == 'x'", "(labels['tenant'] == 'x')"},
           Case{"$1 == '$1'", "($1 == '$1')"},
       }) {
    const Parsed parsed = Parse(c.text);
    EXPECT_EQ(parsed.tree, c.tree) << c.text;
    EXPECT_THAT(Briefs(parsed.issues), IsEmpty()) << c.text;
  }
}

TEST(ParserTest, WhatIsNotInTheGrammarIsAnErrorAtItsPlace) {
  struct Case {
    std::string text;
    std::string brief;
    std::string message;
  };
  for (const Case& c : {
           Case{"", "1:1+1 bad-expression", "the expression is empty"},
           Case{"1 +", "1:4+1 bad-expression", "an operand is missing after '+'"},  // 1 in Stalwart
           Case{"+ 1", "1:1+1 bad-expression", "an operand is missing before '+'"},
           Case{"* 2", "1:1+1 bad-expression", "an operand is missing before '*'"},
           Case{"a == == b", "1:6+2 bad-expression", "missing after '=='"},
           Case{"1 2", "1:3+1 bad-expression", "an operator is missing before '2'"},
           Case{"a 'x'", "1:3+3 bad-expression", "an operator is missing"},
           Case{"a !b", "1:3+1 bad-expression", "an operator is missing before '!'"},
           Case{"a and b", "1:3+3 bad-expression", "'and' is no operator"},
           Case{"a or b", "1:3+2 bad-expression", "'or' is no operator"},
           Case{"(a", "1:1+1 bad-expression", "this '(' is not closed"},
           Case{"f(a", "1:2+1 bad-expression", "this '(' is not closed"},
           Case{"[a", "1:1+1 bad-expression", "this '[' is not closed"},
           Case{"a[0", "1:2+1 bad-expression", "this '[' is not closed"},
           Case{"a)", "1:2+1 bad-expression", "nothing opens this ')'"},
           Case{"a]", "1:2+1 bad-expression", "nothing opens this ']'"},
           Case{"a, b", "1:2+1 bad-expression", "a comma stands between"},
           Case{"f(a,)", "1:5+1 bad-expression", "missing after ','"},
           Case{"[a,,b]", "1:4+1 bad-expression", "missing after ','"},
           Case{"()", "1:2+1 bad-expression", "missing after '('"},
           Case{"a[]", "1:3+1 bad-expression", "missing after '['"},
           Case{"'abc'[0]", "1:6+1 bad-expression", "a constant cannot be indexed"},
           Case{"5[0]", "1:2+1 bad-expression", "a constant cannot be indexed"},
       }) {
    const Parsed parsed = Parse(c.text);
    ASSERT_THAT(Briefs(parsed.issues), ElementsAre(c.brief)) << c.text;
    EXPECT_THAT(parsed.issues[0].message, HasSubstr(c.message)) << c.text;
    EXPECT_FALSE(parsed.issues[0].suggestion.empty()) << c.text;
  }
}

TEST(ParserTest, ItGoesOnBehindAnError) {
  EXPECT_THAT(Briefs(Parse("(a == ) && f(1 2, ) ]").issues),
              ElementsAre("1:7+1 bad-expression", "1:16+1 bad-expression", "1:19+1 bad-expression",
                          "1:21+1 bad-expression"));
}

TEST(ParserTest, AGlobalIsZeroAndSaidToBe) {
  const Parsed parsed = Parse("$limit + 1");
  EXPECT_EQ(parsed.tree, "(0 + 1)");
  EXPECT_THAT(Briefs(parsed.issues), ElementsAre("1:1+6 always-zero?"));
}

TEST(ParserTest, DepthIsLimitedInEveryConstruct) {
  for (const std::string piece : {"(", "[", "!", "-", "f(", "a[", "labels[", "1+(", "if_then(1,"}) {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += piece;
    const Parsed parsed = Parse(text);
    ASSERT_FALSE(parsed.issues.empty()) << piece;
    EXPECT_EQ(parsed.issues[0].rule, "over-budget") << piece;
    EXPECT_THAT(parsed.issues, SizeIs(1)) << piece;
  }
}

TEST(ParserTest, NestingUpToTheLimitIsFine) {
  ExpressionLimits limits;
  limits.nesting = 3;
  EXPECT_THAT(Briefs(Parse("((1))", limits).issues), IsEmpty());
  EXPECT_THAT(Briefs(Parse("(((1)))", limits).issues), ElementsAre("1:4+1 over-budget"));
}

TEST(ParserTest, OperatorsInARowAreLimited) {
  const auto sum = [](int count) {
    std::string text = "1";
    for (int i = 1; i < count; ++i) text += "+1";
    return text;
  };
  EXPECT_THAT(Briefs(Parse(sum(512)).issues), IsEmpty());
  EXPECT_THAT(Parse(sum(513)).issues, SizeIs(1));
  EXPECT_EQ(Parse(sum(30'000)).issues.at(0).rule, "over-budget");
}

TEST(ParserTest, NodesAndItemsAreLimited) {
  ExpressionLimits limits;
  limits.nodes = 5;
  EXPECT_THAT(Briefs(Parse("1+2+3", limits).issues), IsEmpty());
  EXPECT_EQ(Parse("1+2+3+4", limits).issues.at(0).rule, "over-budget");
  limits = {};
  limits.array = 2;
  EXPECT_THAT(Briefs(Parse("[1,2]", limits).issues), IsEmpty());
  EXPECT_EQ(Parse("[1,2,3]", limits).issues.at(0).message, "the array has more than 2 items");
}

TEST(ParserTest, AFloodOfErrorsIsCut) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "1 ) ";
  EXPECT_THAT(Parse(text).issues, SizeIs(20));
}

}  // namespace
}  // namespace postern::strategy
