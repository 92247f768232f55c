#include "strategy/resolver/strategy_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "strategy/config/policy_loader.h"
#include "tests/strategy/resolver/kept_resolver.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const StrategyResolver& Resolver(const std::string& toml, SystemIdentity system = {}) {
  LoadedPolicy loaded = LoadPolicyTexts({SourceText("p.toml", toml)});
  if (loaded.policy == nullptr) throw std::runtime_error(loaded.rendered);
  return KeptResolver(loaded.policy, std::move(system));
}

const StrategyResolver& BuiltIn(SystemIdentity system = {}) {
  return KeptResolver(LoadPolicyTexts({}).policy, std::move(system));
}

// A policy whose expressions name what nothing defines. Lint refuses it as a file, unless the name
// is computed.
const StrategyResolver& Dangling() {
  auto policy = std::make_shared<Policy>();
  policy->route_strategy = IfBlock::Literal("gone");
  policy->connection_strategy = IfBlock::Literal("gone");
  return KeptResolver(policy);
}

// "rule=value", with "!" behind a step that did not lead to the choice.
std::vector<std::string> Steps(const Choice& choice) {
  std::vector<std::string> steps;
  for (const TraceStep& step : choice.trace->steps)
    steps.push_back(step.part->rule + "=" + step.value + (step.matched ? "" : "!"));
  return steps;
}

std::string_view Name(EhloOrigin origin) {
  constexpr std::string_view kNames[] = {"source-ip", "strategy", "server", "system", "literal"};
  return kNames[static_cast<std::size_t>(origin)];
}

// "192.0.2.1 out.example.org (source-ip)": each candidate source.
std::vector<std::string> Sources(const ConnectionPlan& plan) {
  std::vector<std::string> sources;
  for (const SourceAddress& source : plan.sources)
    sources.push_back(source.ip.ToString() + " " + source.ehlo_hostname + " (" +
                      std::string(Name(source.ehlo_origin)) + ")");
  return sources;
}

constexpr char kPolicy[] = R"(
[queue.strategy]
route = "'smart'"
connection = "'pool'"
[queue.route.smart]
type = "relay"
address = "relay.example.org"
[queue.route.other]
type = "mx"
[queue.connection.pool]
source-ips = ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
timeout.connect = "7s"
[queue.connection.bare]
)";

TEST(StrategyResolverTest, TheExpressionsChoiceIsTaken) {
  const StrategyResolver& resolver = Resolver(kPolicy);
  const auto route = resolver.ResolveRoute({}, "", Explain::kYes);
  EXPECT_EQ(route.choice.strategy_id, "smart");
  EXPECT_FALSE(route.choice.fallback);
  EXPECT_EQ(route.plan->route_id, "smart");
  EXPECT_TRUE(std::holds_alternative<RelayRoute>(route.plan->kind));

  const auto connection = resolver.ResolveConnection({}, "", Explain::kYes);
  EXPECT_EQ(connection.choice.strategy_id, "pool");
  EXPECT_EQ(connection.plan->strategy_id, "pool");
  EXPECT_EQ(connection.plan->sources.size(), 3u);
  EXPECT_EQ(connection.plan->timeouts.connect, std::chrono::seconds(7));
}

TEST(StrategyResolverTest, TheTraceShowsTheRuleAndItsPlaceInTheFile) {
  const auto route = Resolver(kPolicy).ResolveRoute({}, "", Explain::kYes);
  ASSERT_EQ(route.choice.trace->steps.size(), 1u);
  const TraceStep& step = route.choice.trace->steps[0];
  EXPECT_EQ(step.part->rule, "queue.strategy.route");
  EXPECT_EQ(step.part->expression, "'smart'");
  EXPECT_EQ(step.value, "smart");
  EXPECT_TRUE(step.matched);
  EXPECT_EQ(step.part->range, (SourceRange{"p.toml", {3, 9}, 9}));
}

TEST(StrategyResolverTest, WithoutAnExpressionTheBuiltInOneDecides) {
  const StrategyResolver& resolver = BuiltIn();
  const auto route = resolver.ResolveRoute({}, "", Explain::kYes);
  EXPECT_EQ(*route.plan, BuiltInRoute());
  EXPECT_THAT(Steps(route.choice), ElementsAre("built-in=mx"));
  EXPECT_EQ(route.choice.trace->steps[0].part->range.begin.line, 0u);
  const auto connection = resolver.ResolveConnection({}, "", Explain::kYes);
  EXPECT_EQ(connection.plan->strategy_id, "default");
  EXPECT_THAT(connection.plan->sources, IsEmpty());
  EXPECT_EQ(connection.plan->timeouts, StageTimeouts());
  EXPECT_THAT(Steps(connection.choice), ElementsAre("built-in=default"));
  EXPECT_FALSE(connection.choice.fallback);
}

TEST(StrategyResolverTest, APolicyMayDefineTheBuiltInIds) {
  const StrategyResolver& resolver = Resolver(
      "[queue.route.mx]\ntype = \"mx\"\nport = 2525\n"
      "[queue.connection.default]\nehlo-hostname = \"a.example\"\n");
  EXPECT_EQ(resolver.ResolveRoute({}).plan->port, 2525);
  EXPECT_EQ(resolver.ResolveConnection({}).plan->ehlo_hostname, "a.example");
}

TEST(StrategyResolverTest, AnOverrideWinsOverTheExpression) {
  const StrategyResolver& resolver = Resolver(kPolicy);
  const auto route = resolver.ResolveRoute({}, "other", Explain::kYes);
  EXPECT_EQ(route.plan->route_id, "other");
  EXPECT_EQ(route.choice.strategy_id, "other");
  EXPECT_FALSE(route.choice.fallback);
  EXPECT_THAT(Steps(route.choice), ElementsAre("override=other"));
  EXPECT_THAT(Steps(resolver.ResolveConnection({}, "bare", Explain::kYes).choice),
              ElementsAre("override=bare"));
  // Built in, though the policy says nothing about them.
  EXPECT_EQ(resolver.ResolveRoute({}, "mx").plan->route_id, "mx");
  EXPECT_EQ(resolver.ResolveConnection({}, "default").plan->strategy_id, "default");
}

TEST(StrategyResolverTest, AnIdThatNothingDefinesFallsBackAndSaysSo) {
  const StrategyResolver& resolver = Dangling();
  const auto route = resolver.ResolveRoute({}, "", Explain::kYes);
  EXPECT_TRUE(route.choice.fallback);
  EXPECT_EQ(route.choice.strategy_id, "mx");
  EXPECT_EQ(route.plan->route_id, "mx");
  EXPECT_THAT(Steps(route.choice), ElementsAre("built-in=gone!", "built-in=mx"));
  const auto connection = resolver.ResolveConnection({}, "nowhere", Explain::kYes);
  EXPECT_TRUE(connection.choice.fallback);
  EXPECT_EQ(connection.plan->strategy_id, "default");
  EXPECT_THAT(Steps(connection.choice), ElementsAre("override=nowhere!", "built-in=default"));
}

TEST(StrategyResolverTest, TheFallbackIsThePolicysOwnDefaultWhereItDefinesOne) {
  const StrategyResolver& resolver =
      Resolver("[queue.connection.default]\nehlo-hostname = \"a.example\"\n");
  const auto connection = resolver.ResolveConnection({}, "nowhere", Explain::kYes);
  EXPECT_TRUE(connection.choice.fallback);
  EXPECT_EQ(connection.plan->ehlo_hostname, "a.example");
}

TEST(StrategyResolverTest, WithoutATlsStrategyTheBuiltInRuleAndStrategiesServe) {
  const StrategyResolver& resolver = BuiltIn();
  Facts facts;
  const auto tls = resolver.ResolveTls(facts, "", Explain::kYes);
  EXPECT_EQ(*tls.plan, BuiltInTls());
  EXPECT_THAT(Steps(tls.choice), ElementsAre("built-in=0!", "built-in=default"));
  EXPECT_FALSE(tls.choice.fallback);
  facts.context.retry_num = 1;
  facts.context.last_error = "tls";
  EXPECT_EQ(*resolver.ResolveTls(facts).plan, BuiltInInvalidTls());
  EXPECT_EQ(*resolver.ResolveTls({}, "invalid-tls").plan, BuiltInInvalidTls());
  const auto unknown = resolver.ResolveTls({}, "strict", Explain::kYes);
  EXPECT_TRUE(unknown.choice.fallback);
  EXPECT_EQ(unknown.plan->strategy_id, "default");
  EXPECT_THAT(Steps(unknown.choice), ElementsAre("override=strict!", "built-in=default"));
}

constexpr char kRules[] = R"toml(
[queue.strategy]
route = [
  { if = "labels['tenant'] == 'acme' && retry_num > 1", then = "'slow'" },
  { if = "matches('^([a-z]+)[.]', rcpt_domain)", then = "$1" },
  { else = "'mx'" },
]
connection = [{ if = "mx == 'mx1.example.org' || is_ip_in_cidr(remote_ip, '192.0.2.0/24')", then = "'pool'" }, { else = "'default'" }]
[queue.route.slow]
type = "mx"
[queue.route.plain]
type = "mx"
[queue.connection.pool]
)toml";

TEST(StrategyResolverTest, TheFirstBranchThatHoldsDecides) {
  const StrategyResolver& resolver = Resolver(kRules);
  Facts facts;
  facts.rcpt_domain = "x-y.example";
  EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "mx");
  facts.rcpt_domain = "plain.example";
  EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "plain");
  facts.context.labels["tenant"] = "acme";
  facts.context.retry_num = 2;
  EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "slow");
}

TEST(StrategyResolverTest, AConnectionRuleReadsTheHostAndItsAddress) {
  const StrategyResolver& resolver = Resolver(kRules);
  Facts facts;
  EXPECT_EQ(resolver.ResolveConnection(facts).plan->strategy_id, "default");
  facts.mx = "mx1.example.org";
  EXPECT_EQ(resolver.ResolveConnection(facts).plan->strategy_id, "pool");
  facts.mx.clear();
  facts.remote_ip = "192.0.2.7";
  EXPECT_EQ(resolver.ResolveConnection(facts).plan->strategy_id, "pool");
}

TEST(StrategyResolverTest, TheTraceListsEveryRuleWithWhatItReadAndWhatItGave) {
  Facts facts;
  facts.rcpt_domain = "plain.example";
  const auto route = Resolver(kRules).ResolveRoute(facts, "", Explain::kYes);
  const std::vector<TraceStep>& trace = route.choice.trace->steps;
  ASSERT_EQ(trace.size(), 3u);
  EXPECT_EQ(trace[0].part->rule, "queue.strategy.route[0].if");
  EXPECT_EQ(trace[0].part->expression, "labels['tenant'] == 'acme' && retry_num > 1");
  EXPECT_EQ(trace[0].value, "0");
  EXPECT_FALSE(trace[0].matched);
  EXPECT_EQ(trace[0].part->then, "'slow'");
  EXPECT_EQ(trace[0].result, "");
  EXPECT_THAT(trace[0].reads, ElementsAre(TraceRead{"labels['tenant']", "''"}));
  EXPECT_EQ(trace[0].part->range.begin, (Position{4, 10}));

  EXPECT_EQ(trace[1].part->rule, "queue.strategy.route[1].if");
  EXPECT_EQ(trace[1].value, "1");
  EXPECT_TRUE(trace[1].matched);
  EXPECT_EQ(trace[1].part->then, "$1");
  EXPECT_EQ(trace[1].result, "plain");
  EXPECT_THAT(trace[1].reads,
              ElementsAre(TraceRead{"rcpt_domain", "'plain.example'"}, TraceRead{"$1", "'plain'"}));

  EXPECT_EQ(trace[2].part->rule, "queue.strategy.route[2].else");
  EXPECT_FALSE(trace[2].evaluated) << "the rule before it decided";
  EXPECT_EQ(trace[2].part->expression, "'mx'");
  EXPECT_EQ(trace[2].value, "");
}

TEST(StrategyResolverTest, WhatNoMessageChangesIsTracedOnceForAll) {
  const StrategyResolver& resolver = Resolver(kRules);
  Facts other;
  other.rcpt_domain = "plain.example";
  // The built-in rule reads facts; an id in quotes reads none.
  EXPECT_NE(resolver.ResolveTls({}, "", Explain::kYes).choice.trace,
            resolver.ResolveTls({}, "", Explain::kYes).choice.trace);
  const StrategyResolver& bare = BuiltIn();
  const Choice first = bare.ResolveRoute({}, "", Explain::kYes).choice;
  const Choice second = bare.ResolveRoute(other, "", Explain::kYes).choice;
  EXPECT_TRUE(first.trace->is_constant);
  EXPECT_EQ(first.trace, second.trace);
  EXPECT_EQ(second.strategy_id, "mx");
  EXPECT_FALSE(second.fallback);
  const Choice overridden = bare.ResolveRoute({}, "mx", Explain::kYes).choice;
  EXPECT_FALSE(overridden.trace->is_constant);
  EXPECT_THAT(Steps(overridden), ElementsAre("override=mx"));
  EXPECT_FALSE(Dangling().ResolveRoute({}, "", Explain::kYes).choice.trace->is_constant);
}

TEST(StrategyResolverTest, WithoutExplainThereIsNoTrace) {
  EXPECT_EQ(Resolver(kRules).ResolveRoute({}).choice.trace, nullptr);
}

TEST(StrategyResolverTest, AComputedIdThatNothingDefinesFallsBackAndTheTraceSaysWhy) {
  Facts facts;
  facts.rcpt_domain = "nowhere.example";
  const auto route = Resolver(kRules).ResolveRoute(facts, "", Explain::kYes);
  EXPECT_TRUE(route.choice.fallback);
  EXPECT_EQ(route.choice.strategy_id, "mx");
  EXPECT_EQ(route.choice.fallback_reason, "there is no 'nowhere'");
  EXPECT_EQ(route.choice.trace->steps[1].problem, "there is no 'nowhere'");
  EXPECT_EQ(route.choice.trace->steps.back().part->rule, "built-in");
  EXPECT_EQ(route.choice.trace->steps.back().value, "mx");
}

TEST(StrategyResolverTest, AResultThatIsNoTextFallsBack) {
  const auto route = Resolver("[queue.strategy]\nroute = \"retry_num + 1\"\n").ResolveRoute({});
  EXPECT_TRUE(route.choice.fallback);
  EXPECT_EQ(route.choice.fallback_reason, "it gives 1, which is not a text");
  EXPECT_EQ(route.plan->route_id, "mx");
}

TEST(StrategyResolverTest, FactsOfDnsAreAskedForAndUsedOnceThere) {
  const StrategyResolver& resolver = Resolver(R"toml(
[queue.strategy]
route = [{ if = "contains(dns_query(rcpt_domain, 'mx'), '10 mx.partner.example')", then = "'partner'" }, { else = "'mx'" }]
[queue.route.partner]
type = "mx"
)toml");
  Facts facts;
  facts.rcpt_domain = "x.example";
  const auto unknown = resolver.ResolveRoute(facts);
  EXPECT_THAT(unknown.choice.missing, ElementsAre(DnsQuestion{"x.example", DnsType::kMx}));
  EXPECT_TRUE(unknown.choice.fallback);
  EXPECT_EQ(unknown.choice.strategy_id, "mx");

  facts.dns[{"x.example", DnsType::kMx}] = {false, {"10 mx.partner.example"}};
  const auto known = resolver.ResolveRoute(facts);
  EXPECT_THAT(known.choice.missing, IsEmpty());
  EXPECT_EQ(known.choice.strategy_id, "partner");
  EXPECT_FALSE(known.choice.fallback);

  facts.dns[{"x.example", DnsType::kMx}] = {false, {}};
  EXPECT_FALSE(resolver.ResolveRoute(facts).choice.fallback) << "no data is ''";
  facts.dns[{"x.example", DnsType::kMx}].failed = true;
  const auto failed = resolver.ResolveRoute(facts);
  EXPECT_TRUE(failed.choice.fallback);
  EXPECT_THAT(failed.choice.fallback_reason, ::testing::HasSubstr("x.example"));
}

TEST(StrategyResolverTest, LocalDomainsAndTheServersNameComeFromThePolicy) {
  const StrategyResolver& resolver = Resolver(R"toml(
[server]
hostname = "mail.example.org"
[directory]
local-domains = ["example.org", "Example.NET"]
local-addresses = "boss@example.com"
[queue.strategy]
route = [
  { if = "is_local_domain('*', rcpt_domain) || is_local_address('', rcpt)", then = "'inside'" },
  { if = "config_get('server.hostname') == 'mail.example.org'", then = "'outside'" },
  { else = "'mx'" },
]
[queue.route.inside]
type = "mx"
[queue.route.outside]
type = "mx"
)toml");
  Facts facts;
  facts.rcpt = "boss@example.com";
  facts.rcpt_domain = "example.com";
  EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "inside");
  facts.rcpt = "a@example.com";
  EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "outside");
  facts.rcpt_domain = "example.net";
  EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "inside");
}

TEST(FactsTest, WhatTheQueueLeavesEmptyHasStalwartsValue) {
  Facts facts;
  facts.context.last_error.clear();
  const Variables variables = VariablesOf(facts);
  EXPECT_EQ(variables.last_error, "none");
  EXPECT_EQ(variables.received_from_ip, "127.0.0.1");
  EXPECT_EQ(variables.source, "unknown");
}

TEST(StrategyResolverTest, WhatIsDefinedOrBuiltInIsKnown) {
  const StrategyResolver& resolver = Resolver(kPolicy);
  for (const std::string_view id : {"smart", "other", "mx"}) EXPECT_TRUE(resolver.KnowsRoute(id));
  for (const std::string_view id : {"", "pool", "default", "Smart", "smart "})
    EXPECT_FALSE(resolver.KnowsRoute(id)) << id;
  for (const std::string_view id : {"pool", "bare", "default"})
    EXPECT_TRUE(resolver.KnowsConnection(id));
  for (const std::string_view id : {"", "smart", "mx"}) EXPECT_FALSE(resolver.KnowsConnection(id));
  EXPECT_TRUE(resolver.KnowsTls("default"));
  EXPECT_TRUE(resolver.KnowsTls("invalid-tls"));
  EXPECT_FALSE(resolver.KnowsTls("strict"));
}

// The EHLO name: source address, strategy, server, system, address literal, in this order.
struct EhloCase {
  std::string name;
  std::string policy;  // behind a strategy "default" with two sources
  std::string system;  // empty: none
  std::vector<std::string> sources;
  std::string otherwise;  // where the system chooses the source
  EhloOrigin origin;
};

TEST(StrategyResolverTest, TheEhloNameComesFromTheNearestThatHasOne) {
  const std::string source_ip =
      "[queue.source-ip.\"192.0.2.1\"]\nehlo-hostname = \"ip.example.org\"\n";
  const std::string strategy = "[queue.connection.default]\nehlo-hostname = \"st.example.org\"\n";
  const std::string server = "[server]\nhostname = \"srv.example.org\"\n";
  for (const EhloCase& c : {
           EhloCase{"all",
                    source_ip + strategy + server,
                    "sys.example.org",
                    {"192.0.2.1 ip.example.org (source-ip)", "192.0.2.2 st.example.org (strategy)"},
                    "st.example.org",
                    EhloOrigin::kStrategy},
           EhloCase{"no strategy",
                    source_ip + "[queue.connection.default]\n" + server,
                    "sys.example.org",
                    {"192.0.2.1 ip.example.org (source-ip)", "192.0.2.2 srv.example.org (server)"},
                    "srv.example.org",
                    EhloOrigin::kServer},
           EhloCase{"no server",
                    source_ip + "[queue.connection.default]\n",
                    "sys.example.org",
                    {"192.0.2.1 ip.example.org (source-ip)", "192.0.2.2 sys.example.org (system)"},
                    "sys.example.org",
                    EhloOrigin::kSystem},
           EhloCase{"no system",
                    source_ip + "[queue.connection.default]\n",
                    "",
                    {"192.0.2.1 ip.example.org (source-ip)", "192.0.2.2  (literal)"},
                    "",
                    EhloOrigin::kAddressLiteral},
           EhloCase{"none",
                    "[queue.connection.default]\n",
                    "",
                    {"192.0.2.1  (literal)", "192.0.2.2  (literal)"},
                    "",
                    EhloOrigin::kAddressLiteral},
           EhloCase{"strategy before server",
                    strategy + server,
                    "",
                    {"192.0.2.1 st.example.org (strategy)", "192.0.2.2 st.example.org (strategy)"},
                    "st.example.org",
                    EhloOrigin::kStrategy},
       }) {
    // The sources are a line of the strategy's table, wherever that stands.
    std::string policy = c.policy;
    const std::string header = "[queue.connection.default]\n";
    policy.insert(policy.find(header) + header.size(),
                  "source-ips = [\"192.0.2.1\", \"192.0.2.2\"]\n");
    SystemIdentity system;
    if (!c.system.empty()) system.hostname = c.system;
    const auto connection = Resolver(policy, system).ResolveConnection({});
    EXPECT_THAT(Sources(*connection.plan), ::testing::ElementsAreArray(c.sources)) << c.name;
    EXPECT_EQ(connection.plan->ehlo_hostname, c.otherwise) << c.name;
    EXPECT_EQ(connection.plan->ehlo_origin, c.origin) << c.name;
  }
}

TEST(StrategyResolverTest, ANameOfASourceAddressHoldsInEveryStrategyAndEverySpelling) {
  const StrategyResolver& resolver = Resolver(
      "[queue.source-ip.\"2001:DB8:0:0::1\"]\nehlo-hostname = \"six.example.org\"\n"
      "[queue.connection.a]\nsource-ips = \"2001:db8::1\"\n"
      "[queue.connection.b]\nsource-ips = \"2001:db8:0::0:1\"\n");
  for (const std::string_view id : {"a", "b"}) {
    EXPECT_THAT(Sources(*resolver.ResolveConnection({}, id).plan),
                ElementsAre("2001:db8::1 six.example.org (source-ip)"));
  }
}

TEST(StrategyResolverTest, ABuiltInConnectionHasAnEhloNameToo) {
  SystemIdentity system;
  system.hostname = "sys.example.org";
  const auto connection = BuiltIn(system).ResolveConnection({});
  EXPECT_EQ(connection.plan->ehlo_hostname, "sys.example.org");
  EXPECT_EQ(connection.plan->ehlo_origin, EhloOrigin::kSystem);
}

TEST(StrategyResolverTest, AnAddressListedTwiceIsOneSourceOfTwiceTheWeight) {
  const StrategyResolver& resolver = Resolver(
      "[queue.connection.default]\n"
      "source-ips = [\"192.0.2.2\", \"192.0.2.1\", \"192.0.2.2\", \"192.0.2.2\"]\n");
  const auto connection = resolver.ResolveConnection({});
  ASSERT_EQ(connection.plan->sources.size(), 2u);
  EXPECT_EQ(connection.plan->sources[0].ip.ToString(), "192.0.2.2");
  EXPECT_EQ(connection.plan->sources[0].weight, 3u);
  EXPECT_EQ(connection.plan->sources[1].weight, 1u);
}

TEST(StrategyResolverTest, AnswersShareTheirPlans) {
  const StrategyResolver& resolver = Resolver(kPolicy);
  const RoutePlan* const route = resolver.ResolveRoute({}).plan;
  const ConnectionPlan* const connection = resolver.ResolveConnection({}).plan;
  EXPECT_EQ(resolver.ResolveRoute({}).plan, route);
  EXPECT_EQ(resolver.ResolveConnection({}).plan, connection);
  EXPECT_EQ(route->route_id, "smart");
  EXPECT_EQ(connection->strategy_id, "pool");
}

}  // namespace
}  // namespace postern::strategy
