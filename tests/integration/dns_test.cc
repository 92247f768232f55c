// A real DNS server with real zones, and mail servers on several loopback addresses: which hosts
// are found, in which order, and which are tried after which.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/fakes/real_dns_server.h"
#include "tests/fakes/scripted_server.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

using fakes::RealDnsServer;
using fakes::Script;
using fakes::ScriptedServer;

// An MX route that may go to loopback (the built-in one may not), and the DNS server to ask.
std::string PolicyFor(const RealDnsServer& dns, std::uint16_t port, const std::string& more = "") {
  return "server.hostname = \"mail.example.org\"\nqueue.strategy.route = \"'local'\"\n"
         "[resolver]\ntype = \"custom\"\ncustom = [\"udp://127.0.0.1:" +
         std::to_string(dns.port()) +
         "\"]\n[queue.route.local]\ntype = \"mx\"\ndeny-destinations = []\nport = " +
         std::to_string(port) + "\n" + more;
}

std::unique_ptr<ScriptedServer> ServerAt(const std::string& address, std::vector<Script> scripts,
                                         std::uint16_t port = 0) {
  ScriptedServer::Options options;
  options.address = address;
  options.port = port;
  return std::make_unique<ScriptedServer>(std::move(scripts), options);
}

// What the only recipient came to: "PERMANENT_FAILURE DNS NULL_MX 5.1.10".
std::string Verdict(const v1::DeliverResponse& answer) {
  if (answer.outcomes_size() != 1) return answer.DebugString();
  const v1::RecipientOutcome& outcome = answer.outcomes(0);
  return v1::Disposition_Name(outcome.disposition()).substr(sizeof "DISPOSITION") + " " +
         v1::Stage_Name(outcome.stage()).substr(sizeof "STAGE") + " " + outcome.reason() + " " +
         outcome.reply().enhanced_code();
}

// "mx1.example.org 127.0.0.11, mx2.example.org 127.0.0.12"
std::string Tried(const v1::DeliverResponse& answer) {
  std::string result;
  for (const v1::Attempt& attempt : answer.attempts()) {
    if (!result.empty()) result += ", ";
    result += attempt.host() + " " + attempt.remote_ip();
  }
  return result;
}

v1::Resolution ResolutionOf(ServiceProcess& service, const std::string& recipient) {
  v1::ResolveStrategyRequest request;
  *request.mutable_envelope() = RequestTo({recipient}).envelope();
  request.set_lookup_dns(true);
  const v1::ResolveStrategyResponse response = service.Resolve(request);
  EXPECT_EQ(response.resolutions_size(), 1);
  return response.resolutions_size() == 1 ? response.resolutions(0) : v1::Resolution();
}

const Script kTakesNoMail = {fakes::Send("554 5.3.2 no mail here\r\n"), fakes::Expect("QUIT")};

TEST(DnsTest, HostsAreTriedByPreferenceUntilOneTakesTheMessage) {
  RealDnsServer dns{
      {"example.org",
       {"@ MX 30 good", "@ MX 10 closed", "@ MX 40 never", "@ MX 20 refuses", "good A 127.0.0.13",
        "closed A 127.0.0.11", "never A 127.0.0.14", "refuses A 127.0.0.12"}}};
  const auto good = ServerAt("127.0.0.13", {fakes::GoodDialogue()});
  const auto refuses = ServerAt("127.0.0.12", {kTakesNoMail}, good->port());
  const auto never = ServerAt("127.0.0.14", {}, good->port());
  ServiceProcess service(PolicyFor(dns, good->port()));
  const v1::DeliverResponse answer = service.Deliver(RequestTo({"to@example.org"}));
  EXPECT_TRUE(answer.all_delivered()) << answer.DebugString();
  EXPECT_EQ(Tried(answer),
            "closed.example.org 127.0.0.11, refuses.example.org 127.0.0.12, "
            "good.example.org 127.0.0.13");
  ASSERT_EQ(answer.attempts_size(), 3);
  EXPECT_EQ(answer.attempts(0).reason(), "CONNECT_FAILED");
  EXPECT_EQ(answer.attempts(1).reply().code(), 554u);
  EXPECT_EQ(answer.attempts(1).stage(), v1::STAGE_GREETING);
  EXPECT_EQ(answer.outcomes(0).attempt(), 2u);
  EXPECT_EQ(good->Finish(), "");
  EXPECT_EQ(refuses->Finish(), "");
  EXPECT_EQ(never->accepted(), 0u);
}

TEST(DnsTest, ARecipientThatOneHostPutsOffIsTakenToTheNext) {
  RealDnsServer dns{
      {"example.org", {"@ MX 10 mx1", "@ MX 20 mx2", "mx1 A 127.0.0.11", "mx2 A 127.0.0.12"}}};
  const Script puts_one_off = fakes::Greeting() + fakes::Ehlo() + fakes::Mail() + fakes::Rcpt() +
                              fakes::Rcpt("450 4.2.1 later\r\n") +
                              fakes::Rcpt("550 5.1.1 nobody\r\n") + fakes::Data() + fakes::Quit();
  const auto mx1 = ServerAt("127.0.0.11", {puts_one_off});
  const auto mx2 = ServerAt("127.0.0.12", {fakes::GoodDialogue()}, mx1->port());
  ServiceProcess service(PolicyFor(dns, mx1->port()));
  const v1::DeliverResponse answer =
      service.Deliver(RequestTo({"a@example.org", "b@example.org", "c@example.org"}));
  ASSERT_EQ(answer.outcomes_size(), 3);
  EXPECT_EQ(answer.outcomes(0).disposition(), v1::DISPOSITION_DELIVERED);
  EXPECT_EQ(answer.outcomes(0).attempt(), 0u);
  EXPECT_EQ(answer.outcomes(1).disposition(), v1::DISPOSITION_DELIVERED);
  EXPECT_EQ(answer.outcomes(1).attempt(), 1u);
  EXPECT_EQ(answer.outcomes(2).disposition(), v1::DISPOSITION_PERMANENT_FAILURE);
  EXPECT_EQ(answer.outcomes(2).attempt(), 0u);
  EXPECT_EQ(mx1->Finish(), "");
  EXPECT_EQ(mx2->Finish(), "");
  EXPECT_EQ(mx2->connections().at(0).commands.at(2), "RCPT TO:<b@example.org>");
}

TEST(DnsTest, HostsOfEqualPreferenceShareTheLoad) {
  RealDnsServer dns{{"example.org",
                     {"@ MX 10 mx1", "@ MX 10 mx2", "@ MX 5 mx0", "mx0 A 127.0.0.10",
                      "mx1 A 127.0.0.11", "mx2 A 127.0.0.12"}}};
  ServiceProcess service(PolicyFor(dns, 2525));
  std::vector<std::string> second;
  // Always the same order: once in 2^39 runs.
  for (int i = 0; i < 40; ++i) {
    const v1::Resolution resolution = ResolutionOf(service, "to@example.org");
    ASSERT_EQ(resolution.targets_size(), 3) << resolution.DebugString();
    EXPECT_EQ(resolution.targets(0).host(), "mx0.example.org");
    EXPECT_EQ(resolution.targets(0).preference(), 5u);
    second.push_back(resolution.targets(1).host());
  }
  EXPECT_NE(std::ranges::count(second, "mx1.example.org"), 0);
  EXPECT_NE(std::ranges::count(second, "mx2.example.org"), 0);
}

TEST(DnsTest, LimitsMxCutsTheList) {
  RealDnsServer dns{{"example.org",
                     {"@ MX 10 mx1", "@ MX 20 mx2", "@ MX 30 mx3", "mx1 A 127.0.0.11",
                      "mx2 A 127.0.0.12", "mx3 A 127.0.0.13"}}};
  ServiceProcess service(PolicyFor(dns, 2525, "limits.mx = 2\n"));
  const v1::Resolution resolution = ResolutionOf(service, "to@example.org");
  ASSERT_EQ(resolution.targets_size(), 2) << resolution.DebugString();
  EXPECT_EQ(resolution.targets(1).host(), "mx2.example.org");
}

TEST(DnsTest, WithoutMxRecordsTheDomainItselfIsTheHost) {
  RealDnsServer dns{{"example.org", {"@ A 127.0.0.11"}}};
  const auto server = ServerAt("127.0.0.11", {fakes::GoodDialogue()});
  ServiceProcess service(PolicyFor(dns, server->port()));
  const v1::DeliverResponse answer = service.Deliver(RequestTo({"to@Example.ORG"}));
  EXPECT_TRUE(answer.all_delivered()) << answer.DebugString();
  EXPECT_EQ(Tried(answer), "example.org 127.0.0.11");
  EXPECT_EQ(server->Finish(), "");
}

TEST(DnsTest, WhatDnsSaysOfADomainIsTheOutcome) {
  struct Case {
    std::string recipient;
    std::string verdict;
  };
  RealDnsServer dns{{"null.example", {"@ MX 0 .", "@ A 127.0.0.1"}},
                    {"empty.example", {"@ TXT nothing"}},
                    {"dangling.example", {"@ MX 10 gone"}},
                    {"literal.example", {"@ MX 10 127.0.0.1."}},
                    {"broken.example", {}, /*broken=*/true},
                    {"half.example", {"@ MX 10 gone", "@ MX 20 mx.broken.example."}}};
  ServiceProcess service(PolicyFor(dns, 25));
  for (const Case& c : std::vector<Case>{
           {"to@null.example", "PERMANENT_FAILURE DNS NULL_MX 5.1.10"},
           {"to@no.empty.example", "PERMANENT_FAILURE DNS DOMAIN_NOT_FOUND 5.1.2"},
           {"to@empty.example", "PERMANENT_FAILURE DNS NO_ADDRESS 5.4.4"},
           {"to@dangling.example", "PERMANENT_FAILURE DNS NO_ADDRESS 5.4.4"},
           {"to@literal.example", "PERMANENT_FAILURE DNS MX_INVALID 5.4.4"},
           {"to@broken.example", "TRANSIENT_FAILURE DNS DNS_FAILURE 4.4.3"},
           {"to@half.example", "TRANSIENT_FAILURE DNS DNS_FAILURE 4.4.3"},
       }) {
    const v1::DeliverResponse answer = service.Deliver(RequestTo({c.recipient}));
    EXPECT_EQ(Verdict(answer), c.verdict) << c.recipient;
    EXPECT_EQ(answer.outcomes(0).error_kind(), v1::ERROR_KIND_DNS) << c.recipient;
    EXPECT_EQ(answer.outcomes(0).scope(), v1::SCOPE_HOST) << c.recipient;
  }
}

TEST(DnsTest, A12_AHostThatIsThisMachineEndsTheWalk) {
  RealDnsServer dns{{"example.org",
                     {"@ MX 10 mx1", "@ MX 20 mx2", "@ MX 30 mx3", "mx1 A 192.0.2.11",
                      "mx2 A 192.0.2.12", "mx2 A 127.0.0.1", "mx3 A 192.0.2.13"}},
                    {"here.example", {"@ A 127.0.0.1"}}};
  ServiceProcess service(PolicyFor(dns, 25));
  EXPECT_EQ(Verdict(service.Deliver(RequestTo({"to@here.example"}))),
            "PERMANENT_FAILURE DNS ROUTING_LOOP 5.4.6");
  const v1::Resolution resolution = ResolutionOf(service, "to@example.org");
  ASSERT_EQ(resolution.targets_size(), 3) << resolution.DebugString();
  EXPECT_EQ(resolution.targets(0).addresses_size(), 1);
  EXPECT_EQ(resolution.targets(1).addresses_size(), 0) << resolution.DebugString();
  EXPECT_EQ(resolution.targets(2).addresses_size(), 0);
  EXPECT_NE(resolution.targets(2).DebugString().find("is this machine"), std::string::npos);
}

TEST(DnsTest, ADnsServerThatIsGoneIsATransientFailure) {
  RealDnsServer dns{{"example.org", {"@ A 127.0.0.1"}}};
  ServiceProcess service(PolicyFor(dns, 25));
  dns.Stop();
  EXPECT_EQ(Verdict(service.Deliver(RequestTo({"to@example.org"}))),
            "TRANSIENT_FAILURE DNS DNS_FAILURE 4.4.3");
}

TEST(DnsTest, AHostThatDnsFailsOnDoesNotKeepTheOthersFromTheMail) {
  RealDnsServer dns{
      {"example.org", {"@ MX 10 mx.broken.example.", "@ MX 20 mx2", "mx2 A 127.0.0.12"}},
      {"broken.example", {}, /*broken=*/true}};
  const auto mx2 = ServerAt("127.0.0.12", {fakes::GoodDialogue()});
  ServiceProcess service(PolicyFor(dns, mx2->port()));
  const v1::DeliverResponse answer = service.Deliver(RequestTo({"to@example.org"}));
  EXPECT_TRUE(answer.all_delivered()) << answer.DebugString();
  EXPECT_EQ(Tried(answer), "mx.broken.example , mx2.example.org 127.0.0.12");
}

TEST(DnsTest, ByDefaultLoopbackIsNotDialledAndTheRuleIsNamed) {
  RealDnsServer dns{{"example.org", {"@ A 127.0.0.1", "@ AAAA ::1", "@ AAAA ::ffff:127.0.0.1"}}};
  const auto server = ServerAt("127.0.0.1", {});
  ServiceProcess service(
      PolicyFor(dns, server->port(),
                "[queue.route.mx]\ntype = \"mx\"\nlimits.multihomed = 9\nport = " +
                    std::to_string(server->port()) + "\n"));
  for (const std::string recipient :
       {"to@example.org", "to@[127.0.0.1]", "to@[IPv6:::ffff:127.0.0.1]"}) {
    v1::DeliverRequest request = RequestTo({recipient});
    request.mutable_override()->set_route("mx");
    const v1::DeliverResponse answer = service.Deliver(request);
    EXPECT_EQ(Verdict(answer), "PERMANENT_FAILURE DNS ADDRESS_PROHIBITED 5.4.4") << recipient;
    EXPECT_NE(answer.outcomes(0).detail().find("127.0.0.0/8"), std::string::npos)
        << answer.outcomes(0).detail();
  }
  EXPECT_EQ(server->accepted(), 0u);
}

TEST(DnsTest, AnAddressLiteralIsDialledDirectly) {
  RealDnsServer dns{{"example.org", {}}};
  const auto server = ServerAt("127.0.0.11", {fakes::GoodDialogue()});
  ServiceProcess service(PolicyFor(dns, server->port()));
  const v1::DeliverResponse answer = service.Deliver(RequestTo({"to@[127.0.0.11]"}));
  EXPECT_TRUE(answer.all_delivered()) << answer.DebugString();
  EXPECT_EQ(Tried(answer), "127.0.0.11 127.0.0.11");
  EXPECT_EQ(server->connections().at(0).commands.at(2), "RCPT TO:<to@[127.0.0.11]>");
}

TEST(DnsTest, RecipientsOfSeveralDomainsGoSeparateWaysAtOnce) {
  RealDnsServer dns{{"one.example", {"@ A 127.0.0.11"}}, {"two.example", {"@ A 127.0.0.12"}}};
  // Each waits for the other: they are only delivered when both are under way at once.
  fakes::Gate first;
  fakes::Gate second;
  const auto meets = [](fakes::Gate& mine, fakes::Gate& other) {
    return Script{fakes::Do([&mine] { mine.Open(); }), fakes::WaitFor(other)} + fakes::Greeting() +
           fakes::Ehlo() + fakes::Mail();
  };
  const auto one = ServerAt("127.0.0.11", {meets(first, second) + fakes::Rcpt() + fakes::Rcpt() +
                                           fakes::Data() + fakes::Quit()});
  const auto two =
      ServerAt("127.0.0.12", {meets(second, first) + fakes::Rcpt() + fakes::Data() + fakes::Quit()},
               one->port());
  ServiceProcess service(PolicyFor(dns, one->port()));
  const v1::DeliverResponse answer =
      service.Deliver(RequestTo({"a@one.example", "b@two.example", "c@One.Example"}));
  EXPECT_TRUE(answer.all_delivered()) << answer.DebugString();
  EXPECT_EQ(answer.attempts_size(), 2);
  ASSERT_EQ(answer.outcomes_size(), 3);
  EXPECT_EQ(answer.outcomes(0).attempt(), answer.outcomes(2).attempt());
  EXPECT_EQ(one->Finish(), "");
  EXPECT_EQ(two->Finish(), "");
}

// --- Both families -------------------------------------------------------------------------------

class DnsFamiliesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fakes::HasIpv6Loopback()) GTEST_SKIP() << "this machine has no ::1";
  }

  RealDnsServer dns_{
      {"example.org",
       {"@ A 127.0.0.11", "@ A 127.0.0.12", "@ A 127.0.0.13", "@ AAAA ::1", "six AAAA ::1"}}};
};

TEST_F(DnsFamiliesTest, TheSecondFamilyIsTriedWhenTheFirstIsNotReached) {
  const auto server = ServerAt("::1", {fakes::GoodDialogue()});
  ServiceProcess service(PolicyFor(dns_, server->port()));
  const v1::DeliverResponse answer = service.Deliver(RequestTo({"to@example.org"}));
  EXPECT_TRUE(answer.all_delivered()) << answer.DebugString();
  ASSERT_EQ(answer.attempts_size(), 2);
  EXPECT_TRUE(answer.attempts(0).remote_ip().starts_with("127.0.0.1")) << Tried(answer);
  EXPECT_EQ(answer.attempts(1).remote_ip(), "::1");
  EXPECT_EQ(answer.attempts(1).source_ip(), "::1");
  EXPECT_EQ(server->Finish(), "");
}

TEST_F(DnsFamiliesTest, AHostWithAnIpv6AddressOnlyIsReached) {
  const auto server = ServerAt("::1", {fakes::GoodDialogue()});
  ServiceProcess service(PolicyFor(dns_, server->port()));
  const v1::DeliverResponse answer = service.Deliver(RequestTo({"to@six.example.org"}));
  EXPECT_TRUE(answer.all_delivered()) << answer.DebugString();
  EXPECT_EQ(Tried(answer), "six.example.org ::1");
}

TEST_F(DnsFamiliesTest, LimitsMultihomedKeepsBothFamilies) {
  ServiceProcess service(PolicyFor(dns_, 2525, "limits.multihomed = 3\n"));
  const v1::Resolution resolution = ResolutionOf(service, "to@example.org");
  ASSERT_EQ(resolution.targets_size(), 1) << resolution.DebugString();
  const v1::Target& target = resolution.targets(0);
  ASSERT_EQ(target.addresses_size(), 3);
  EXPECT_TRUE(target.addresses(0).starts_with("127.0.0.1")) << target.addresses(0);
  EXPECT_TRUE(target.addresses(1).starts_with("127.0.0.1")) << target.addresses(1);
  EXPECT_EQ(target.addresses(2), "::1");
}

TEST_F(DnsFamiliesTest, IpLookupChoosesAndOrdersTheFamilies) {
  const auto addresses = [this](const std::string& ip_lookup) {
    ServiceProcess service(
        PolicyFor(dns_, 2525, "limits.multihomed = 9\nip-lookup = \"" + ip_lookup + "\"\n"));
    const v1::Resolution resolution = ResolutionOf(service, "to@example.org");
    std::string families;
    for (const std::string& address : resolution.targets(0).addresses()) {
      families += address == "::1" ? '6' : '4';
    }
    return families;
  };
  EXPECT_EQ(addresses("ipv4_only"), "444");
  EXPECT_EQ(addresses("ipv6_only"), "6");
  EXPECT_EQ(addresses("ipv4_then_ipv6"), "4446");
  EXPECT_EQ(addresses("ipv6_then_ipv4"), "6444");
}

TEST_F(DnsFamiliesTest, AnAddressWithoutASourceOfItsFamilyIsSkipped) {
  const auto server = ServerAt("127.0.0.11", {fakes::GoodDialogue()});
  const auto v6 = ServerAt("::1", {}, server->port());
  RealDnsServer dns{{"example.org", {"@ A 127.0.0.11", "@ AAAA ::1"}}};
  ServiceProcess service(PolicyFor(dns, server->port(),
                                   "ip-lookup = \"ipv6_then_ipv4\"\n"
                                   "[queue.connection.default]\nsource-ips = \"127.0.0.2\"\n"));
  const v1::DeliverResponse answer = service.Deliver(RequestTo({"to@example.org"}));
  EXPECT_TRUE(answer.all_delivered()) << answer.DebugString();
  EXPECT_EQ(Tried(answer), "example.org ::1, example.org 127.0.0.11");
  EXPECT_EQ(answer.attempts(0).reason(), "NO_SOURCE_OF_FAMILY");
  EXPECT_EQ(server->connections().at(0).peer.ToString(), "127.0.0.2");
  EXPECT_EQ(v6->accepted(), 0u);
}

// --- Without a connection ------------------------------------------------------------------------

TEST(DnsTest, ValidateOnlyTellsWhatDnsShowsAndDialsNothing) {
  RealDnsServer dns{{"example.org", {"@ A 127.0.0.11"}}, {"null.example", {"@ MX 0 ."}}};
  const auto server = ServerAt("127.0.0.11", {});
  ServiceProcess service(PolicyFor(dns, server->port()));
  v1::DeliverRequest request = RequestTo({"a@example.org", "b@null.example"});
  request.set_validate_only(true);
  const v1::DeliverResponse answer = service.Deliver(request);
  ASSERT_EQ(answer.outcomes_size(), 2);
  EXPECT_FALSE(answer.all_delivered());
  EXPECT_EQ(answer.outcomes(0).disposition(), v1::DISPOSITION_NOT_ATTEMPTED);
  EXPECT_EQ(answer.outcomes(0).reason(), "VALIDATED");
  EXPECT_EQ(answer.outcomes(1).disposition(), v1::DISPOSITION_PERMANENT_FAILURE);
  EXPECT_EQ(answer.outcomes(1).reason(), "NULL_MX");
  EXPECT_EQ(answer.attempts_size(), 0);
  EXPECT_EQ(server->accepted(), 0u);
}

TEST(DnsTest, ResolveStrategyWithDnsTellsTargetsOrTheFailure) {
  RealDnsServer dns{{"example.org", {"@ MX 10 mx1", "@ MX 20 gone", "mx1 A 127.0.0.11"}},
                    {"null.example", {"@ MX 0 ."}}};
  ServiceProcess service(PolicyFor(dns, 2525));
  const v1::Resolution good = ResolutionOf(service, "to@example.org");
  EXPECT_FALSE(good.has_failure()) << good.DebugString();
  ASSERT_EQ(good.targets_size(), 2);
  EXPECT_EQ(good.targets(0).host(), "mx1.example.org");
  EXPECT_EQ(good.targets(0).preference(), 10u);
  EXPECT_EQ(good.targets(0).port(), 2525u);
  ASSERT_EQ(good.targets(0).addresses_size(), 1);
  EXPECT_EQ(good.targets(0).addresses(0), "127.0.0.11");
  EXPECT_EQ(good.targets(1).failure().reason(), "NO_ADDRESS");

  const v1::Resolution null = ResolutionOf(service, "to@null.example");
  EXPECT_EQ(null.targets_size(), 0);
  EXPECT_EQ(null.failure().disposition(), v1::DISPOSITION_PERMANENT_FAILURE);
  EXPECT_EQ(null.failure().reason(), "NULL_MX");
  EXPECT_EQ(null.failure().enhanced_code(), "5.1.10");
}

}  // namespace
}  // namespace postern::integration
