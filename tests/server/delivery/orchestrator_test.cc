#include "server/delivery/orchestrator.h"

#include <gtest/gtest.h>

#include <latch>

#include "tests/server/delivery/delivery_fixture.h"

// Whole deliveries: a real policy, a real loop and real servers on loopback; DNS from a table.
namespace postern::server {
namespace {

using client::Disposition;
using client::Stage;
using fakes::ScriptedServer;
using Strings = std::vector<std::string>;

fakes::Script GreetWith(const std::string& line) {
  return {fakes::Send(line + "\r\n"), fakes::CloseFin(), fakes::ReadToEnd()};
}

class OrchestratorTest : public DeliveryTest {};

TEST_F(OrchestratorTest, DeliversAndRecordsTheAttempt) {
  ScriptedServer server({fakes::GoodDialogue()});
  policy_ = MxPolicy(server.port());
  Exchangers({{"127.0.0.1"}});

  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));

  ASSERT_EQ(result.outcomes.size(), 1U);
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(result.outcomes[0].attempt, 0U);
  ASSERT_EQ(result.attempts.size(), 1U);
  const Attempt& attempt = result.attempts[0];
  EXPECT_EQ(attempt.host, "mx1.x.example");
  EXPECT_EQ(attempt.remote_ip, IpAddress::Parse("127.0.0.1"));
  EXPECT_EQ(attempt.remote_port, server.port());
  EXPECT_EQ(attempt.source_ip, IpAddress::Parse("127.0.0.1"));
  EXPECT_EQ(attempt.ehlo_hostname, "mail.sender.example");
  EXPECT_EQ(attempt.route, "mx");
  EXPECT_EQ(attempt.connection_strategy, "default");
  EXPECT_EQ(attempt.tls_strategy, "default");
  EXPECT_FALSE(attempt.capabilities.empty());
  EXPECT_EQ(attempt.outcome.verdict.disposition, Disposition::kDelivered);
  for (const Stage stage : {Stage::kConnect, Stage::kGreeting, Stage::kEhlo, Stage::kMailFrom,
                            Stage::kRcptTo, Stage::kData, Stage::kBody, Stage::kFinalReply}) {
    EXPECT_TRUE(attempt.timings[static_cast<std::size_t>(stage)]) << client::Info(stage).name;
  }
  EXPECT_EQ(server.Finish(), "");
  EXPECT_TRUE(Idle());
}

TEST_F(OrchestratorTest, GroupsTravelInParallel) {
  // Each server goes on only when the other one has been reached, too.
  std::latch both(2);
  const fakes::Step meet = fakes::Do([&both] { both.arrive_and_wait(); });
  const fakes::Script script = fakes::Script{meet} + fakes::GoodDialogue();
  ScriptedServer first({script});
  const auto second = At("127.0.0.2", first.port(), {script});
  policy_ = MxPolicy(first.port());
  dns_.Host("x.example", {"127.0.0.1"});
  dns_.Host("y.example", {"127.0.0.2"});

  const DeliveryResult result = Deliver(RequestTo({"a@x.example", "b@y.example"}));

  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(result.outcomes[1].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(result.attempts.size(), 2U);
}

TEST_F(OrchestratorTest, MoreGroupsThanTravelAtOnceAllArrive) {
  constexpr int kGroups = 30;
  ScriptedServer server(std::vector<fakes::Script>(kGroups, fakes::GoodDialogue()));
  policy_ = MxPolicy(server.port());
  Strings recipients;
  for (int i = 0; i < kGroups; ++i) {
    dns_.Host("d" + std::to_string(i) + ".example", {"127.0.0.1"});
    recipients.push_back("user@d" + std::to_string(i) + ".example");
  }
  const DeliveryResult result = Deliver(RequestTo(recipients));
  for (const RecipientOutcome& outcome : result.outcomes) {
    EXPECT_EQ(outcome.outcome.verdict.disposition, Disposition::kDelivered);
  }
}

TEST_F(OrchestratorTest, ARefusedConnectionLeadsToTheNextAddress) {
  const auto server = At("127.0.0.2", 0, {fakes::GoodDialogue()});
  policy_ = MxPolicy(server->port());
  Exchangers({{"127.0.0.9", "127.0.0.2"}});

  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));

  ASSERT_EQ(result.attempts.size(), 2U);
  EXPECT_EQ(result.attempts[0].remote_ip, IpAddress::Parse("127.0.0.9"));
  EXPECT_EQ(Sum(result.attempts[0].outcome), "TRANSIENT_FAILURE CONNECT HOST");
  EXPECT_EQ(result.attempts[1].remote_ip, IpAddress::Parse("127.0.0.2"));
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(result.outcomes[0].attempt, 1U);
}

TEST_F(OrchestratorTest, ATransientGreetingLeadsToTheNextHost) {
  ScriptedServer busy({GreetWith("421 4.3.2 busy")});
  const auto backup = At("127.0.0.2", busy.port(), {fakes::GoodDialogue()});
  policy_ = MxPolicy(busy.port());
  Exchangers({{"127.0.0.1"}, {"127.0.0.2"}});

  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));

  ASSERT_EQ(result.attempts.size(), 2U);
  EXPECT_EQ(Sum(result.attempts[0].outcome), "TRANSIENT_FAILURE GREETING HOST");
  EXPECT_EQ(result.attempts[1].host, "mx2.x.example");
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
}

TEST_F(OrchestratorTest, AddressesOfTheNextHostAreAskedForOnlyWhenNeeded) {
  ScriptedServer server({fakes::GoodDialogue()});
  policy_ = MxPolicy(server.port());
  Exchangers({{"127.0.0.1"}, {"127.0.0.2"}});
  Deliver(RequestTo({"user@x.example"}));
  for (const std::string& question : dns_.asked()) {
    EXPECT_EQ(question.find("mx2"), std::string::npos) << question;
  }
}

TEST_F(OrchestratorTest, WhenAllHostsFailSoftOutranksHard) {
  ScriptedServer busy({GreetWith("450 4.3.2 later")});
  const auto never = At("127.0.0.2", busy.port(), {GreetWith("521 5.3.2 no mail here")});
  policy_ = MxPolicy(busy.port());
  Exchangers({{"127.0.0.1"}, {"127.0.0.2"}});

  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));

  EXPECT_EQ(Sum(result.outcomes[0].outcome), "TRANSIENT_FAILURE GREETING HOST");
  EXPECT_EQ(result.outcomes[0].attempt, 0U);
  EXPECT_EQ(result.attempts.size(), 2U);
}

TEST_F(OrchestratorTest, AHostWithoutAnAddressIsSkippedAndShown) {
  const auto server = At("127.0.0.2", 0, {fakes::GoodDialogue()});
  policy_ = MxPolicy(server->port());
  Exchangers({{}, {"127.0.0.2"}});

  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));

  ASSERT_EQ(result.attempts.size(), 2U);
  EXPECT_EQ(result.attempts[0].host, "mx1.x.example");
  EXPECT_EQ(result.attempts[0].remote_ip, std::nullopt);
  EXPECT_EQ(result.attempts[0].outcome.stage, Stage::kDns);
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
}

TEST_F(OrchestratorTest, TheFirstDigitDecidesForEachRecipient) {
  ScriptedServer server({fakes::Greeting() + fakes::Ehlo() + fakes::Mail() + fakes::Rcpt() +
                         fakes::Rcpt("450 4.2.1 later\r\n") + fakes::Rcpt("550 5.1.1 who\r\n") +
                         fakes::Data() + fakes::Quit()});
  policy_ = MxPolicy(server.port());
  Exchangers({{"127.0.0.1"}});

  const DeliveryResult result = Deliver(RequestTo({"a@x.example", "b@x.example", "c@x.example"}));

  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(Sum(result.outcomes[1].outcome), "TRANSIENT_FAILURE RCPT_TO RECIPIENT");
  EXPECT_EQ(Sum(result.outcomes[2].outcome), "PERMANENT_FAILURE RCPT_TO RECIPIENT");
  EXPECT_EQ(result.attempts[0].outcome.verdict.disposition, Disposition::kDelivered);
}

TEST_F(OrchestratorTest, OnlyTheDeferredRecipientGoesToTheNextHost) {
  ScriptedServer first({fakes::Greeting() + fakes::Ehlo() + fakes::Mail() + fakes::Rcpt() +
                        fakes::Rcpt("450 4.2.1 later\r\n") + fakes::Rcpt("550 5.1.1 who\r\n") +
                        fakes::Data() + fakes::Quit()});
  const auto second =
      At("127.0.0.2", first.port(),
         {fakes::Greeting() + fakes::Ehlo() + fakes::Mail() +
          fakes::Script{fakes::ExpectPrefix("RCPT TO:<b@x.example>"), fakes::Send("250 ok\r\n")} +
          fakes::Data() + fakes::Quit()});
  policy_ = MxPolicy(first.port());
  Exchangers({{"127.0.0.1"}, {"127.0.0.2"}});

  const DeliveryResult result = Deliver(RequestTo({"a@x.example", "b@x.example", "c@x.example"}));

  EXPECT_EQ(second->Finish(), "");
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(result.outcomes[0].attempt, 0U);
  EXPECT_EQ(result.outcomes[1].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(result.outcomes[1].attempt, 1U);
  EXPECT_EQ(result.outcomes[2].outcome.verdict.disposition, Disposition::kPermanentFailure);
  EXPECT_EQ(result.outcomes[2].attempt, 0U);
}

TEST_F(OrchestratorTest, ALostFinalReplyIsUnknownAndNotTriedElsewhere) {
  ScriptedServer first({fakes::Greeting() + fakes::Ehlo() + fakes::Mail() + fakes::Rcpt() +
                        fakes::Script{fakes::Expect("DATA"), fakes::Send("354 go\r\n"),
                                      fakes::ReadBody(), fakes::CloseBoth()}});
  const auto second = At("127.0.0.2", first.port(), {});
  policy_ = MxPolicy(first.port());
  Exchangers({{"127.0.0.1"}, {"127.0.0.2"}});

  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));

  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kUnknown);
  EXPECT_EQ(result.attempts.size(), 1U);
  EXPECT_EQ(second->accepted(), 0U);
}

// G26, twice: the second delivery knows.
TEST_F(OrchestratorTest, AServerThatDropsCommandsIsTriedAgainInLockStepAndRemembered) {
  const fakes::Script offered = fakes::Greeting() + fakes::Ehlo("250-PIPELINING\r\n");
  const fakes::Script dropping =
      offered + fakes::ExpectPrefix("MAIL") + fakes::Send("250 ok\r\n") + fakes::ReadToEnd();
  // One command at a time, or the next one would be there already.
  const auto alone = [](const std::string& prefix, const std::string& reply) -> fakes::Step {
    return [prefix, reply](fakes::Conversation& c) {
      const std::string got = c.Read(4096);
      if (!got.starts_with(prefix) || got.find("\r\n") + 2 != got.size())
        c.Fail("expected only " + prefix + ", got " + got);
      c.Send(reply);
    };
  };
  const fakes::Script in_lock_step =
      offered +
      fakes::Script{alone("MAIL", "250 ok\r\n"), alone("RCPT", "250 ok\r\n"),
                    alone("DATA", "354 go\r\n"), fakes::ReadBody(), fakes::Send("250 ok\r\n")} +
      fakes::Quit();
  ScriptedServer server({dropping, in_lock_step, in_lock_step});
  policy_ = MxPolicy(server.port(), "timeout.rcpt-to = '200ms'\n");
  dns_.Host("x.example", {"127.0.0.1"});

  const DeliveryResult first = Deliver(RequestTo({"user@x.example"}));
  ASSERT_EQ(first.attempts.size(), 2U);
  EXPECT_EQ(Sum(first.attempts[0].outcome), "TRANSIENT_FAILURE RCPT_TO HOST");
  EXPECT_EQ(first.attempts[1].remote_ip, first.attempts[0].remote_ip);
  EXPECT_EQ(first.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(first.outcomes[0].attempt, 1U);

  const DeliveryResult second = Deliver(RequestTo({"user@x.example"}));
  EXPECT_EQ(second.attempts.size(), 1U);
  EXPECT_EQ(second.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(server.Finish(), "");
}

TEST_F(OrchestratorTest, G28_ARepeatedAddressTravelsOnceAndIsAnsweredEachTime) {
  ScriptedServer server({fakes::GoodDialogue(1)});
  policy_ = MxPolicy(server.port());
  Exchangers({{"127.0.0.1"}});
  const DeliveryResult result = Deliver(RequestTo({"user@x.example", "user@X.example"}));
  EXPECT_EQ(server.Finish(), "");
  ASSERT_EQ(result.outcomes.size(), 2U);
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(result.outcomes[1].outcome.verdict.disposition, Disposition::kDelivered);
}

// --- The source address and the EHLO name ---

TEST_F(OrchestratorTest, TheSourceAddressBringsItsEhloName) {
  ScriptedServer server({fakes::GoodDialogue()});
  policy_ = MxPolicy(server.port(),
                     "source-ips = ['127.0.0.5']\nehlo-hostname = 'strategy.sender.example'\n"
                     "[queue.source-ip.'127.0.0.5']\nehlo-hostname = 'five.sender.example'\n");
  Exchangers({{"127.0.0.1"}});

  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));

  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(server.connections()[0].peer, IpAddress::Parse("127.0.0.5"));
  EXPECT_EQ(server.connections()[0].commands[0], "EHLO five.sender.example");
  EXPECT_EQ(result.attempts[0].source_ip, IpAddress::Parse("127.0.0.5"));
  EXPECT_EQ(result.attempts[0].ehlo_hostname, "five.sender.example");
}

TEST_F(OrchestratorTest, WithoutAnyNameEhloCarriesTheLiteralOfTheLocalAddress) {
  ScriptedServer server({fakes::GoodDialogue()});
  policy_ = MxPolicy(server.port(), "source-ips = ['127.0.0.6']\n");
  Exchangers({{"127.0.0.1"}});
  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));
  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(server.connections()[0].commands[0], "EHLO [127.0.0.6]");
  EXPECT_EQ(result.attempts[0].ehlo_hostname, "[127.0.0.6]");
}

TEST_F(OrchestratorTest, NoSourceOfTheFamilySkipsTheTarget) {
  const auto server = At("127.0.0.1", 0, {});
  policy_ = MxPolicy(server->port(), "source-ips = ['::1']\n");
  Exchangers({{"127.0.0.1"}});

  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));

  EXPECT_EQ(Sum(result.outcomes[0].outcome), "TRANSIENT_FAILURE CONNECT IDENTITY");
  EXPECT_EQ(result.outcomes[0].attempt, 0U);
  ASSERT_EQ(result.attempts.size(), 1U);
  EXPECT_EQ(result.attempts[0].source_ip, std::nullopt);
  EXPECT_EQ(server->accepted(), 0U) << "never from the system's default address";
}

TEST_F(OrchestratorTest, ATargetOfTheOtherFamilyIsTriedInstead) {
  if (!fakes::HasIpv6Loopback()) GTEST_SKIP() << "this machine has no ::1";
  const auto server = At("::1", 0, {fakes::GoodDialogue()});
  policy_ = MxPolicy(server->port(), "source-ips = ['::1']\n");
  Exchangers({{"127.0.0.1", "::1"}});

  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));

  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  ASSERT_EQ(result.attempts.size(), 2U);
  EXPECT_EQ(result.attempts[1].source_ip, IpAddress::Parse("::1"));
}

TEST_F(OrchestratorTest, ASourceThatIsNotOursIsQuarantinedAndTheNextOneUsed) {
  ScriptedServer server({fakes::GoodDialogue()});
  policy_ = MxPolicy(server.port(), "source-ips = ['203.0.113.1', '127.0.0.7']\n");
  Exchangers({{"127.0.0.1"}});

  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));

  EXPECT_EQ(server.Finish(), "");
  EXPECT_EQ(server.connections()[0].peer, IpAddress::Parse("127.0.0.7"));
  EXPECT_EQ(result.attempts.size(), 1U) << "one address, whatever it was tried from";
  EXPECT_TRUE(quarantine_.Holds(*IpAddress::Parse("203.0.113.1")));
  EXPECT_FALSE(quarantine_.Holds(*IpAddress::Parse("127.0.0.7")));
}

TEST_F(OrchestratorTest, WhenNoSourceCanBeBoundItIsOurIdentityAndNoOtherHostIsTried) {
  const auto first = At("127.0.0.1", 0, {});
  policy_ = MxPolicy(first->port(), "source-ips = ['203.0.113.1', '203.0.113.2']\n");
  Exchangers({{"127.0.0.1"}, {"127.0.0.2"}});

  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));

  EXPECT_EQ(Sum(result.outcomes[0].outcome), "TRANSIENT_FAILURE CONNECT IDENTITY");
  EXPECT_EQ(result.attempts.size(), 1U);
  EXPECT_EQ(first->accepted(), 0U);
  EXPECT_NE(result.outcomes[0].outcome.detail.find("203.0.113.2"), std::string::npos);
}

TEST_F(OrchestratorTest, ABindThatWorksEndsTheQuarantine) {
  ScriptedServer server({fakes::GoodDialogue()});
  policy_ = MxPolicy(server.port(), "source-ips = ['127.0.0.7']\n");
  Exchangers({{"127.0.0.1"}});
  quarantine_.Report(*IpAddress::Parse("127.0.0.7"));
  Deliver(RequestTo({"user@x.example"}));
  EXPECT_FALSE(quarantine_.Holds(*IpAddress::Parse("127.0.0.7")));
}

TEST_F(OrchestratorTest, EachAddressMayTakeTheStrategysConnectTimeout) {
  policy_ = MxPolicy(25, "timeout.connect = '7s'\n");
  Exchangers({{"127.0.0.1", "127.0.0.2"}});
  connector_.AlwaysFail(client::ConnectStatus::kTimeout);
  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));
  EXPECT_EQ(Sums(result), Strings{"TRANSIENT_FAILURE CONNECT HOST"});
  EXPECT_EQ(result.attempts.size(), 2U);
  EXPECT_LE(connector_.last_limit(), std::chrono::seconds(7));
  EXPECT_GT(connector_.last_limit(), std::chrono::seconds(4));
}

TEST_F(OrchestratorTest, OurOwnExhaustionIsNoReasonToTryOtherHosts) {
  policy_ = MxPolicy(25);
  Exchangers({{"127.0.0.1"}, {"127.0.0.2"}});
  connector_.AlwaysFail(client::ConnectStatus::kLocalResources);
  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));
  EXPECT_EQ(Sums(result), Strings{"TRANSIENT_FAILURE CONNECT LOCAL"});
  EXPECT_EQ(result.attempts.size(), 1U);
}

TEST_F(OrchestratorTest, TheSessionKeepsTheStrategysTimeouts) {
  ScriptedServer server({{fakes::Stall()}});
  policy_ = MxPolicy(server.port(), "timeout.greeting = '200ms'\n");
  Exchangers({{"127.0.0.1"}});
  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));
  EXPECT_EQ(Sums(result), Strings{"TRANSIENT_FAILURE GREETING HOST"});
}

TEST_F(OrchestratorTest, ADomainWithoutEndIsGivenUpAfterFiftyAddresses) {
  policy_ =
      "[queue.strategy]\nroute = \"'mx'\"\n[queue.route.mx]\ntype = 'mx'\n"
      "deny-destinations = []\nlimits.mx = 100\nlimits.multihomed = 5\n";
  Exchangers(
      std::vector<Strings>(30, {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"}));
  connector_.AlwaysFail(client::ConnectStatus::kFailed);
  EXPECT_EQ(Deliver(RequestTo({"user@x.example"})).attempts.size(), 50U);
}

// --- Where mail goes ---

TEST_F(OrchestratorTest, ADomainWithoutMxIsItsOwnHost) {
  ScriptedServer server({fakes::GoodDialogue()});
  policy_ = MxPolicy(server.port());
  dns_.Host("x.example", {"127.0.0.1"});
  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(result.attempts[0].host, "x.example");
}

TEST_F(OrchestratorTest, ADomainWithANullMxTakesNoMail) {
  policy_ = MxPolicy(25);
  dns_.Mx("x.example", {{0, ""}});
  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kPermanentFailure);
  EXPECT_EQ(result.outcomes[0].outcome.verdict.enhanced.ToString(), "5.1.10");
  EXPECT_TRUE(result.attempts.empty());
}

TEST_F(OrchestratorTest, LookupFailuresAreOutcomes) {
  policy_ = MxPolicy(25);
  dns_.MxFails("later.example", client::DnsStatus::kFailure);
  const DeliveryResult result = Deliver(RequestTo({"a@gone.example", "b@later.example"}));
  EXPECT_EQ(Sum(result.outcomes[0].outcome), "PERMANENT_FAILURE DNS HOST");
  EXPECT_EQ(result.outcomes[1].outcome.verdict.disposition, Disposition::kTransientFailure);
  EXPECT_EQ(result.outcomes[1].attempt, std::nullopt);
}

TEST_F(OrchestratorTest, DeniedDestinationsAreNotDialled) {
  const auto server = At("127.0.0.1", 0, {});
  policy_ = "[queue.strategy]\nroute = \"'mx'\"\n[queue.route.mx]\ntype = 'mx'\nport = " +
            std::to_string(server->port()) + "\n";
  Exchangers({{"127.0.0.1"}});

  const DeliveryResult result = Deliver(RequestTo({"user@x.example", "user@[127.0.0.1]"}));

  for (const RecipientOutcome& outcome : result.outcomes) {
    EXPECT_EQ(outcome.outcome.verdict.disposition, Disposition::kPermanentFailure);
    EXPECT_NE(outcome.outcome.detail.find("127.0.0.0/8"), std::string::npos)
        << outcome.outcome.detail;
  }
  EXPECT_EQ(server->accepted(), 0U);
}

TEST_F(OrchestratorTest, AnAddressLiteralIsDialledDirectly) {
  const auto server = At("127.0.0.2", 0, {fakes::GoodDialogue()});
  policy_ = MxPolicy(server->port());
  const DeliveryResult result = Deliver(RequestTo({"user@[127.0.0.2]"}));
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(result.attempts[0].host, "127.0.0.2");
  EXPECT_TRUE(dns_.asked().empty());
}

std::string RelayPolicy(const std::string& address, std::uint16_t port, const std::string& more) {
  return "[queue.strategy]\nroute = \"'out'\"\n[queue.route.out]\ntype = 'relay'\nprotocol = "
         "'smtp'\naddress = '" +
         address + "'\nport = " + std::to_string(port) + "\n" + more;
}

TEST_F(OrchestratorTest, ARelayTakesWhateverTheDomain) {
  ScriptedServer server({fakes::GoodDialogue(), fakes::GoodDialogue()});
  policy_ = RelayPolicy("relay.sender.example", server.port(), "tls.implicit = false\n");
  dns_.Host("relay.sender.example", {"127.0.0.1"});
  const DeliveryResult result = Deliver(RequestTo({"user@x.example", "user@[192.0.2.1]"}));
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(result.outcomes[1].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_EQ(result.attempts[0].host, "relay.sender.example");
  EXPECT_EQ(result.attempts[0].route, "out");
}

TEST_F(OrchestratorTest, ARelayMayBeAnAddress) {
  ScriptedServer server({fakes::GoodDialogue()});
  policy_ = RelayPolicy("127.0.0.1", server.port(), "tls.implicit = false\n");
  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kDelivered);
  EXPECT_TRUE(dns_.asked().empty());
}

TEST_F(OrchestratorTest, DenyDestinationsHoldForRelaysToo) {
  const auto server = At("127.0.0.1", 0, {});
  policy_ = RelayPolicy("127.0.0.1", server->port(),
                        "tls.implicit = false\ndeny-destinations = ['127.0.0.0/8']\n");
  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));
  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kPermanentFailure);
  EXPECT_EQ(server->accepted(), 0U);
}

TEST_F(OrchestratorTest, ARelayWithImplicitTlsIsNotDialled) {
  const auto server = At("127.0.0.1", 0, {});
  policy_ = RelayPolicy("127.0.0.1", server->port(), "");
  const DeliveryResult result = Deliver(RequestTo({"user@x.example"}));
  EXPECT_EQ(Sum(result.outcomes[0].outcome), "TRANSIENT_FAILURE PLAN LOCAL");
  const std::string& detail = result.outcomes[0].outcome.detail;
  EXPECT_NE(detail.find("\"out\""), std::string::npos) << detail;
  EXPECT_NE(detail.find("tls.implicit = false"), std::string::npos) << detail;
  EXPECT_TRUE(result.attempts.empty());
  EXPECT_EQ(server->accepted(), 0U);
}

// --- What is decided before anything is dialled ---

TEST_F(OrchestratorTest, ALineThatIsTooLongIsRefusedForAll) {
  policy_ = MxPolicy(25);
  const DeliveryResult result =
      Deliver(RequestTo({"a@x.example", "b@y.example"}, std::string(999, 'x') + "\n"));
  EXPECT_EQ(Sums(result),
            (Strings{"PERMANENT_FAILURE PLAN MESSAGE", "PERMANENT_FAILURE PLAN MESSAGE"}));
  EXPECT_EQ(result.outcomes[0].outcome.verdict.enhanced.ToString(), "5.6.0");
  EXPECT_TRUE(dns_.asked().empty());
}

TEST_F(OrchestratorTest, ValidateOnlyStopsBeforeTheConnection) {
  const auto server = At("127.0.0.1", 0, {});
  policy_ = MxPolicy(server->port());
  Exchangers({{}, {"127.0.0.1"}});
  DeliveryRequest request = RequestTo({"user@x.example", "user@gone.example"});
  request.validate_only = true;

  const DeliveryResult result = Deliver(std::move(request));

  EXPECT_EQ(result.outcomes[0].outcome.verdict.disposition, Disposition::kNotAttempted);
  EXPECT_EQ(result.outcomes[0].outcome.verdict.reason, "VALIDATED");
  EXPECT_EQ(Sum(result.outcomes[1].outcome), "PERMANENT_FAILURE DNS HOST");
  EXPECT_TRUE(result.attempts.empty());
  EXPECT_EQ(server->accepted(), 0U);
}

TEST_F(OrchestratorTest, ValidateOnlyShowsAMissingSourceFamily) {
  policy_ = MxPolicy(25, "source-ips = ['::1']\n");
  Exchangers({{"127.0.0.1"}});
  DeliveryRequest request = RequestTo({"user@x.example"});
  request.validate_only = true;
  EXPECT_EQ(Sums(Deliver(std::move(request))), Strings{"TRANSIENT_FAILURE CONNECT IDENTITY"});
}

}  // namespace
}  // namespace postern::server
