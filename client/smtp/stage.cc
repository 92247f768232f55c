// One row per stage; the rows stand in the order of the enumeration, which the compiler checks.

#include "client/smtp/stage.h"

#include <array>

namespace postern::client {
namespace {

constexpr std::array<StageInfo, kStageCount> kStages = {{
    {Stage::kPlan, "PLAN", "the planning of the delivery", "", nullptr},
    {Stage::kDns, "DNS", "the look-up of the destination", "RFC 5321 5.1", nullptr},
    {Stage::kConnect, "CONNECT", "the connection", "", &StageTimeouts::connect},
    {Stage::kGreeting, "GREETING", "the greeting", "RFC 5321 4.5.3.2.1", &StageTimeouts::greeting},
    {Stage::kEhlo, "EHLO", "the answer to EHLO", "RFC 5321 3.2", &StageTimeouts::ehlo},
    {Stage::kStartTls, "STARTTLS", "the answer to STARTTLS", "RFC 3207 4", nullptr},
    {Stage::kAuth, "AUTH", "the answer to AUTH", "RFC 4954 4", nullptr},
    {Stage::kMailFrom, "MAIL_FROM", "the answer to MAIL FROM", "RFC 5321 4.5.3.2.2",
     &StageTimeouts::mail_from},
    {Stage::kRcptTo, "RCPT_TO", "the answer to RCPT TO", "RFC 5321 4.5.3.2.3",
     &StageTimeouts::rcpt_to},
    {Stage::kData, "DATA", "the answer to DATA", "RFC 5321 4.5.3.2.4", &StageTimeouts::data},
    {Stage::kBody, "BODY", "the transfer of the message", "RFC 5321 4.5.3.2.5",
     &StageTimeouts::data},
    {Stage::kFinalReply, "FINAL_REPLY", "the answer to the message", "RFC 5321 4.5.3.2.6",
     &StageTimeouts::data},
}};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    if (static_cast<std::size_t>(kStages[i].stage) != i) return false;
  }
  return true;
}
static_assert(InOrder(), "the rows must stand in the order of Stage");

}  // namespace

const StageInfo& Info(Stage stage) { return kStages[static_cast<std::size_t>(stage)]; }

}  // namespace postern::client
