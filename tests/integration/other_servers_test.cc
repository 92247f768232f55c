// Mail servers other than Postfix as the receiving end: each has its own words, and its own offer.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/fakes/aiosmtpd_server.h"
#include "tests/fakes/chroot_server.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

using Kind = fakes::ChrootServer::Kind;

// With all the headers that a server might add.
std::string MessageOf(std::size_t size) {
  std::string message =
      "From: from@example.org\r\nTo: alice@example.com\r\nSubject: dots\r\n"
      "Date: Fri, 27 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\n"
      ".one dot\r\n..two\r\n.\r\n\r\n";
  while (message.size() < size) message += "." + std::string(900, 'x') + "\r\n.\r\n\r\n";
  return message + "last line\r\n";
}

// What the server was told: which of our commands it took.
std::string CommandsIn(const v1::Attempt& attempt) {
  std::string commands;
  for (const v1::TranscriptLine& line : attempt.transcript()) {
    if (line.direction() == v1::TranscriptLine::DIRECTION_CLIENT) commands += line.text() + "\n";
  }
  return commands;
}

struct Expected {
  Kind kind;
  const char* name;
  const char* mail;     // our MAIL command
  const char* refusal;  // its words for an unknown recipient
  const char* enhanced;
};

class OtherServersTest : public ::testing::TestWithParam<Expected> {
 protected:
  void SetUp() override {
    const std::string obstacle = fakes::ChrootServer::Obstacle();
    ASSERT_EQ(obstacle, "") << "this test runs a mail server, which";
  }
};

TEST_P(OtherServersTest, OneRecipientIsTakenAndTheOtherRefusedInItsOwnWords) {
  const Expected& expected = GetParam();
  const fakes::ChrootServer server(expected.kind);
  ServiceProcess service(RelayPolicy(server.port()));
  v1::DeliverRequest request = RequestTo({"bob@example.com", "alice@example.com"});
  const std::string message = MessageOf(1'000'000);
  request.set_raw(message);
  request.set_transcript(v1::TRANSCRIPT_LEVEL_COMMANDS);
  const v1::DeliverResponse answer = service.Deliver(request);

  ASSERT_EQ(answer.outcomes_size(), 2);
  const v1::RecipientOutcome& bob = answer.outcomes(0);
  EXPECT_EQ(bob.disposition(), v1::DISPOSITION_PERMANENT_FAILURE) << answer.DebugString();
  EXPECT_EQ(bob.stage(), v1::STAGE_RCPT_TO);
  EXPECT_EQ(bob.scope(), v1::SCOPE_RECIPIENT);
  EXPECT_EQ(bob.reply().code(), 550u);
  EXPECT_EQ(bob.reply().enhanced_code(), expected.enhanced);
  ASSERT_EQ(bob.reply().lines_size(), 1);
  EXPECT_EQ(bob.reply().lines(0), expected.refusal);

  const v1::RecipientOutcome& alice = answer.outcomes(1);
  EXPECT_EQ(alice.disposition(), v1::DISPOSITION_DELIVERED) << answer.DebugString();
  EXPECT_EQ(alice.stage(), v1::STAGE_FINAL_REPLY);
  ASSERT_EQ(answer.attempts_size(), 1);
  EXPECT_NE(CommandsIn(answer.attempts(0)).find(expected.mail), std::string::npos)
      << CommandsIn(answer.attempts(0));
  EXPECT_TRUE(server.Mail().ends_with("\n" + WithLf(message))) << server.Mail().substr(0, 2000);
}

TEST_P(OtherServersTest, WhenAllAreRefusedNothingIsSent) {
  const fakes::ChrootServer server(GetParam().kind);
  ServiceProcess service(RelayPolicy(server.port()));
  const v1::DeliverResponse answer =
      service.Deliver(RequestTo({"bob@example.com", "carol@example.net"}));
  ASSERT_EQ(answer.outcomes_size(), 2);
  for (const v1::RecipientOutcome& outcome : answer.outcomes()) {
    EXPECT_EQ(outcome.disposition(), v1::DISPOSITION_PERMANENT_FAILURE);
    EXPECT_EQ(outcome.stage(), v1::STAGE_RCPT_TO);
    EXPECT_EQ(outcome.reply().code(), 550u);
  }
}

// Exim 4.96 offers PIPELINING and no enhanced codes. OpenSMTPD 6.8 offers enhanced codes, and gives
// none with this refusal.
INSTANTIATE_TEST_SUITE_P(
    All, OtherServersTest,
    ::testing::Values(Expected{Kind::kExim, "Exim",
                               "MAIL FROM:<from@example.org> SIZE=", "Unknown user", "5.0.0"},
                      Expected{Kind::kOpenSmtpd, "OpenSmtpd", "MAIL FROM:<from@example.org> SIZE=",
                               "Invalid recipient: <bob@example.com>", "5.0.0"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(AiosmtpdTest, AMessageArrivesUnchanged) {
  const fakes::AiosmtpdServer server;
  ServiceProcess service(RelayPolicy(server.port()));
  v1::DeliverRequest request = RequestTo({"alice@example.com", "bob@example.com"});
  request.set_raw(MessageOf(100'000));
  const v1::DeliverResponse answer = service.Deliver(request);
  EXPECT_TRUE(answer.all_delivered()) << answer.DebugString();
  const std::string body = MessageOf(100'000).substr(MessageOf(0).find("\r\n\r\n"));
  EXPECT_TRUE(server.Mail().ends_with(WithLf(body))) << server.Mail().substr(0, 2000);
}

TEST(AiosmtpdTest, AMessageOverItsLimitIsRefusedByItsOffer) {
  const fakes::AiosmtpdServer server({"-s", "50000"});
  ServiceProcess service(RelayPolicy(server.port()));
  v1::DeliverRequest request = RequestTo({"alice@example.com"});
  request.set_raw(MessageOf(100'000));
  const v1::DeliverResponse answer = service.Deliver(request);
  EXPECT_EQ(answer.outcomes(0).disposition(), v1::DISPOSITION_PERMANENT_FAILURE);
  EXPECT_EQ(answer.outcomes(0).scope(), v1::SCOPE_MESSAGE) << answer.DebugString();
}

}  // namespace
}  // namespace postern::integration
