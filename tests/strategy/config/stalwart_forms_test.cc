// Every form of configuration that Stalwart's documentation of outbound mail shows, with values of
// our own: it loads without errors, and means what that documentation says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "strategy/config/policy_loader.h"
#include "strategy/resolver/strategy_resolver.h"
#include "tests/strategy/resolver/kept_resolver.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

// A policy that loads; its warnings are no matter here.
std::shared_ptr<const Policy> Loaded(const std::string& toml) {
  LoadedPolicy loaded = LoadPolicyTexts({SourceText("p.toml", toml)});
  EXPECT_NE(loaded.policy, nullptr) << toml << loaded.rendered;
  // The built-in one stands in, so that a test goes on to its end.
  return loaded.policy != nullptr ? loaded.policy : LoadPolicyTexts({}).policy;
}

const StrategyResolver& Resolver(const std::string& toml) { return KeptResolver(Loaded(toml)); }

// A policy that loads without a word.
const StrategyResolver& Clean(const std::string& toml) {
  EXPECT_EQ(LoadPolicyTexts({SourceText("p.toml", toml)}).rendered, "") << toml;
  return Resolver(toml);
}

// "192.0.2.1 out.example.org", one for each source address.
std::vector<std::string> Sources(const ConnectionPlan& plan) {
  std::vector<std::string> sources;
  for (const SourceAddress& source : plan.sources)
    sources.push_back(source.ip.ToString() + (source.ehlo_hostname.empty() ? "" : " ") +
                      source.ehlo_hostname);
  return sources;
}

TEST(StalwartConnectionFormsTest, ATableWithNothingButSourceIpsOfBothFamilies) {
  const StrategyResolver& resolver = Clean(
      "[queue.connection.default]\n"
      "source-ips = [\"192.0.2.7\", \"2001:db8::7\", \"192.0.2.8\"]\n");
  const auto connection = resolver.ResolveConnection({});
  EXPECT_THAT(Sources(*connection.plan), ElementsAre("192.0.2.7", "2001:db8::7", "192.0.2.8"));
  EXPECT_FALSE(connection.choice.fallback);
}

TEST(StalwartConnectionFormsTest, ASourceIpAsAScalar) {
  const StrategyResolver& resolver =
      Clean("[queue.connection.default]\nsource-ips = \"192.0.2.7\"\n");
  EXPECT_THAT(Sources(*resolver.ResolveConnection({}).plan), ElementsAre("192.0.2.7"));
}

TEST(StalwartConnectionFormsTest, AnEhloHostnameAlone) {
  const StrategyResolver& resolver =
      Clean("[queue.connection.default]\nehlo-hostname = \"a.example.net\"\n");
  const auto connection = resolver.ResolveConnection({});
  EXPECT_THAT(connection.plan->sources, IsEmpty());
  EXPECT_EQ(connection.plan->ehlo_hostname, "a.example.net");
  EXPECT_EQ(connection.plan->timeouts, StageTimeouts());
}

TEST(StalwartConnectionFormsTest, AnEhloHostnameOfASourceIp) {
  const StrategyResolver& resolver = Clean(
      "[queue.source-ip.\"192.0.2.7\"]\nehlo-hostname = \"seven.example.net\"\n"
      "[queue.source-ip.\"2001:db8::7\"]\nehlo-hostname = \"six.example.net\"\n"
      "[queue.connection.default]\nsource-ips = [\"192.0.2.7\", \"2001:db8::7\"]\n");
  EXPECT_THAT(Sources(*resolver.ResolveConnection({}).plan),
              ElementsAre("192.0.2.7 seven.example.net", "2001:db8::7 six.example.net"));
}

TEST(StalwartConnectionFormsTest, ATableOfTheSixTimeoutsAndNothingBesideIt) {
  const StrategyResolver& resolver = Clean(
      "[queue.connection.default.timeout]\nconnect = \"6m\"\ngreeting = \"7m\"\nehlo = \"8m\"\n"
      "mail-from = \"9m\"\nrcpt-to = \"11m\"\ndata = \"12m\"\n");
  EXPECT_EQ(resolver.ResolveConnection({}).plan->timeouts,
            (StageTimeouts{6min, 7min, 8min, 9min, 11min, 12min}));
}

TEST(StalwartRouteFormsTest, AnIdWithAndWithoutQuotes) {
  for (const std::string id : {"mx", "\"mx\"", "'mx'"}) {
    const auto route = Clean("[queue.route." + id +
                             "]\ntype = \"mx\"\nip-lookup = \"ipv6_then_ipv4\"\n"
                             "[queue.route." +
                             id + ".limits]\nmx = 3\nmultihomed = 4\n")
                           .ResolveRoute({});
    EXPECT_EQ(route.plan->route_id, "mx") << id;
    EXPECT_EQ(route.plan->ip_lookup, IpLookup::kIpv6ThenIpv4) << id;
    EXPECT_EQ(std::get<MxRoute>(route.plan->kind), (MxRoute{3, 4})) << id;
  }
}

TEST(StalwartRouteFormsTest, ARelayWithATableForTlsAndOneForAuth) {
  const auto route = Resolver(R"(
[queue.strategy]
route = "'smart'"
[queue.route."smart"]
type = "relay"
address = "smart.example.net"
port = 465
protocol = "smtp"
[queue.route."smart".tls]
implicit = true
allow-invalid-certs = true
[queue.route."smart".auth]
username = "mta"
secret = "a secret"
)")
                         .ResolveRoute({});
  EXPECT_EQ(route.choice.strategy_id, "smart");
  EXPECT_EQ(route.plan->port, 465);
  const auto& relay = std::get<RelayRoute>(route.plan->kind);
  EXPECT_EQ(std::get<DomainName>(relay.address).text(), "smart.example.net");
  EXPECT_EQ(relay.protocol, RelayProtocol::kSmtp);
  EXPECT_TRUE(relay.tls_implicit);
  EXPECT_TRUE(relay.allow_invalid_certs);
  ASSERT_TRUE(relay.auth);
  EXPECT_EQ(relay.auth->username, "mta");
}

TEST(StalwartRouteFormsTest, LmtpToLocalhost) {
  const auto route = Resolver(R"(
[queue.strategy]
route = "'mailbox'"
[queue.route.mailbox]
type = "relay"
address = "localhost"
port = 11200
protocol = "lmtp"
[queue.route.mailbox.tls]
implicit = false
)")
                         .ResolveRoute({});
  EXPECT_EQ(route.choice.strategy_id, "mailbox");
  const auto& relay = std::get<RelayRoute>(route.plan->kind);
  EXPECT_EQ(std::get<DomainName>(relay.address).text(), "localhost");
  EXPECT_EQ(relay.protocol, RelayProtocol::kLmtp);
  EXPECT_FALSE(relay.tls_implicit);
  EXPECT_EQ(route.plan->port, 11200);
  EXPECT_THAT(route.plan->deny_destinations.denied(), IsEmpty()) << "loopback may be dialled";
}

// One list, written in each of the documented ways.
struct StrategyForm {
  std::string name;
  std::string text;
};

constexpr char kDefinitions[] = "\n[queue.route.other]\ntype = \"mx\"\n";

TEST(StalwartStrategyFormsTest, ASingleExpression) {
  for (const std::string text : {R"([queue.strategy]
route = "'other'"
)",
                                 R"(queue.strategy.route = "'other'"
)",
                                 R"([queue]
strategy = { route = "'other'" }
)"}) {
    EXPECT_EQ(Clean(text + kDefinitions).ResolveRoute({}).choice.strategy_id, "other") << text;
  }
}

TEST(StalwartStrategyFormsTest, AListInEachOfItsForms) {
  for (const StrategyForm& form : {
           StrategyForm{"inline tables over several lines", R"([queue.strategy]
route = [
    { if = "retry_num > 1", then = "'other'" },
    { else = "'mx'" }
]
)"},
           StrategyForm{"with a comma behind the last, and comments", R"([queue.strategy]
route = [ # by attempts
    { if = "retry_num > 1", then = "'other'" },  # later
    { else = "'mx'" },
]
)"},
           StrategyForm{"on one line", R"([queue.strategy]
route = [ { if = "retry_num > 1", then = "'other'" }, { else = "'mx'" } ]
)"},
           StrategyForm{"tables", R"([[queue.strategy.route]]
if = "retry_num > 1"
then = "'other'"

[[queue.strategy.route]]
else = "'mx'"
)"},
           StrategyForm{"tables between others", R"([[queue.strategy.route]]
if = "retry_num > 1"
then = "'other'"
[[queue.strategy.route]]
else = "'mx'"
[queue.connection.default]
ehlo-hostname = "a.example.net"
)"},
       }) {
    const StrategyResolver& resolver = Clean(form.text + kDefinitions);
    Facts facts;
    EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "mx") << form.name;
    facts.context.retry_num = 2;
    EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "other") << form.name;
  }
}

TEST(StalwartStrategyFormsTest, TheTableOfStrategiesMayBeOpenedMoreThanOnce) {
  const StrategyResolver& resolver = Clean(R"([queue.strategy]
route = "'other'"

[queue.route.other]
type = "mx"

[queue.strategy]
connection = "'pool'"

[queue.connection.pool]
source-ips = "192.0.2.7"

[queue.strategy]
tls = [
    { if = "mx == 'mx.example.net'", then = "'strict'" },
    { else = "'default'" }
]

[queue.tls.strict]
starttls = "require"
)");
  Facts facts;
  facts.mx = "mx.example.net";
  EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "other");
  EXPECT_EQ(resolver.ResolveConnection(facts).choice.strategy_id, "pool");
  EXPECT_EQ(resolver.ResolveTls(facts).choice.strategy_id, "strict");
}

// A condition of the documentation, and mail for which it is true and false.
struct ConditionForm {
  std::string condition;
  std::function<void(Facts&)> make_true;
};

TEST(StalwartStrategyFormsTest, TheConditionsThatAreShown) {
  const ConditionForm kForms[] = {
      {"is_local_domain('', rcpt_domain)", [](Facts& f) { f.rcpt_domain = "inside.example"; }},
      {"is_local_domain('*', rcpt_domain)", [](Facts& f) { f.rcpt_domain = "inside.example"; }},
      {"retry_num > 1", [](Facts& f) { f.context.retry_num = 2; }},
      {"source == 'dsn'", [](Facts& f) { f.context.source = "dsn"; }},
      {"retry_num > 0 && last_error == 'tls'",
       [](Facts& f) {
         f.context.retry_num = 1;
         f.context.last_error = "tls";
       }},
      {"retry_num > 0 && last_error == 'connection'",
       [](Facts& f) {
         f.context.retry_num = 1;
         f.context.last_error = "connection";
       }},
      {"mx == 'mx1.outside.example'", [](Facts& f) { f.mx = "mx1.outside.example"; }},
  };
  for (const ConditionForm& form : kForms) {
    // Everything but the host is known to routes too; connections know it all.
    const StrategyResolver& resolver = Resolver(
        "[directory]\nlocal-domains = \"inside.example\"\n"
        "[queue.connection.special]\n[queue.strategy]\n"
        "connection = [ { if = \"" +
        form.condition + "\", then = \"'special'\" }, { else = \"'default'\" } ]\n");
    Facts facts;
    facts.rcpt_domain = "outside.example";
    EXPECT_EQ(resolver.ResolveConnection(facts).choice.strategy_id, "default") << form.condition;
    form.make_true(facts);
    EXPECT_EQ(resolver.ResolveConnection(facts).choice.strategy_id, "special") << form.condition;
  }
}

TEST(StalwartStrategyFormsTest, ABranchThatAnEarlierOneMakesUnreachableIsNoError) {
  const StrategyResolver& resolver = Resolver(R"([queue.strategy]
tls = [
    { if = "retry_num > 0 && last_error == 'tls'", then = "'invalid-tls'" },
    { if = "retry_num > 1 && last_error == 'tls'", then = "'no-tls'" },
    { else = "'default'" }
]
[queue.tls.no-tls]
starttls = "disable"
)");
  Facts facts;
  EXPECT_EQ(resolver.ResolveTls(facts).choice.strategy_id, "default");
  facts.context.retry_num = 5;
  facts.context.last_error = "tls";
  EXPECT_EQ(resolver.ResolveTls(facts).choice.strategy_id, "invalid-tls");
}

// One form of queue.tls, and the plan that it is.
struct TlsForm {
  std::string text;
  std::function<void(TlsPlan&)> change;  // of the defaults
};

TEST(StalwartTlsFormsTest, EachKeyAloneAndAllTogether) {
  using enum TlsRequirement;
  const std::string table = "[queue.tls.default]\n";
  const std::string timeouts = "[queue.tls.default.timeout]\n";
  const TlsForm kForms[] = {
      {table + "dane = \"optional\"\n", [](TlsPlan&) {}},
      {table + "dane = \"require\"\n", [](TlsPlan& p) { p.dane = kRequire; }},
      {table + "dane = \"disable\"\n", [](TlsPlan& p) { p.dane = kDisable; }},
      {table + "mta-sts = \"optional\"\n", [](TlsPlan&) {}},
      {table + "mta-sts = \"require\"\n", [](TlsPlan& p) { p.mta_sts = kRequire; }},
      {table + "mta-sts = \"disable\"\n", [](TlsPlan& p) { p.mta_sts = kDisable; }},
      {table + "starttls = \"optional\"\n", [](TlsPlan&) {}},
      {table + "starttls = \"require\"\n", [](TlsPlan& p) { p.starttls = kRequire; }},
      {table + "starttls = \"disable\"\n", [](TlsPlan& p) { p.starttls = kDisable; }},
      {table + "allow-invalid-certs = true\n", [](TlsPlan& p) { p.allow_invalid_certs = true; }},
      {table + "allow-invalid-certs = false\n", [](TlsPlan&) {}},
      {timeouts + "tls = \"4m\"\n", [](TlsPlan& p) { p.tls_timeout = 4min; }},
      {timeouts + "mta-sts = \"6m\"\n", [](TlsPlan& p) { p.mta_sts_timeout = 6min; }},
      {table +
           "dane = \"require\"\nmta-sts = \"disable\"\nstarttls = \"require\"\n"
           "allow-invalid-certs = false\n" +
           timeouts + "tls = \"4m\"\nmta-sts = \"6m\"\n",
       [](TlsPlan& p) { p = {"default", kRequire, kDisable, kRequire, false, 4min, 6min}; }},
  };
  for (const TlsForm& form : kForms) {
    TlsPlan wanted = BuiltInTls();
    form.change(wanted);
    const StrategyResolver& resolver = Clean(form.text);
    EXPECT_EQ(resolver.policy().tls.count("default"), 1u) << form.text;
    EXPECT_EQ(*resolver.ResolveTls({}).plan, wanted) << form.text;
  }
}

const Limiter& OnlyLimiter(const Policy& policy) {
  EXPECT_EQ(policy.limiters.size(), 1u);
  return policy.limiters.at(0);
}

TEST(StalwartLimiterFormsTest, AListOfKeysWithMatchRateAndConcurrency) {
  const auto policy = Loaded(R"([queue.limiter.outbound.gentle]
key = ["rcpt_domain", "local_ip"]
match = "mx == 'mx1.outside.example'"
rate = "100/1h"
concurrency = 5
enable = true
)");
  const Limiter& limiter = OnlyLimiter(*policy);
  EXPECT_EQ(limiter.id, "gentle");
  EXPECT_THAT(limiter.keys, ElementsAre(LimiterKey::kRcptDomain, LimiterKey::kLocalIp));
  EXPECT_EQ(limiter.rate, (Rate{100, 1h}));
  EXPECT_EQ(limiter.concurrency, 5u);
  EXPECT_TRUE(limiter.enable);
  ASSERT_TRUE(limiter.match);
  Variables variables;
  EXPECT_EQ(limiter.match->Evaluate(variables).value.integer(), 0);
  variables.mx = "mx1.outside.example";
  EXPECT_EQ(limiter.match->Evaluate(variables).value.integer(), 1);
}

TEST(StalwartLimiterFormsTest, AKeyAsAScalarAndALimiterThatIsOff) {
  const auto policy = Loaded(
      "[queue.limiter.outbound.\"by sender\"]\nkey = \"sender_domain\"\nrate = \"20/30m\"\n"
      "enable = false\n");
  const Limiter& limiter = OnlyLimiter(*policy);
  EXPECT_EQ(limiter.id, "by sender");
  EXPECT_THAT(limiter.keys, ElementsAre(LimiterKey::kSenderDomain));
  EXPECT_EQ(limiter.rate, (Rate{20, 30min}));
  EXPECT_FALSE(limiter.enable);
  EXPECT_FALSE(limiter.match);
}

TEST(StalwartLimiterFormsTest, EveryKeyOfTheDocumentation) {
  const auto policy = Loaded(
      "[queue.limiter.outbound.x]\nkey = [\"rcpt\", \"rcpt_domain\", \"sender\", "
      "\"sender_domain\", \"mx\", \"remote_ip\", \"local_ip\"]\nrate = \"1/1s\"\n");
  EXPECT_EQ(OnlyLimiter(*policy).keys.size(), 7u);
}

// A whole server's configuration.
class StalwartFullTest : public ::testing::Test {
 protected:
  StalwartFullTest() {
    std::ifstream file("tests/testdata/stalwart/full.toml");
    text_.assign(std::istreambuf_iterator<char>(file), {});
  }

  static LoadedPolicy Load(const std::string& text) {
    return LoadPolicyTexts({SourceText("full.toml", text)});
  }

  // The file with a part in other words.
  std::string With(std::string_view what, std::string_view instead) const {
    std::string text = text_;
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    if (at != std::string::npos) text.replace(at, what.size(), instead);
    return text;
  }

  // "RULE: suggestion" of each error.
  static std::vector<std::string> Errors(const LoadedPolicy& loaded) {
    std::vector<std::string> errors;
    for (const Issue& issue : loaded.issues) {
      if (issue.severity == Severity::kError)
        errors.push_back(issue.rule + ": " + issue.suggestion);
    }
    return errors;
  }

  std::string text_;
};

TEST_F(StalwartFullTest, ImportsWithOneNoteAndOnlyTheWarningsThatAreDue) {
  const LoadedPolicy loaded = Load(text_);
  ASSERT_NE(loaded.policy, nullptr) << loaded.rendered;
  std::vector<std::string> notes;
  std::vector<std::string> warnings;
  for (const Issue& issue : loaded.issues)
    (issue.severity == Severity::kNote ? notes : warnings).push_back(issue.rule);
  EXPECT_THAT(notes, ElementsAre("skipped-section")) << loaded.rendered;
  EXPECT_THAT(warnings,
              ElementsAre("limiter-not-enforced", "without-effect", "without-effect",
                          "without-effect", "without-effect", "without-effect", "without-effect"))
      << loaded.rendered;
}

TEST_F(StalwartFullTest, ResolvesAsItSays) {
  const StrategyResolver resolver(Load(text_).policy, {});
  Facts facts;
  facts.sender_domain = "example.net";
  facts.rcpt_domain = "outside.example";
  facts.mx = "mx.outside.example";
  EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, "mx");
  EXPECT_THAT(Sources(*resolver.ResolveConnection(facts).plan),
              ElementsAre("192.0.2.25 mx.example.net", "2001:db8::25 mx.example.net"));
  EXPECT_EQ(resolver.ResolveTls(facts).choice.strategy_id, "default");

  facts.sender_domain = "news.example.net";
  facts.rcpt_domain = "lists.example.net";
  facts.mx = "mx.partner.example";
  EXPECT_EQ(resolver.ResolveRoute(facts).plan->port, 2525);
  EXPECT_THAT(Sources(*resolver.ResolveConnection(facts).plan),
              ElementsAre("192.0.2.26 bulk-1.example.net", "192.0.2.27 bulk-2.example.net"));
  EXPECT_EQ(resolver.ResolveTls(facts).plan->starttls, TlsRequirement::kRequire);

  facts.mx = "mx.outside.example";
  facts.context.retry_num = 1;
  facts.context.last_error = "tls";
  EXPECT_TRUE(resolver.ResolveTls(facts).plan->allow_invalid_certs);
}

TEST_F(StalwartFullTest, AMisspeltSectionStillGetsItsDidYouMean) {
  const std::pair<std::string_view, std::pair<std::string_view, std::string>> kMisspelt[] = {
      {"[queue.connection.bulk]", {"[queue.conection.bulk]", "did you mean 'connection'?"}},
      {"[session.rcpt]\n", {"[sesion.rcpt]\n", "did you mean 'session'?"}},
      {"[queue.schedule.remote]", {"[queue.shedule.remote]", "did you mean 'schedule'?"}},
      {"[storage.encryption]", {"[storge.encryption]", "did you mean 'storage'?"}},
      {"[queue.limiter.inbound.ip]", {"[queue.limiter.inbond.ip]", "did you mean 'inbound'?"}},
      {"schedule = [\n", {"shedule = [\n", "did you mean 'schedule'?"}},
      {"[queue.virtual.report]", {"[queue.virtaul.report]", "did you mean 'virtual'?"}},
  };
  for (const auto& [right, wrong] : kMisspelt) {
    const LoadedPolicy loaded = Load(With(right, wrong.first));
    EXPECT_EQ(loaded.policy, nullptr) << wrong.first;
    EXPECT_THAT(Errors(loaded), ::testing::Contains("unknown-key: " + wrong.second))
        << wrong.first << "\n"
        << loaded.rendered;
  }
}

}  // namespace
}  // namespace postern::strategy
