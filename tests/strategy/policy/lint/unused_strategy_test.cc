#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/strategy/policy/lint/lint_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(UnusedStrategyTest, EachBranchAndTheElseCount) {
  EXPECT_THAT(Found("unused-strategy", R"toml(
[queue.strategy]
connection = [
  { if = "retry_num > 2", then = "'slow'" },
  { if = "size > 9", then = "if_then(priority > 0, 'fast', 'bulk')" },
  { else = "'pool'" },
]
[queue.connection.slow]
[queue.connection.fast]
[queue.connection.bulk]
[queue.connection.pool]
[queue.connection.Pool]
)toml"),
              ElementsAre(HasSubstr("12:19 warning: queue.connection.'Pool' is never chosen")));
}

TEST(UnusedStrategyTest, ABuiltInIdIsBuiltInInItsOwnSectionOnly) {
  EXPECT_THAT(Found("unused-strategy", R"toml(
[queue.strategy]
route = "'a'"
connection = "'b'"
tls = "'c'"
[queue.route.a]
type = "mx"
[queue.route.mx]
type = "mx"
[queue.route.invalid-tls]
type = "mx"
[queue.connection.b]
[queue.connection.default]
[queue.connection.mx]
[queue.tls.c]
[queue.tls.default]
[queue.tls.invalid-tls]
[queue.tls.mx]
)toml"),
              ElementsAre(HasSubstr("10:14 warning: queue.route.'invalid-tls'"),
                          HasSubstr("14:19 warning: queue.connection.'mx'"),
                          HasSubstr("18:12 warning: queue.tls.'mx'")));
}

TEST(UnusedStrategyTest, OneComputedResultIsEnoughToNameAll) {
  EXPECT_THAT(Found("unused-strategy", R"toml(
[queue.strategy]
connection = [
  { if = "matches('^([a-z]+)[.]', rcpt_domain)", then = "'pool-' + $1" },
  { else = "'default'" },
]
[queue.connection.pool-a]
)toml"),
              IsEmpty());
}

}  // namespace
}  // namespace postern::strategy
