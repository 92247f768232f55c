#include "strategy/expr/condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/strategy/expr/expr_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Reason = Unreachable::Reason;

TEST(TruthOfTest, ConstantAndContradictoryConditionsAreFound) {
  struct Case {
    std::string text;
    Truth truth;
  };
  for (const Case& c : {
           Case{"true", Truth::kAlways},
           Case{"0", Truth::kNever},
           Case{"''", Truth::kNever},
           Case{"[1] + 2", Truth::kAlways},
           Case{"'abc' == 0", Truth::kAlways},
           Case{"starts_with('abc', 'b')", Truth::kNever},
           Case{"!(1 > 2)", Truth::kAlways},
           Case{"size && false", Truth::kNever},
           Case{"size || 1 == 1", Truth::kAlways},
           Case{"recipients == 'a'", Truth::kNever},
           Case{"recipients != 'a'", Truth::kAlways},
           Case{"[size]", Truth::kAlways},
           Case{"retry_num > 3 && retry_num < 2", Truth::kNever},
           Case{"retry_num > 3 && (size || 1) && retry_num == 3", Truth::kNever},
           Case{"retry_num > 1 && !(retry_num > 1)", Truth::kNever},
           Case{"retry_num > 1 || retry_num <= 1", Truth::kAlways},
           Case{"rcpt == 'a' && rcpt == 'b'", Truth::kNever},
           Case{"mx != 'a' || mx != 'b'", Truth::kAlways},
           Case{"retry_num > 3", Truth::kDepends},
           Case{"retry_num > 3 || retry_num < 2", Truth::kDepends},
           Case{"rcpt == 'a' || rcpt == 'b'", Truth::kDepends},
           Case{"is_local_domain('*', 'a')", Truth::kDepends},
           Case{"dns_query('a', 'mx')", Truth::kDepends},
           Case{"config_get('server.hostname') == 'a'", Truth::kDepends},
           Case{"labels['a']", Truth::kDepends},
           Case{"matches('(.)', rcpt) && $1 == 'a' && $1 == 'b'", Truth::kDepends},
       })
    EXPECT_EQ(TruthOf(Parsed(c.text)), c.truth) << c.text;
}

TEST(ImpliesTest, WhatFollowsIsSeen) {
  struct Case {
    std::string first;
    std::string second;
  };
  for (const Case& c : {
           Case{"retry_num > 1", "retry_num > 0"},
           Case{"retry_num > 1 && rcpt == 'x'", "retry_num > 0 && rcpt == 'x'"},
           Case{"rcpt == 'x' && retry_num > 1", "retry_num > 0 && rcpt == 'x'"},
           Case{"retry_num > 1", "retry_num >= 2"},
           Case{"retry_num >= 2", "retry_num > 1"},
           Case{"1 < retry_num", "retry_num > 0"},
           Case{"retry_num == 5", "retry_num != 4"},
           Case{"retry_num == 5", "retry_num < 6"},
           Case{"retry_num > 5", "retry_num != 5"},
           Case{"retry_num > 5", "retry_num"},
           Case{"priority < -1", "priority < 0"},
           Case{"mx == 'a'", "mx != 'b'"},
           Case{"mx == 'a'", "mx"},
           Case{"!mx", "mx != 'a'"},
           Case{"mx == 'a'", "mx == 'b' || mx == 'a'"},
           Case{"mx == 'a' || mx == 'b'", "mx == 'b' || mx == 'c' || mx == 'a'"},
           Case{"!(retry_num > 0)", "!(retry_num > 1)"},
           Case{"!(retry_num > 0 || size > 5)", "retry_num < 1"},
           Case{"matches('a', rcpt) && size > 1", "matches('a', rcpt)"},
           Case{"retry_num = 1", "retry_num == 1"},
       })
    EXPECT_TRUE(Implies(Parsed(c.first), Parsed(c.second))) << c.first << " => " << c.second;
}

TEST(ImpliesTest, NothingElseIsClaimed) {
  struct Case {
    std::string first;
    std::string second;
  };
  for (const Case& c : {
           Case{"retry_num > 0", "retry_num > 1"},
           Case{"retry_num > 1", "size > 0"},
           Case{"retry_num > 1 || rcpt == 'x'", "retry_num > 0"},
           Case{"retry_num > 0", "retry_num > 0 && rcpt == 'x'"},
           Case{"mx != 'a'", "mx == 'b'"},
           Case{"mx != 'b'", "mx"},
           Case{"retry_num != 4", "retry_num == 5"},
           Case{"retry_num", "retry_num > 0"},  // it might be negative
           Case{"rcpt > 'b'", "rcpt > 'a'"},    // true, but not looked into
           Case{"matches('(a)', rcpt) && $1 == 'x'", "matches('(b)', rcpt) && $1 == 'x'"},
           Case{"$1 == 'x' && size > 1", "$1 == 'x'"},
       })
    EXPECT_FALSE(Implies(Parsed(c.first), Parsed(c.second))) << c.first << " => " << c.second;
}

// What Implies claims holds for every value that a variable can have here.
TEST(ImpliesTest, ClaimsAreTrue) {
  const std::string kOperators[] = {"==", "!=", "<", "<=", ">", ">="};
  std::vector<std::string> conditions = {"retry_num", "!retry_num"};
  for (const std::string& op : kOperators) {
    for (int constant = -1; constant <= 2; ++constant) {
      conditions.push_back("retry_num " + op + " " + std::to_string(constant));
      conditions.push_back("!(" + std::to_string(constant) + " " + op + " retry_num)");
    }
  }
  std::vector<Expression> parsed;
  for (const std::string& text : conditions) parsed.push_back(Parsed(text));
  const auto holds = [](const Expression& condition, int retry_num) {
    Variables v;
    v.retry_num = retry_num;
    return IsTrue(condition.Evaluate(v).value);
  };
  for (const Expression& a : parsed) {
    for (const Expression& b : parsed) {
      bool follows = true;
      for (int value = -4; value <= 5; ++value) follows &= !holds(a, value) || holds(b, value);
      EXPECT_EQ(Implies(a, b), follows) << a.text() << " => " << b.text();
      const Expression both = Parsed("(" + a.text() + ") && (" + b.text() + ")");
      bool is_possible = false;
      for (int value = -4; value <= 5; ++value) is_possible |= holds(both, value);
      if (TruthOf(both) == Truth::kNever) {
        EXPECT_FALSE(is_possible) << both.text();
      }
    }
  }
}

IfBlock Block(const std::vector<std::string>& conditions) {
  std::vector<IfBlockItem> items;
  for (const std::string& condition : conditions) {
    IfBlockItem& item = items.emplace_back();
    item.condition = {condition, PlaceOf(condition)};
    item.result = {"'a'", PlaceOf("'a'")};
  }
  items.emplace_back().otherwise = {"'b'", PlaceOf("'b'")};
  IssueList issues;
  return IfBlock::Parse(items, {}, IdContext(VariableSet::kHost), issues).value();
}

TEST(FindUnreachableTest, EachBranchThatCannotBeTakenSaysWhy) {
  EXPECT_THAT(FindUnreachable(Block({"retry_num > 0 && last_error == 'tls'", "size > 5",
                                     "retry_num > 1 && last_error == 'tls'", "size > 5", "0"})),
              ElementsAre(Unreachable{2, Reason::kImplied, 0}, Unreachable{3, Reason::kSame, 1},
                          Unreachable{4, Reason::kNever, 4}));
  EXPECT_THAT(FindUnreachable(Block({"size > 5", "1", "retry_num"})),
              ElementsAre(Unreachable{2, Reason::kAfterAlways, 1},
                          Unreachable{3, Reason::kAfterAlways, 1}));
  EXPECT_THAT(FindUnreachable(Block({"size > 5", "size > 4", "mx == 'a'"})), IsEmpty());
  EXPECT_THAT(FindUnreachable(IfBlock::Literal("a")), IsEmpty());
}

TEST(FindUnreachableTest, AThousandLongConditionsTakeNoTime) {
  std::string chain = "size == 0";
  for (int i = 1; i < 400; ++i) chain += " || size == " + std::to_string(i);
  std::vector<std::string> conditions;
  for (int i = 0; i < 500; ++i)
    conditions.push_back(chain + " && mx == '" + std::to_string(i) + "'");
  (void)FindUnreachable(Block(conditions));
}

}  // namespace
}  // namespace postern::strategy
