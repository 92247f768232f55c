// A real mail server as the receiving end.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/fakes/loopback.h"
#include "tests/fakes/postfix_server.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

using fakes::PostfixServer;

class PostfixTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string obstacle = PostfixServer::Obstacle();
    ASSERT_EQ(obstacle, "") << "this test runs Postfix, which";
  }
};

// What Postfix was sent: all below the Received header that it adds.
std::string_view BelowReceived(std::string_view message) {
  if (!message.starts_with("Received: ")) return "(no Received header)";
  std::size_t end = message.find('\n') + 1;
  while (end < message.size() && message[end] == '\t') end = message.find('\n', end) + 1;
  return message.substr(end);
}

// "2.0.0 Ok: queued as 067299840E8" -> "067299840E8"
std::string QueueId(const v1::Reply& reply) {
  if (reply.lines_size() == 0) return "";
  const std::string& line = reply.lines(0);
  return line.substr(line.rfind(' ') + 1);
}

constexpr char kMessage[] =
    "From: from@example.org\r\nSubject: two recipients\r\n\r\n.one dot\r\n..two\r\n.\r\n\r\n"
    "last line\r\n";

TEST_F(PostfixTest, OneRecipientIsTakenAndTheOtherRefusedInPostfixsOwnWords) {
  PostfixServer postfix("alice");
  ServiceProcess service(RelayPolicy(postfix.port()));
  v1::DeliverRequest request = RequestTo({"bob@example.com", "alice@example.com"});
  request.set_raw(kMessage);
  const v1::DeliverResponse answer = service.Deliver(request);

  ASSERT_EQ(answer.outcomes_size(), 2);
  EXPECT_FALSE(answer.all_delivered());
  const v1::RecipientOutcome& bob = answer.outcomes(0);
  EXPECT_EQ(bob.disposition(), v1::DISPOSITION_PERMANENT_FAILURE);
  EXPECT_EQ(bob.stage(), v1::STAGE_RCPT_TO);
  EXPECT_EQ(bob.scope(), v1::SCOPE_RECIPIENT);
  EXPECT_EQ(bob.error_kind(), v1::ERROR_KIND_UNEXPECTED_REPLY);
  EXPECT_EQ(bob.reply().code(), 550u);
  EXPECT_EQ(bob.reply().enhanced_code(), "5.1.1");
  ASSERT_EQ(bob.reply().lines_size(), 1);
  EXPECT_EQ(bob.reply().lines(0),
            "5.1.1 <bob@example.com>: Recipient address rejected: User unknown in local recipient "
            "table");

  const v1::RecipientOutcome& alice = answer.outcomes(1);
  EXPECT_EQ(alice.disposition(), v1::DISPOSITION_DELIVERED) << answer.DebugString();
  EXPECT_EQ(alice.stage(), v1::STAGE_FINAL_REPLY);
  EXPECT_EQ(alice.reply().code(), 250u);
  EXPECT_EQ(alice.reply().enhanced_code(), "2.0.0");
  // Both travelled in one transaction, over one connection.
  EXPECT_EQ(answer.attempts_size(), 1);
  EXPECT_EQ(BelowReceived(postfix.Queued(QueueId(alice.reply()))), WithLf(kMessage));
}

TEST_F(PostfixTest, AMegabyteLandsInTheQueueUnchanged) {
  PostfixServer postfix("alice");
  ServiceProcess service(RelayPolicy(postfix.port()));
  std::string message = "Subject: large\r\n\r\n";
  while (message.size() < 1'000'000) message += "." + std::string(997, 'x') + "\r\n.\r\n\r\n";
  v1::DeliverRequest request = RequestTo({"alice@example.com"});
  request.set_raw(message);
  const v1::DeliverResponse answer = service.Deliver(request);
  ASSERT_TRUE(answer.all_delivered()) << answer.DebugString();
  const std::string queued = postfix.Queued(QueueId(answer.outcomes(0).reply()));
  EXPECT_TRUE(BelowReceived(queued) == WithLf(message)) << queued.size();
}

TEST_F(PostfixTest, WhenAllAreRefusedNothingIsSent) {
  PostfixServer postfix("alice");
  ServiceProcess service(RelayPolicy(postfix.port()));
  const v1::DeliverResponse answer =
      service.Deliver(RequestTo({"bob@example.com", "carol@example.net"}));
  ASSERT_EQ(answer.outcomes_size(), 2);
  for (const v1::RecipientOutcome& outcome : answer.outcomes()) {
    EXPECT_EQ(outcome.disposition(), v1::DISPOSITION_PERMANENT_FAILURE);
    EXPECT_EQ(outcome.stage(), v1::STAGE_RCPT_TO);
  }
  EXPECT_EQ(answer.outcomes(0).reply().code(), 550u);
  EXPECT_EQ(answer.outcomes(1).reply().code(), 554u);  // Relay access denied
  EXPECT_EQ(answer.outcomes(1).reply().enhanced_code(), "5.7.1");
}

constexpr char kUtf8Message[] =
    "From: Jürgen <jürgen@example.org>\r\nSubject: Grüße\r\n\r\nÄpfel\r\n";

v1::DeliverRequest Utf8RequestTo(const std::vector<std::string>& recipients) {
  v1::DeliverRequest request = RequestTo(recipients);
  request.mutable_envelope()->set_mail_from("jürgen@example.org");
  request.mutable_envelope()->set_smtp_utf8(true);
  request.set_raw(kUtf8Message);
  return request;
}

TEST_F(PostfixTest, AddressesAndAHeaderOutsideAsciiArrive) {
  PostfixServer postfix("käthe");
  ServiceProcess service(RelayPolicy(postfix.port()));
  const v1::DeliverResponse answer = service.Deliver(
      Utf8RequestTo({"käthe@bücher.example", "jörg@bücher.example", "käthe@example.com"}));
  ASSERT_EQ(answer.outcomes_size(), 3);
  for (const int taken : {0, 2}) {
    const v1::RecipientOutcome& kaethe = answer.outcomes(taken);
    ASSERT_EQ(kaethe.disposition(), v1::DISPOSITION_DELIVERED) << answer.DebugString();
    EXPECT_EQ(BelowReceived(postfix.Queued(QueueId(kaethe.reply()))), WithLf(kUtf8Message));
  }
  EXPECT_EQ(answer.outcomes(0).recipient(), "käthe@bücher.example");
  const v1::RecipientOutcome& joerg = answer.outcomes(1);
  EXPECT_EQ(joerg.disposition(), v1::DISPOSITION_PERMANENT_FAILURE);
  ASSERT_EQ(joerg.reply().lines_size(), 1);
  EXPECT_TRUE(
      joerg.reply().lines(0).starts_with("5.1.1 <jörg@bücher.example>: Recipient address "
                                         "rejected"))
      << joerg.reply().lines(0);
}

TEST_F(PostfixTest, WhatNeedsSmtpUtf8DoesNotGoToAPostfixWithoutIt) {
  PostfixServer postfix("alice", {.smtp_utf8 = false});
  ServiceProcess service(RelayPolicy(postfix.port()));
  const v1::DeliverResponse answer = service.Deliver(Utf8RequestTo({"alice@example.com"}));
  ASSERT_EQ(answer.outcomes_size(), 1);
  const v1::RecipientOutcome& alice = answer.outcomes(0);
  EXPECT_EQ(alice.disposition(), v1::DISPOSITION_PERMANENT_FAILURE) << answer.DebugString();
  EXPECT_EQ(alice.stage(), v1::STAGE_MAIL_FROM);
  EXPECT_EQ(alice.scope(), v1::SCOPE_MESSAGE);
  EXPECT_EQ(alice.reason(), "SMTPUTF8_NOT_OFFERED");
  EXPECT_EQ(alice.reply().code(), 0u);
  EXPECT_EQ(alice.reply().enhanced_code(), "5.6.7");

  v1::DeliverRequest ascii = Utf8RequestTo({"alice@example.com"});
  ascii.mutable_envelope()->set_mail_from("from@example.org");
  EXPECT_EQ(service.Deliver(ascii).outcomes(0).reply().enhanced_code(), "5.6.9");
}

// As another user than the test's it cannot be ended by Bazel, which then waits for ever.
TEST_F(PostfixTest, ThePostfixOfATestEndsWithIt) {
  std::string address;
  std::uint16_t port = 0;
  {
    const PostfixServer postfix("good");
    address = postfix.address();
    port = postfix.port();
    EXPECT_TRUE(fakes::IsListening(address, port));
  }
  EXPECT_FALSE(fakes::IsListening(address, port));
}

}  // namespace
}  // namespace postern::integration
