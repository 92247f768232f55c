// The largest policy that anybody is promised (issues are bounded elsewhere): every rule looks at
// every part of it a fixed number of times.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "strategy/policy/lint/lint.h"

namespace postern::strategy {
namespace {

constexpr int kStrategies = 10'000;
constexpr int kAddresses = 100'000;
// Some 50 ms as released; what is not linear takes minutes. Sanitizers and a busy machine have the
// rest.
constexpr auto kLong = std::chrono::seconds(10);

IpAddress Address(int i) {
  return IpAddress::V4({10, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                        static_cast<std::uint8_t>(i)});
}

// Every address belongs to one connection strategy.
PolicyDraft LargeDraft() {
  PolicyDraft draft;
  for (int i = 0; i < kStrategies; ++i) {
    ConnectionDraft& connection = draft.connections.emplace_back();
    connection.id = "connection-" + std::to_string(i);
    for (int j = i; j < kAddresses; j += kStrategies)
      connection.source_ips.push_back({Address(j), {}});
    connection.timeouts.push_back(
        {&StageTimeouts::greeting, "timeout.greeting", {std::chrono::minutes(5), {}}});
    RouteDraft& route = draft.routes.emplace_back();
    route.id = "route-" + std::to_string(i);
    route.type = RouteDraft::Type::kMx;
    route.ip_lookup = {IpLookup::kIpv4Only, {}};
    draft.tls.emplace_back().id = "tls-" + std::to_string(i);
  }
  for (int i = 0; i < kAddresses; ++i) draft.source_ips.emplace_back().ip = Address(i);
  return draft;
}

// A rule of `branches` branches, each with an id of its own.
IfBlock Rule(const std::string& prefix, int branches) {
  std::vector<IfBlockItem> items;
  for (int i = 0; i < branches; ++i) {
    IfBlockItem& item = items.emplace_back();
    item.condition = {"rcpt_domain == 'd" + std::to_string(i) + ".example'", {}};
    item.result = {"'" + prefix + std::to_string(i) + "'", {}};
  }
  items.emplace_back().otherwise = {"'" + prefix + "999'", {}};
  ExpressionContext context;
  IssueList issues;
  return IfBlock::Parse(items, {}, context, issues).value();
}

std::vector<Issue> LintInTime(const PolicyDraft& draft) {
  IssueList issues;
  const auto began = std::chrono::steady_clock::now();
  LintPolicy(draft, issues);
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_LT(took, kLong);
  ::testing::Test::RecordProperty(
      "milliseconds",
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  return issues.Sorted();
}

TEST(LargePolicyTest, TenThousandStrategiesAreLookedAtInNoTime) {
  PolicyDraft draft = LargeDraft();
  draft.connection_strategy = Rule("connection-", 999);
  draft.route_strategy = Rule("route-", 999);
  draft.tls_strategy = Rule("tls-", 999);
  // 9,000 of each are not used.
  EXPECT_EQ(LintInTime(draft).size(), 1001u);
}

TEST(LargePolicyTest, AThousandIdsThatAreNotThereAreComparedWithTenThousandInBoundedTime) {
  PolicyDraft draft = LargeDraft();
  draft.connection_strategy = Rule("conection_", 999);
  draft.route_strategy = Rule("roote_", 999);
  const std::vector<Issue> issues = LintInTime(draft);
  ASSERT_EQ(issues.size(), 1001u);
  EXPECT_EQ(issues[0].suggestion, "did you mean 'route-0'?");
  EXPECT_EQ(issues[900].suggestion, "define it, or name another; 'mx' is always there");
}

}  // namespace
}  // namespace postern::strategy
