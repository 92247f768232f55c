#include "strategy/config/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "tests/strategy/config/reader_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

struct Imported {
  PolicyDraft draft;
  std::vector<Issue> issues;
};

Imported ImportDocument(const Reading& reading) {
  IssueList issues;
  Imported imported;
  imported.draft = ImportPolicy(reading.document.value(), issues);
  imported.issues = issues.Sorted();
  return imported;
}

// The limits of a connection strategy, its own and the defaults.
StageTimeouts TimeoutsOf(const ConnectionDraft& connection) {
  StageTimeouts timeouts;
  for (const TimeoutDraft& timeout : connection.timeouts)
    timeouts.*timeout.stage = timeout.limit.value;
  return timeouts;
}

Imported Import(const std::string& toml) { return ImportDocument(Toml(toml)); }
Imported ImportYaml(const std::string& yaml) { return ImportDocument(Yaml(yaml)); }

// A text with one thing wrong, and what its author is told.
struct Wrong {
  std::string text;
  std::string brief;
  std::string message;     // a part of it
  std::string suggestion;  // a part of it
};

void ExpectWrong(const Wrong& wrong) {
  const Imported imported = Import(wrong.text);
  ASSERT_THAT(Briefs(imported.issues), ElementsAre(wrong.brief)) << wrong.text;
  EXPECT_THAT(imported.issues[0].message, HasSubstr(wrong.message)) << wrong.text;
  EXPECT_THAT(imported.issues[0].suggestion, HasSubstr(wrong.suggestion)) << wrong.text;
}

TEST(ImportPolicyTest, EveryKeyComesToItsPlace) {
  const Imported imported = Import(R"(
[server]
hostname = "Mail.Example.org"
[queue.connection.pool]
ehlo-hostname = "pool.example.org"
source-ips = ["192.0.2.1", "2001:DB8::1", "192.0.2.1"]
description = "transactional"
[queue.connection.pool.timeout]
connect = "1s"
greeting = "2s"
ehlo = "3s"
mail-from = "4s"
rcpt-to = "5s"
data = "1m30s"
[queue.source-ip."192.0.2.1"]
ehlo-hostname = "out-1.example.org"
[queue.strategy]
connection = "'pool'"
route = "'smart'"
[queue.route.direct]
type = "mx"
limits.mx = 3
limits.multihomed = 4
ip-lookup = "ipv6_then_ipv4"
port = 2525
deny-destinations = ["10.0.0.0/8", "fc00::/7"]
description = "to the world"
[queue.route.smart]
type = "relay"
address = "relay.example.org"
port = 587
protocol = "smtp"
tls.implicit = false
[resolver]
type = "custom"
custom = ["udp://127.0.0.1:5300", "tcp://[::1]:53"]
)");
  EXPECT_THAT(imported.issues, IsEmpty());
  const PolicyDraft& draft = imported.draft;
  EXPECT_EQ(draft.server_hostname->value, "mail.example.org");
  EXPECT_EQ(PlaceText(draft.server_hostname->range), "3:12+18");

  ASSERT_EQ(draft.connections.size(), 1u);
  const ConnectionDraft& pool = draft.connections[0];
  EXPECT_EQ(pool.id, "pool");
  EXPECT_EQ(PlaceText(pool.range), "4:19+4");
  EXPECT_EQ(pool.ehlo_hostname->value, "pool.example.org");
  ASSERT_EQ(pool.source_ips.size(), 3u);
  EXPECT_EQ(pool.source_ips[1].value.ToString(), "2001:db8::1");
  EXPECT_EQ(PlaceText(pool.source_ips[1].range), "6:28+13");
  EXPECT_EQ(pool.source_ips[2].value, pool.source_ips[0].value);
  EXPECT_EQ(TimeoutsOf(pool), (StageTimeouts{1s, 2s, 3s, 4s, 5s, 90s}));
  EXPECT_EQ(PlaceText(pool.timeouts.at(5).limit.range), "14:8+7");
  EXPECT_EQ(pool.timeouts.at(5).key, "timeout.data");

  ASSERT_EQ(draft.source_ips.size(), 1u);
  EXPECT_EQ(draft.source_ips[0].ip.ToString(), "192.0.2.1");
  EXPECT_EQ(draft.source_ips[0].ehlo_hostname->value, "out-1.example.org");

  EXPECT_EQ(*draft.connection_strategy->literal(), "pool");
  EXPECT_EQ(*draft.route_strategy->literal(), "smart");

  ASSERT_EQ(draft.routes.size(), 2u);
  const RouteDraft& direct = draft.routes[0];
  EXPECT_EQ(direct.type, RouteDraft::Type::kMx);
  EXPECT_EQ(direct.mx, (MxRoute{3, 4}));
  EXPECT_EQ(direct.ip_lookup->value, IpLookup::kIpv6ThenIpv4);
  EXPECT_EQ(direct.port, 2525);
  ASSERT_EQ(direct.deny_destinations->denied().size(), 2u);
  const RouteDraft& smart = draft.routes[1];
  EXPECT_EQ(smart.type, RouteDraft::Type::kRelay);
  EXPECT_EQ(std::get<DomainName>(smart.address->value).text(), "relay.example.org");
  EXPECT_EQ(smart.port, 587);
  EXPECT_FALSE(smart.tls_implicit);
  EXPECT_FALSE(smart.deny_destinations);

  EXPECT_EQ(draft.resolver.type, ResolverSettings::Type::kCustom);
  ASSERT_EQ(draft.resolver.custom.size(), 2u);
  EXPECT_EQ(draft.resolver.custom[0].port, 5300);
  EXPECT_EQ(draft.resolver.custom[1].transport, ResolverSettings::Transport::kTcp);
}

TEST(ImportPolicyTest, WhatTheFileDoesNotSayHasItsDefault) {
  const Imported imported = Import(R"(
[queue.connection.x]
[queue.route.a]
type = "mx"
[queue.route.b]
type = "relay"
address = "192.0.2.9"
)");
  EXPECT_THAT(imported.issues, IsEmpty());
  const PolicyDraft& draft = imported.draft;
  EXPECT_FALSE(draft.server_hostname);
  EXPECT_FALSE(draft.connection_strategy);
  EXPECT_FALSE(draft.route_strategy);
  EXPECT_THAT(draft.connections.at(0).timeouts, IsEmpty());
  EXPECT_THAT(draft.connections.at(0).source_ips, IsEmpty());
  EXPECT_EQ(draft.routes.at(0).mx, (MxRoute{5, 2}));
  EXPECT_FALSE(draft.routes.at(0).ip_lookup);
  EXPECT_EQ(draft.routes.at(0).port, 25);
  EXPECT_FALSE(draft.routes.at(0).deny_destinations);
  EXPECT_TRUE(draft.routes.at(1).tls_implicit);
  EXPECT_EQ(draft.resolver, ResolverSettings());
}

// Stalwart 0.15.5 ignores both: its discovery looks at other keys.
TEST(ImportPolicyTest, AnyKeyMakesAConnectionStrategyExist) {
  const Imported imported = Import(
      "[queue.connection.default]\nsource-ips = \"192.0.2.1\"\n"
      "[queue.connection.b]\ndescription = \"b\"\n");
  EXPECT_THAT(imported.issues, IsEmpty());
  ASSERT_EQ(imported.draft.connections.size(), 2u);
  EXPECT_EQ(imported.draft.connections[0].source_ips.at(0).value.ToString(), "192.0.2.1");
}

TEST(ImportPolicyTest, EveryIpLookupHasItsMeaning) {
  const std::pair<std::string, IpLookup> kAll[] = {{"ipv4_only", IpLookup::kIpv4Only},
                                                   {"ipv6_only", IpLookup::kIpv6Only},
                                                   {"ipv4_then_ipv6", IpLookup::kIpv4ThenIpv6},
                                                   {"IPv6_then_IPv4", IpLookup::kIpv6ThenIpv4}};
  for (const auto& [text, meaning] : kAll) {
    const Imported imported =
        Import("[queue.route.x]\ntype = \"mx\"\nip-lookup = \"" + text + "\"\n");
    EXPECT_THAT(imported.issues, IsEmpty());
    EXPECT_EQ(imported.draft.routes.at(0).ip_lookup->value, meaning) << text;
  }
}

TEST(ImportPolicyTest, NumbersAndBooleansMayStandInQuotesAsInStalwart) {
  const Imported imported = Import(
      "[queue.route.x]\ntype = \"relay\"\naddress = \"a.example\"\nport = \"2525\"\n"
      "tls.implicit = \"false\"\n");
  EXPECT_THAT(imported.issues, IsEmpty());
  EXPECT_EQ(imported.draft.routes.at(0).port, 2525);
  EXPECT_FALSE(imported.draft.routes.at(0).tls_implicit);
}

TEST(ImportPolicyTest, IdsKeepTheirCaseAndTheirDots) {
  const Imported imported =
      Import("[queue.connection.Pool]\n[queue.connection.\"a.b c\"]\n[queue.connection.pool]\n");
  EXPECT_THAT(imported.issues, IsEmpty());
  ASSERT_EQ(imported.draft.connections.size(), 3u);
  EXPECT_EQ(imported.draft.connections[0].id, "Pool");
  EXPECT_EQ(imported.draft.connections[1].id, "a.b c");
}

TEST(ImportPolicyTest, AnEmptyListOfDeniedDestinationsDeniesNothing) {
  const Imported imported = Import("[queue.route.x]\ntype = \"mx\"\ndeny-destinations = []\n");
  EXPECT_THAT(imported.issues, IsEmpty());
  ASSERT_TRUE(imported.draft.routes.at(0).deny_destinations);
  EXPECT_THAT(imported.draft.routes.at(0).deny_destinations->denied(), IsEmpty());
}

// The addresses of queue.source-ip and their names, in the order of the draft.
std::vector<std::string> SourceIps(const PolicyDraft& draft) {
  std::vector<std::string> all;
  for (const SourceIpDraft& source : draft.source_ips)
    all.push_back(source.ip.ToString() + " " + source.ehlo_hostname->value + " " +
                  PlaceText(source.range));
  return all;
}

TEST(ImportPolicyTest, AnUnquotedAddressIsAnAddress) {
  const Imported imported = Import(
      "[queue.source-ip.192.0.2.1]\nehlo-hostname = \"a.example\"\n"
      "[queue.source-ip.192.0.2.20]\nehlo-hostname = \"b.example\"\n"
      "[queue.source-ip.192.1.0.1]\nehlo-hostname = \"c.example\"\n"
      "[queue.source-ip.\"192.0.2.3\"]\nehlo-hostname = \"d.example\"\n"
      "[queue]\nsource-ip.198.51.100.1.ehlo-hostname = \"e.example\"\n");
  EXPECT_THAT(imported.issues, IsEmpty());
  EXPECT_THAT(SourceIps(imported.draft),
              ElementsAre("192.0.2.1 a.example 1:18+9", "192.0.2.20 b.example 3:18+10",
                          "192.1.0.1 c.example 5:18+9", "192.0.2.3 d.example 7:18+11",
                          "198.51.100.1 e.example 10:11+12"));
}

TEST(ImportPolicyTest, InYamlAnAddressIsAKeyLikeAnyOther) {
  const Imported imported = ImportYaml(
      "queue:\n  source-ip:\n    192.0.2.1:\n      ehlo-hostname: a.example\n"
      "    2001:db8::1: {ehlo-hostname: b.example}\n");
  EXPECT_THAT(imported.issues, IsEmpty());
  EXPECT_THAT(SourceIps(imported.draft),
              ElementsAre("192.0.2.1 a.example 3:5+9", "2001:db8::1 b.example 5:5+11"));
}

TEST(ImportPolicyTest, OneAddressInTwoSpellingsIsAnErrorThatNamesTheFirst) {
  const Imported imported = Import(
      "[queue.source-ip.\"2001:DB8::1\"]\nehlo-hostname = \"a.example\"\n"
      "[queue.source-ip.\"2001:db8:0:0::1\"]\nehlo-hostname = \"b example\"\n"
      "[queue.source-ip.\"192.0.2.1\"]\nehlo-hostname = \"c.example\"\n"
      "[queue.source-ip.192.0.2.1]\nehlo-hostname = \"d.example\"\n");
  // What stands under the second is checked all the same.
  EXPECT_THAT(Briefs(imported.issues), ElementsAre("3:18+17 duplicate-key", "4:17+11 bad-host-name",
                                                   "7:18+9 duplicate-key"));
  EXPECT_EQ(imported.issues[0].message,
            "'2001:db8:0:0::1' is the address 2001:db8::1, which is already defined at "
            "p.toml:1:18");
  EXPECT_EQ(imported.issues[2].message, "'192.0.2.1' is already defined at p.toml:5:18");
  EXPECT_EQ(imported.draft.source_ips.size(), 2u);
}

TEST(ImportPolicyTest, AWrongSourceAddressIsAnErrorAtItsName) {
  const std::string name = "\nehlo-hostname = \"a.example\"\n";
  for (const Wrong& wrong : {
           Wrong{"[queue.source-ip.\"192.0.2.300\"]" + name, "1:18+13 bad-address",
                 "'192.0.2.300' is not an IP address", "write one such as"},
           Wrong{"[queue.source-ip.192.0.2.300]" + name, "1:18+11 bad-address",
                 "'192.0.2.300' is not an IP address", "write one such as"},
           Wrong{"[queue.source-ip.192.0.2]" + name, "1:18+7 bad-address",
                 "'192.0.2' is not an IP address", "write one such as"},
           Wrong{"[queue.source-ip.\"192.0.2.0/24\"]" + name, "1:18+14 bad-address",
                 "but a network", "one by one"},
           Wrong{"[queue.source-ip.pool]" + name, "1:18+4 bad-address",
                 "'pool' is not an IP address", "write one such as"},
           Wrong{"[queue.source-ip]" + name, "2:1+13 bad-address",
                 "'ehlo-hostname' is not an IP address", "write one such as"},
           Wrong{"[queue.source-ip]\n\"192.0.2.1\" = \"a.example\"\n", "2:1+11 wrong-type",
                 "must be a table of keys, but this is a string", "ehlo-hostname"},
       }) {
    ExpectWrong(wrong);
  }
}

TEST(ImportPolicyTest, AKeyOfAShortenedAddressIsToldApartFromTheFullOnes) {
  const Imported imported = Import(
      "[queue.source-ip.192.0.2.1]\nehlo-hostname = \"a.example\"\n"
      "[queue.source-ip.192.0.2]\nehlo-hostname = \"b.example\"\n");
  EXPECT_THAT(Briefs(imported.issues), ElementsAre("4:1+13 bad-address"));
  EXPECT_THAT(SourceIps(imported.draft), ElementsAre("192.0.2.1 a.example 1:18+9"));
}

TEST(ImportPolicyTest, AnUnknownKeyIsAnErrorWithWhatWasMeant) {
  for (const Wrong& wrong : {
           Wrong{"[server]\nhostnam = \"a.example\"\n", "2:1+7 unknown-key",
                 "unknown key 'hostnam' in 'server'", "did you mean 'hostname'?"},
           Wrong{"[queue.conection.x]\n", "1:8+9 unknown-key", "unknown key 'conection' in 'queue'",
                 "did you mean 'connection'?"},
           Wrong{"[quue.connection.x]\n", "1:2+4 unknown-key", "unknown key 'quue'",
                 "did you mean 'queue'?"},
           Wrong{"[storge]\na = 1\n", "1:2+6 unknown-key", "unknown key 'storge'",
                 "did you mean 'storage'?"},
           Wrong{"[Queue.connection.x]\n", "1:2+5 unknown-key", "unknown key 'Queue'",
                 "did you mean 'queue'?"},
           Wrong{"[queue.connection.x]\nsource_ips = \"192.0.2.1\"\n", "2:1+10 unknown-key",
                 "unknown key 'source_ips' in 'queue.connection.x'", "did you mean 'source-ips'?"},
           // It belongs deeper, higher, or elsewhere.
           Wrong{"[queue.connection.x]\nconnect = \"5m\"\n", "2:1+7 unknown-key",
                 "unknown key 'connect'", "did you mean 'timeout.connect'?"},
           Wrong{"[queue.connection.x.timeout]\nsource-ips = \"192.0.2.1\"\n", "2:1+10 unknown-key",
                 "unknown key 'source-ips'", "did you mean 'queue.connection.x.source-ips'?"},
           Wrong{"hostname = \"a.example\"\n", "1:1+8 unknown-key", "unknown key 'hostname'",
                 "did you mean 'server.hostname'?"},
           Wrong{"[connection.x]\n", "1:2+10 unknown-key", "unknown key 'connection'",
                 "did you mean 'queue.connection'?"},
           // Nothing is near.
           Wrong{"[queue.connection.x]\nbanner = \"b\"\n", "2:1+6 unknown-key",
                 "unknown key 'banner' in 'queue.connection.x'",
                 "the keys here are: ehlo-hostname, source-ips, description, timeout"},
           Wrong{"[frobnicate]\n", "1:2+10 unknown-key", "unknown key 'frobnicate'",
                 "the keys here are: server, queue, directory, resolver"},
           Wrong{"[queue.connection.a.b]\n", "1:21+1 unknown-key",
                 "unknown key 'b' in 'queue.connection.a'", "put the whole id in quotes"},
       }) {
    ExpectWrong(wrong);
  }
}

TEST(ImportPolicyTest, AValueOfTheWrongKindIsToldWhatItIsAndShouldBe) {
  const std::string relay = "[queue.route.x]\ntype = \"relay\"\naddress = \"a.example\"\n";
  for (const Wrong& wrong : {
           Wrong{"[server]\nhostname = 5\n", "2:12+1 wrong-type",
                 "'server.hostname' must be a host name, but this is an integer",
                 "write it as in \"mail.example.org\""},
           Wrong{"[server]\nhostname = [\"a.example\"]\n", "2:12+13 wrong-type",
                 "but this is an array", ""},
           Wrong{"[server.hostname]\na = 1\n", "1:9+8 wrong-type", "but this is a table", ""},
           Wrong{"[queue.connection.x]\nsource-ips = [\"192.0.2.1\", 5]\n", "2:28+1 wrong-type",
                 "an item of 'queue.connection.x.source-ips' must be an IP address or an array of "
                 "them, but this is an integer",
                 ""},
           Wrong{"[queue.connection.x]\nsource-ips = [[\"192.0.2.1\"]]\n", "2:15+13 wrong-type",
                 "but this is an array", ""},
           Wrong{"[queue.connection.x]\ntimeout.data = 1.5\n", "2:16+3 wrong-type",
                 "must be a duration, but this is a float", "write it as in \"1m30s\""},
           Wrong{"[queue.connection.x]\ntimeout.data = true\n", "2:16+4 wrong-type",
                 "must be a duration, but this is a boolean", ""},
           Wrong{"[queue.connection.x]\ndescription = [1]\n", "2:15+3 wrong-type",
                 "must be a text, but this is an array", ""},
           Wrong{relay + "port = 25.0\n", "4:8+4 wrong-type",
                 "must be a whole number, but this is a float", "write it as in 587"},
           Wrong{relay + "tls.implicit = 0\n", "4:16+1 wrong-type",
                 "must be true or false, but this is an integer", ""},
           Wrong{relay + "tls = false\n", "4:1+3 wrong-type",
                 "'queue.route.x.tls' must be a table of keys, but this is a boolean",
                 "queue.route.<id>.tls.implicit"},
           Wrong{"[queue.route.x]\ntype = 1\n", "2:8+1 wrong-type", "but this is an integer", ""},
           Wrong{"queue = \"x\"\n", "1:1+5 wrong-type",
                 "'queue' must be a table of keys, but this is a string",
                 "such as queue.connection.<id>.ehlo-hostname"},
           Wrong{"[[queue.route]]\ntype = \"mx\"\n", "1:9+5 wrong-type", "but this is an array",
                 "such as queue.route.<id>.type"},
           Wrong{"[queue]\nconnection.x = \"y\"\n", "2:12+1 wrong-type",
                 "'queue.connection.x' must be a table of keys", ""},
           Wrong{"[queue.connection]\nehlo-hostname = \"a.example\"\n", "2:1+13 wrong-type",
                 "'queue.connection.ehlo-hostname' must be a table of keys",
                 "put a name in between: queue.connection.<id>.ehlo-hostname"},
           Wrong{"[queue.strategy]\nroute = { if = \"1\", then = \"'a'\" }\n", "2:1+5 wrong-type",
                 "must be an expression or a list of if, then and else, but this is a table",
                 "write it as in \"'mx'\""},
       }) {
    ExpectWrong(wrong);
  }
}

TEST(ImportPolicyTest, AWrongValueIsAnErrorAtTheValue) {
  const std::string mx = "[queue.route.x]\ntype = \"mx\"\n";
  for (const Wrong& wrong : {
           Wrong{"[server]\nhostname = \"not a name\"\n", "2:12+12 bad-host-name", "may hold only",
                 "write a host name"},
           Wrong{"[queue.connection.x]\nsource-ips = [\"192.0.2.1\", \"192.0.2.300\"]\n",
                 "2:28+13 bad-address", "'192.0.2.300' is not an IP address", "write one such as"},
           Wrong{"[queue.connection.x]\ntimeout.connect = 30\n", "2:19+2 bad-duration",
                 "a number needs its unit",
                 "write \"30s\" for seconds or \"30ms\" for milliseconds"},
           Wrong{"[queue.connection.x]\ntimeout.connect = \"30\"\n", "2:19+4 bad-duration",
                 "a number needs its unit", "write \"30s\" for seconds"},
           Wrong{"[queue.connection.x]\ntimeout.connect = \"soon\"\n", "2:19+6 bad-duration",
                 "'soon' is not a duration", "\"1m30s\""},
           Wrong{mx + "port = 0\n", "3:8+1 bad-number", "out of range", "from 1 to 65535"},
           Wrong{mx + "port = 70000\n", "3:8+5 bad-number", "out of range", "from 1 to 65535"},
           Wrong{mx + "port = \"smtp\"\n", "3:8+6 bad-number", "'smtp' is not a whole number",
                 "from 1 to 65535"},
           Wrong{mx + "limits.mx = 0\n", "3:13+1 bad-number", "out of range", "from 1 to 1000"},
           Wrong{mx + "limits.multihomed = -1\n", "3:21+2 bad-number", "out of range",
                 "from 1 to 1000"},
           Wrong{mx + "ip-lookup = \"ipv4-only\"\n", "3:13+11 bad-choice", "is none of",
                 "did you mean 'ipv4_only'?"},
           Wrong{mx + "deny-destinations = \"10.0.0.0/33\"\n", "3:21+13 bad-network",
                 "is not a network", "write one such as"},
           Wrong{"[queue.route.x]\ntype = \"rellay\"\n", "2:8+8 bad-choice", "is none of",
                 "did you mean 'relay'?"},
           Wrong{"[queue.route.x]\ntype = \"relay\"\naddress = \"a.example:25\"\n",
                 "3:11+14 bad-address", "is a host and a port", "port = 25"},
           Wrong{"[queue.route.x]\ntype = \"relay\"\naddress = \"a.example\"\n"
                 "tls.implicit = \"no\"\n",
                 "4:16+4 bad-boolean", "neither true nor false", "write true or false"},
           Wrong{"[queue.strategy]\nroute = \"mx\"\n", "2:10+2 bad-expression",
                 "'mx' is not an expression", "write \"'mx'\""},
           Wrong{"[resolver]\ntype = \"custom\"\ncustom = \"dns.example\"\n",
                 "3:10+13 bad-dns-server", "is not an IP address", "udp://"},
           Wrong{"[resolver]\ntype = \"systm\"\n", "2:8+7 bad-choice", "is none of",
                 "did you mean 'system'?"},
       }) {
    ExpectWrong(wrong);
  }
}

TEST(ImportPolicyTest, WhatThisVersionCannotObeyIsRefusedWithTheReason) {
  for (const Wrong& wrong : {
           Wrong{"[queue.route.local]\ntype = \"local\"\n", "2:8+7 not-supported", "stores no mail",
                 "make it a relay"},
           Wrong{"[resolver]\ntype = \"cloudflare\"\n", "2:8+12 not-supported", "not known by name",
                 "type = \"custom\""},
           Wrong{"[resolver]\ntype = \"quad9-tls\"\n", "2:8+11 not-supported", "no TLS",
                 "type = \"custom\""},
       }) {
    ExpectWrong(wrong);
  }
}

TEST(ImportPolicyTest, WhatStalwartKnowsAndChangesNothingIsAWarning) {
  const Imported imported =
      Import("[resolver]\ntype = \"system\"\ntimeout = \"5s\"\nedns = true\n");
  EXPECT_THAT(Briefs(imported.issues),
              ElementsAre("3:1+7 without-effect?", "4:1+4 without-effect?"));
  EXPECT_EQ(imported.issues[0].message,
            "'resolver.timeout' has no effect: each lookup has ten seconds");
}

TEST(ImportPolicyTest, ARouteMustHaveWhatItsTypeNeedsAndNothingOfTheOther) {
  for (const Wrong& wrong : {
           Wrong{"[queue.route.x]\nport = 25\n", "1:14+1 missing-key", "the route 'x' has no type",
                 "add the key 'type' with \"mx\" or \"relay\""},
           Wrong{"[queue.route.x]\naddress = \"a.example\"\n", "1:14+1 missing-key",
                 "the route 'x' has no type", "add the key 'type' with \"relay\""},
           Wrong{"[queue.route.x]\ntype = \"relay\"\nport = 25\n", "1:14+1 missing-key",
                 "the relay 'x' has no address", "add the key 'address'"},
           Wrong{"[queue.route.x]\ntype = \"mx\"\naddress = \"a.example\"\n",
                 "3:1+7 key-of-other-type",
                 "'queue.route.x.address' is for routes of type \"relay\"; this one is \"mx\"",
                 "take it out, or make the type \"relay\""},
           Wrong{"[queue.route.x]\nlimits.mx = 3\ntype = \"relay\"\naddress = \"a.example\"\n",
                 "2:8+2 key-of-other-type", "is for routes of type \"mx\"", "take it out"},
       }) {
    ExpectWrong(wrong);
  }
}

TEST(ImportPolicyTest, ACustomResolverNeedsItsServersAndNoOtherHasThem) {
  for (const Wrong& wrong : {
           Wrong{"[resolver]\ntype = \"custom\"\n", "2:8+8 missing-key", "needs its servers",
                 "resolver.custom"},
           Wrong{"[resolver]\ntype = \"custom\"\ncustom = []\n", "3:10+2 empty-list",
                 "lists no DNS server", "write it as in"},
           Wrong{"[resolver]\ncustom = \"192.0.2.53\"\n", "2:1+6 key-of-other-type",
                 "used only by a resolver of type \"custom\"", "make 'resolver.type' \"custom\""},
           Wrong{"[resolver]\ntype = \"system\"\ncustom = \"192.0.2.53\"\n",
                 "3:1+6 key-of-other-type", "used only by", "make 'resolver.type' \"custom\""},
       }) {
    ExpectWrong(wrong);
  }
}

TEST(ImportPolicyTest, AnEmptyListOfSourcesLetsTheSystemChooseWithAWarning) {
  const Imported imported = Import("[queue.connection.x]\nsource-ips = []\n");
  EXPECT_THAT(Briefs(imported.issues), ElementsAre("2:14+2 empty-list?"));
  EXPECT_THAT(imported.draft.connections.at(0).source_ips, IsEmpty());
}

TEST(ImportPolicyTest, AnIdMustBeATextThatCanBeShown) {
  for (const Wrong& wrong : {
           Wrong{"[queue.connection.\"\"]\n", "1:19+2 bad-id", "this id is empty", "a name"},
           Wrong{"[queue.route.'']\ntype = \"mx\"\n", "1:14+2 bad-id", "this id is empty",
                 "a name"},
           Wrong{"[queue.connection.\"a\\u0007\"]\n", "1:19+9 bad-id",
                 "the id 'a\\x07' holds a control character", "use letters"},
           Wrong{"[queue.connection.\" a\"]\n", "1:19+4 bad-id", "begins or ends with a blank",
                 "take the blank out"},
           Wrong{"[queue.connection." + std::string(201, 'a') + "]\n", "1:19+201 bad-id",
                 "has 201 octets; 200 are allowed", "shorter"},
       }) {
    ExpectWrong(wrong);
  }
  EXPECT_THAT(Import("[queue.connection." + std::string(200, 'a') + "]\n").issues, IsEmpty());
}

TEST(ImportPolicyTest, StalwartsOtherSectionsAreSkippedWithOneNote) {
  const Imported imported = Import(
      "[server]\nhostname = \"a.example\"\n[server.listener.smtp]\nbind = \"::\"\n"
      "[storage]\ndata = \"rocksdb\"\n[queue.schedule.remote]\nretry = [\"1m\"]\n"
      "[queue.strategy]\nschedule = \"'remote'\"\n[[queue.quota]]\nenable = true\n");
  EXPECT_THAT(Briefs(imported.issues), ElementsAre("3:9+8 skipped-section."));
  EXPECT_EQ(imported.issues[0].message,
            "passed over what is Stalwart's and not about outbound delivery: server.listener, "
            "storage, queue.schedule, queue.strategy.schedule, queue.quota");
  EXPECT_EQ(imported.draft.server_hostname->value, "a.example");
}

TEST(ImportPolicyTest, ALongListOfSkippedSectionsIsCut) {
  std::string text = "[server]\n";
  for (int i = 10; i < 40; ++i) text += "x" + std::to_string(i) + " = 1\n";
  const Imported imported = Import(text);
  ASSERT_THAT(Briefs(imported.issues), ElementsAre("2:1+3 skipped-section."));
  EXPECT_THAT(imported.issues[0].message, HasSubstr("server.x21 and 18 more"));
}

TEST(ImportPolicyTest, EverythingThatIsWrongIsShownAtOnce) {
  const Imported imported = Import(R"([server]
hostname = "not a name"
hostnam = 1
[queue.connection.a]
source-ips = ["x", "y", 5]
timeout = { connect = 1, greeting = "2", data = "3w" }
[queue.route.b]
type = "relay"
port = 0
)");
  EXPECT_THAT(Briefs(imported.issues),
              ElementsAre("2:12+12 bad-host-name", "3:1+7 unknown-key", "5:15+3 bad-address",
                          "5:20+3 bad-address", "5:25+1 wrong-type", "6:23+1 bad-duration",
                          "6:37+3 bad-duration", "6:49+4 bad-duration", "7:14+1 missing-key",
                          "9:8+1 bad-number"));
}

TEST(ImportPolicyTest, WhatIsWrongLeavesTheRestInTheDraft) {
  const Imported imported = Import(
      "[queue.connection.a]\nsource-ips = [\"x\", \"192.0.2.1\"]\n"
      "[queue.route.b]\ntype = \"nothing\"\n");
  EXPECT_EQ(imported.issues.size(), 2u);
  ASSERT_EQ(imported.draft.connections.size(), 1u);
  EXPECT_EQ(imported.draft.connections[0].source_ips.size(), 1u);
  ASSERT_EQ(imported.draft.routes.size(), 1u);
  EXPECT_EQ(imported.draft.routes[0].type, RouteDraft::Type::kUnknown);
}

TEST(ImportPolicyTest, ThousandsOfUnknownKeysAreNoHazard) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "unknown" + std::to_string(i) + " = 1\n";
  const Imported imported = Import(text);
  EXPECT_EQ(imported.issues.size(), 1001u);
}

TEST(ImportPolicyTest, ARelayMayAuthenticateAndSpeakLmtp) {
  const Imported imported = Import(R"(
[queue.route.x]
type = "relay"
address = "a.example"
protocol = "LMTP"
[queue.route.x.tls]
implicit = false
allow-invalid-certs = true
[queue.route.x.auth]
username = "u"
secret = "s"
)");
  EXPECT_THAT(imported.issues, IsEmpty());
  const RouteDraft& route = imported.draft.routes.at(0);
  EXPECT_EQ(route.protocol, RelayProtocol::kLmtp);
  EXPECT_TRUE(route.allow_invalid_certs);
  EXPECT_EQ(route.username->value, "u");
  EXPECT_EQ(route.secret->value.Reveal(), "s");
  EXPECT_EQ(PlaceText(route.secret->range), "11:10+3");
}

TEST(ImportPolicyTest, HalfAnAuthenticationIsAnError) {
  const std::string relay = "[queue.route.x]\ntype = \"relay\"\naddress = \"a.example\"\n";
  ExpectWrong({relay + "auth.username = \"u\"\n", "4:1+4 missing-key",
               "the authentication of the relay 'x' has no secret", "add the key 'auth.secret'"});
  ExpectWrong({relay + "auth.secret = \"s\"\n", "4:1+4 missing-key", "has no username",
               "add the key 'auth.username'"});
}

TEST(ImportPolicyTest, TlsStrategiesComeWithAllTheirKeysAndWithAnyOne) {
  const Imported imported = Import(R"(
[queue.tls.all]
dane = "require"
mta-sts = "disabled"
starttls = "optional"
allow-invalid-certs = true
timeout.tls = "1m"
timeout.mta-sts = "2m"
[queue.tls.one]
mta-sts = false
[queue.tls.none]
)");
  EXPECT_THAT(imported.issues, IsEmpty());
  ASSERT_EQ(imported.draft.tls.size(), 3u);
  const TlsPlan& all = imported.draft.tls[0].plan;
  EXPECT_EQ(all.dane, TlsRequirement::kRequire);
  EXPECT_EQ(all.mta_sts, TlsRequirement::kDisable);
  EXPECT_EQ(all.starttls, TlsRequirement::kOptional);
  EXPECT_TRUE(all.allow_invalid_certs);
  EXPECT_EQ(all.tls_timeout, 1min);
  EXPECT_EQ(all.mta_sts_timeout, 2min);
  EXPECT_EQ(imported.draft.tls[1].id, "one");
  EXPECT_EQ(imported.draft.tls[1].plan.mta_sts, TlsRequirement::kDisable);
  EXPECT_EQ(imported.draft.tls[2].plan, TlsPlan());
}

TEST(ImportPolicyTest, LimitersAreReadAndChecked) {
  const Imported imported = Import(R"(
[queue.limiter.outbound.a]
key = ["rcpt_domain", "local_ip"]
match = "mx == 'mx.example.org' && local_ip != ''"
rate = "100/1h"
concurrency = 5
enable = false
[queue.limiter.outbound.b]
key = "sender"
rate = "unlimited"
)");
  EXPECT_THAT(imported.issues, IsEmpty());
  ASSERT_EQ(imported.draft.limiters.size(), 2u);
  const Limiter& a = imported.draft.limiters[0].limiter;
  EXPECT_EQ(a.keys, (std::vector<LimiterKey>{LimiterKey::kRcptDomain, LimiterKey::kLocalIp}));
  EXPECT_TRUE(a.match);
  EXPECT_EQ(a.rate, (Rate{100, 1h}));
  EXPECT_EQ(a.concurrency, 5u);
  EXPECT_FALSE(a.enable);
  EXPECT_EQ(imported.draft.limiters[1].limiter.rate, Rate{});
  ExpectWrong({"[queue.limiter.outbound.a]\nkey = \"mx\"\n", "1:25+1 missing-key", "has no rate",
               "rate = \"100/1h\""});
  ExpectWrong({"[queue.limiter.outbound.a]\nrate = \"1/2\"\n", "2:8+5 bad-rate",
               "a number needs its unit", "\"2s\""});
  ExpectWrong({"[queue.limiter.outbound.a]\nrate = \"1/1h\"\nkey = [\"rcptdomain\"]\n",
               "3:8+12 bad-choice", "is none of", "did you mean 'rcpt_domain'?"});
}

TEST(ImportPolicyTest, ARuleMayBeAListOfBranchesInBothForms) {
  for (const std::string& text : {std::string(R"(
[queue.strategy]
route = [
  { if = "retry_num > 1", then = "'slow'" },
  { else = "'mx'" },
]
)"),
                                  std::string(R"(
[[queue.strategy.route]]
if = "retry_num > 1"
then = "'slow'"
[[queue.strategy.route]]
else = "'mx'"
)")}) {
    const Imported imported = Import(text);
    EXPECT_THAT(imported.issues, IsEmpty()) << text;
    ASSERT_TRUE(imported.draft.route_strategy) << text;
    ASSERT_EQ(imported.draft.route_strategy->branches().size(), 1u);
    EXPECT_EQ(imported.draft.route_strategy->branches()[0].condition.text(), "retry_num > 1");
    EXPECT_EQ(*imported.draft.route_strategy->otherwise().literal(), "mx");
  }
}

TEST(ImportPolicyTest, WhatIsWrongWithABranchIsToldAtItsPlace) {
  const std::string head = "[queue.strategy]\nroute = [";
  ExpectWrong({head + "{ fi = \"1\", then = \"'a'\" }, { else = \"'b'\" }]\n", "2:12+2 unknown-key",
               "unknown key 'fi' in 'queue.strategy.route'", "did you mean 'if'?"});
  ExpectWrong({head + "\"'a'\", { else = \"'b'\" }]\n", "2:10+5 wrong-type",
               "must be a table of if and then, or of else, but this is a string", "{ else ="});
  ExpectWrong({head + "{ if = \"retry_num > 1\", then = \"'a'\" }]\n", "2:9+40 bad-if-block",
               "has no 'else'", "{ else ="});
  ExpectWrong({head + "{ if = \"retrynum > 1\", then = \"'a'\" }, { else = \"'b'\" }]\n",
               "2:18+8 unknown-variable", "retrynum", "retry_num"});
}

TEST(ImportPolicyTest, EachRuleHasTheVariablesOfItsPlace) {
  EXPECT_THAT(Import("[queue.strategy]\nconnection = \"mx\"\ntls = \"remote_ip\"\n").issues,
              IsEmpty());
  const Imported route = Import("[queue.strategy]\nroute = \"if_then(mx == 'a', 'b', 'c')\"\n");
  EXPECT_EQ(route.issues.size(), 1u) << "a route is chosen before there is a host";
  const Imported local = Import("[queue.strategy]\nconnection = \"local_ip\"\n");
  EXPECT_EQ(local.issues.size(), 1u) << "the connection rule chooses the source address";
}

TEST(ImportPolicyTest, LocalDomainsAndAddressesAreLists) {
  const Imported imported = Import(
      "[directory]\nlocal-domains = [\"example.org\"]\nlocal-addresses = \"a@example.net\"\n"
      "[directory.internal]\ntype = \"internal\"\n");
  ASSERT_EQ(imported.issues.size(), 1u);
  EXPECT_THAT(imported.issues[0].message, HasSubstr("directory.internal"));
  EXPECT_TRUE(imported.draft.local.IsLocalDomain("", "example.org"));
  EXPECT_TRUE(imported.draft.local.IsLocalAddress("", "a@example.net"));
  ExpectWrong({"[directory]\nlocal-domains = [\"exa mple\"]\n", "2:18+10 bad-host-name",
               "is not a domain", "example.org"});
}

}  // namespace
}  // namespace postern::strategy
