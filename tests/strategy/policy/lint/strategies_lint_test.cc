// The rules about which strategies rules can choose.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/strategy/policy/lint/lint_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(UnreachableBranchTest, AConditionThatAnEarlierOneCoversIsFound) {
  EXPECT_THAT(Found("unreachable-branch", R"toml(
[queue.strategy]
tls = [
  { if = "retry_num > 0 && last_error == 'tls'", then = "'invalid-tls'" },
  { if = "retry_num > 1 && last_error == 'tls'", then = "'invalid-tls'" },
  { else = "'default'" },
]
)toml"),
              ElementsAre("5:10 warning: this is never reached: whenever its condition holds, that "
                          "of the branch at line 4 does too"));
}

TEST(UnreachableBranchTest, ARepeatedAConstantAndAnImpossibleConditionAreFound) {
  EXPECT_THAT(Found("unreachable-branch", R"toml(
[queue.strategy]
route = [
  { if = "size > 10", then = "'mx'" },
  { if = "10 < size", then = "'mx'" },
  { if = "retry_num > 3 && retry_num < 2", then = "'mx'" },
  { if = "true", then = "'mx'" },
  { else = "'mx'" },
]
)toml"),
              ElementsAre("5:10 warning: this is never reached: whenever its condition holds, that "
                          "of the branch at line 4 does too",
                          "6:10 warning: this condition never holds",
                          "8:12 warning: this is never reached: the condition at line 7 always "
                          "holds"));
}

TEST(UnreachableBranchTest, BranchesThatDifferAreFine) {
  EXPECT_THAT(Found("unreachable-branch", R"toml(
[queue.strategy]
connection = [
  { if = "retry_num > 1 && mx == 'a'", then = "'default'" },
  { if = "retry_num > 0 && mx == 'a'", then = "'default'" },
  { else = "'default'" },
]
)toml"),
              IsEmpty());
}

TEST(UnusedStrategyTest, WhatNoRuleNamesIsFound) {
  EXPECT_THAT(Found("unused-strategy", R"toml(
[queue.strategy]
route = "if_then(size > 9, 'big', 'mx')"
[queue.route.big]
type = "mx"
[queue.route.other]
type = "mx"
[queue.connection.pool]
[queue.tls.strict]
)toml"),
              ElementsAre("6:14 warning: queue.route.'other' is never chosen by "
                          "queue.strategy.route: only a request's override can name it",
                          "8:19 warning: queue.connection.'pool' is never chosen by "
                          "queue.strategy.connection: only a request's override can name it",
                          "9:12 warning: queue.tls.'strict' is never chosen by "
                          "queue.strategy.tls: only a request's override can name it"));
}

TEST(UnusedStrategyTest, ARuleThatComputesMayNameAll) {
  EXPECT_THAT(Found("unused-strategy", R"toml(
[queue.strategy]
route = "labels['route']"
[queue.route.other]
type = "mx"
)toml"),
              IsEmpty());
}

TEST(UnusedStrategyTest, FallbacksAndTheBuiltInIdsAreInUse) {
  EXPECT_THAT(Found("unused-strategy", R"toml(
[queue.route.mx]
type = "mx"
[queue.connection.default]
[queue.tls.default]
[queue.tls.invalid-tls]
)toml"),
              IsEmpty());
}

}  // namespace
}  // namespace postern::strategy
