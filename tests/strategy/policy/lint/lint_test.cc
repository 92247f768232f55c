#include "strategy/policy/lint/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/strategy/diagnostics/brief.h"

namespace postern::strategy {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(LintPolicyTest, EveryRuleIsAsked) {
  PolicyDraft draft;
  draft.server_hostname = {"mail", {"p.toml", {1, 1}, 4}};
  draft.route_strategy = IfBlock::Literal("nowhere");
  IssueList issues;
  LintPolicy(draft, issues);
  EXPECT_THAT(Briefs(issues),
              UnorderedElementsAre("1:1+4 ehlo-not-qualified?", "0:0+1 undefined-id"));
}

TEST(LintPolicyTest, AnEmptyPolicyIsFine) {
  IssueList issues;
  LintPolicy({}, issues);
  EXPECT_THAT(issues.Sorted(), IsEmpty());
}

}  // namespace
}  // namespace postern::strategy
