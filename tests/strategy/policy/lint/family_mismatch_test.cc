#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/strategy/policy/lint/lint_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Rules(const std::string& route, const std::string& connection) {
  return "[queue.strategy]\nroute = \"" + route + "\"\nconnection = \"" + connection + "\"\n";
}

// Four lines each.
std::string Mx(const std::string& id, const std::string& ip_lookup) {
  return "[queue.route." + id + "]\ntype = \"mx\"\nip-lookup = \"" + ip_lookup + "\"\n\n";
}
std::string Relay(const std::string& id, const std::string& address) {
  return "[queue.route." + id + "]\ntype = \"relay\"\naddress = \"" + address + "\"\n\n";
}
// Two lines.
std::string Connection(const std::string& id, const std::string& source_ips) {
  return "[queue.connection." + id + "]\nsource-ips = " + source_ips + "\n";
}

constexpr char kIpv4[] = "['192.0.2.1', '192.0.2.2']";
constexpr char kIpv6[] = "'2001:db8::1'";

TEST(FamilyMismatchTest, ARouteThatNoStrategyInUseCanServeIsFoundWhereItSaysSo) {
  EXPECT_THAT(Found("family-mismatch",
                    Rules("'six'", "'pool'") + Mx("six", "ipv6_only") + Connection("pool", kIpv4)),
              ElementsAre("6:13 warning: the route 'six' uses IPv6 alone, and no source-ips of a "
                          "connection strategy in use are IPv6: nothing can be delivered by it"));
  EXPECT_THAT(Found("family-mismatch", Rules("'four'", "'pool'") + Mx("four", "ipv4_only") +
                                           Connection("pool", kIpv6)),
              ElementsAre("6:13 warning: the route 'four' uses IPv4 alone, and no source-ips of a "
                          "connection strategy in use are IPv4: nothing can be delivered by it"));
}

TEST(FamilyMismatchTest, TheAddressOfARelayIsAFamilyToo) {
  EXPECT_THAT(Found("family-mismatch", Rules("'relay'", "'pool'") + Relay("relay", "2001:db8::25") +
                                           Connection("pool", kIpv4)),
              ElementsAre("6:11 warning: the route 'relay' uses IPv6 alone, and no source-ips of a "
                          "connection strategy in use are IPv6: nothing can be delivered by it"));
  EXPECT_THAT(Found("family-mismatch", Rules("'relay'", "'pool'") + Relay("relay", "192.0.2.25") +
                                           Connection("pool", kIpv4)),
              IsEmpty());
}

TEST(FamilyMismatchTest, AStrategyThatFitsNoRouteIsFoundWhereItsListStarts) {
  EXPECT_THAT(Found("family-mismatch", Rules("'six'", "if_then(retry_num > 0, 'a', 'b')") +
                                           Mx("six", "ipv6_only") + Connection("a", kIpv6) +
                                           Connection("b", kIpv4)),
              ElementsAre("11:15 warning: no source-ips of the connection strategy 'b' are IPv6, "
                          "and the routes in use are IPv6 alone: nothing can be delivered by it"));
}

struct Case {
  const char* why;
  std::string policy;
};

TEST(FamilyMismatchTest, WhatMayDeliverIsFine) {
  const std::string six = Mx("six", "ipv6_only");
  for (const Case& c : {
           Case{"the system chooses", Rules("'six'", "'free'") + six + "[queue.connection.free]\n"},
           Case{"so it does for the built-in strategy",
                Rules("'six'", "'default'") + six + Connection("pool", kIpv4)},
           Case{"and it may be the fallback of a computed id",
                Rules("'six'", "labels['pool']") + six + Connection("pool", kIpv4)},
           Case{"a list of both families", Rules("'six'", "'pool'") + six +
                                               Connection("pool", "['192.0.2.1', '2001:db8::1']")},
           Case{"a route of both families",
                Rules("if_then(size > 9, 'six', 'mx')", "if_then(size > 9, 'a', 'b')") + six +
                    Connection("a", kIpv4) + Connection("b", kIpv6)},
           Case{"routes of one family each",
                Rules("if_then(size > 9, 'six', 'four')", "if_then(size > 9, 'a', 'b')") + six +
                    Mx("four", "ipv4_only") + Connection("a", kIpv4) + Connection("b", kIpv6)},
           Case{"a relay by name", Rules("'relay'", "'pool'") + Relay("relay", "relay.example") +
                                       Connection("pool", kIpv4)},
       })
    EXPECT_THAT(Found("family-mismatch", c.policy), IsEmpty()) << c.why;
}

TEST(FamilyMismatchTest, WhatNoRuleChoosesIsNotLookedAt) {
  EXPECT_THAT(Found("family-mismatch",
                    Rules("'mx'", "'pool'") + Mx("six", "ipv6_only") + Connection("pool", kIpv4)),
              IsEmpty());
  // The one that would fit is not in use.
  EXPECT_THAT(
      Found("family-mismatch", Rules("'six'", "'pool'") + Mx("six", "ipv6_only") +
                                   Connection("pool", kIpv4) + Connection("default", kIpv6)),
      ElementsAre(::testing::StartsWith("6:13 warning: the route 'six' uses IPv6 alone")));
}

TEST(FamilyMismatchTest, WhereOneStrategyFitsOnlyTheOtherIsFound) {
  const std::string six = Mx("six", "ipv6_only");
  EXPECT_THAT(Found("family-mismatch", Rules("'six'", "if_then(size > 9, 'pool', 'default')") +
                                           six + Connection("pool", kIpv4)),
              ElementsAre(::testing::HasSubstr("the connection strategy 'pool'")));
  // A lookup that fails falls back to the default.
  EXPECT_THAT(
      Found("family-mismatch",
            Rules("'six'", "if_then(dns_query(rcpt_domain, 'txt') == 'x', 'pool', 'pool')") + six +
                Connection("pool", kIpv4)),
      ElementsAre(::testing::HasSubstr("the connection strategy 'pool'")));
}

}  // namespace
}  // namespace postern::strategy
