#include "cli/report.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <utility>
#include <vector>

namespace postern::cli {
namespace {

v1::DeliverResponse With(const std::vector<v1::Disposition>& dispositions) {
  v1::DeliverResponse response;
  for (const auto disposition : dispositions) {
    response.add_outcomes()->set_disposition(disposition);
  }
  return response;
}

TEST(ExitStatusTest, TheOneThatMattersMostWins) {
  struct Case {
    std::vector<v1::Disposition> dispositions;
    int status;
  };
  for (const Case& c : {
           Case{{v1::DISPOSITION_DELIVERED, v1::DISPOSITION_DELIVERED}, 0},
           Case{{v1::DISPOSITION_DELIVERED, v1::DISPOSITION_PERMANENT_FAILURE}, EX_UNAVAILABLE},
           Case{{v1::DISPOSITION_PERMANENT_FAILURE, v1::DISPOSITION_TRANSIENT_FAILURE},
                EX_TEMPFAIL},
           Case{{v1::DISPOSITION_NOT_ATTEMPTED}, EX_TEMPFAIL},
           Case{{v1::DISPOSITION_TRANSIENT_FAILURE, v1::DISPOSITION_OUTCOME_UNKNOWN}, EX_PROTOCOL},
       }) {
    EXPECT_EQ(ExitStatus(With(c.dispositions)), c.status);
  }
}

TEST(ExitStatusTest, AValidatedMessageIsASuccess) {
  v1::DeliverResponse response = With({v1::DISPOSITION_NOT_ATTEMPTED});
  response.mutable_outcomes(0)->set_reason("VALIDATED");
  EXPECT_EQ(ExitStatus(response), 0);
}

TEST(ReportTest, ShowsOutcomesConnectionsAndTimings) {
  v1::DeliverResponse response;
  v1::RecipientOutcome& outcome = *response.add_outcomes();
  outcome.set_recipient("a@b.example");
  outcome.set_disposition(v1::DISPOSITION_PERMANENT_FAILURE);
  outcome.set_stage(v1::STAGE_RCPT_TO);
  outcome.set_reason("REPLY_5XX");
  outcome.mutable_reply()->set_code(550);
  outcome.mutable_reply()->add_lines("5.1.1 no such user");
  outcome.set_attempt(0);
  v1::RecipientOutcome& other = *response.add_outcomes();
  other.set_recipient("c@d.example");
  other.set_disposition(v1::DISPOSITION_TRANSIENT_FAILURE);
  other.set_stage(v1::STAGE_DNS);
  other.set_reason("DNS_FAILURE");
  other.set_detail("no answer");
  v1::Attempt& attempt = *response.add_attempts();
  attempt.set_host("mx.b.example");
  attempt.set_remote_ip("2001:db8::25");
  attempt.set_remote_port(25);
  attempt.set_source_ip("2001:db8::1");
  attempt.set_ehlo_hostname("out.example.org");
  attempt.set_route("mx");
  attempt.set_connection_strategy("pool");
  attempt.set_tls_strategy("default");
  attempt.set_stage(v1::STAGE_RCPT_TO);
  attempt.set_reason("REPLY_5XX");
  attempt.mutable_timings()->mutable_connect()->set_nanos(1500000);
  attempt.mutable_timings()->mutable_rcpt_to()->set_seconds(2);
  for (const auto& [direction, text] :
       {std::pair{v1::TranscriptLine::DIRECTION_CLIENT, "QUIT"},
        std::pair{v1::TranscriptLine::DIRECTION_SERVER, "221 bye"},
        std::pair{v1::TranscriptLine::DIRECTION_EVENT, "the connection was lost"}}) {
    v1::TranscriptLine* const line = attempt.add_transcript();
    line->set_direction(direction);
    line->set_text(text);
    line->mutable_at()->set_nanos(12345678);
  }
  EXPECT_EQ(Report(response),
            "a@b.example  PERMANENT_FAILURE at RCPT_TO, REPLY_5XX: 550 5.1.1 no such user (attempt "
            "1)\n"
            "c@d.example  TRANSIENT_FAILURE at DNS, DNS_FAILURE: no answer\n"
            "  attempt 1: mx.b.example ([2001:db8::25]:25), source address 2001:db8::1, EHLO name "
            "out.example.org\n"
            "    route mx, connection strategy pool, TLS strategy default\n"
            "    ended at RCPT_TO, REPLY_5XX\n"
            "    timings: connect 1.5 ms, RCPT 2000.0 ms\n"
            "          12.3 ms  C: QUIT\n"
            "          12.3 ms  S: 221 bye\n"
            "          12.3 ms  (the connection was lost)\n");
}

}  // namespace
}  // namespace postern::cli
