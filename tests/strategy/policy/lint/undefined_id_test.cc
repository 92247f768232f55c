#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "strategy/policy/lint/lint.h"
#include "tests/strategy/diagnostics/brief.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A rule of one expression that stands, in double quotes, at line 2 and column 9 of a file.
IfBlock Written(const std::string& text) {
  IssueList issues;
  const SourceRange range{"p.toml", {2, 9}, static_cast<std::uint32_t>(text.size() + 2)};
  ExpressionContext context;
  context.variables = VariableSet::kHost;
  return IfBlock(Expression::Parse(text, range, context, issues).value());
}

PolicyDraft DraftWith(const std::vector<std::string>& routes,
                      const std::vector<std::string>& connections) {
  PolicyDraft draft;
  for (const std::string& id : routes) draft.routes.emplace_back().id = id;
  for (const std::string& id : connections) draft.connections.emplace_back().id = id;
  return draft;
}

std::vector<Issue> Lint(const PolicyDraft& draft) {
  IssueList issues;
  LintUndefinedId(draft, issues);
  return issues.Sorted();
}

TEST(UndefinedIdTest, ADefinedIdIsFine) {
  PolicyDraft draft = DraftWith({"smart"}, {"pool"});
  draft.route_strategy = Written("'smart'");
  draft.connection_strategy = Written("'pool'");
  EXPECT_THAT(Lint(draft), IsEmpty());
}

TEST(UndefinedIdTest, TheBuiltInIdsAreAlwaysThere) {
  PolicyDraft draft;
  EXPECT_THAT(Lint(draft), IsEmpty());
  draft.route_strategy = Written("'mx'");
  draft.connection_strategy = Written("'default'");
  EXPECT_THAT(Lint(draft), IsEmpty());
}

TEST(UndefinedIdTest, AnIdThatIsNotDefinedIsAnErrorAtItsLiteral) {
  PolicyDraft draft = DraftWith({"smart"}, {"pool"});
  draft.route_strategy = Written(" 'archive'");
  const std::vector<Issue> issues = Lint(draft);
  ASSERT_THAT(Briefs(issues), ElementsAre("2:11+9 undefined-id"));
  EXPECT_EQ(issues[0].message, "there is no queue.route.'archive'");
  EXPECT_EQ(issues[0].suggestion, "define it, or name another; 'mx' is always there");
}

TEST(UndefinedIdTest, AMisspeltIdIsToldWhichWasMeant) {
  PolicyDraft draft = DraftWith({"smart"}, {"pool"});
  draft.route_strategy = Written("'samrt'");
  draft.connection_strategy = Written("'defualt'");
  const std::vector<Issue> issues = Lint(draft);
  ASSERT_EQ(issues.size(), 2u);
  EXPECT_EQ(issues[0].suggestion, "did you mean 'smart'?");
  EXPECT_EQ(issues[1].message, "there is no queue.connection.'defualt'");
  EXPECT_EQ(issues[1].suggestion, "did you mean 'default'?");
}

TEST(UndefinedIdTest, ARouteIsNoConnectionAndCaseCounts) {
  PolicyDraft draft = DraftWith({"a", "Pool"}, {"b"});
  draft.route_strategy = Written("'b'");
  draft.connection_strategy = Written("'Pool'");
  EXPECT_EQ(Lint(draft).size(), 2u);
}

TEST(UndefinedIdTest, EveryIdThatIsWrittenOutMustExist) {
  PolicyDraft draft = DraftWith({"a"}, {});
  draft.route_strategy =
      Written("if_then(retry_num > 1, 'a', if_then(size > 9, 'b', rcpt_domain))");
  EXPECT_THAT(Briefs(Lint(draft)), ElementsAre("2:56+3 undefined-id"));
}

TEST(UndefinedIdTest, TlsHasTwoBuiltInIds) {
  PolicyDraft draft;
  draft.tls.emplace_back().id = "strict";
  draft.tls_strategy =
      Written("if_then(mx, 'strict', if_then(retry_num, 'invalid-tls', 'default'))");
  EXPECT_THAT(Lint(draft), IsEmpty());
  draft.tls_strategy = Written("'strickt'");
  EXPECT_EQ(Lint(draft).at(0).suggestion, "did you mean 'strict'?");
}

}  // namespace
}  // namespace postern::strategy
