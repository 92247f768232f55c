#include <gtest/gtest.h>

#include <algorithm>

#include "tests/server/delivery/delivery_fixture.h"

// ResolveStrategy's side of the orchestrator: what would happen, without a connection.
namespace postern::server {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

class ResolutionTest : public DeliveryTest {
 protected:
  static ResolveRequest RequestFor(const Strings& recipients, bool lookup_dns) {
    ResolveRequest request;
    request.envelope = EnvelopeTo(recipients);
    request.lookup_dns = lookup_dns;
    return request;
  }
};

TEST_F(ResolutionTest, ShowsThePlansAndSourcesWithoutAskingDns) {
  policy_ = MxPolicy(2525,
                     "source-ips = ['127.0.0.2', '127.0.0.3']\n"
                     "ehlo-hostname = 'mail.sender.example'\n");
  quarantine_.Report(*IpAddress::Parse("127.0.0.3"));

  const ResolveResult result = Resolve(RequestFor({"a@x.example", "b@y.example"}, false));

  ASSERT_EQ(result.resolutions.size(), 2U);
  const Resolution& resolution = result.resolutions[0];
  EXPECT_EQ(resolution.route.plan->route_id, "mx");
  EXPECT_EQ(resolution.route.plan->port, 2525);
  EXPECT_EQ(resolution.connection.plan->strategy_id, "default");
  ASSERT_EQ(resolution.sources.size(), 2U);
  EXPECT_EQ(resolution.sources[0].source->ehlo_hostname, "mail.sender.example");
  EXPECT_FALSE(resolution.sources[0].quarantined);
  EXPECT_TRUE(resolution.sources[1].quarantined);
  EXPECT_FALSE(resolution.failure);
  EXPECT_TRUE(dns_.asked().empty());
}

TEST_F(ResolutionTest, ListsAllHostsWithTheirAddressesAndFailures) {
  policy_ = MxPolicy(2525);
  dns_.Mx("x.example", {{20, "mx2.x.example"}, {10, "mx1.x.example"}});
  dns_.Host("mx1.x.example", {"192.0.2.1", "2001:db8::1"});

  const ResolveResult result = Resolve(RequestFor({"a@x.example"}, true));

  const Resolution& resolution = result.resolutions[0];
  ASSERT_EQ(resolution.targets.size(), 2U);
  EXPECT_EQ(resolution.targets[0].host, "mx1.x.example");
  EXPECT_EQ(resolution.targets[0].preference, 10);
  EXPECT_EQ(resolution.targets[0].addresses.size(), 2U);
  EXPECT_EQ(resolution.targets[0].port, 2525);
  EXPECT_EQ(resolution.targets[1].host, "mx2.x.example");
  EXPECT_TRUE(resolution.targets[1].addresses.empty());
  EXPECT_TRUE(resolution.targets[1].failure);
  EXPECT_FALSE(resolution.failure) << "one host is enough";
}

TEST_F(ResolutionTest, RecipientsOfOneGroupShareTheLookup) {
  policy_ = MxPolicy(25);
  dns_.Host("x.example", {"192.0.2.1"});
  const ResolveResult result = Resolve(RequestFor({"a@x.example", "b@x.example"}, true));
  EXPECT_EQ(result.resolutions[0].targets.size(), 1U);
  EXPECT_EQ(result.resolutions[1].targets.size(), 1U);
  const Strings asked = dns_.asked();
  EXPECT_EQ(std::ranges::count(asked, "MX x.example"), 1);
}

TEST_F(ResolutionTest, WhenNoHostHasAnAddressTheSofterFailureIsTheirs) {
  policy_ = MxPolicy(25);
  dns_.Mx("x.example", {{10, "mx1.x.example"}, {20, "mx2.x.example"}});
  dns_.HostFails("mx1.x.example");
  const ResolveResult result = Resolve(RequestFor({"a@x.example"}, true));
  ASSERT_TRUE(result.resolutions[0].failure);
  EXPECT_EQ(Sum(*result.resolutions[0].failure).find("TRANSIENT_FAILURE DNS"), 0U);
}

TEST_F(ResolutionTest, ANameThatDoesNotExistIsAFailure) {
  policy_ = MxPolicy(25);
  const ResolveResult result = Resolve(RequestFor({"a@gone.example"}, true));
  EXPECT_TRUE(result.resolutions[0].targets.empty());
  ASSERT_TRUE(result.resolutions[0].failure);
  EXPECT_EQ(Sum(*result.resolutions[0].failure), "PERMANENT_FAILURE DNS HOST");
}

TEST_F(ResolutionTest, AnAddressLiteralIsItsOwnTarget) {
  policy_ = MxPolicy(25);
  const ResolveResult result = Resolve(RequestFor({"a@[192.0.2.7]"}, true));
  ASSERT_EQ(result.resolutions[0].targets.size(), 1U);
  EXPECT_EQ(result.resolutions[0].targets[0].host, "192.0.2.7");
  EXPECT_TRUE(dns_.asked().empty());
}

TEST_F(ResolutionTest, ARelayThatWantsTlsFailsByItsPlan) {
  policy_ =
      "[queue.strategy]\nroute = \"'out'\"\n[queue.route.out]\ntype = 'relay'\n"
      "protocol = 'smtp'\naddress = 'relay.sender.example'\nport = 465\n";
  const ResolveResult result = Resolve(RequestFor({"a@x.example"}, true));
  ASSERT_TRUE(result.resolutions[0].failure);
  EXPECT_EQ(Sum(*result.resolutions[0].failure), "TRANSIENT_FAILURE PLAN LOCAL");
  EXPECT_TRUE(dns_.asked().empty());
}

TEST_F(ResolutionTest, TheDeadlineEndsTheLookups) {
  policy_ = MxPolicy(25);
  dns_.Hang("x.example");
  ResolveRequest request = RequestFor({"a@x.example"}, true);
  request.deadline = std::chrono::steady_clock::now() + milliseconds(100);
  const ResolveResult result = Resolve(std::move(request));
  ASSERT_TRUE(result.resolutions[0].failure);
  EXPECT_EQ(Sum(*result.resolutions[0].failure), "TRANSIENT_FAILURE DNS LOCAL");
  EXPECT_TRUE(Idle());
}

}  // namespace
}  // namespace postern::server
