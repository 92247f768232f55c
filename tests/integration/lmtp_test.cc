// Mail to real LMTP servers (RFC 2033): each recipient has an outcome of its own.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/fakes/scripted_server.h"
#include "tests/fakes/smtp_sink.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

std::string LmtpPolicy(std::uint16_t port) { return RelayPolicy(port) + "protocol = \"lmtp\"\n"; }

TEST(LmtpTest, ASinkTakesTheMessageForAll) {
  fakes::SmtpSink sink(1, "127.0.0.1", {"-L"});
  ServiceProcess service(LmtpPolicy(sink.port()));
  v1::DeliverRequest request = RequestTo({"a@example.com", "b@example.com", "c@example.com"});
  request.set_transcript(v1::TRANSCRIPT_LEVEL_FULL);
  const v1::DeliverResponse answer = service.Deliver(request);
  EXPECT_TRUE(answer.all_delivered()) << answer.DebugString();
  ASSERT_EQ(answer.outcomes_size(), 3);
  std::size_t final_replies = 0;
  bool lhlo = false;
  for (const v1::TranscriptLine& line : answer.attempts(0).transcript()) {
    lhlo |= line.text() == "LHLO mail.example.org";
    final_replies += line.text() == "250 2.2.0 Ok";
  }
  EXPECT_TRUE(lhlo) << answer.DebugString();
  EXPECT_GE(final_replies, 3u) << answer.DebugString();
  const std::vector<fakes::SinkMessage> messages = sink.Finish();
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].recipients.size(), 3u);
  EXPECT_EQ(messages[0].message, WithLf(request.raw()));
}

// Every recipient's reply is a refusal (smtp-sink -r "."): nobody is delivered, each is told so.
TEST(LmtpTest, ASinkRefusesTheMessageForEach) {
  for (const bool hard : {false, true}) {
    fakes::SmtpSink sink(1, "127.0.0.1", {"-L", hard ? "-f" : "-r", "."});
    ServiceProcess service(LmtpPolicy(sink.port()));
    const v1::DeliverResponse answer =
        service.Deliver(RequestTo({"a@example.com", "b@example.com"}));
    for (const v1::RecipientOutcome& outcome : answer.outcomes()) {
      EXPECT_EQ(outcome.disposition(),
                hard ? v1::DISPOSITION_PERMANENT_FAILURE : v1::DISPOSITION_TRANSIENT_FAILURE);
      EXPECT_EQ(outcome.stage(), v1::STAGE_FINAL_REPLY);
      EXPECT_EQ(outcome.scope(), v1::SCOPE_RECIPIENT);
    }
  }
}

TEST(LmtpTest, OneIsDeliveredAnotherIsPutOffAThirdIsUnknown) {
  using namespace fakes;  // NOLINT(google-build-using-namespace): the steps of scripts
  ScriptedServer server({Greeting() + ExpectPrefix("LHLO") + Send("250 lmtp.example.org\r\n") +
                         Mail() + Rcpt() + Rcpt() + Rcpt() + Expect("DATA") + Send("354 go\r\n") +
                         ReadBody() + Send("250 in\r\n452 4.2.2 full\r\n") + CloseBoth()});
  ServiceProcess service(LmtpPolicy(server.port()));
  const v1::DeliverResponse answer =
      service.Deliver(RequestTo({"a@example.com", "b@example.com", "c@example.com"}));
  ASSERT_EQ(answer.outcomes_size(), 3);
  EXPECT_EQ(answer.outcomes(0).disposition(), v1::DISPOSITION_DELIVERED);
  EXPECT_EQ(answer.outcomes(1).disposition(), v1::DISPOSITION_TRANSIENT_FAILURE);
  EXPECT_EQ(answer.outcomes(2).disposition(), v1::DISPOSITION_OUTCOME_UNKNOWN);
  EXPECT_FALSE(answer.all_delivered());
  EXPECT_EQ(server.Finish(), "");
}

}  // namespace
}  // namespace postern::integration
