#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/fakes/scripted_server.h"
#include "tests/server/delivery/delivery_fixture.h"

// What policy rules do to a delivery: what they read, what they ask DNS for, and what a plan that
// this version cannot carry out comes to.
namespace postern::server {
namespace {

using fakes::ScriptedServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StrategiesTest : public DeliveryTest {
 protected:
  // Routes "mx" (built with MxPolicy's freedom) and "other", and the rules in `strategy`.
  void UsePolicy(std::uint16_t port, const std::string& strategy, const std::string& more = "") {
    const std::string route =
        "type = 'mx'\ndeny-destinations = []\nport = " + std::to_string(port) + "\n";
    policy_ = "[queue.strategy]\n" + strategy + "\n[queue.route.mx]\n" + route +
              "[queue.route.other]\n" + route +
              "[queue.connection.default]\nehlo-hostname = 'mail.sender.example'\n"
              "[queue.connection.second]\nehlo-hostname = 'second.sender.example'\n" +
              more;
  }

  // The outcome of a delivery to user@x.example, whose one host is on loopback.
  DeliveryResult DeliverToLoopback() {
    dns_.Host("x.example", {"127.0.0.1"});
    return Deliver(RequestTo({"user@x.example"}));
  }
};

TEST_F(StrategiesTest, AConnectionRuleSeesTheHostAndTheAddressOfEachAttempt) {
  ScriptedServer server({fakes::GoodDialogue()});
  UsePolicy(server.port(),
            "connection = [{ if = \"mx == 'x.example' && remote_ip == '127.0.0.1'\", then = "
            "\"'second'\" }, { else = \"'default'\" }]");
  const DeliveryResult result = DeliverToLoopback();
  EXPECT_EQ(Sum(result.outcomes[0].outcome), "DELIVERED FINAL_REPLY NONE");
  EXPECT_EQ(result.attempts[0].connection_strategy, "second");
  EXPECT_EQ(result.attempts[0].ehlo_hostname, "second.sender.example");
  EXPECT_THAT(result.attempts[0].fallbacks, IsEmpty());
}

TEST_F(StrategiesTest, ARouteRuleMayAskDns) {
  ScriptedServer server({fakes::GoodDialogue()});
  UsePolicy(server.port(),
            "route = [{ if = \"dns_query('_policy.x.example', 'txt') == 'v=other'\", then = "
            "\"'other'\" }, { else = \"'mx'\" }]");
  dns_.Texts("_policy.x.example", {"v=other"});
  const DeliveryResult result = DeliverToLoopback();
  EXPECT_EQ(result.attempts.at(0).route, "other");
  EXPECT_THAT(dns_.asked(), ::testing::Contains("TXT _policy.x.example").Times(1));
}

TEST_F(StrategiesTest, EachKindOfQuestionIsAskedAsItsNameSays) {
  const std::vector<std::pair<std::string, std::string>> kConditions = {
      {"dns_query('h.example', 'ipv4')[0] == '192.0.2.1'", "A h.example"},
      {"dns_query('h.example', 'ipv6')[0] == '2001:db8::1'", "AAAA h.example"},
      {"count(dns_query('h.example', 'ip')) == 2", "A h.example"},
      {"contains(dns_query('m.example', 'mx'), '10 mx1.m.example')", "MX m.example"},
      {"dns_query('192.0.2.1', 'ptr')[0] == 'h.example'", "PTR 192.0.2.1"},
      {"dns_query('gone.example', 'txt') == ''", "TXT gone.example"},
  };
  dns_.Host("h.example", {"192.0.2.1", "2001:db8::1"});
  dns_.Mx("m.example", {{20, "mx2.m.example"}, {10, "mx1.m.example"}});
  dns_.Names("192.0.2.1", {"h.example"});
  for (const auto& [condition, question] : kConditions) {
    UsePolicy(25,
              "route = [{ if = \"" + condition + "\", then = \"'other'\" }, { else = \"'mx'\" }]");
    ResolveRequest request;
    request.envelope = EnvelopeTo({"user@[192.0.2.9]"});
    request.lookup_dns = true;
    const ResolveResult result = Resolve(std::move(request));
    EXPECT_EQ(result.resolutions.at(0).route.choice.strategy_id, "other") << condition;
    EXPECT_THAT(dns_.asked(), ::testing::Contains(question)) << condition;
  }
}

TEST_F(StrategiesTest, ALookupThatFailsGivesTheFallbackAndTheAttemptSaysSo) {
  ScriptedServer server({fakes::GoodDialogue()});
  UsePolicy(server.port(),
            "connection = [{ if = \"dns_query('bad.example', 'ipv4') != ''\", then = "
            "\"'second'\" }, { else = \"'second'\" }]");
  dns_.HostFails("bad.example");
  const DeliveryResult result = DeliverToLoopback();
  EXPECT_EQ(Sum(result.outcomes[0].outcome), "DELIVERED FINAL_REPLY NONE");
  EXPECT_EQ(result.attempts[0].connection_strategy, "default");
  ASSERT_EQ(result.attempts[0].fallbacks.size(), 1u);
  EXPECT_THAT(result.attempts[0].fallbacks[0],
              ::testing::AllOf(HasSubstr("queue.strategy.connection gave no usable id"),
                               HasSubstr("bad.example"), HasSubstr("'default' was used")));
}

TEST_F(StrategiesTest, AComputedIdThatDoesNotExistGivesTheFallback) {
  ScriptedServer server({fakes::GoodDialogue()});
  UsePolicy(server.port(), "route = \"split(rcpt_domain, '.')[0]\"");
  const DeliveryResult result = DeliverToLoopback();
  EXPECT_EQ(result.attempts.at(0).route, "mx");
  EXPECT_THAT(result.attempts[0].fallbacks,
              ElementsAre("queue.strategy.route gave no usable id (there is no 'x'): 'mx' was "
                          "used"));
}

TEST_F(StrategiesTest, ResolvingWithoutDnsAsksNothingAndShowsTheFallback) {
  UsePolicy(25, "route = \"if_then(dns_query(rcpt_domain, 'mx') == '', 'other', 'mx')\"");
  ResolveRequest request;
  request.envelope = EnvelopeTo({"user@x.example"});
  const ResolveResult result = Resolve(std::move(request));
  EXPECT_TRUE(result.resolutions.at(0).route.choice.fallback);
  EXPECT_THAT(result.resolutions[0].route.choice.fallback_reason, HasSubstr("x.example"));
  EXPECT_THAT(dns_.asked(), IsEmpty());
}

TEST_F(StrategiesTest, AnInterruptEndsLookupsForRules) {
  UsePolicy(25, "route = \"dns_query(rcpt_domain, 'txt')\"");
  dns_.Hang("x.example");
  std::future<DeliveryResult> future = Begin(RequestTo({"user@x.example"}));
  while (dns_.asked().empty()) std::this_thread::yield();
  handle_->Cancel();
  const DeliveryResult result = Await(future);
  EXPECT_EQ(result.outcomes[0].outcome.verdict.reason, "CANCELLED");
  EXPECT_TRUE(Idle());
}

// --- Plans that this version cannot carry out ---

struct Beyond {
  const char* name;
  std::string strategy;
  std::string more;
  std::string reason;
  std::string detail;
};

class BeyondTest : public StrategiesTest, public ::testing::WithParamInterface<Beyond> {};

TEST_P(BeyondTest, IsPutOffWithTheReasonAndNothingIsDialled) {
  ScriptedServer server({});
  UsePolicy(server.port(), GetParam().strategy, GetParam().more);
  const DeliveryResult result = DeliverToLoopback();
  EXPECT_EQ(Sum(result.outcomes[0].outcome), "TRANSIENT_FAILURE PLAN LOCAL");
  EXPECT_EQ(result.outcomes[0].outcome.verdict.reason, GetParam().reason);
  EXPECT_THAT(result.outcomes[0].outcome.detail, HasSubstr(GetParam().detail));
  EXPECT_EQ(server.accepted(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, BeyondTest,
    ::testing::Values(
        Beyond{"StartTls", "tls = \"'strict'\"", "[queue.tls.strict]\nstarttls = 'require'\n",
               "TLS_UNAVAILABLE", "TLS strategy \"strict\" has starttls = \"require\""},
        Beyond{"Dane", "tls = \"'strict'\"", "[queue.tls.strict]\ndane = 'require'\n",
               "TLS_UNAVAILABLE", "dane = \"require\""},
        Beyond{"MtaSts", "tls = \"if_then(mx == 'x.example', 'strict', 'default')\"",
               "[queue.tls.strict]\nmta-sts = 'require'\n", "TLS_UNAVAILABLE",
               "mta-sts = \"require\""},
        Beyond{"Auth", "route = \"'out'\"",
               "[queue.route.out]\ntype = 'relay'\naddress = '127.0.0.1'\ntls.implicit = false\n"
               "auth.username = 'u'\nauth.secret = 's3cret'\n",
               "AUTH_UNAVAILABLE", "route \"out\" has auth.username"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(StrategiesTest, AHostThatNeedsNoTlsIsStillTried) {
  ScriptedServer server({fakes::GoodDialogue()});
  UsePolicy(server.port(), "tls = \"if_then(mx == 'mx1.x.example', 'strict', 'default')\"",
            "[queue.tls.strict]\nstarttls = 'require'\n");
  dns_.Mx("x.example", {{10, "mx1.x.example"}, {20, "mx2.x.example"}});
  dns_.Host("mx1.x.example", {"127.0.0.1"});
  dns_.Host("mx2.x.example", {"127.0.0.1"});
  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));
  EXPECT_EQ(Sum(result.outcomes[0].outcome), "DELIVERED FINAL_REPLY NONE");
  ASSERT_EQ(result.attempts.size(), 2u);
  EXPECT_EQ(result.attempts[0].outcome.verdict.reason, "TLS_UNAVAILABLE");
  EXPECT_EQ(result.attempts[0].tls_strategy, "strict");
}

}  // namespace
}  // namespace postern::server
