// This machine among the hosts of a domain (RFC 5321 5.1): the mail must not come back to it.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/net/connector.h"
#include "server/delivery/delivery.h"
#include "tests/server/delivery/delivery_fixture.h"

namespace postern::server {
namespace {

constexpr char kLoop[] = "PERMANENT_FAILURE DNS HOST";
constexpr char kRefused[] = "TRANSIENT_FAILURE CONNECT HOST";

class OwnHostsTest : public DeliveryTest {
 protected:
  OwnHostsTest() {
    policy_ = MxPolicy(25);
    connector_.AlwaysFail(client::ConnectStatus::kFailed);
    own_addresses_.Add("192.0.2.20");
  }

  // x.example's hosts are mx1, mx2, ... with these preferences and addresses 192.0.2.10, .20, ...
  void Hosts(const std::vector<std::uint16_t>& preferences) {
    std::vector<client::MxRecord> records;
    for (std::size_t i = 0; i < preferences.size(); ++i) {
      const std::string name = "mx" + std::to_string(i + 1) + ".x.example";
      records.push_back({preferences[i], name});
      dns_.Host(name, {"192.0.2." + std::to_string(10 * (i + 1))});
    }
    dns_.Mx("x.example", records);
  }

  // "mx1.x.example CONNECT, mx2.x.example DNS": what was tried, and where it ended.
  static std::string Tried(const DeliveryResult& result) {
    std::string text;
    for (const Attempt& attempt : result.attempts) {
      if (!text.empty()) text += ", ";
      text += attempt.host + " " + std::string(client::Info(attempt.outcome.stage).name);
    }
    return text;
  }
};

TEST_F(OwnHostsTest, A12_OnlyHostsBetterThanThisMachineAreTried) {
  Hosts({10, 20, 30});
  const DeliveryResult result = Deliver(RequestTo({"a@x.example"}));
  EXPECT_EQ(Tried(result), "mx1.x.example CONNECT, mx2.x.example DNS");
  EXPECT_EQ(Sums(result).front(), kRefused) << "mx1 may come back";
  EXPECT_EQ(result.attempts[1].outcome.verdict.reason, "ROUTING_LOOP");
}

TEST_F(OwnHostsTest, A12_WhenThisMachineIsTheBestThereIsNone) {
  Hosts({30, 20, 30});
  const DeliveryResult result = Deliver(RequestTo({"a@x.example", "b@x.example"}));
  EXPECT_EQ(Tried(result), "mx2.x.example DNS");
  EXPECT_EQ(Sums(result), (std::vector<std::string>{kLoop, kLoop}));
  const client::Outcome& outcome = result.outcomes.front().outcome;
  EXPECT_EQ(outcome.verdict.enhanced.ToString(), "5.4.6");
  EXPECT_NE(outcome.detail.find("mx2.x.example (192.0.2.20) is this machine"), std::string::npos)
      << outcome.detail;
  EXPECT_NE(outcome.detail.find("type \"relay\""), std::string::npos) << outcome.detail;
}

// Whichever of them comes first by chance.
TEST_F(OwnHostsTest, A12_NeitherIsAHostOfItsOwnPreferenceTried) {
  Hosts({10, 10, 10, 5});
  EXPECT_EQ(Tried(Deliver(RequestTo({"a@x.example"}))), "mx4.x.example CONNECT, mx2.x.example DNS");
}

TEST_F(OwnHostsTest, A12_ADomainWithoutMxAndAnAddressLiteralAreLookedAtToo) {
  dns_.Host("plain.example", {"192.0.2.20"});
  EXPECT_EQ(Sums(Deliver(RequestTo({"a@plain.example"}))).front(), kLoop);
  const DeliveryResult literal = Deliver(RequestTo({"a@[192.0.2.20]"}));
  EXPECT_EQ(Sums(literal).front(), kLoop);
  EXPECT_TRUE(literal.attempts.empty());
}

TEST_F(OwnHostsTest, A12_OneOfSeveralAddressesIsEnough) {
  dns_.Mx("x.example", {{10, "mx.x.example"}});
  dns_.Host("mx.x.example", {"192.0.2.1", "192.0.2.20"});
  EXPECT_EQ(Sums(Deliver(RequestTo({"a@x.example"}))).front(), kLoop);
}

// Another port is another service, and a relay is where its administrator wants it.
TEST_F(OwnHostsTest, A12_OtherPortsAndRelaysMayBeOnThisMachine) {
  Hosts({10, 20});
  policy_ = MxPolicy(2525);
  EXPECT_EQ(Tried(Deliver(RequestTo({"a@x.example"}))),
            "mx1.x.example CONNECT, mx2.x.example CONNECT");
  policy_ =
      "queue.strategy.route = \"'relay'\"\n[queue.route.relay]\ntype = 'relay'\n"
      "address = '192.0.2.20'\nport = 25\ntls.implicit = false\n";
  EXPECT_EQ(Tried(Deliver(RequestTo({"a@x.example"}))), "192.0.2.20 CONNECT");
}

TEST_F(OwnHostsTest, A12_AResolutionShowsWhichHostsAreLeftOut) {
  Hosts({10, 20, 20, 30});
  ResolveRequest request;
  request.envelope = EnvelopeTo({"a@x.example"});
  request.lookup_dns = true;
  const ResolveResult result = Resolve(request);
  const std::vector<Target>& targets = result.resolutions.front().targets;
  ASSERT_EQ(targets.size(), 4U);
  EXPECT_FALSE(targets[0].failure);
  EXPECT_EQ(targets[0].addresses.size(), 1U);
  for (std::size_t i = 1; i < targets.size(); ++i) {
    ASSERT_TRUE(targets[i].failure) << targets[i].host;
    EXPECT_EQ(targets[i].failure->verdict.reason, "ROUTING_LOOP");
    EXPECT_TRUE(targets[i].addresses.empty());
  }
  EXPECT_FALSE(result.resolutions.front().failure) << "one host is enough";
}

}  // namespace
}  // namespace postern::server
