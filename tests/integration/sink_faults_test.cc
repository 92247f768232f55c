// smtp-sink in each of its fault modes, at each command: what a real server's refusals and
// disconnections come to.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/fakes/smtp_sink.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

constexpr v1::Disposition kTransient = v1::DISPOSITION_TRANSIENT_FAILURE;
constexpr v1::Disposition kPermanent = v1::DISPOSITION_PERMANENT_FAILURE;
constexpr v1::Disposition kUnknown = v1::DISPOSITION_OUTCOME_UNKNOWN;

struct Fault {
  const char* name;
  const char* commands;  // as smtp-sink's flags take them
  v1::Stage stage;
  // -r: a soft refusal; -f: a hard one; -Q: 421 and the end; -q: the end.
  v1::Disposition soft = kTransient;
  v1::Disposition hard = kPermanent;
  v1::Disposition goodbye = kTransient;
  v1::Disposition gone = kTransient;
};

class SinkFaultsTest : public ::testing::TestWithParam<Fault> {
 protected:
  static v1::DeliverResponse DeliverTo(const std::vector<std::string>& flags) {
    const fakes::SmtpSink sink(1, "127.0.0.1", flags);
    ServiceProcess service(RelayPolicy(sink.port()));
    return service.Deliver(RequestTo({"a@example.com", "b@example.com"}));
  }
};

TEST_P(SinkFaultsTest, EachRefusalIsWhatItIs) {
  const Fault& fault = GetParam();
  const struct {
    const char* flag;
    v1::Disposition disposition;
  } kModes[] = {{"-r", fault.soft}, {"-f", fault.hard}, {"-Q", fault.goodbye}, {"-q", fault.gone}};
  for (const auto& mode : kModes) {
    const v1::DeliverResponse answer = DeliverTo({mode.flag, fault.commands});
    ASSERT_EQ(answer.outcomes_size(), 2);
    for (const v1::RecipientOutcome& outcome : answer.outcomes()) {
      EXPECT_EQ(outcome.disposition(), mode.disposition) << mode.flag << outcome.DebugString();
      EXPECT_EQ(outcome.stage(), fault.stage) << mode.flag << outcome.DebugString();
      EXPECT_FALSE(outcome.detail().empty());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Commands, SinkFaultsTest,
    ::testing::Values(Fault{"Greeting", "CONNECT", v1::STAGE_GREETING, kTransient, kTransient},
                      Fault{"Hello", "EHLO,HELO", v1::STAGE_EHLO, kTransient, kTransient},
                      Fault{"Mail", "MAIL", v1::STAGE_MAIL_FROM},
                      Fault{"Rcpt", "RCPT", v1::STAGE_RCPT_TO},
                      Fault{"Data", "DATA", v1::STAGE_DATA},
                      Fault{"Message", ".", v1::STAGE_FINAL_REPLY, kTransient, kPermanent,
                            kTransient, kUnknown}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(SinkModesTest, ASinkThatOffersLittleTakesTheMessageAllTheSame) {
  for (const std::vector<std::string>& flags : std::vector<std::vector<std::string>>{
           {"-e"}, {"-p"}, {"-8"}, {"-E"}, {"-N"}, {"-r", "EHLO"}, {"-f", "EHLO"}}) {
    SCOPED_TRACE(flags.front() + flags.back());
    fakes::SmtpSink sink(1, "127.0.0.1", flags);
    ServiceProcess service(RelayPolicy(sink.port()));
    const v1::DeliverRequest request = RequestTo({"a@example.com", "b@example.com"});
    EXPECT_TRUE(service.Deliver(request).all_delivered());
    const std::vector<fakes::SinkMessage> messages = sink.Finish();
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].message, WithLf(request.raw()));
  }
}

TEST(SinkModesTest, J19_ARefusedQuitChangesNothing) {
  const fakes::SmtpSink sink(1, "127.0.0.1", {"-r", "QUIT"});
  ServiceProcess service(RelayPolicy(sink.port()));
  EXPECT_TRUE(service.Deliver(RequestTo({"a@example.com"})).all_delivered());
}

}  // namespace
}  // namespace postern::integration
