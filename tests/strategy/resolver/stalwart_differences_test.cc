// Where Postern follows Stalwart's documentation and differs from what Stalwart 0.15.5 does: one
// test for each row of that table that is about policies or expressions, in its order, from the
// text of a policy to what is chosen. What each row means for the parts is tested there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "strategy/config/policy_loader.h"
#include "strategy/resolver/strategy_resolver.h"
#include "tests/strategy/diagnostics/brief.h"
#include "tests/strategy/resolver/kept_resolver.h"

namespace postern::strategy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

LoadedPolicy Load(const std::string& toml) { return LoadPolicyTexts({SourceText("p.toml", toml)}); }

// The built-in policy, with a failure, for one that does not load.
const StrategyResolver& Resolver(const std::string& toml, SystemIdentity system = {}) {
  const LoadedPolicy loaded = Load(toml);
  EXPECT_NE(loaded.policy, nullptr) << toml << loaded.rendered;
  return KeptResolver(loaded.policy != nullptr ? loaded.policy : LoadPolicyTexts({}).policy,
                      std::move(system));
}

// Whether a condition holds for a recipient, in a policy that loads.
bool Holds(const std::string& condition, const Facts& facts = {}) {
  return Resolver("queue.strategy.route = [{ if = '''" + condition +
                  "''', then = \"'yes'\" }, { else = \"'mx'\" }]\n"
                  "queue.route.yes.type = \"mx\"\n")
             .ResolveRoute(facts)
             .choice.strategy_id == "yes";
}

// The only error of a policy; a failure when it is not one.
Issue OnlyError(const std::string& toml) {
  const LoadedPolicy loaded = Load(toml);
  EXPECT_EQ(loaded.policy, nullptr) << toml;
  EXPECT_EQ(loaded.issues.size(), 1u) << toml << loaded.rendered;
  return loaded.issues.empty() ? Issue() : loaded.issues[0];
}

// The rules of all issues.
std::vector<std::string> Rules(const LoadedPolicy& loaded) {
  std::vector<std::string> rules;
  for (const Issue& issue : loaded.issues) rules.push_back(issue.rule);
  return rules;
}

TEST(StalwartDifferencesTest, Row1AnyKeyDefinesAStrategy) {
  const auto connection =
      Resolver("[queue.connection.default]\nsource-ips = \"192.0.2.1\"\n").ResolveConnection({});
  EXPECT_EQ(connection.plan->sources.size(), 1u);
  const auto tls = Resolver("[queue.tls.default]\nmta-sts = \"require\"\n").ResolveTls({});
  EXPECT_EQ(tls.plan->mta_sts, TlsRequirement::kRequire);
  EXPECT_TRUE(Resolver("[queue.connection.x]\n[queue.tls.y]\n").KnowsConnection("x"));
  EXPECT_TRUE(Resolver("[queue.connection.x]\n[queue.tls.y]\n").KnowsTls("y"));
}

TEST(StalwartDifferencesTest, Row2AnUnknownKeyOfOurSectionsIsAnErrorWithItsPlace) {
  for (const auto& [toml, place, suggestion] : {
           std::tuple{"[queue.connection.x]\nsource-ip = \"192.0.2.1\"\n", "2:1+9", "source-ips"},
           std::tuple{"[queue.source-ip.\"192.0.2.1\"]\nehlo-host-name = \"a.example\"\n", "2:1+14",
                      "ehlo-hostname"},
           std::tuple{"[queue.strategy]\nconection = \"'default'\"\n", "2:1+9", "connection"},
           std::tuple{"[queue.route.x]\ntype = \"mx\"\nip-lokup = \"ipv4_only\"\n", "3:1+8",
                      "ip-lookup"},
           std::tuple{"[queue.tls.x]\nstart-tls = \"require\"\n", "2:1+9", "starttls"},
           std::tuple{"[queue.limiter.outbound.x]\nrate = \"1/1s\"\nmach = \"1\"\n", "3:1+4",
                      "match"},
           std::tuple{"[resolver]\ntipe = \"system\"\n", "2:1+4", "type"},
           std::tuple{"[directory]\nlocal-domain = \"a.example\"\n", "2:1+12", "local-domains"},
       }) {
    const Issue issue = OnlyError(toml);
    EXPECT_EQ(Brief(issue), std::string(place) + " unknown-key");
    EXPECT_EQ(issue.suggestion, "did you mean '" + std::string(suggestion) + "'?");
  }
}

TEST(StalwartDifferencesTest, Row2SectionsThatAreNotOursAreSkippedWithOneNote) {
  const LoadedPolicy loaded = Load(
      "[storage]\ndata = \"db\"\n[session.rcpt]\nrelay = true\n[directory.ldap]\ntype = \"ldap\"\n"
      "[report]\ndomain = \"a.example\"\n");
  EXPECT_NE(loaded.policy, nullptr);
  EXPECT_THAT(Rules(loaded), ElementsAre("skipped-section"));
  for (const std::string name : {"storage", "session", "directory.ldap", "report"})
    EXPECT_THAT(loaded.issues.at(0).message, HasSubstr(name));
}

TEST(StalwartDifferencesTest, Row3ABadValueRefusesTheFileAndAllAreShownAtOnce) {
  const LoadedPolicy loaded = Load(
      "[queue.connection.a]\nsource-ips = [\"192.0.2.1\", \"nowhere\"]\ntimeout.data = \"soon\"\n"
      "[queue.route.b]\ntype = \"mx\"\nlimits.mx = 0\n"
      "[queue.tls.c]\ndane = \"true\"\n[queue.limiter.outbound.d]\nrate = \"many\"\n");
  EXPECT_EQ(loaded.policy, nullptr);
  EXPECT_THAT(Rules(loaded),
              ElementsAre("bad-address", "bad-duration", "bad-number", "bad-choice", "bad-rate"));
}

TEST(StalwartDifferencesTest, Row4DurationsAddUpAndABareNumberSaysWhichUnitToWrite) {
  EXPECT_EQ(Resolver("[queue.connection.default]\ntimeout.connect = \"1m30s\"\n")
                .ResolveConnection({})
                .plan->timeouts.connect,
            90s);
  EXPECT_TRUE(Holds("1m30s == 90000"));
  for (const std::string number : {"30", "\"30\""}) {
    const Issue issue = OnlyError("[queue.connection.default]\ntimeout.connect = " + number + "\n");
    EXPECT_EQ(issue.rule, "bad-duration");
    EXPECT_EQ(issue.suggestion, "write \"30s\" for seconds or \"30ms\" for milliseconds");
  }
}

TEST(StalwartDifferencesTest, Row5AddressesCompareAsAddresses) {
  const auto connection =
      Resolver(
          "[queue.source-ip.\"2001:DB8:0:0::1\"]\nehlo-hostname = \"six.example.org\"\n"
          "[queue.connection.default]\nsource-ips = \"2001:db8::1\"\n")
          .ResolveConnection({});
  EXPECT_EQ(connection.plan->sources.at(0).ehlo_hostname, "six.example.org");
}

// That a plan with sources never uses the system's address is told by source_selector_test and
// orchestrator_test (NoSourceOfTheFamilySkipsTheTarget).
TEST(StalwartDifferencesTest, Row6OnlyAStrategyWithoutSourcesLeavesTheChoiceToTheSystem) {
  const StrategyResolver& resolver = Resolver(
      "[queue.connection.four]\nsource-ips = \"192.0.2.1\"\n"
      "[queue.connection.none]\nehlo-hostname = \"a.example\"\n");
  const auto four = resolver.ResolveConnection({}, "four");
  ASSERT_EQ(four.plan->sources.size(), 1u) << "it still has its one source for an IPv6 remote";
  EXPECT_TRUE(four.plan->sources[0].ip.is_v4());
  EXPECT_THAT(resolver.ResolveConnection({}, "none").plan->sources, IsEmpty());
}

TEST(StalwartDifferencesTest, Row8AnEhloNameIsCheckedWhenItIsLoaded) {
  for (const std::string key : {"server.hostname", "queue.connection.x.ehlo-hostname",
                                "queue.source-ip.\"192.0.2.1\".ehlo-hostname"}) {
    for (const std::string bad : {"", "a b", "-a.example", "192.0.2.1", "a..example", "[x]"})
      EXPECT_EQ(OnlyError(key + " = \"" + bad + "\"\n").rule, "bad-host-name") << key << bad;
    for (const std::string good : {"a.example", "[192.0.2.1]", "[IPv6:2001:db8::1]"})
      EXPECT_NE(Load(key + " = \"" + good + "\"\n").policy, nullptr) << key << good;
  }
}

TEST(StalwartDifferencesTest, Row8TheOrderOfEhloNamesEndsWithTheAddressLiteral) {
  const std::string source = "[queue.source-ip.\"192.0.2.1\"]\nehlo-hostname = \"ip.example\"\n";
  const std::string strategy = "ehlo-hostname = \"strategy.example\"\n";
  const std::string server = "[server]\nhostname = \"server.example\"\n";
  const std::string table = "[queue.connection.default]\nsource-ips = \"192.0.2.1\"\n";
  const auto name = [](const std::string& toml, SystemIdentity system = {}) {
    return Resolver(toml, std::move(system))
        .ResolveConnection({})
        .plan->sources.at(0)
        .ehlo_hostname;
  };
  EXPECT_EQ(name(server + source + table + strategy), "ip.example");
  EXPECT_EQ(name(server + table + strategy), "strategy.example");
  EXPECT_EQ(name(server + table, {"system.example"}), "server.example");
  EXPECT_EQ(name(table, {"system.example"}), "system.example");
  EXPECT_EQ(name(table), "") << "the literal, once connected";
}

TEST(StalwartDifferencesTest, Row9AnAddressListedTwiceIsDrawnTwiceAsOften) {
  const auto connection =
      Resolver(
          "[queue.connection.default]\nsource-ips = [\"192.0.2.1\", \"192.0.2.2\", "
          "\"192.0.2.1\"]\n")
          .ResolveConnection({});
  ASSERT_EQ(connection.plan->sources.size(), 2u);
  EXPECT_EQ(connection.plan->sources[0].weight, 2u);
  EXPECT_EQ(connection.plan->sources[1].weight, 1u);
}

TEST(StalwartDifferencesTest, Row10AConstantIdMustExist) {
  for (const auto& [key, text] : {
           std::pair<std::string, std::string>{"route", "\"'gone'\""},
           {"connection", "\"if_then(retry_num > 1, 'gone', 'default')\""},
           {"tls", "[{ if = \"size > 1\", then = \"'gone'\" }, { else = \"'default'\" }]"},
       }) {
    const Issue issue = OnlyError("[queue.strategy]\n" + key + " = " + text + "\n");
    EXPECT_EQ(issue.rule, "undefined-id");
    EXPECT_THAT(issue.message, HasSubstr("'gone'"));
  }
}

TEST(StalwartDifferencesTest, Row10AComputedIdThatIsUnknownUsesTheDefaultAndSaysSo) {
  Facts facts;
  facts.context.labels["pool"] = "gone";
  const std::string rule = "[queue.strategy]\nconnection = \"labels['pool']\"\n";
  const auto built_in = Resolver(rule).ResolveConnection(facts);
  EXPECT_EQ(built_in.choice.strategy_id, "default");
  EXPECT_TRUE(built_in.choice.fallback);
  EXPECT_EQ(built_in.choice.fallback_reason, "there is no 'gone'");
  const auto defined =
      Resolver(rule + "[queue.connection.default]\nehlo-hostname = \"a.example\"\n")
          .ResolveConnection(facts);
  EXPECT_EQ(defined.plan->ehlo_hostname, "a.example") << "the policy's own default";
  EXPECT_TRUE(defined.choice.fallback);
}

TEST(StalwartDifferencesTest, Row11WhatParsesWithoutATrapMeansTheSame) {
  Facts facts;
  facts.rcpt_domain = "a.example";
  for (const std::string condition : {
           "rcpt_domain = 'a.example'",
           "rcpt_domain='a.example'",
           "rcpt_domain\t==\t'a.example'",
           R"(len('a\'b') == 3)",
           R"(len('a\\b') == 3)",
           R"(len('a\db') == 4)",
           R"(matches('^\w\.example$', rcpt_domain))",
           "count([-1]) == 1",
           "sort(['b', 'c', 'a'], true)[0] == 'a'",
           "rsplit_once('a.b.c', '.')[1] == 'c'",
           "labels['none'] == ''",
           "ip_reverse_name('192.0.2.1') == '1.2.0.192'",
       })
    EXPECT_TRUE(Holds(condition, facts)) << condition;
}

TEST(StalwartDifferencesTest, Row11WhatIsNoExpressionIsAnErrorAtItsPlace) {
  for (const auto& [text, place] : {
           std::pair<std::string, std::string>{"'mx' }", "1:30+1"},
           {"if_then(1 +, 'mx', 'mx')", "1:36+1"},
           {"'mx' 'mx'", "1:30+4"},
           {"", "1:25+1"},
       }) {
    const LoadedPolicy loaded = Load("queue.strategy.route = \"" + text + "\"\n");
    EXPECT_EQ(loaded.policy, nullptr) << text;
    EXPECT_THAT(Briefs(loaded.issues), Contains(place + " bad-expression")) << text;
  }
}

TEST(StalwartDifferencesTest, Row12OddComparisonsAreKeptAndReported) {
  for (const auto& [condition, rule] : {
           std::pair<std::string, std::string>{"'abc' == 0", "type-mismatch"},
           {"retry_num / 0 == 0", "division-by-zero"},
       }) {
    EXPECT_TRUE(Holds(condition)) << condition;
    EXPECT_THAT(
        Rules(Load("[queue.limiter.outbound.x]\nrate = \"1/1s\"\nmatch = \"" + condition + "\"\n")),
        Contains(rule));
  }
}

TEST(StalwartDifferencesTest, Row13LocalIpIsForLimitersOnly) {
  for (const std::string key : {"connection", "tls", "route"}) {
    const Issue issue = OnlyError("[queue.strategy]\n" + key +
                                  " = \"if_then(local_ip == '192.0.2.1', 'mx', 'mx')\"\n");
    EXPECT_EQ(issue.rule, "not-available") << key;
    EXPECT_THAT(issue.message, HasSubstr("the source address is chosen after"));
  }
  EXPECT_NE(Load("[queue.limiter.outbound.x]\nrate = \"1/1s\"\nmatch = \"local_ip == "
                 "'192.0.2.1'\"\n")
                .policy,
            nullptr);
}

// What `data` covers is told by the tests of client/session.
TEST(StalwartDifferencesTest, Row14TimeoutsDefaultToTheMinimumsOfRfc5321) {
  EXPECT_EQ(Resolver("[queue.connection.default]\n").ResolveConnection({}).plan->timeouts,
            (StageTimeouts{5min, 5min, 5min, 5min, 5min, 10min}));
}

TEST(StalwartDifferencesTest, Row17DestinationsAreDeniedByThePolicy) {
  const StrategyResolver& resolver = Resolver(
      "[queue.route.a]\ntype = \"mx\"\n"
      "[queue.route.b]\ntype = \"mx\"\ndeny-destinations = \"192.0.2.0/24\"\n"
      "[queue.route.c]\ntype = \"relay\"\naddress = \"127.0.0.1\"\n");
  const auto denied = [&](std::string_view id) {
    return resolver.ResolveRoute({}, id).plan->deny_destinations;
  };
  EXPECT_EQ(denied("a"), AddressFilter::NotGloballyRoutable());
  EXPECT_EQ(denied("b").denied().size(), 1u);
  EXPECT_THAT(denied("c").denied(), IsEmpty()) << "loopback may be a relay";
}

TEST(StalwartDifferencesTest, Row20LocalDomainsAndAddressesAreListsOfThePolicy) {
  const StrategyResolver& resolver = Resolver(R"toml([directory]
local-domains = ["inside.example"]
local-addresses = ["Boss@outside.example"]
[queue.route.inside]
type = "mx"
[queue.strategy]
route = [
  { if = "is_local_domain('', rcpt_domain) || is_local_address('*', rcpt)", then = "'inside'" },
  { else = "'mx'" }
]
)toml");
  Facts facts;
  facts.rcpt = "boss@outside.example";
  facts.rcpt_domain = "outside.example";
  EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "inside");
  facts.rcpt = "other@outside.example";
  EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "mx");
  facts.rcpt_domain = "inside.example";
  EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "inside");
}

TEST(StalwartDifferencesTest, Row20StoreFunctionsAreErrorsThatSaySo) {
  for (const std::string call :
       {"key_get('', 'a')", "key_exists('', 'a')", "key_set('', 'a', 'b')", "counter_get('', 'a')",
        "counter_incr('', 'a', 1)", "sql_query('', 'a', [])"}) {
    const Issue issue = OnlyError("queue.strategy.route = \"if_then(" + call + ", 'mx', 'mx')\"\n");
    EXPECT_EQ(issue.rule, "not-available") << call;
    EXPECT_THAT(issue.message, HasSubstr("Stalwart's stores")) << call;
  }
}

TEST(StalwartDifferencesTest, Row20DnsIsAFactThatIsAskedFor) {
  const StrategyResolver& resolver = Resolver(R"toml([queue.route.inside]
type = "mx"
[queue.strategy]
route = [
  { if = "dns_query(rcpt_domain, 'txt') == 'inside'", then = "'inside'" },
  { else = "'mx'" }
]
)toml");
  Facts facts;
  facts.rcpt_domain = "a.example";
  const DnsQuestion question{"a.example", DnsType::kTxt};
  const Choice unknown = resolver.ResolveRoute(facts).choice;
  EXPECT_THAT(unknown.missing, ElementsAre(question));
  EXPECT_TRUE(unknown.fallback);
  facts.dns[question] = {false, {"inside"}};
  EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "inside");
  facts.dns[question] = {false, {}};
  const Choice none = resolver.ResolveRoute(facts).choice;
  EXPECT_EQ(none.strategy_id, "mx");
  EXPECT_FALSE(none.fallback) << "no such name, and no data, is ''";
  facts.dns[question] = {true, {}};
  const Choice failed = resolver.ResolveRoute(facts).choice;
  EXPECT_TRUE(failed.fallback);
  EXPECT_EQ(failed.fallback_reason, "dns_query('a.example', 'txt') failed");
}

}  // namespace
}  // namespace postern::strategy
