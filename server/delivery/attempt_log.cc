#include "server/delivery/attempt_log.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/smtp/reply.h"
#include "client/smtp/stage.h"
#include "common/remote_text.h"

namespace postern::server {

namespace {

// More would make lines that nobody reads.
constexpr std::size_t kMaxNamedRecipients = 3;

std::string Recipients(std::span<const std::string> recipients) {
  std::string text;
  for (std::size_t i = 0; i < recipients.size() && i < kMaxNamedRecipients; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", MaskMailbox(recipients[i]));
  }
  if (recipients.size() > kMaxNamedRecipients) {
    absl::StrAppend(&text, " and ", recipients.size() - kMaxNamedRecipients, " more");
  }
  return text;
}

std::string ReplyText(const client::Reply& reply) {
  return absl::StrCat(reply.code, " ",
                      EscapeRemoteText(absl::StrJoin(reply.lines, " / "), kMaxLoggedRemoteText));
}

std::string OutcomeText(const client::Outcome& outcome) {
  std::string text(Name(outcome.verdict.disposition));
  text.append(" at ").append(client::Info(outcome.stage).name);
  text.append(", reason ").append(outcome.verdict.reason);
  if (outcome.reply) {
    text.append(", reply \"").append(ReplyText(*outcome.reply)).append("\"");
  } else if (!outcome.detail.empty()) {
    text.append(": ").append(outcome.detail);
  }
  return text;
}

std::string Place(const Attempt& attempt) {
  if (!attempt.remote_ip) return absl::StrCat("host ", attempt.host);
  return absl::StrCat("host ", attempt.host, " (", attempt.remote_ip->ToString(), " port ",
                      attempt.remote_port, ")");
}

}  // namespace

std::string DescribeAttempt(const Attempt& attempt, std::span<const std::string> recipients) {
  std::string text = absl::StrCat("Attempt: ", Place(attempt));
  if (attempt.source_ip) absl::StrAppend(&text, " from ", attempt.source_ip->ToString());
  if (!attempt.ehlo_hostname.empty()) absl::StrAppend(&text, " as ", attempt.ehlo_hostname);
  absl::StrAppend(&text, ", route ", attempt.route);
  if (!attempt.connection_strategy.empty()) {
    absl::StrAppend(&text, ", connection ", attempt.connection_strategy);
  }
  absl::StrAppend(&text, ", to ", Recipients(recipients), ": ", OutcomeText(attempt.outcome));
  return text;
}

std::string DescribeLateReply(const Attempt& attempt, const std::string& recipient,
                              const client::Outcome& outcome) {
  return absl::StrCat("Late answer: ", Place(attempt), " for ", MaskMailbox(recipient),
                      ", which was reported as OUTCOME_UNKNOWN: ", OutcomeText(outcome));
}

}  // namespace postern::server
