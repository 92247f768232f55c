#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "strategy/policy/lint/lint.h"
#include "tests/strategy/diagnostics/brief.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Placed<std::string> Name(const std::string& name, std::uint32_t line) {
  return {name, {"p.toml", {line, 1}, static_cast<std::uint32_t>(name.size())}};
}

std::vector<Issue> Lint(const PolicyDraft& draft) {
  IssueList issues;
  LintEhloNotQualified(draft, issues);
  return issues.Sorted();
}

TEST(EhloNotQualifiedTest, ANameWithADotAndAnAddressLiteralAreFine) {
  PolicyDraft draft;
  EXPECT_THAT(Lint(draft), IsEmpty());
  draft.server_hostname = Name("mail.example.org", 1);
  draft.connections.emplace_back().ehlo_hostname = Name("[IPv6:2001:db8::1]", 2);
  draft.connections.emplace_back();
  draft.source_ips.emplace_back().ehlo_hostname = Name("[192.0.2.1]", 3);
  EXPECT_THAT(Lint(draft), IsEmpty());
}

TEST(EhloNotQualifiedTest, ANameWithoutADotIsAWarningWhereverItStands) {
  PolicyDraft draft;
  draft.server_hostname = Name("mail", 1);
  draft.connections.emplace_back().ehlo_hostname = Name("localhost", 2);
  draft.source_ips.emplace_back().ehlo_hostname = Name("out-1", 3);
  const std::vector<Issue> issues = Lint(draft);
  ASSERT_THAT(Briefs(issues), ElementsAre("1:1+4 ehlo-not-qualified?", "2:1+9 ehlo-not-qualified?",
                                          "3:1+5 ehlo-not-qualified?"));
  EXPECT_EQ(issues[0].message,
            "'mail' is not a fully qualified name; many servers refuse mail from it");
  EXPECT_EQ(issues[0].suggestion, "write the whole name, such as \"mail.example.org\"");
}

}  // namespace
}  // namespace postern::strategy
