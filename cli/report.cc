#include "cli/report.h"

#include <sysexits.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace postern::cli {
namespace {

// "TRANSIENT_FAILURE" from "DISPOSITION_TRANSIENT_FAILURE".
std::string Short(const std::string& name, const std::string& prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

std::string Words(const v1::Reply& reply) {
  std::string text = reply.code() != 0 ? std::to_string(reply.code()) : reply.enhanced_code();
  for (const std::string& line : reply.lines()) text += " " + line;
  return text;
}

// "RCPT_TO REPLY_5XX: 550 5.1.1 no such user": where, why, and the words for it.
std::string Verdict(const std::string& stage, const std::string& reason, const v1::Reply* reply,
                    const std::string& detail) {
  std::string text = " at " + Short(stage, "STAGE_");
  if (!reason.empty()) text += ", " + reason;
  if (reply != nullptr && reply->code() != 0) return text + ": " + Words(*reply);
  return detail.empty() ? text : text + ": " + detail;
}

std::string OutcomeLine(const v1::RecipientOutcome& outcome) {
  std::string line = outcome.recipient() + "  " +
                     Short(v1::Disposition_Name(outcome.disposition()), "DISPOSITION_");
  line += Verdict(v1::Stage_Name(outcome.stage()), outcome.reason(),
                  outcome.has_reply() ? &outcome.reply() : nullptr, outcome.detail());
  if (outcome.has_attempt()) line += " (attempt " + std::to_string(outcome.attempt() + 1) + ")";
  return line + "\n";
}

void AppendTiming(const char* stage, bool reached, const google::protobuf::Duration& time,
                  std::string& line) {
  if (!reached) return;
  std::array<char, 64> text{};
  const double milliseconds =
      static_cast<double>(time.seconds()) * 1e3 + static_cast<double>(time.nanos()) / 1e6;
  std::snprintf(text.data(), text.size(), " %s %.1f ms,", stage, milliseconds);
  line += text.data();
}

std::string TimingsLine(const v1::StageTimings& timings) {
  std::string line;
  AppendTiming("dns", timings.has_dns(), timings.dns(), line);
  AppendTiming("connect", timings.has_connect(), timings.connect(), line);
  AppendTiming("greeting", timings.has_greeting(), timings.greeting(), line);
  AppendTiming("EHLO", timings.has_ehlo(), timings.ehlo(), line);
  AppendTiming("STARTTLS", timings.has_starttls(), timings.starttls(), line);
  AppendTiming("AUTH", timings.has_auth(), timings.auth(), line);
  AppendTiming("MAIL", timings.has_mail_from(), timings.mail_from(), line);
  AppendTiming("RCPT", timings.has_rcpt_to(), timings.rcpt_to(), line);
  AppendTiming("DATA", timings.has_data(), timings.data(), line);
  AppendTiming("body", timings.has_body(), timings.body(), line);
  AppendTiming("final reply", timings.has_final_reply(), timings.final_reply(), line);
  if (line.empty()) return "";
  line.pop_back();
  return "    timings:" + line + "\n";
}

// "      12.3 ms  C: MAIL FROM:<...>"; what nobody said stands in parentheses.
std::string TranscriptLineText(const v1::TranscriptLine& line) {
  std::array<char, 64> time{};
  const double milliseconds =
      static_cast<double>(line.at().seconds()) * 1e3 + static_cast<double>(line.at().nanos()) / 1e6;
  std::snprintf(time.data(), time.size(), "    %10.1f ms  ", milliseconds);
  switch (line.direction()) {
    case v1::TranscriptLine::DIRECTION_CLIENT:
      return std::string(time.data()) + "C: " + line.text() + "\n";
    case v1::TranscriptLine::DIRECTION_SERVER:
      return std::string(time.data()) + "S: " + line.text() + "\n";
    default:
      return std::string(time.data()) + "(" + line.text() + ")\n";
  }
}

std::string AttemptLines(int number, const v1::Attempt& attempt) {
  const bool v6 = attempt.remote_ip().find(':') != std::string::npos;
  std::string text = "  attempt " + std::to_string(number) + ": " + attempt.host();
  if (!attempt.remote_ip().empty()) {
    text += " (" + (v6 ? "[" + attempt.remote_ip() + "]" : attempt.remote_ip()) + ":" +
            std::to_string(attempt.remote_port()) + ")";
  }
  if (!attempt.source_ip().empty()) text += ", source address " + attempt.source_ip();
  if (!attempt.ehlo_hostname().empty()) text += ", EHLO name " + attempt.ehlo_hostname();
  text += "\n    route " + attempt.route() + ", connection strategy " +
          attempt.connection_strategy() + ", TLS strategy " + attempt.tls_strategy() + "\n";
  text += "    ended" +
          Verdict(v1::Stage_Name(attempt.stage()), attempt.reason(),
                  attempt.has_reply() ? &attempt.reply() : nullptr, attempt.detail()) +
          "\n";
  text += TimingsLine(attempt.timings());
  for (const auto& line : attempt.transcript()) text += TranscriptLineText(line);
  return text;
}

}  // namespace

std::string Report(const v1::DeliverResponse& response) {
  std::string text;
  for (const auto& outcome : response.outcomes()) text += OutcomeLine(outcome);
  for (int i = 0; i < response.attempts_size(); ++i) {
    text += AttemptLines(i + 1, response.attempts(i));
  }
  return text;
}

int ExitStatus(const v1::DeliverResponse& response) {
  bool unknown = false;
  bool transient = false;
  bool refused = false;
  for (const auto& outcome : response.outcomes()) {
    const bool validated = outcome.reason() == "VALIDATED";
    unknown |= outcome.disposition() == v1::DISPOSITION_OUTCOME_UNKNOWN;
    refused |= outcome.disposition() == v1::DISPOSITION_PERMANENT_FAILURE;
    transient |= outcome.disposition() == v1::DISPOSITION_TRANSIENT_FAILURE ||
                 (outcome.disposition() == v1::DISPOSITION_NOT_ATTEMPTED && !validated);
  }
  if (unknown) return EX_PROTOCOL;
  if (transient) return EX_TEMPFAIL;
  return refused ? EX_UNAVAILABLE : EXIT_SUCCESS;
}

}  // namespace postern::cli
