#include "strategy/policy/policy_draft.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>

namespace postern::strategy {
namespace {

IpAddress Ip(std::string_view text) { return IpAddress::Parse(text).value(); }

RouteDraft Relay(std::string id, std::string_view host) {
  RouteDraft route;
  route.id = std::move(id);
  route.type = RouteDraft::Type::kRelay;
  route.address = {DomainName::Parse(host).value(), {}};
  return route;
}

RouteDraft Mx(std::string id) {
  RouteDraft route;
  route.id = std::move(id);
  route.type = RouteDraft::Type::kMx;
  return route;
}

TEST(BuildPolicyTest, AnEmptyDraftIsTheBuiltInPolicy) {
  const Policy policy = BuildPolicy({}, "v1");
  EXPECT_EQ(policy, Policy());
  EXPECT_EQ(policy.version, "v1");
  EXPECT_EQ(*policy.connection_strategy.literal(), kBuiltInConnection);
  EXPECT_EQ(*policy.route_strategy.literal(), kBuiltInRoute);
}

TEST(BuildPolicyTest, EverythingOfTheDraftIsInThePolicy) {
  PolicyDraft draft;
  draft.server_hostname = {"mail.example.org", {}};
  ConnectionDraft connection;
  connection.id = "pool";
  connection.ehlo_hostname = {"pool.example.org", {}};
  connection.source_ips = {{Ip("192.0.2.2"), {}}, {Ip("192.0.2.1"), {}}, {Ip("192.0.2.2"), {}}};
  connection.timeouts = {
      {&StageTimeouts::connect, "timeout.connect", {std::chrono::seconds(1), {}}}};
  draft.connections = {connection};
  draft.source_ips = {{Ip("192.0.2.1"), {}, Placed<std::string>{"one.example.org", {}}},
                      {Ip("192.0.2.2"), {}, std::nullopt}};
  draft.routes = {Relay("smart", "relay.example.org")};
  draft.routes[0].tls_implicit = false;
  draft.routes[0].port = 2525;
  draft.routes[0].ip_lookup = {IpLookup::kIpv6Only, {}};
  draft.routes[0].protocol = RelayProtocol::kLmtp;
  draft.routes[0].allow_invalid_certs = true;
  draft.routes[0].username = {"postern", {}};
  draft.routes[0].secret = {Secret("s3cret"), {}};
  draft.tls.emplace_back().id = "strict";
  draft.tls[0].plan.starttls = TlsRequirement::kRequire;
  draft.limiters.emplace_back().id = "slow";
  draft.limiters[0].limiter.rate = {5, std::chrono::seconds(1)};
  draft.local.AddDomain("Example.org");
  draft.tls_strategy = IfBlock::Literal("strict");
  draft.connection_strategy = IfBlock::Literal("pool");
  draft.route_strategy = IfBlock::Literal("smart");
  draft.resolver.type = ResolverSettings::Type::kCustom;
  draft.resolver.custom = {{ResolverSettings::Transport::kTcp, Ip("192.0.2.53"), 53}};

  const Policy policy = BuildPolicy(draft, "v1");
  EXPECT_EQ(policy.server_hostname, "mail.example.org");
  const ConnectionStrategy& pool = policy.connections.at("pool");
  EXPECT_EQ(pool.id, "pool");
  EXPECT_EQ(pool.ehlo_hostname, "pool.example.org");
  EXPECT_EQ(pool.source_ips,
            (std::vector<IpAddress>{Ip("192.0.2.2"), Ip("192.0.2.1"), Ip("192.0.2.2")}));
  EXPECT_EQ(pool.timeouts.connect, std::chrono::seconds(1));
  EXPECT_EQ(policy.source_ip_ehlo_hostnames.size(), 1u);
  EXPECT_EQ(policy.source_ip_ehlo_hostnames.at(Ip("192.0.2.1")), "one.example.org");
  const RoutePlan& smart = policy.routes.at("smart");
  EXPECT_EQ(smart.route_id, "smart");
  EXPECT_EQ(smart.port, 2525);
  EXPECT_EQ(smart.ip_lookup, IpLookup::kIpv6Only);
  const RelayRoute& relay = std::get<RelayRoute>(smart.kind);
  EXPECT_EQ(std::get<DomainName>(relay.address).text(), "relay.example.org");
  EXPECT_FALSE(relay.tls_implicit);
  EXPECT_TRUE(relay.allow_invalid_certs);
  EXPECT_EQ(relay.protocol, RelayProtocol::kLmtp);
  EXPECT_EQ(relay.auth, (RelayAuth{"postern", Secret("s3cret")}));
  EXPECT_EQ(policy.tls.at("strict").strategy_id, "strict");
  EXPECT_EQ(policy.tls.at("strict").starttls, TlsRequirement::kRequire);
  EXPECT_EQ(policy.limiters.at(0).id, "slow");
  EXPECT_EQ(policy.limiters.at(0).rate.count, 5u);
  EXPECT_TRUE(policy.local.IsLocalDomain("", "example.ORG"));
  EXPECT_EQ(*policy.tls_strategy.literal(), "strict");
  EXPECT_EQ(*policy.connection_strategy.literal(), "pool");
  EXPECT_EQ(*policy.route_strategy.literal(), "smart");
  EXPECT_EQ(policy.resolver, draft.resolver);
}

// A stranger's DNS names the hosts of an mx route, the policy's author the host of a relay.
TEST(BuildPolicyTest, WithoutAListOfItsOwnAnMxRouteDeniesWhatIsNotGlobalAndARelayNothing) {
  PolicyDraft draft;
  draft.routes = {Mx("a"), Relay("b", "relay.example.org"), Mx("c"), Relay("d", "x.example")};
  draft.routes[2].deny_destinations = AddressFilter();
  draft.routes[3].deny_destinations = AddressFilter({Cidr::Parse("192.0.2.0/24").value()});
  const Policy policy = BuildPolicy(std::move(draft), "v1");
  EXPECT_EQ(policy.routes.at("a").deny_destinations, AddressFilter::NotGloballyRoutable());
  EXPECT_EQ(policy.routes.at("b").deny_destinations, AddressFilter());
  EXPECT_EQ(policy.routes.at("c").deny_destinations, AddressFilter());
  EXPECT_EQ(policy.routes.at("d").deny_destinations.denied().size(), 1u);
}

TEST(BuildPolicyTest, ARouteThatCouldNotBeReadIsLeftOut) {
  PolicyDraft draft;
  draft.routes = {Mx("good"), Mx("unknown"), Relay("nowhere", "x.example")};
  draft.routes[1].type = RouteDraft::Type::kUnknown;
  draft.routes[2].address.reset();
  const Policy policy = BuildPolicy(std::move(draft), "v1");
  EXPECT_EQ(policy.routes.size(), 1u);
  EXPECT_EQ(policy.routes.count("good"), 1u);
}

TEST(PolicyTest, TheBuiltInRouteIsAnMxRouteWithTheDefaults) {
  const RoutePlan route = BuiltInRoute();
  EXPECT_EQ(route.route_id, "mx");
  EXPECT_EQ(std::get<MxRoute>(route.kind), (MxRoute{5, 2}));
  EXPECT_EQ(route.port, 25);
  EXPECT_EQ(route.deny_destinations, AddressFilter::NotGloballyRoutable());
}

// A secret without its user, or a user without a secret, authenticates nobody.
TEST(BuildPolicyTest, HalfAnAuthenticationIsNone) {
  PolicyDraft draft;
  draft.routes = {Relay("smart", "relay.example.org")};
  draft.routes[0].username = {"postern", {}};
  const Policy policy = BuildPolicy(std::move(draft), "v1");
  EXPECT_FALSE(std::get<RelayRoute>(policy.routes.at("smart").kind).auth);
}

TEST(PolicyTest, TheBuiltInTlsRuleTriesInvalidCertificatesOnceTlsHasFailed) {
  Variables variables;
  variables.retry_num = 1;
  EXPECT_EQ(BuiltInTlsRule().Evaluate(variables).id, "default");
  variables.last_error = "tls";
  EXPECT_EQ(BuiltInTlsRule().Evaluate(variables).id, "invalid-tls");
  variables.retry_num = 0;
  EXPECT_EQ(BuiltInTlsRule().Evaluate(variables).id, "default");
  EXPECT_TRUE(BuiltInInvalidTls().allow_invalid_certs);
  EXPECT_FALSE(BuiltInTls().allow_invalid_certs);
}

TEST(PolicyTest, PoliciesCompareByMeaningNotByVersion) {
  const Policy plain = BuildPolicy({}, "v1");
  EXPECT_EQ(plain, BuildPolicy({}, "v2"));
  const auto differs = [&](auto change) {
    PolicyDraft draft;
    change(draft);
    return !(BuildPolicy(std::move(draft), "v1") == plain);
  };
  EXPECT_TRUE(differs([](PolicyDraft& d) { d.server_hostname = {"a.example", {}}; }));
  EXPECT_TRUE(differs([](PolicyDraft& d) { d.connections.push_back({"x", {}, {}, {}, {}}); }));
  EXPECT_TRUE(differs([](PolicyDraft& d) {
    d.source_ips.push_back({Ip("192.0.2.1"), {}, Placed<std::string>{"a.example", {}}});
  }));
  EXPECT_TRUE(differs([](PolicyDraft& d) { d.routes.push_back(Mx("mx")); }));
  EXPECT_TRUE(differs([](PolicyDraft& d) { d.route_strategy = IfBlock::Literal("x"); }));
  EXPECT_TRUE(differs([](PolicyDraft& d) { d.connection_strategy = IfBlock::Literal("x"); }));
  EXPECT_TRUE(differs([](PolicyDraft& d) { d.tls_strategy = IfBlock::Literal("default"); }));
  EXPECT_TRUE(differs([](PolicyDraft& d) { d.tls.push_back({"x", {}, {}}); }));
  EXPECT_TRUE(differs([](PolicyDraft& d) { d.limiters.push_back({"x", {}, {}}); }));
  EXPECT_TRUE(differs([](PolicyDraft& d) { d.local.AddAddress("a@b.example"); }));
  EXPECT_TRUE(differs([](PolicyDraft& d) { d.resolver.type = ResolverSettings::Type::kCustom; }));
}

}  // namespace
}  // namespace postern::strategy
