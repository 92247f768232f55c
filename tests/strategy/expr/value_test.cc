#include "strategy/expr/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/expr/workspace.h"

namespace postern::strategy {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

Value I(std::int64_t integer) { return Value::Integer(integer); }
Value F(double number) { return Value::Float(number); }
Value T(std::string_view text) { return Value::Text(text); }

// Arrays for the tests below; they live as long as the program.
const std::vector<Value> kNoItems;
const std::vector<Value> kAB = {T("a"), T("b")};
const std::vector<Value> kAC = {T("a"), T("c")};
const std::vector<Value> kOne = {T("1")};
const Value kEmpty = Value::Array(kNoItems);

TEST(ValueTest, OnlyZeroAndEmptyAreFalse) {
  for (const Value& value : {I(0), F(0), F(-0.0), T(""), kEmpty}) EXPECT_FALSE(IsTrue(value));
  for (const Value& value :
       {I(1), I(-1), F(0.5), T("0"), T("false"), T(" "), Value::Array(kAB), F(NAN)})
    EXPECT_TRUE(IsTrue(value));
}

TEST(ValueTest, ATextIsANumberWhenAllOfItIs) {
  struct Case {
    std::string text;
    std::optional<double> number;
    bool is_integer = false;
  };
  for (const Case& c : {
           Case{"5", 5, true},
           Case{"-5", -5, true},
           Case{"+5", 5, true},
           Case{"007", 7, true},
           Case{"0.5", 0.5},
           Case{".5", 0.5},
           Case{"5.", 5},
           Case{"1e3", 1000},
           Case{"9223372036854775808", 9223372036854775808.0},
           Case{"1e999", INFINITY},
           Case{"-1e999", -INFINITY},
           Case{"1e-999", 0},
           Case{"inf", INFINITY},
           Case{"", {}},
           Case{" 5", {}},
           Case{"5 ", {}},
           Case{"5m", {}},
           Case{"0x10", {}},
           Case{"+-5", {}},
           Case{"++5", {}},
           Case{"nan(1)", {}},
           Case{"abc", {}},
       }) {
    const std::optional<Value> parsed = ParseNumber(c.text);
    ASSERT_EQ(parsed.has_value(), c.number.has_value()) << c.text;
    if (!parsed) continue;
    EXPECT_EQ(parsed->is_integer(), c.is_integer) << c.text;
    EXPECT_EQ(parsed->AsFloat(), *c.number) << c.text;
  }
}

TEST(ValueTest, EqualityFollowsStalwart) {
  EXPECT_TRUE(Equals(I(1), F(1.0)));
  EXPECT_TRUE(Equals(T("a"), T("a")));
  EXPECT_FALSE(Equals(T("a"), T("A")));
  EXPECT_TRUE(Equals(T("abc"), I(0)));  // differences table, "'abc' == 0 is true": kept
  EXPECT_TRUE(Equals(I(5), T("5")));
  EXPECT_TRUE(Equals(T("5.0"), I(5)));
  EXPECT_FALSE(Equals(T("5.0"), T("5")));
  EXPECT_TRUE(Equals(Value::Array(kAB), Value::Array(kAB)));
  EXPECT_FALSE(Equals(Value::Array(kAB), Value::Array(kAC)));
  EXPECT_FALSE(Equals(Value::Array(kOne), T("1")));
  EXPECT_FALSE(Equals(kEmpty, T("")));
  EXPECT_FALSE(Equals(kEmpty, I(0)));
  EXPECT_TRUE(Equals(kEmpty, kEmpty));
  EXPECT_FALSE(Equals(F(NAN), F(NAN)));
}

TEST(ValueTest, OrderFollowsStalwart) {
  struct Case {
    Value a, b;
    std::partial_ordering order;
  };
  using Order = std::partial_ordering;
  for (const Case& c : {
           Case{I(1), I(2), Order::less},
           Case{F(2.5), I(2), Order::greater},
           Case{T("10"), T("9"), Order::less},
           Case{T("10"), I(9), Order::greater},
           Case{T("abc"), I(1), Order::less},
           Case{Value::Array(kAB), Value::Array(kAC), Order::less},
           Case{Value::Array(kAB), kEmpty, Order::greater},
           Case{kEmpty, T("z"), Order::greater},
           Case{T("z"), kEmpty, Order::greater},
           Case{kEmpty, I(5), Order::greater},
           Case{I(5), kEmpty, Order::less},
           Case{F(NAN), I(5), Order::unordered},
       })
    EXPECT_EQ(Compare(c.a, c.b), c.order) << ToInteger(c.a) << " " << ToInteger(c.b);
}

TEST(ValueTest, IntegersSaturateAndFloatsDoNot) {
  EXPECT_EQ(AddNumbers(I(kMost), I(1)).integer(), kMost);
  EXPECT_EQ(AddNumbers(I(kLeast), I(-1)).integer(), kLeast);
  EXPECT_EQ(SubtractNumbers(I(kLeast), I(1)).integer(), kLeast);
  EXPECT_EQ(SubtractNumbers(I(kMost), I(-1)).integer(), kMost);
  EXPECT_EQ(Multiply(I(kMost), I(-2)).integer(), kLeast);
  EXPECT_EQ(Multiply(I(kLeast), I(-1)).integer(), kMost);
  EXPECT_EQ(Negate(I(kLeast)).integer(), kMost);
  EXPECT_EQ(AddNumbers(I(1), F(0.5)).number(), 1.5);
}

TEST(ValueTest, DivisionGivesAFloatAndByZeroGivesZero) {
  EXPECT_EQ(Divide(I(5), I(2)).number(), 2.5);
  EXPECT_EQ(Divide(I(4), I(2)).type(), Value::Type::kFloat);
  EXPECT_EQ(Divide(I(4), I(0)).number(), 0.0);
  EXPECT_EQ(Divide(I(4), T("abc")).number(), 0.0);
  EXPECT_EQ(Divide(T("5"), T("2")).number(), 2.5);
}

TEST(ValueTest, WhatIsNoNumberCountsAsZeroButAnEmptyArrayAsOne) {
  EXPECT_EQ(ToNumber(T("abc")).integer(), 0);
  EXPECT_EQ(ToNumber(Value::Array(kAB)).integer(), 0);
  EXPECT_EQ(ToNumber(kEmpty).integer(), 1);
  EXPECT_EQ(SubtractNumbers(T("7"), T("2")).integer(), 5);
  EXPECT_EQ(Multiply(T("3"), I(2)).integer(), 6);
  EXPECT_EQ(ToInteger(F(-2.9)), -2);
  EXPECT_EQ(ToInteger(F(1e300)), kMost);
  EXPECT_EQ(ToInteger(F(-1e300)), kLeast);
  EXPECT_EQ(ToInteger(F(NAN)), 0);
}

TEST(ValueTest, AnIndexThatIsNotThereGivesTheEmptyText) {
  const Value array = Value::Array(kAB);
  EXPECT_EQ(ItemAt(array, I(1)).text(), "b");
  EXPECT_EQ(ItemAt(array, T("1")).text(), "b");
  EXPECT_EQ(ItemAt(array, F(1.9)).text(), "b");
  for (const Value& index : {I(2), I(-1), T("x"), T(""), I(kMost), array})
    EXPECT_EQ(ItemAt(array, index).text(), "");
  EXPECT_EQ(ItemAt(T("abc"), I(0)).text(), "abc");
  EXPECT_EQ(ItemAt(T("abc"), I(1)).text(), "");
  EXPECT_EQ(ItemAt(I(7), I(0)).integer(), 7);
  EXPECT_EQ(ItemAt(T(""), I(0)).text(), "");
}

TEST(ValueTest, NumbersAreWrittenShortAndWithoutAnExponent) {
  EXPECT_EQ(NumberText(I(kLeast)), "-9223372036854775808");
  EXPECT_EQ(NumberText(F(1)), "1");
  EXPECT_EQ(NumberText(F(0.1)), "0.1");
  EXPECT_EQ(NumberText(F(1e21)), "1000000000000000000000");
  EXPECT_EQ(NumberText(F(INFINITY)), "inf");
  EXPECT_EQ(NumberText(F(NAN)), "NaN");
  EXPECT_EQ(NumberText(F(5e-324)).size(), 326u);
  EXPECT_EQ(NumberText(F(1.7976931348623157e308)).size(), 309u);
}

class WorkspaceTest : public ::testing::Test {
 protected:
  Arena arena_;
  EvaluationLimits limits_;
  Workspace work_{arena_, limits_};
};

TEST_F(WorkspaceTest, PlusJoinsTextsAndArrays) {
  EXPECT_EQ(work_.Add(T("a"), T("b")).text(), "ab");
  EXPECT_EQ(work_.Add(T("a"), I(5)).text(), "a5");
  EXPECT_EQ(work_.Add(F(0.5), T("a")).text(), "0.5a");
  EXPECT_EQ(work_.Add(T(""), I(5)).integer(), 5);  // the other operand, unchanged
  EXPECT_EQ(work_.Add(F(0.5), T("")).number(), 0.5);
  EXPECT_EQ(work_.Add(T(""), T("")).text(), "");
  EXPECT_EQ(work_.ToText(work_.Add(Value::Array(kAB), Value::Array(kAC))), "a\r\nb\r\na\r\nc");
  EXPECT_EQ(work_.ToText(work_.Add(Value::Array(kAB), I(5))), "a\r\nb\r\n5");
  EXPECT_EQ(work_.ToText(work_.Add(I(5), Value::Array(kAB))), "5\r\na\r\nb");
  EXPECT_EQ(work_.Add(kEmpty, T("")).items().size(), 1u);
}

TEST_F(WorkspaceTest, MinusTakesEqualItemsOutOfAnArray) {
  EXPECT_EQ(work_.ToText(work_.Subtract(Value::Array(kAB), T("a"))), "b");
  EXPECT_EQ(work_.Subtract(Value::Array(kOne), I(1)).items().size(), 0u);
  EXPECT_EQ(work_.Subtract(Value::Array(kAB), Value::Array(kAB)).items().size(), 2u);
  EXPECT_EQ(work_.Subtract(I(5), kEmpty).integer(), 4);
}

TEST_F(WorkspaceTest, AScalarIsAnArrayOfOneAndTheEmptyTextOfNone) {
  EXPECT_EQ(work_.ToArray(T("a")).size(), 1u);
  EXPECT_EQ(work_.ToArray(I(0)).size(), 1u);
  EXPECT_EQ(work_.ToArray(T("")).size(), 0u);
}

TEST_F(WorkspaceTest, ATextOverTheLimitIsNotMade) {
  limits_.text = 10;
  EXPECT_EQ(work_.Add(T("12345"), T("12345")).text(), "1234512345");
  EXPECT_FALSE(work_.over_budget());
  EXPECT_EQ(work_.Add(T("123456"), T("12345")).text(), "");
  EXPECT_TRUE(work_.over_budget());
  EXPECT_EQ(work_.exceeded(), "it makes a text that is too long");
}

TEST_F(WorkspaceTest, JoiningAnArrayStopsAtTheLimitToo) {
  limits_.text = 3;
  EXPECT_EQ(work_.ToText(Value::Array(kAB)), "");
  EXPECT_TRUE(work_.over_budget());
}

TEST_F(WorkspaceTest, AnArrayOverTheLimitIsNotMade) {
  limits_.array = 3;
  EXPECT_EQ(work_.Add(Value::Array(kAB), T("c")).items().size(), 3u);
  EXPECT_FALSE(work_.over_budget());
  EXPECT_FALSE(IsTrue(work_.Add(Value::Array(kAB), Value::Array(kAB))));
  EXPECT_EQ(work_.exceeded(), "it makes an array that is too long");
}

TEST_F(WorkspaceTest, StepsRunOutOnceAndForAll) {
  EvaluationLimits limits;
  limits.steps = 10;
  Workspace work(arena_, limits);
  EXPECT_TRUE(work.Charge(10));
  EXPECT_FALSE(work.Charge(1));
  EXPECT_FALSE(work.Charge(1));
  EXPECT_EQ(work.exceeded(), "it takes too many steps");
}

}  // namespace
}  // namespace postern::strategy
