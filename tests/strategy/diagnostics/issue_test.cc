#include "strategy/diagnostics/issue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/strategy/diagnostics/brief.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SourceRange At(const std::string& file, std::uint32_t line, std::uint32_t column) {
  return {file, {line, column}, 1};
}

std::size_t CountOf(Severity severity, const std::vector<Issue>& issues) {
  std::size_t count = 0;
  for (const Issue& issue : issues) count += issue.severity == severity ? 1 : 0;
  return count;
}

TEST(IssueListTest, OnlyAnErrorMakesItHaveErrors) {
  IssueList issues;
  issues.Note(At("p", 1, 1), "n", "note");
  issues.Warning(At("p", 1, 2), "w", "warning");
  EXPECT_FALSE(issues.has_errors());
  issues.Error(At("p", 1, 3), "e", "error", "mend it");
  EXPECT_TRUE(issues.has_errors());

  const std::vector<Issue> sorted = issues.Sorted();
  EXPECT_THAT(Briefs(sorted), ElementsAre("1:1+1 n.", "1:2+1 w?", "1:3+1 e"));
  EXPECT_EQ(sorted[2].message, "error");
  EXPECT_EQ(sorted[2].suggestion, "mend it");
}

TEST(IssueListTest, IssuesAreSortedByFileInTheOrderFirstSeenThenByPlace) {
  IssueList issues;
  issues.Error(At("z.toml", 9, 1), "a", "");
  issues.Error(At("a.toml", 1, 5), "b", "");
  issues.Error(At("z.toml", 2, 7), "c", "");
  issues.Error(At("z.toml", 2, 3), "d", "");
  issues.Error(At("a.toml", 1, 1), "e", "");
  EXPECT_THAT(Briefs(issues), ElementsAre("2:3+1 d", "2:7+1 c", "9:1+1 a", "1:1+1 e", "1:5+1 b"));
}

TEST(IssueListTest, IssuesAtOnePlaceKeepTheOrderInWhichTheyCame) {
  IssueList issues;
  issues.Error(At("p", 1, 1), "first", "");
  issues.Warning(At("p", 1, 1), "second", "");
  issues.Error(At("p", 1, 1), "third", "");
  EXPECT_THAT(Briefs(issues), ElementsAre("1:1+1 first", "1:1+1 second?", "1:1+1 third"));
}

TEST(IssueListTest, AfterAThousandItOnlyCountsAndSaysSo) {
  IssueList issues;
  for (std::uint32_t i = 1; i <= 1234; ++i) issues.Error(At("p", i, 1), "e", "");
  const std::vector<Issue> sorted = issues.Sorted();
  ASSERT_EQ(sorted.size(), 1001u);
  EXPECT_EQ(Brief(sorted[999]), "1000:1+1 e");
  EXPECT_EQ(Brief(sorted[1000]), "0:0+1 too-many-issues.");
  EXPECT_EQ(sorted[1000].message, "234 more issues are not shown");
}

TEST(IssueListTest, AnErrorTakesTheLastPlaceOfAWarningWhenThereIsNoRoom) {
  IssueList issues;
  for (std::uint32_t i = 1; i <= 1500; ++i) issues.Warning(At("p", i, 1), "w", "");
  EXPECT_FALSE(issues.has_errors());
  issues.Error(At("p", 2000, 1), "e", "");
  const std::vector<Issue> sorted = issues.Sorted();
  EXPECT_EQ(CountOf(Severity::kError, sorted), 1u);
  EXPECT_EQ(CountOf(Severity::kWarning, sorted), 999u);
  EXPECT_EQ(sorted.back().message, "501 more issues are not shown");
}

TEST(IssueListTest, AThousandErrorsAreNotPushedOutByMore) {
  IssueList issues;
  for (std::uint32_t i = 1; i <= 1000; ++i) issues.Error(At("p", i, 1), "e", "");
  issues.Warning(At("p", 1001, 1), "w", "");
  issues.Error(At("p", 1002, 1), "e", "");
  const std::vector<Issue> sorted = issues.Sorted();
  EXPECT_EQ(CountOf(Severity::kError, sorted), 1000u);
  EXPECT_EQ(CountOf(Severity::kWarning, sorted), 0u);
  EXPECT_EQ(sorted.back().message, "2 more issues are not shown");
}

TEST(IssueListTest, AppendKeepsIssuesAndCounts) {
  IssueList first, second;
  first.Warning(At("p", 1, 1), "w", "");
  for (std::uint32_t i = 1; i <= 1100; ++i) second.Error(At("q", i, 1), "e", "");
  first.Append(second);
  EXPECT_TRUE(first.has_errors());
  const std::vector<Issue> sorted = first.Sorted();
  EXPECT_EQ(CountOf(Severity::kError, sorted), 1000u);
  EXPECT_EQ(sorted.back().message, "101 more issues are not shown");
}

TEST(IssueListTest, AnErrorThatWasOnlyCountedIsAnErrorAfterAppend) {
  IssueList first, second;
  first.Append(second);
  EXPECT_FALSE(first.has_errors());
  EXPECT_THAT(first.Sorted(), IsEmpty());
  second.Error(At("p", 1, 1), "e", "");
  first.Append(second);
  EXPECT_TRUE(first.has_errors());
}

}  // namespace
}  // namespace postern::strategy
