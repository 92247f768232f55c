#include "strategy/policy/lint/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/strategy/diagnostics/brief.h"

namespace postern::strategy {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(LintPolicyTest, WarningsWaitUntilThereAreNoErrors) {
  PolicyDraft draft;
  draft.server_hostname = {"mail", {"p.toml", {1, 1}, 4}};
  draft.route_strategy = IfBlock::Literal("nowhere");
  IssueList errors;
  LintPolicy(draft, errors);
  EXPECT_THAT(Briefs(errors), UnorderedElementsAre("0:0+1 undefined-id"));
  draft.route_strategy.reset();
  IssueList warnings;
  LintPolicy(draft, warnings);
  EXPECT_THAT(Briefs(warnings), UnorderedElementsAre("1:1+4 ehlo-not-qualified?"));
}

TEST(LintPolicyTest, AnEmptyPolicyIsFine) {
  IssueList issues;
  LintPolicy({}, issues);
  EXPECT_THAT(issues.Sorted(), IsEmpty());
}

}  // namespace
}  // namespace postern::strategy
