// Source addresses that cannot be used: siblings are, the system's own choice never is.

#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/scripted_server.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

using fakes::Script;
using fakes::ScriptedServer;

std::string Sources(const std::string& list) {
  return "[queue.connection.default]\nsource-ips = " + list + "\n";
}

TEST(SourcesFailingTest, AnAddressThatIsNotOursGivesWayToItsSiblings) {
  constexpr int kDeliveries = 12;
  ScriptedServer server(std::vector<Script>(kDeliveries, fakes::GoodDialogue()));
  ServiceProcess service(RelayPolicy(server.port()) +
                         Sources(R"(["203.0.113.7", "127.0.0.2", "198.51.100.7"])"));
  for (int i = 0; i < kDeliveries; ++i) {
    const v1::DeliverResponse answer = service.Deliver(RequestTo({"to@example.com"}));
    EXPECT_TRUE(answer.all_delivered()) << answer.DebugString();
    ASSERT_EQ(answer.attempts_size(), 1);
    EXPECT_EQ(answer.attempts(0).source_ip(), "127.0.0.2");
  }
  EXPECT_EQ(server.Finish(), "");
  for (const fakes::Recorded& connection : server.connections()) {
    EXPECT_EQ(connection.peer.ToString(), "127.0.0.2");
  }
}

TEST(SourcesFailingTest, WithoutSiblingsTheIdentityIsAtFaultAndNothingIsDialled) {
  ScriptedServer server({});
  ServiceProcess service(RelayPolicy(server.port()) + Sources(R"("203.0.113.7")"));
  const v1::DeliverResponse answer = service.Deliver(RequestTo({"to@example.com"}));
  ASSERT_EQ(answer.outcomes_size(), 1);
  const v1::RecipientOutcome& outcome = answer.outcomes(0);
  EXPECT_EQ(outcome.disposition(), v1::DISPOSITION_TRANSIENT_FAILURE);
  EXPECT_EQ(outcome.stage(), v1::STAGE_CONNECT);
  EXPECT_EQ(outcome.scope(), v1::SCOPE_IDENTITY);
  EXPECT_EQ(outcome.reason(), "SOURCE_UNAVAILABLE");
  EXPECT_EQ(outcome.reply().code(), 0u);
  EXPECT_EQ(outcome.reply().enhanced_code(), "4.3.5");
  EXPECT_NE(outcome.detail().find("203.0.113.7"), std::string::npos) << outcome.detail();
  ASSERT_EQ(answer.attempts_size(), 1);
  EXPECT_EQ(answer.attempts(0).source_ip(), "");
  EXPECT_EQ(server.accepted(), 0u);
}

TEST(SourcesFailingTest, AFailedAddressShowsAsQuarantinedAndIsLoggedOnce) {
  ScriptedServer server({});
  ServiceProcess service(RelayPolicy(server.port()) + Sources(R"("203.0.113.7")"));
  v1::ResolveStrategyRequest request;
  *request.mutable_envelope() = RequestTo({"to@example.com"}).envelope();
  const auto state = [&] {
    return service.Resolve(request).resolutions(0).connection_plan().sources(0).state();
  };
  EXPECT_EQ(state(), v1::SOURCE_STATE_AVAILABLE);
  for (int i = 0; i < 3; ++i) service.Deliver(RequestTo({"to@example.com"}));
  EXPECT_EQ(state(), v1::SOURCE_STATE_QUARANTINED);
  const std::string line =
      "source address 203.0.113.7 of connection strategy \"default\" cannot be bound";
  const std::string log = service.process().err();
  EXPECT_NE(log.find(line), std::string::npos) << log;
  EXPECT_EQ(log.find(line), log.rfind(line)) << log;
}

TEST(SourcesFailingTest, ATargetOfAnotherFamilyIsSkippedAndNothingIsDialled) {
  if (!fakes::HasIpv6Loopback()) GTEST_SKIP() << "this machine has no ::1";
  ScriptedServer::Options options;
  options.address = "::1";
  ScriptedServer server({}, options);
  ServiceProcess service(RelayPolicy(server.port(), "::1") +
                         Sources(R"(["127.0.0.2", "127.0.0.3"])"));
  const v1::DeliverResponse answer = service.Deliver(RequestTo({"to@example.com"}));
  ASSERT_EQ(answer.outcomes_size(), 1);
  EXPECT_EQ(answer.outcomes(0).disposition(), v1::DISPOSITION_TRANSIENT_FAILURE);
  EXPECT_EQ(answer.outcomes(0).scope(), v1::SCOPE_IDENTITY);
  EXPECT_EQ(answer.outcomes(0).reason(), "NO_SOURCE_OF_FAMILY");
  EXPECT_EQ(answer.outcomes(0).reply().enhanced_code(), "4.4.4");
  EXPECT_EQ(server.accepted(), 0u);
}

}  // namespace
}  // namespace postern::integration
