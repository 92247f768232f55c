#include <gtest/gtest.h>

#include <chrono>

#include "common/plan/connection_plan.h"
#include "common/plan/route_plan.h"
#include "common/plan/tls_plan.h"

namespace postern {
namespace {

// RFC 5321 4.5.3.2 names the minimums; a default under one of them would give up on patient hosts.
TEST(PlanTest, DefaultTimeoutsAreNoShorterThanTheRfcAsks) {
  const StageTimeouts timeouts;
  EXPECT_GE(timeouts.greeting, std::chrono::minutes(5));
  EXPECT_GE(timeouts.mail_from, std::chrono::minutes(5));
  EXPECT_GE(timeouts.rcpt_to, std::chrono::minutes(5));
  EXPECT_GE(timeouts.data, std::chrono::minutes(10));
}

TEST(PlanTest, ARouteSaysMxOnPort25AndARelayUsesTlsUnlessToldOtherwise) {
  const RoutePlan route;
  EXPECT_TRUE(std::holds_alternative<MxRoute>(route.kind));
  EXPECT_EQ(route.port, 25);
  EXPECT_TRUE((RelayRoute{.address = IpAddress()}).tls_implicit);
  EXPECT_EQ(TlsPlan{}.strategy_id, "default");
}

TEST(PlanTest, PlansAreEqualWhenAllTheirFactsAre) {
  ConnectionPlan a;
  a.sources.emplace_back();
  ConnectionPlan b = a;
  EXPECT_EQ(a, b);
  b.sources[0].weight = 2;
  EXPECT_NE(a, b);
  const RoutePlan mx;
  RoutePlan denied = mx;
  denied.deny_destinations = AddressFilter::NotGloballyRoutable();
  EXPECT_NE(mx, denied);
}

}  // namespace
}  // namespace postern
