#ifndef POSTERN_CLIENT_SMTP_STAGE_H_
#define POSTERN_CLIENT_SMTP_STAGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/plan/connection_plan.h"

namespace postern::client {

// The stages of a delivery, in order. kPlan and kDns come before a connection; kBody is the message
// itself, kFinalReply the wait for the answer to its terminator.
enum class Stage : std::uint8_t {
  kPlan,
  kDns,
  kConnect,
  kGreeting,
  kEhlo,
  kStartTls,
  kAuth,
  kMailFrom,
  kRcptTo,
  kData,
  kBody,
  kFinalReply,
};

inline constexpr std::size_t kStageCount = 12;

// All that is known of a stage, in one row, so that none is half-added.
struct StageInfo {
  Stage stage;
  std::string_view name;   // as in the API: "MAIL_FROM"
  std::string_view human;  // within a sentence: "the answer to MAIL FROM"
  std::string_view rfc;    // "RFC 5321 4.5.3.2.2"; empty where none applies
  // The timeout that rules it; nullptr where none of the six does.
  Duration StageTimeouts::* timeout;
};

const StageInfo& Info(Stage stage);

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SMTP_STAGE_H_
