#include "server/delivery/attempt_log.h"

#include <gtest/gtest.h>

#include "common/remote_text.h"

namespace postern::server {
namespace {

Attempt Refused() {
  Attempt attempt;
  attempt.host = "mx.example.org";
  attempt.remote_ip = IpAddress::Parse("192.0.2.1");
  attempt.remote_port = 25;
  attempt.source_ip = IpAddress::Parse("198.51.100.7");
  attempt.ehlo_hostname = "mail.sender.example";
  attempt.route = "mx";
  attempt.connection_strategy = "default";
  attempt.outcome.verdict.disposition = client::Disposition::kTransientFailure;
  attempt.outcome.verdict.reason = "REPLY_4XX";
  attempt.outcome.stage = client::Stage::kGreeting;
  attempt.outcome.reply = client::Reply{421, {"busy", "later"}, {}};
  return attempt;
}

TEST(AttemptLogTest, OneLineTellsWhereFromWhereAndWhatCameOfIt) {
  const std::vector<std::string> recipients = {"user@example.org"};
  EXPECT_EQ(DescribeAttempt(Refused(), recipients),
            "Attempt: host mx.example.org (192.0.2.1 port 25) from 198.51.100.7 as "
            "mail.sender.example, route mx, connection default, to " +
                MaskMailbox("user@example.org") +
                ": TRANSIENT_FAILURE at GREETING, reason REPLY_4XX, reply \"421 busy / later\"");
}

TEST(AttemptLogTest, MailboxesAreMaskedAndManyAreCounted) {
  const std::vector<std::string> recipients = {"one@example.org", "two@example.org",
                                               "three@example.org", "four@example.org"};
  const std::string line = DescribeAttempt(Refused(), recipients);
  EXPECT_EQ(line.find("one@"), std::string::npos) << line;
  EXPECT_NE(line.find(" and 1 more"), std::string::npos) << line;
}

TEST(AttemptLogTest, RemoteTextIsEscapedAndCut) {
  Attempt attempt = Refused();
  attempt.outcome.reply = client::Reply{450, {"\x1b[31mred", std::string(5000, 'x')}, {}};
  const std::string line = DescribeAttempt(attempt, {});
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_LT(line.size(), 1000U);
}

TEST(AttemptLogTest, AHostWithoutAnAddressIsNamedAlone) {
  Attempt attempt;
  attempt.host = "mx.example.org";
  attempt.route = "mx";
  attempt.outcome.detail = "no address";
  EXPECT_EQ(DescribeAttempt(attempt, {}).find("Attempt: host mx.example.org, route mx"), 0U);
}

TEST(AttemptLogTest, ALateReplySaysWhatWasReportedBefore) {
  client::Outcome delivered;
  delivered.verdict.disposition = client::Disposition::kDelivered;
  delivered.stage = client::Stage::kFinalReply;
  const std::string line = DescribeLateReply(Refused(), "user@example.org", delivered);
  EXPECT_NE(line.find("reported as OUTCOME_UNKNOWN"), std::string::npos) << line;
  EXPECT_NE(line.find("DELIVERED at FINAL_REPLY"), std::string::npos) << line;
  EXPECT_EQ(line.find("user@"), std::string::npos) << line;
}

}  // namespace
}  // namespace postern::server
