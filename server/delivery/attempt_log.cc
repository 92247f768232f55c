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

void AppendRecipients(std::span<const std::string> recipients, std::string& text) {
  for (std::size_t i = 0; i < recipients.size() && i < kMaxNamedRecipients; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", MaskMailbox(recipients[i]));
  }
  if (recipients.size() > kMaxNamedRecipients) {
    absl::StrAppend(&text, " and ", recipients.size() - kMaxNamedRecipients, " more");
  }
}

void AppendReply(const client::Reply& reply, std::string& text) {
  absl::StrAppend(&text, reply.code, " ",
                  EscapeRemoteText(reply.lines.size() == 1 ? reply.lines.front()
                                                           : absl::StrJoin(reply.lines, " / "),
                                   kMaxLoggedRemoteText));
}

void AppendOutcome(const client::Outcome& outcome, std::string& text) {
  text.append(Name(outcome.verdict.disposition));
  text.append(" at ").append(client::Info(outcome.stage).name);
  text.append(", reason ").append(outcome.verdict.reason);
  if (outcome.reply) {
    text.append(", reply \"");
    AppendReply(*outcome.reply, text);
    text.append("\"");
  } else if (!outcome.detail.empty()) {
    text.append(": ").append(outcome.detail);
  }
}

void AppendPlace(const Attempt& attempt, std::string& text) {
  absl::StrAppend(&text, "host ", attempt.host);
  if (!attempt.remote_ip) return;
  absl::StrAppend(&text, " (", attempt.remote_ip->ToString(), " port ", attempt.remote_port, ")");
}

// A line that grows no more, in most cases.
std::string LineOf(std::string_view what) {
  constexpr std::size_t kUsual = 400;
  std::string text;
  text.reserve(kUsual);
  text.append(what);
  return text;
}

}  // namespace

std::string DescribeAttempt(const Attempt& attempt, std::span<const std::string> recipients) {
  std::string text = LineOf("Attempt: ");
  AppendPlace(attempt, text);
  if (attempt.source_ip) absl::StrAppend(&text, " from ", attempt.source_ip->ToString());
  if (!attempt.ehlo_hostname.empty()) absl::StrAppend(&text, " as ", attempt.ehlo_hostname);
  absl::StrAppend(&text, ", route ", attempt.route);
  if (!attempt.connection_strategy.empty()) {
    absl::StrAppend(&text, ", connection ", attempt.connection_strategy);
  }
  text.append(", to ");
  AppendRecipients(recipients, text);
  text.append(": ");
  AppendOutcome(attempt.outcome, text);
  return text;
}

std::string DescribeLateReply(const Attempt& attempt, const std::string& recipient,
                              const client::Outcome& outcome) {
  std::string text = LineOf("Late answer: ");
  AppendPlace(attempt, text);
  absl::StrAppend(&text, " for ", MaskMailbox(recipient),
                  ", which was reported as OUTCOME_UNKNOWN: ");
  AppendOutcome(outcome, text);
  return text;
}

}  // namespace postern::server
