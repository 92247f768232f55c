#include "server/rpc/response_writer.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <type_traits>
#include <variant>

#include "client/session/transcript.h"
#include "common/remote_text.h"
#include "server/rpc/enums.h"

namespace postern::server {
namespace {

constexpr std::size_t kMaxLine = 4096;
// What a line of a transcript takes beside its text, at most.
constexpr std::size_t kTranscriptLine = 32;
// What every reply may show of its first line, even when the budget is used up.
constexpr std::size_t kLeast = 256;

// Hands out what an answer may still hold of remote text.
class RemoteText {
 public:
  // `lines` escaped, as many as the budget allows; with `keep_first`, always something of the
  // first.
  template <typename Field>
  void Append(const std::vector<std::string>& lines, bool keep_first, Field* field) {
    for (const std::string& line : lines) {
      std::size_t limit = std::min(kMaxLine, left_);
      if (keep_first && field->empty()) limit = std::max(limit, kLeast);
      if (limit < kLeast) return;
      std::string escaped = EscapeRemoteText(line, limit);
      left_ -= std::min(left_, escaped.size());
      *field->Add() = std::move(escaped);
    }
  }

 private:
  std::size_t left_ = kRemoteTextBudget;
};

template <typename Rep, typename Period>
void SetDuration(std::chrono::duration<Rep, Period> value, google::protobuf::Duration* field) {
  const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(value);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(nanos);
  field->set_seconds(seconds.count());
  field->set_nanos(static_cast<std::int32_t>((nanos - seconds).count()));
}

// The server's enhanced code where it gave one that may be trusted, else the verdict's own.
std::string EnhancedCodeOf(const client::Outcome& outcome) {
  if (outcome.reply && outcome.reply->enhanced.present()) return outcome.reply->enhanced.ToString();
  return outcome.verdict.enhanced.ToString();
}

// What RecipientOutcome and Attempt have in common.
template <typename Record>
void WriteOutcome(const client::Outcome& outcome, RemoteText& remote_text, Record* record) {
  record->set_stage(ToProto(outcome.stage));
  record->set_error_kind(ToProto(outcome.verdict.error_kind));
  record->set_reason(std::string(outcome.verdict.reason));
  record->set_detail(EscapeRemoteText(outcome.detail));
  const std::string enhanced_code = EnhancedCodeOf(outcome);
  if (!outcome.reply && enhanced_code.empty()) return;
  v1::Reply* reply = record->mutable_reply();
  reply->set_enhanced_code(enhanced_code);
  if (!outcome.reply) return;
  reply->set_code(static_cast<std::uint32_t>(outcome.reply->code));
  remote_text.Append(outcome.reply->lines, /*keep_first=*/true, reply->mutable_lines());
}

// The field of a stage; nullptr for those that are no part of an attempt.
google::protobuf::Duration* FieldOf(client::Stage stage, v1::StageTimings* timings) {
  switch (stage) {
    case client::Stage::kPlan:
      return nullptr;
    case client::Stage::kDns:
      return timings->mutable_dns();
    case client::Stage::kConnect:
      return timings->mutable_connect();
    case client::Stage::kGreeting:
      return timings->mutable_greeting();
    case client::Stage::kEhlo:
      return timings->mutable_ehlo();
    case client::Stage::kStartTls:
      return timings->mutable_starttls();
    case client::Stage::kAuth:
      return timings->mutable_auth();
    case client::Stage::kMailFrom:
      return timings->mutable_mail_from();
    case client::Stage::kRcptTo:
      return timings->mutable_rcpt_to();
    case client::Stage::kData:
      return timings->mutable_data();
    case client::Stage::kBody:
      return timings->mutable_body();
    case client::Stage::kFinalReply:
      return timings->mutable_final_reply();
  }
  return nullptr;
}

void WriteTimings(const client::StageTimings& timings, v1::StageTimings* result) {
  for (std::size_t i = 0; i < timings.size(); ++i) {
    if (!timings[i]) continue;
    auto* field = FieldOf(static_cast<client::Stage>(i), result);
    if (field != nullptr) SetDuration(*timings[i], field);
  }
}

v1::TranscriptLine::Direction DirectionOf(client::TranscriptLine::Speaker speaker) {
  switch (speaker) {
    case client::TranscriptLine::Speaker::kClient:
      return v1::TranscriptLine::DIRECTION_CLIENT;
    case client::TranscriptLine::Speaker::kServer:
      return v1::TranscriptLine::DIRECTION_SERVER;
    case client::TranscriptLine::Speaker::kNobody:
      break;
  }
  return v1::TranscriptLine::DIRECTION_EVENT;
}

// Hands out what an answer may hold of transcripts.
class TranscriptWriter {
 public:
  void Write(const std::vector<client::TranscriptLine>& lines, v1::Attempt* result) {
    for (const client::TranscriptLine& line : lines) {
      const bool has_room = left_ > kTranscriptLine + 2 * client::Transcript::kMaxLine;
      v1::TranscriptLine* written = result->add_transcript();
      SetDuration(line.at, written->mutable_at());
      written->set_direction(has_room ? DirectionOf(line.speaker)
                                      : v1::TranscriptLine::DIRECTION_EVENT);
      std::string text = has_room
                             ? EscapeRemoteText(line.text, 2 * client::Transcript::kMaxLine)
                             : "the rest is left out: the answer would be too large for clients";
      left_ -= std::min(left_, text.size() + kTranscriptLine);
      written->set_text(std::move(text));
      if (!has_room) return;
    }
  }

 private:
  std::size_t left_ = kTranscriptBudget;
};

void WriteAttempt(const Attempt& attempt, RemoteText& remote_text, TranscriptWriter& transcripts,
                  v1::Attempt* result) {
  result->set_host(EscapeRemoteText(attempt.host));
  if (attempt.remote_ip) result->set_remote_ip(attempt.remote_ip->ToString());
  result->set_remote_port(attempt.remote_port);
  if (attempt.source_ip) result->set_source_ip(attempt.source_ip->ToString());
  result->set_ehlo_hostname(attempt.ehlo_hostname);
  result->set_route(attempt.route);
  result->set_connection_strategy(attempt.connection_strategy);
  result->set_tls_strategy(attempt.tls_strategy);
  for (const std::string& note : attempt.fallbacks) result->add_fallbacks(EscapeRemoteText(note));
  result->set_reused_connection(attempt.reused_connection);
  WriteTimings(attempt.timings, result->mutable_timings());
  WriteOutcome(attempt.outcome, remote_text, result);
  remote_text.Append(attempt.capabilities, /*keep_first=*/false, result->mutable_capabilities());
  transcripts.Write(attempt.transcript, result);
}

void WriteWhatEndedIt(const client::Outcome& outcome, v1::Attempt* result) {
  result->set_stage(ToProto(outcome.stage));
  result->set_error_kind(ToProto(outcome.verdict.error_kind));
  result->set_reason(std::string(outcome.verdict.reason));
}

// The attempts of one answer, whose places in the list the outcomes name.
class AttemptWriter {
 public:
  explicit AttemptWriter(RemoteText& remote_text) : remote_text_(remote_text) {}

  void Write(const Attempt& attempt, bool named, v1::Attempt* result) {
    if (named || left_ > 0) {
      WriteAttempt(attempt, remote_text_, transcripts_, result);
      if (!named) left_ -= std::min(left_, result->ByteSizeLong());
      return;
    }
    WriteWhatEndedIt(attempt.outcome, result);
    if (left_for_short_ == 0) return;
    result->set_host(EscapeRemoteText(attempt.host));
    if (attempt.remote_ip) result->set_remote_ip(attempt.remote_ip->ToString());
    result->set_remote_port(attempt.remote_port);
    left_for_short_ -= std::min(left_for_short_, result->ByteSizeLong());
  }

 private:
  RemoteText& remote_text_;
  TranscriptWriter transcripts_;
  std::size_t left_ = kAttemptsBudget;
  std::size_t left_for_short_ = kAttemptsBudget;
};

// Sets a text of the answer, escaped. An empty one is left unset: the wire has neither, but setting
// it allocates.
template <typename Message>
void SetText(std::string_view text, Message* message, std::string* (Message::*field)()) {
  if (!text.empty()) *(message->*field)() = EscapeRemoteText(text);
}

void WriteFailure(const client::Outcome& outcome, v1::ResolutionFailure* failure) {
  failure->set_disposition(ToProto(outcome.verdict.disposition));
  failure->set_stage(ToProto(outcome.stage));
  failure->set_error_kind(ToProto(outcome.verdict.error_kind));
  failure->set_scope(ToProto(outcome.verdict.scope));
  failure->set_reason(std::string(outcome.verdict.reason));
  failure->set_enhanced_code(EnhancedCodeOf(outcome));
  failure->set_detail(EscapeRemoteText(outcome.detail));
}

// Values may come from DNS: any octets.
void WriteTraceStep(const strategy::TraceStep& step, v1::TraceStep* result) {
  using Step = v1::TraceStep;
  result->set_rule(step.rule);
  SetText(step.expression, result, &Step::mutable_expression);
  SetText(step.value, result, &Step::mutable_value);
  result->set_matched(step.matched);
  result->set_evaluated(step.evaluated);
  SetText(step.then, result, &Step::mutable_then);
  SetText(step.result, result, &Step::mutable_result);
  for (const strategy::TraceRead& read : step.reads) {
    v1::VariableRead* variable = result->add_reads();
    SetText(read.name, variable, &v1::VariableRead::mutable_name);
    SetText(read.value, variable, &v1::VariableRead::mutable_value);
  }
  SetText(step.problem, result, &Step::mutable_problem);
  if (step.range.begin.line == 0) return;
  SetText(step.range.file, result, &Step::mutable_file);
  result->set_line(step.range.begin.line);
  result->set_column(step.range.begin.column);
}

void WriteChoice(const strategy::Choice& choice, v1::StrategyChoice* result) {
  result->set_strategy_id(choice.strategy_id);
  result->set_fallback(choice.fallback);
  SetText(choice.fallback_reason, result, &v1::StrategyChoice::mutable_fallback_reason);
  for (const strategy::TraceStep& step : choice.trace) WriteTraceStep(step, result->add_trace());
}

void WriteTlsPlan(const TlsPlan& plan, v1::TlsPlan* result) {
  result->set_strategy_id(plan.strategy_id);
  result->set_dane(ToProto(plan.dane));
  result->set_mta_sts(ToProto(plan.mta_sts));
  result->set_starttls(ToProto(plan.starttls));
  result->set_allow_invalid_certs(plan.allow_invalid_certs);
  SetDuration(plan.tls_timeout, result->mutable_tls_timeout());
  SetDuration(plan.mta_sts_timeout, result->mutable_mta_sts_timeout());
}

void WriteConnectionPlan(const ConnectionPlan& plan, const std::vector<SourceState>& sources,
                         v1::ConnectionPlan* result) {
  result->set_ehlo_hostname(plan.ehlo_hostname);
  result->set_ehlo_origin(ToProto(plan.ehlo_origin));
  for (const SourceState& state : sources) {
    v1::SourceAddress* source = result->add_sources();
    source->set_ip(state.source->ip.ToString());
    source->set_ehlo_hostname(state.source->ehlo_hostname);
    source->set_ehlo_origin(ToProto(state.source->ehlo_origin));
    source->set_weight(state.source->weight);
    source->set_state(state.quarantined ? v1::SOURCE_STATE_QUARANTINED
                                        : v1::SOURCE_STATE_AVAILABLE);
  }
  v1::StageTimeouts* timeouts = result->mutable_timeouts();
  SetDuration(plan.timeouts.connect, timeouts->mutable_connect());
  SetDuration(plan.timeouts.greeting, timeouts->mutable_greeting());
  SetDuration(plan.timeouts.ehlo, timeouts->mutable_ehlo());
  SetDuration(plan.timeouts.mail_from, timeouts->mutable_mail_from());
  SetDuration(plan.timeouts.rcpt_to, timeouts->mutable_rcpt_to());
  SetDuration(plan.timeouts.data, timeouts->mutable_data());
}

void WriteRouteKind(const MxRoute& route, v1::RoutePlan* result) {
  result->mutable_mx()->set_max_hosts(route.max_hosts);
  result->mutable_mx()->set_max_addresses(route.max_addresses);
}

void WriteRouteKind(const RelayRoute& route, v1::RoutePlan* result) {
  const auto* name = std::get_if<DomainName>(&route.address);
  result->mutable_relay()->set_address(
      name != nullptr ? name->text() : std::get<IpAddress>(route.address).ToString());
  result->mutable_relay()->set_tls_implicit(route.tls_implicit);
  result->mutable_relay()->set_tls_allow_invalid_certs(route.allow_invalid_certs);
  result->mutable_relay()->set_protocol(ToProto(route.protocol));
  if (route.auth) result->mutable_relay()->set_auth_username(route.auth->username);
}

void WriteRoutePlan(const RoutePlan& plan, v1::RoutePlan* result) {
  result->set_route_id(plan.route_id);
  std::visit([result](const auto& kind) { WriteRouteKind(kind, result); }, plan.kind);
  result->set_ip_lookup(ToProto(plan.ip_lookup));
  result->set_port(plan.port);
  const auto& denied = plan.deny_destinations.texts();
  result->mutable_deny_destinations()->Reserve(static_cast<int>(denied.size()));
  for (const std::string& network : denied) result->add_deny_destinations(network);
}

void WriteTarget(const Target& target, v1::Target* result) {
  result->set_host(EscapeRemoteText(target.host));
  result->set_preference(target.preference);
  for (const IpAddress& address : target.addresses) result->add_addresses(address.ToString());
  result->set_port(target.port);
  if (target.failure) WriteFailure(*target.failure, result->mutable_failure());
}

// A message as the octets of a field is the same on the wire, and an unknown field is written as it
// is: no part of the plan is looked at again.
template <typename Plan, typename Encode>
void WriteEncoded(int field, const Plan& plan, EncodedPlans& encoded, const Encode& encode,
                  v1::Resolution* result) {
  *v1::Resolution::GetReflection()->MutableUnknownFields(result)->AddLengthDelimited(field) =
      encoded.Of(plan, encode);
}

template <typename Message, typename Write>
auto EncodeBy(Write write) {
  return [write](const auto& plan) {
    Message message;
    write(plan, &message);
    return message.SerializeAsString();
  };
}

void WritePlans(const Resolution& resolution, EncodedPlans& encoded, v1::Resolution* result) {
  const ConnectionPlan& connection = *resolution.connection.plan;
  // The state of a source changes; without any the plan is always the same.
  if (resolution.sources.empty()) {
    WriteEncoded(v1::Resolution::kConnectionPlanFieldNumber, connection, encoded,
                 EncodeBy<v1::ConnectionPlan>([](const ConnectionPlan& plan, auto* message) {
                   WriteConnectionPlan(plan, {}, message);
                 }),
                 result);
  } else {
    WriteConnectionPlan(connection, resolution.sources, result->mutable_connection_plan());
  }
  WriteEncoded(v1::Resolution::kTlsPlanFieldNumber, *resolution.tls.plan, encoded,
               EncodeBy<v1::TlsPlan>(WriteTlsPlan), result);
  WriteEncoded(v1::Resolution::kRoutePlanFieldNumber, *resolution.route.plan, encoded,
               EncodeBy<v1::RoutePlan>(WriteRoutePlan), result);
}

void WritePlans(const Resolution& resolution, v1::Resolution* result) {
  WriteConnectionPlan(*resolution.connection.plan, resolution.sources,
                      result->mutable_connection_plan());
  WriteTlsPlan(*resolution.tls.plan, result->mutable_tls_plan());
  WriteRoutePlan(*resolution.route.plan, result->mutable_route_plan());
}

void WriteResolution(const Resolution& resolution, EncodedPlans* encoded, v1::Resolution* result) {
  WriteChoice(resolution.route.choice, result->mutable_route());
  WriteChoice(resolution.connection.choice, result->mutable_connection());
  WriteChoice(resolution.tls.choice, result->mutable_tls());
  if (encoded != nullptr) {
    WritePlans(resolution, *encoded, result);
  } else {
    WritePlans(resolution, result);
  }
  for (const Target& target : resolution.targets) WriteTarget(target, result->add_targets());
  if (resolution.failure) WriteFailure(*resolution.failure, result->mutable_failure());
}

}  // namespace

v1::DeliverResponse WriteDeliverResponse(const std::vector<std::string>& recipients,
                                         const DeliveryResult& result) {
  v1::DeliverResponse response;
  RemoteText remote_text;
  std::vector<bool> named(result.attempts.size());
  bool all_delivered = true;
  for (std::size_t i = 0; i < result.outcomes.size(); ++i) {
    const RecipientOutcome& from = result.outcomes[i];
    v1::RecipientOutcome* outcome = response.add_outcomes();
    outcome->set_recipient(recipients[i]);
    outcome->set_disposition(ToProto(from.outcome.verdict.disposition));
    outcome->set_scope(ToProto(from.outcome.verdict.scope));
    WriteOutcome(from.outcome, remote_text, outcome);
    if (from.attempt) {
      outcome->set_attempt(static_cast<std::uint32_t>(*from.attempt));
      if (*from.attempt < named.size()) named[*from.attempt] = true;
    }
    all_delivered &= from.outcome.verdict.disposition == client::Disposition::kDelivered;
  }
  AttemptWriter attempts(remote_text);
  for (std::size_t i = 0; i < result.attempts.size(); ++i) {
    attempts.Write(result.attempts[i], named[i], response.add_attempts());
  }
  response.set_all_delivered(all_delivered);
  return response;
}

bool WriteResolveResponse(const std::vector<std::string>& recipients,
                          const std::string& policy_version, const ResolveResult& result,
                          EncodedPlans* encoded, v1::ResolveStrategyResponse* response) {
  response->set_policy_version(policy_version);
  std::size_t octets = 0;
  for (std::size_t i = 0; i < result.resolutions.size(); ++i) {
    v1::Resolution* resolution = response->add_resolutions();
    resolution->set_recipient(recipients[i]);
    WriteResolution(result.resolutions[i], encoded, resolution);
    // One that is alone is what the caller asked for, however large.
    if (recipients.size() == 1) continue;
    octets += resolution->ByteSizeLong();
    if (octets > kMaxResolveResponse) return false;
  }
  return result.resolutions.size() == recipients.size();
}

}  // namespace postern::server
