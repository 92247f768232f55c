// What the policy alone decides: nothing is dialled, whatever is asked.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/fakes/scripted_server.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

using fakes::ScriptedServer;

v1::ResolveStrategyRequest ResolveFor(const std::string& recipient) {
  v1::ResolveStrategyRequest request;
  *request.mutable_envelope() = RequestTo({recipient}).envelope();
  return request;
}

// tls.implicit is true where nothing is said, as in Stalwart.
TEST(PlanTest, ARelayThatWantsTlsIsNotSpokenToInClear) {
  ScriptedServer server({});
  ServiceProcess service(
      "server.hostname = \"mail.example.org\"\nqueue.strategy.route = \"'silent'\"\n"
      "[queue.route.silent]\ntype = \"relay\"\naddress = \"127.0.0.1\"\nport = " +
      std::to_string(server.port()) +
      "\n[queue.route.outspoken]\ntype = \"relay\"\naddress = \"127.0.0.1\"\ntls.implicit = "
      "true\nport = " +
      std::to_string(server.port()) + "\n");
  for (const std::string route : {"silent", "outspoken"}) {
    v1::DeliverRequest request = RequestTo({"to@example.com"});
    request.mutable_override()->set_route(route);
    const v1::DeliverResponse answer = service.Deliver(request);
    ASSERT_EQ(answer.outcomes_size(), 1);
    const v1::RecipientOutcome& outcome = answer.outcomes(0);
    EXPECT_EQ(outcome.disposition(), v1::DISPOSITION_TRANSIENT_FAILURE);
    EXPECT_EQ(outcome.stage(), v1::STAGE_PLAN);
    EXPECT_EQ(outcome.scope(), v1::SCOPE_LOCAL);
    EXPECT_NE(outcome.detail().find("queue.route." + route + ".tls.implicit = false"),
              std::string::npos)
        << outcome.detail();
    EXPECT_EQ(answer.attempts_size(), 0);
  }
  EXPECT_EQ(server.accepted(), 0u);
}

TEST(PlanTest, ValidateOnlyDialsNothing) {
  ScriptedServer server({});
  ServiceProcess service(RelayPolicy(server.port()));
  v1::DeliverRequest request = RequestTo({"a@example.com", "b@example.net"});
  request.set_validate_only(true);
  const v1::DeliverResponse answer = service.Deliver(request);
  ASSERT_EQ(answer.outcomes_size(), 2);
  for (const v1::RecipientOutcome& outcome : answer.outcomes()) {
    EXPECT_EQ(outcome.disposition(), v1::DISPOSITION_NOT_ATTEMPTED);
    EXPECT_EQ(outcome.reason(), "VALIDATED");
  }
  EXPECT_EQ(server.accepted(), 0u);
}

TEST(PlanTest, AThousandRecipientsAreOutcomesInTheirOrder) {
  ScriptedServer server({fakes::GoodDialogue(1000)});
  ServiceProcess service(RelayPolicy(server.port()));
  std::vector<std::string> recipients;
  recipients.reserve(1000);
  for (int i = 0; i < 1000; ++i) recipients.push_back("r" + std::to_string(i) + "@example.com");
  const v1::DeliverResponse answer = service.Deliver(RequestTo(recipients));
  EXPECT_TRUE(answer.all_delivered());
  ASSERT_EQ(answer.outcomes_size(), 1000);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(answer.outcomes(i).recipient(), recipients[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ(server.Finish(), "");
}

TEST(PlanTest, WithoutAPolicyTheBuiltInOneIsInForce) {
  ServiceProcess service;
  const v1::ResolveStrategyResponse response = service.Resolve(ResolveFor("to@example.com"));
  ASSERT_EQ(response.resolutions_size(), 1);
  EXPECT_EQ(response.policy_version(), "built-in");
  const v1::Resolution& resolution = response.resolutions(0);
  EXPECT_EQ(resolution.route().strategy_id(), "mx");
  EXPECT_EQ(resolution.connection().strategy_id(), "default");
  EXPECT_EQ(resolution.tls().strategy_id(), "default");
}

TEST(PlanTest, ResolveStrategyNamesEverySourceItsNameAndTheLimits) {
  ServiceProcess service(
      "server.hostname = \"mail.example.org\"\nqueue.strategy.connection = \"'pool'\"\n"
      "[queue.connection.pool]\nsource-ips = [\"127.0.0.2\", \"127.0.0.3\", \"127.0.0.3\"]\n"
      "ehlo-hostname = \"pool.example.org\"\ntimeout.connect = \"1m30s\"\n"
      "[queue.source-ip.\"127.0.0.2\"]\nehlo-hostname = \"out-2.example.org\"\n");
  const v1::ResolveStrategyResponse response = service.Resolve(ResolveFor("To@Example.com"));
  EXPECT_EQ(response.policy_version().size(), 16u);
  ASSERT_EQ(response.resolutions_size(), 1);
  const v1::Resolution& resolution = response.resolutions(0);
  EXPECT_EQ(resolution.recipient(), "To@Example.com");
  EXPECT_EQ(resolution.connection().strategy_id(), "pool");
  EXPECT_FALSE(resolution.connection().fallback());
  ASSERT_EQ(resolution.connection().trace_size(), 1);
  EXPECT_EQ(resolution.connection().trace(0).rule(), "queue.strategy.connection");
  EXPECT_EQ(resolution.connection().trace(0).value(), "pool");
  EXPECT_EQ(resolution.connection().trace(0).line(), 2u);
  const v1::ConnectionPlan& plan = resolution.connection_plan();
  ASSERT_EQ(plan.sources_size(), 2);
  EXPECT_EQ(plan.sources(0).ip(), "127.0.0.2");
  EXPECT_EQ(plan.sources(0).ehlo_hostname(), "out-2.example.org");
  EXPECT_EQ(plan.sources(0).ehlo_origin(), v1::EHLO_ORIGIN_SOURCE_IP);
  EXPECT_EQ(plan.sources(0).weight(), 1u);
  EXPECT_EQ(plan.sources(1).ehlo_hostname(), "pool.example.org");
  EXPECT_EQ(plan.sources(1).ehlo_origin(), v1::EHLO_ORIGIN_STRATEGY);
  EXPECT_EQ(plan.sources(1).weight(), 2u);
  EXPECT_EQ(plan.timeouts().connect().seconds(), 90);
  EXPECT_EQ(plan.timeouts().greeting().seconds(), 300);
  EXPECT_EQ(plan.timeouts().data().seconds(), 600);
  EXPECT_EQ(resolution.targets_size(), 0);
}

}  // namespace
}  // namespace postern::integration
