#include "server/rpc/response_writer.h"

#include <algorithm>
#include <array>
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

void WriteRulePart(const strategy::RulePart& part, v1::TraceStep* result) {
  using Step = v1::TraceStep;
  result->set_rule(part.rule);
  SetText(part.expression, result, &Step::mutable_expression);
  SetText(part.then, result, &Step::mutable_then);
  if (part.range.begin.line == 0) return;
  SetText(part.range.file, result, &Step::mutable_file);
  result->set_line(part.range.begin.line);
  result->set_column(part.range.begin.column);
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

// The octets of a message that `write` fills in.
template <typename Message, typename Part, typename Write>
std::string Encoded(const Part& part, const Write& write) {
  Message message;
  write(part, &message);
  return message.SerializeAsString();
}

// Adds a text, escaped; as everywhere, what is empty or false is left out.
void AppendText(int field, std::string_view text, FieldBuffer& fields) {
  if (text.empty()) return;
  if (IsPlainText(text)) return fields.AppendField(field, text);
  fields.AppendField(field, EscapeRemoteText(text));
}

void AppendBool(int field, bool value, FieldBuffer& fields) {
  if (value) fields.AppendBool(field, value);
}

// Writes resolutions as octets, out of parts that were encoded before and what is their own: the
// encodings of parts of a message, one behind the other, are an encoding of the message.
class ResolutionWriter {
 public:
  explicit ResolutionWriter(EncodedParts& encoded) : encoded_(encoded) {}

  // What is returned lives until the next call.
  std::string_view Write(const std::string& recipient, const Resolution& resolution) {
    using Message = v1::Resolution;
    octets_.Clear();
    octets_.AppendField(Message::kRecipientFieldNumber, recipient);
    octets_.AppendField(Message::kRouteFieldNumber, Choice(resolution.route.choice));
    octets_.AppendField(Message::kConnectionFieldNumber, Choice(resolution.connection.choice));
    octets_.AppendField(Message::kTlsFieldNumber, Choice(resolution.tls.choice));
    AppendConnectionPlan(resolution);
    octets_.AppendField(Message::kTlsPlanFieldNumber,
                        encoded_.Of(*resolution.tls.plan, [](const TlsPlan& plan) {
                          return Encoded<v1::TlsPlan>(plan, WriteTlsPlan);
                        }));
    octets_.AppendField(Message::kRoutePlanFieldNumber,
                        encoded_.Of(*resolution.route.plan, [](const RoutePlan& plan) {
                          return Encoded<v1::RoutePlan>(plan, WriteRoutePlan);
                        }));
    if (!resolution.targets.empty() || resolution.failure) AppendOutlook(resolution);
    return octets_.view();
  }

 private:
  // The state of a source changes; without any the plan is always the same.
  void AppendConnectionPlan(const Resolution& resolution) {
    constexpr int kField = v1::Resolution::kConnectionPlanFieldNumber;
    const auto encode = [&resolution](const ConnectionPlan& plan) {
      v1::ConnectionPlan message;
      WriteConnectionPlan(plan, resolution.sources, &message);
      return message.SerializeAsString();
    };
    const ConnectionPlan& plan = *resolution.connection.plan;
    if (resolution.sources.empty()) {
      octets_.AppendField(kField, encoded_.Of(plan, encode));
    } else {
      octets_.AppendField(kField, encode(plan));
    }
  }

  void AppendOutlook(const Resolution& resolution) {
    v1::Resolution message;
    for (const Target& target : resolution.targets) WriteTarget(target, message.add_targets());
    if (resolution.failure) WriteFailure(*resolution.failure, message.mutable_failure());
    octets_.Append(message.SerializeAsString());
  }

  // What is returned lives until the next call.
  std::string_view Choice(const strategy::Choice& choice) {
    if (choice.trace == nullptr || !choice.trace->is_constant) return ChoiceAnew(choice);
    return encoded_.Of(*choice.trace,
                       [&](const strategy::Trace&) { return std::string(ChoiceAnew(choice)); });
  }

  std::string_view ChoiceAnew(const strategy::Choice& choice) {
    using Message = v1::StrategyChoice;
    choice_.Clear();
    choice_.AppendField(Message::kStrategyIdFieldNumber, choice.strategy_id);
    AppendBool(Message::kFallbackFieldNumber, choice.fallback, choice_);
    AppendText(Message::kFallbackReasonFieldNumber, choice.fallback_reason, choice_);
    if (choice.trace == nullptr) return choice_.view();
    for (const strategy::TraceStep& step : choice.trace->steps)
      choice_.AppendField(Message::kTraceFieldNumber, Step(step));
    return choice_.view();
  }

  // Values may come from DNS: any octets.
  std::string_view Step(const strategy::TraceStep& step) {
    using Message = v1::TraceStep;
    step_.Clear();
    step_.Append(encoded_.Of(*step.part, [](const strategy::RulePart& part) {
      return Encoded<v1::TraceStep>(part, WriteRulePart);
    }));
    AppendText(Message::kValueFieldNumber, step.value, step_);
    AppendBool(Message::kMatchedFieldNumber, step.matched, step_);
    AppendBool(Message::kEvaluatedFieldNumber, step.evaluated, step_);
    AppendText(Message::kResultFieldNumber, step.result, step_);
    for (const strategy::TraceRead& read : step.reads) {
      read_.Clear();
      AppendText(v1::VariableRead::kNameFieldNumber, read.name, read_);
      AppendText(v1::VariableRead::kValueFieldNumber, read.value, read_);
      step_.AppendField(Message::kReadsFieldNumber, read_.view());
    }
    AppendText(Message::kProblemFieldNumber, step.problem, step_);
    return step_.view();
  }

  EncodedParts& encoded_;
  FieldBuffer octets_;
  FieldBuffer choice_;
  FieldBuffer step_;
  FieldBuffer read_;
};

}  // namespace

void WriteDeliverResponse(const std::vector<std::string>& recipients, const DeliveryResult& result,
                          v1::DeliverResponse& response) {
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
}

std::size_t WriteResolveResponse(const std::vector<Recipient>& recipients,
                                 const ResolveResult& result, EncodedParts& encoded,
                                 FieldBuffer& octets) {
  using Message = v1::ResolveStrategyResponse;
  ResolutionWriter writer(encoded);
  octets.AppendField(Message::kPolicyVersionFieldNumber, encoded.strategies()->policy().version);
  for (std::size_t i = 0; i < result.resolutions.size(); ++i) {
    octets.AppendField(Message::kResolutionsFieldNumber,
                       writer.Write(recipients[i].address.text(), result.resolutions[i]));
    // One that is alone is what the caller asked for, however large.
    if (recipients.size() > 1 && octets.size() > kMaxResolveResponse) return i;
  }
  return result.resolutions.size();
}

}  // namespace postern::server
