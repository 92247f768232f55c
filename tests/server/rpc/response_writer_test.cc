#include "server/rpc/response_writer.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::server {
namespace {

client::Outcome Refusal() {
  client::Outcome outcome;
  outcome.verdict.disposition = client::Disposition::kPermanentFailure;
  outcome.verdict.scope = client::Scope::kRecipient;
  outcome.verdict.error_kind = client::ErrorKind::kUnexpectedReply;
  outcome.verdict.reason = "REPLY_5XX";
  outcome.verdict.enhanced = {5, 0, 0};
  outcome.stage = client::Stage::kRcptTo;
  outcome.reply = client::Reply{550, {"5.1.1 no such user", "second \x1b[31mline"}, {5, 1, 1}};
  outcome.detail = "the server refused the recipient";
  return outcome;
}

client::Outcome Delivered() {
  client::Outcome outcome;
  outcome.verdict.disposition = client::Disposition::kDelivered;
  outcome.stage = client::Stage::kFinalReply;
  outcome.reply = client::Reply{250, {"ok"}, {}};
  return outcome;
}

v1::DeliverResponse Written(const std::vector<std::string>& recipients,
                            const DeliveryResult& result) {
  v1::DeliverResponse response;
  WriteDeliverResponse(recipients, result, response);
  return response;
}

TEST(WriteDeliverResponseTest, AnOutcomeIsWrittenInFull) {
  DeliveryResult result;
  result.outcomes.push_back({Refusal(), 0});
  const v1::DeliverResponse response = Written({"No.Such@Example.COM"}, result);
  ASSERT_EQ(response.outcomes_size(), 1);
  const v1::RecipientOutcome& outcome = response.outcomes(0);
  EXPECT_EQ(outcome.recipient(), "No.Such@Example.COM");
  EXPECT_EQ(outcome.disposition(), v1::DISPOSITION_PERMANENT_FAILURE);
  EXPECT_EQ(outcome.scope(), v1::SCOPE_RECIPIENT);
  EXPECT_EQ(outcome.stage(), v1::STAGE_RCPT_TO);
  EXPECT_EQ(outcome.error_kind(), v1::ERROR_KIND_UNEXPECTED_REPLY);
  EXPECT_EQ(outcome.reason(), "REPLY_5XX");
  EXPECT_EQ(outcome.detail(), "the server refused the recipient");
  EXPECT_TRUE(outcome.has_attempt());
  EXPECT_EQ(outcome.attempt(), 0u);
  EXPECT_EQ(outcome.reply().code(), 550u);
  EXPECT_EQ(outcome.reply().enhanced_code(), "5.1.1");
  ASSERT_EQ(outcome.reply().lines_size(), 2);
  EXPECT_EQ(outcome.reply().lines(0), "5.1.1 no such user");
  EXPECT_EQ(outcome.reply().lines(1), "second \\x1B[31mline");
  EXPECT_FALSE(outcome.has_retry_after());
  EXPECT_FALSE(response.all_delivered());
}

TEST(WriteDeliverResponseTest, AllDeliveredNeedsEveryRecipient) {
  DeliveryResult result;
  result.outcomes.push_back({Delivered(), 0});
  EXPECT_TRUE(Written({"a@b.example"}, result).all_delivered());
  result.outcomes.push_back({Refusal(), 0});
  EXPECT_FALSE(Written({"a@b.example", "c@d.example"}, result).all_delivered());
}

TEST(WriteDeliverResponseTest, WithoutAReplyTheVerdictsOwnCodeIsGiven) {
  client::Outcome outcome;
  outcome.verdict = Refusal().verdict;
  outcome.verdict.enhanced = {5, 6, 0};
  DeliveryResult result;
  result.outcomes.push_back({outcome, std::nullopt});
  const v1::DeliverResponse response = Written({"a@b.example"}, result);
  EXPECT_EQ(response.outcomes(0).reply().code(), 0u);
  EXPECT_EQ(response.outcomes(0).reply().enhanced_code(), "5.6.0");
  EXPECT_FALSE(response.outcomes(0).has_attempt());
}

TEST(WriteDeliverResponseTest, WithoutReplyAndCodeThereIsNoReply) {
  client::Outcome outcome;
  outcome.verdict = Delivered().verdict;
  DeliveryResult result;
  result.outcomes.push_back({outcome, std::nullopt});
  EXPECT_FALSE(Written({"a@b.example"}, result).outcomes(0).has_reply());
}

TEST(WriteDeliverResponseTest, AnAttemptIsWrittenInFull) {
  Attempt attempt;
  attempt.host = "mx1.example.com";
  attempt.remote_ip = IpAddress::Parse("2001:db8::25");
  attempt.remote_port = 25;
  attempt.source_ip = IpAddress::Parse("2001:db8::1");
  attempt.ehlo_hostname = "out-1.example.org";
  attempt.route = "mx";
  attempt.connection_strategy = "pool";
  attempt.tls_strategy = "default";
  attempt.capabilities = {"PIPELINING", "X-\xff"};
  attempt.timings[static_cast<std::size_t>(client::Stage::kConnect)] =
      std::chrono::microseconds(1500);
  attempt.timings[static_cast<std::size_t>(client::Stage::kFinalReply)] =
      std::chrono::microseconds(2000001);
  attempt.outcome = Refusal();
  DeliveryResult result;
  result.attempts.push_back(attempt);
  const v1::DeliverResponse response = Written({}, result);
  ASSERT_EQ(response.attempts_size(), 1);
  const v1::Attempt& written = response.attempts(0);
  EXPECT_EQ(written.host(), "mx1.example.com");
  EXPECT_EQ(written.remote_ip(), "2001:db8::25");
  EXPECT_EQ(written.remote_port(), 25u);
  EXPECT_EQ(written.source_ip(), "2001:db8::1");
  EXPECT_EQ(written.ehlo_hostname(), "out-1.example.org");
  EXPECT_EQ(written.route(), "mx");
  EXPECT_EQ(written.connection_strategy(), "pool");
  EXPECT_EQ(written.tls_strategy(), "default");
  EXPECT_FALSE(written.has_tls());
  EXPECT_EQ(written.capabilities(1), "X-\\xFF");
  EXPECT_EQ(written.timings().connect().nanos(), 1500000);
  EXPECT_EQ(written.timings().final_reply().seconds(), 2);
  EXPECT_EQ(written.timings().final_reply().nanos(), 1000);
  EXPECT_FALSE(written.timings().has_ehlo());
  EXPECT_EQ(written.stage(), v1::STAGE_RCPT_TO);
  EXPECT_EQ(written.reply().code(), 550u);
}

TEST(WriteDeliverResponseTest, ATranscriptIsEscaped) {
  using Speaker = client::TranscriptLine::Speaker;
  Attempt attempt;
  attempt.outcome = Refusal();
  attempt.transcript = {{Speaker::kClient, std::chrono::microseconds(1'500'000), "QUIT"},
                        {Speaker::kServer, std::chrono::microseconds(2), "221 \x1B[31m\xFF"},
                        {Speaker::kNobody, std::chrono::microseconds(3), "gone"}};
  DeliveryResult result;
  result.attempts.push_back(attempt);
  const v1::DeliverResponse response = Written({}, result);
  const auto& lines = response.attempts(0).transcript();
  ASSERT_EQ(lines.size(), 3);
  EXPECT_EQ(lines[0].direction(), v1::TranscriptLine::DIRECTION_CLIENT);
  EXPECT_EQ(lines[0].at().seconds(), 1);
  EXPECT_EQ(lines[0].at().nanos(), 500'000'000);
  EXPECT_EQ(lines[0].text(), "QUIT");
  EXPECT_EQ(lines[1].direction(), v1::TranscriptLine::DIRECTION_SERVER);
  EXPECT_EQ(lines[1].text(), R"(221 \x1B[31m\xFF)");
  EXPECT_EQ(lines[2].direction(), v1::TranscriptLine::DIRECTION_EVENT);
}

// A thousand recipients, each with the longest reply there is, must still fit into what clients
// take: 4 MiB by default.
TEST(WriteDeliverResponseTest, RemoteTextIsBoundedAndEveryReplyKeepsItsBeginning) {
  client::Outcome outcome = Refusal();
  outcome.reply->lines.assign(100, std::string(4000, 'x'));
  DeliveryResult result;
  result.outcomes.assign(1000, {outcome, std::nullopt});
  const v1::DeliverResponse response =
      Written(std::vector<std::string>(1000, "a@b.example"), result);
  EXPECT_LT(response.ByteSizeLong(), std::size_t{3} << 20);
  EXPECT_EQ(response.outcomes(0).reply().lines_size(), 100);
  EXPECT_EQ(response.outcomes(999).reply().lines_size(), 1);
  EXPECT_GT(response.outcomes(999).reply().lines(0).size(), 200u);
}

// The worst that a policy of defaults can come to: a thousand domains, ten addresses each, all of
// which refuse in many words.
TEST(WriteDeliverResponseTest, TenThousandAttemptsFitAnAnswer) {
  constexpr std::size_t kRecipients = 1000;
  constexpr std::size_t kAttempts = 10 * kRecipients;
  Attempt attempt;
  attempt.host = std::string(250, 'h');
  attempt.remote_ip = IpAddress::Parse("2001:db8:1111:2222:3333:4444:5555:6666");
  attempt.remote_port = 25;
  attempt.ehlo_hostname = std::string(200, 'e');
  attempt.route = "mx";
  attempt.connection_strategy = "pool";
  attempt.tls_strategy = "default";
  attempt.outcome = Refusal();
  attempt.outcome.detail = std::string(400, 'd');
  attempt.outcome.reply->lines.assign(1, std::string(300, 'r'));
  attempt.transcript.assign(10, {client::TranscriptLine::Speaker::kServer,
                                 std::chrono::microseconds(5), std::string(900, '\xFF')});
  DeliveryResult result;
  result.attempts.assign(kAttempts, attempt);
  for (std::size_t i = 0; i < kRecipients; ++i) {
    result.outcomes.push_back({attempt.outcome, kAttempts - kRecipients + i});
  }
  const v1::DeliverResponse response =
      Written(std::vector<std::string>(kRecipients, std::string(250, 'a')), result);

  EXPECT_LT(response.ByteSizeLong(), std::size_t{4} << 20);
  ASSERT_EQ(response.attempts_size(), static_cast<int>(kAttempts));
  EXPECT_EQ(response.attempts(0).ehlo_hostname(), attempt.ehlo_hostname) << "the first in full";
  const v1::Attempt& named = response.attempts(kAttempts - 1);
  EXPECT_EQ(named.ehlo_hostname(), attempt.ehlo_hostname) << "what an outcome names, too";
  EXPECT_EQ(named.detail(), attempt.outcome.detail);
  const v1::Attempt& brief = response.attempts(2000);
  EXPECT_EQ(brief.host(), attempt.host);
  EXPECT_EQ(brief.reason(), "REPLY_5XX");
  EXPECT_FALSE(brief.has_reply());
  EXPECT_EQ(response.attempts(8000).stage(), v1::STAGE_RCPT_TO);
  EXPECT_EQ(response.attempts(8000).host(), "");
}

// What stands for the resolver that a result points into.
struct Plans {
  RoutePlan route;
  ConnectionPlan connection;
  TlsPlan tls;
  strategy::RuleParts parts;
};

// One recipient's, with something in every part that a plan, a choice or a target has.
ResolveResult FullResult(Plans& plans) {
  RoutePlan* const route = &plans.route;
  route->route_id = "relay";
  RelayRoute relay{.address = DomainName::Parse("relay.example.org").value()};
  relay.tls_implicit = false;
  relay.protocol = RelayProtocol::kLmtp;
  relay.auth = RelayAuth{"postern", Secret("s3cret")};
  route->kind = relay;
  route->port = 2525;
  route->ip_lookup = IpLookup::kIpv6ThenIpv4;
  route->deny_destinations = AddressFilter({*Cidr::Parse("10.0.0.0/8")});
  ConnectionPlan* const connection = &plans.connection;
  connection->strategy_id = "pool";
  connection->timeouts.greeting = std::chrono::milliseconds(1500);

  Resolution resolution;
  auto trace = std::make_shared<strategy::Trace>();
  plans.parts = {{"queue.strategy.route[0].if", "rcpt", "'x'", {"p.toml", {3, 9}, 4}},
                 {"queue.strategy.route[1].else", "'mx'", "", {"p.toml", {4, 9}, 4}}};
  strategy::TraceStep step(plans.parts.front());
  step.value = "'\xFF'";
  step.reads = {{"rcpt", "'\xFF'"}};
  step.result = "x";
  step.problem = "there is no 'x'";
  trace->steps = {step, strategy::TraceStep(plans.parts.back())};
  trace->steps.back().evaluated = false;
  resolution.route.choice = {"relay", true, "there is no 'x'", trace, {}};
  resolution.route.plan = route;
  resolution.connection.choice.strategy_id = "pool";
  resolution.connection.plan = connection;
  resolution.tls.choice.strategy_id = "default";
  TlsPlan* const tls = &plans.tls;
  tls->dane = TlsRequirement::kDisable;
  tls->starttls = TlsRequirement::kRequire;
  resolution.tls.plan = tls;
  connection->sources = {
      {*IpAddress::Parse("192.0.2.1"), "out.example.org", EhloOrigin::kSourceIp, 2}};
  resolution.sources.push_back({connection->sources.data(), true});
  resolution.targets.push_back(
      {"relay.example.org", 10, {*IpAddress::Parse("192.0.2.9")}, 2525, std::nullopt});
  resolution.failure = Refusal();
  ResolveResult result;
  result.resolutions.push_back(std::move(resolution));
  return result;
}

// Of a policy whose version is "v1".
std::shared_ptr<const strategy::StrategyResolver> Strategies() {
  auto policy = std::make_shared<strategy::Policy>();
  policy->version = "v1";
  return std::make_shared<const strategy::StrategyResolver>(policy, strategy::SystemIdentity());
}

std::vector<Recipient> Recipients(std::initializer_list<std::string_view> addresses) {
  std::vector<Recipient> recipients;
  for (const std::string_view address : addresses)
    recipients.push_back({*Mailbox::Parse(address), {}, ""});
  return recipients;
}

// As the receiver reads it.
v1::ResolveStrategyResponse Received(const std::vector<Recipient>& recipients,
                                     const ResolveResult& result, EncodedParts& encoded) {
  FieldBuffer octets;
  EXPECT_EQ(WriteResolveResponse(recipients, result, encoded, octets), recipients.size());
  v1::ResolveStrategyResponse response;
  EXPECT_TRUE(response.ParseFromString(std::string(octets.view())));
  return response;
}

TEST(WriteResolveResponseTest, PartsThatWereEncodedBeforeAreTheSameToTheReceiver) {
  EncodedParts encoded(Strategies());
  Plans plans;
  ResolveResult result = FullResult(plans);
  for (const bool has_sources : {true, false}) {
    if (!has_sources) result.resolutions[0].sources.clear();
    EncodedParts fresh(Strategies());
    const std::string expected = Received(Recipients({"a@b.example"}), result, fresh).DebugString();
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(Received(Recipients({"a@b.example"}), result, encoded).DebugString(), expected);
  }
}

TEST(WriteResolveResponseTest, AChoiceThatIsAlwaysTheSameIsWrittenWhole) {
  const auto strategies = Strategies();
  Plans plans;
  const auto resolve = [&](std::string_view override_id) {
    ResolveResult result = FullResult(plans);
    result.resolutions[0].route =
        strategies->ResolveRoute({}, override_id, strategy::Explain::kYes);
    return result;
  };
  ASSERT_TRUE(resolve("").resolutions[0].route.choice.trace->is_constant);
  EncodedParts encoded(strategies);
  for (int i = 0; i < 2; ++i) {
    const auto response = Received(Recipients({"a@b.example"}), resolve(""), encoded);
    const v1::StrategyChoice& route = response.resolutions(0).route();
    EXPECT_EQ(route.strategy_id(), "mx");
    ASSERT_EQ(route.trace_size(), 1);
    EXPECT_EQ(route.trace(0).rule(), "built-in");
    EXPECT_EQ(route.trace(0).value(), "mx");
    EXPECT_TRUE(route.trace(0).matched());
    const auto overridden = Received(Recipients({"a@b.example"}), resolve("mx"), encoded);
    EXPECT_EQ(overridden.resolutions(0).route().trace(0).rule(), "override");
  }
}

TEST(WriteResolveResponseTest, TooLargeAnAnswerSaysHowManyItHolds) {
  Plans plans;
  ResolveResult result = FullResult(plans);
  result.resolutions[0].targets.assign(10'000, {std::string(250, 'h'), 10, {}, 25, std::nullopt});
  EncodedParts encoded(Strategies());
  EXPECT_EQ(Received(Recipients({"a@b.example"}), result, encoded).resolutions_size(), 1)
      << "one that is alone";
  result.resolutions.push_back(result.resolutions[0]);
  FieldBuffer octets;
  EXPECT_EQ(
      WriteResolveResponse(Recipients({"a@b.example", "c@d.example"}), result, encoded, octets),
      1u);
  result.resolutions.pop_back();
  octets.Clear();
  EXPECT_EQ(
      WriteResolveResponse(Recipients({"a@b.example", "c@d.example"}), result, encoded, octets), 1u)
      << "it is not complete";
}

TEST(WriteResolveResponseTest, AResolutionIsWrittenInFull) {
  EncodedParts encoded(Strategies());
  Plans plans;
  const v1::ResolveStrategyResponse response =
      Received(Recipients({"a@b.example"}), FullResult(plans), encoded);
  EXPECT_EQ(response.policy_version(), "v1");
  ASSERT_EQ(response.resolutions_size(), 1);
  const v1::Resolution& written = response.resolutions(0);
  EXPECT_EQ(written.recipient(), "a@b.example");
  EXPECT_TRUE(written.route().fallback());
  EXPECT_EQ(written.route().trace(0).file(), "p.toml");
  EXPECT_EQ(written.route().trace(0).line(), 3u);
  EXPECT_EQ(written.route().trace(0).column(), 9u);
  EXPECT_EQ(written.route().trace(0).value(), R"('\xFF')") << "any octets, escaped";
  EXPECT_EQ(written.route().trace(0).reads(0).name(), "rcpt");
  EXPECT_EQ(written.route().trace(0).then(), "'x'");
  EXPECT_EQ(written.route().trace(0).result(), "x");
  EXPECT_EQ(written.route().trace(0).problem(), "there is no 'x'");
  EXPECT_TRUE(written.route().trace(0).evaluated());
  ASSERT_EQ(written.route().trace_size(), 2);
  EXPECT_EQ(written.route().trace(1).rule(), "queue.strategy.route[1].else");
  EXPECT_EQ(written.route().trace(1).expression(), "'mx'");
  EXPECT_EQ(written.route().trace(1).line(), 4u);
  EXPECT_FALSE(written.route().trace(1).evaluated());
  EXPECT_EQ(written.route().fallback_reason(), "there is no 'x'");
  EXPECT_EQ(written.tls_plan().dane(), v1::TLS_REQUIREMENT_DISABLE);
  EXPECT_EQ(written.tls_plan().mta_sts(), v1::TLS_REQUIREMENT_OPTIONAL);
  EXPECT_EQ(written.tls_plan().starttls(), v1::TLS_REQUIREMENT_REQUIRE);
  EXPECT_EQ(written.tls_plan().tls_timeout().seconds(), 180);
  EXPECT_EQ(written.connection().strategy_id(), "pool");
  EXPECT_EQ(written.tls().strategy_id(), "default");
  EXPECT_EQ(written.route_plan().relay().address(), "relay.example.org");
  EXPECT_FALSE(written.route_plan().relay().tls_implicit());
  EXPECT_EQ(written.route_plan().relay().protocol(), v1::RELAY_PROTOCOL_LMTP);
  EXPECT_EQ(written.route_plan().relay().auth_username(), "postern");
  EXPECT_EQ(response.DebugString().find("s3cret"), std::string::npos);
  EXPECT_EQ(written.route_plan().ip_lookup(), v1::IP_LOOKUP_IPV6_THEN_IPV4);
  EXPECT_EQ(written.route_plan().deny_destinations(0), "10.0.0.0/8");
  EXPECT_EQ(written.connection_plan().ehlo_origin(), v1::EHLO_ORIGIN_ADDRESS_LITERAL);
  EXPECT_EQ(written.connection_plan().timeouts().greeting().seconds(), 1);
  EXPECT_EQ(written.connection_plan().timeouts().greeting().nanos(), 500000000);
  EXPECT_EQ(written.connection_plan().timeouts().data().seconds(), 600);
  const v1::SourceAddress& source = written.connection_plan().sources(0);
  EXPECT_EQ(source.ip(), "192.0.2.1");
  EXPECT_EQ(source.ehlo_hostname(), "out.example.org");
  EXPECT_EQ(source.ehlo_origin(), v1::EHLO_ORIGIN_SOURCE_IP);
  EXPECT_EQ(source.weight(), 2u);
  EXPECT_EQ(source.state(), v1::SOURCE_STATE_QUARANTINED);
  EXPECT_EQ(written.targets(0).host(), "relay.example.org");
  EXPECT_EQ(written.targets(0).preference(), 10u);
  EXPECT_EQ(written.targets(0).addresses(0), "192.0.2.9");
  EXPECT_EQ(written.targets(0).port(), 2525u);
  EXPECT_EQ(written.failure().reason(), "REPLY_5XX");
  EXPECT_EQ(written.failure().enhanced_code(), "5.1.1");
}

}  // namespace
}  // namespace postern::server
