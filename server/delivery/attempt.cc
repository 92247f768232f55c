#include "server/delivery/attempt.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/net/event_loop.h"
#include "client/session/body_source.h"
#include "common/log.h"
#include "common/remote_text.h"
#include "server/delivery/attempt_log.h"
#include "server/delivery/dns_facts.h"
#include "server/delivery/outcomes.h"
#include "server/delivery/plan_limits.h"
#include "server/delivery/targets.h"
#include "strategy/source_ip/source_selector.h"

// plan -> dial (source after source) -> session -> outcomes. The record is written as things become
// known, so that an answer given in between tells how far it came.
namespace postern::server {

namespace asio = boost::asio;

using client::ConnectStatus;
using client::Event;
using client::Outcome;
using client::Stage;

namespace {

// Of one delivery; no answer has room for more.
constexpr std::size_t kMaxTranscripts = std::size_t{1} << 20;

std::string Names(const std::vector<const SourceAddress*>& sources) {
  return absl::StrJoin(sources, ", ", [](std::string* out, const SourceAddress* source) {
    out->append(source->ip.ToString());
  });
}

Outcome NoSourceOfFamily(const ConnectionPlan& plan, IpFamily family) {
  return EventOutcome(
      Stage::kConnect, Event::kNoSourceOfFamily,
      absl::StrCat("none of the source-ips of connection strategy \"", plan.strategy_id, "\" is ",
                   std::string(IpFamilyName(family)),
                   "; add one, or leave the family out with the route's ip-lookup"));
}

}  // namespace

namespace {

// The strategies for one address, and what DNS must say first.
std::vector<strategy::DnsQuestion> ChooseStrategies(DeliveryContext& context, const Group& group,
                                                    const std::string& host, const IpAddress& ip,
                                                    AttemptPlan& plan) {
  const strategy::Facts& facts = context.facts.ForTarget(group.first(), host, ip.ToString());
  const Overrides& overrides = context.request.overrides;
  plan.connection = context.strategies->ResolveConnection(facts, overrides.connection);
  plan.tls = context.strategies->ResolveTls(facts, overrides.tls);
  std::vector<strategy::DnsQuestion> missing = plan.connection.choice.missing;
  const std::vector<strategy::DnsQuestion>& more = plan.tls.choice.missing;
  missing.insert(missing.end(), more.begin(), more.end());
  return missing;
}

// "queue.strategy.route gave no usable id (there is no 'x'): 'mx' was used".
void NoteFallback(std::string_view rule, const strategy::Choice& choice,
                  std::vector<std::string>& notes) {
  if (!choice.fallback) return;
  notes.push_back(absl::StrCat(std::string(rule), " gave no usable id (", choice.fallback_reason,
                               "): '", choice.strategy_id, "' was used"));
}

}  // namespace

asio::awaitable<AttemptPlan> PlanAttempt(std::shared_ptr<DeliveryContext> context,
                                         const Group& group, std::string host, IpAddress ip) {
  AttemptPlan plan;
  for (;;) {
    std::vector<strategy::DnsQuestion> missing = ChooseStrategies(*context, group, host, ip, plan);
    if (missing.empty() || context->interrupt.reason()) break;
    co_await FetchFacts(context->parts.resolver, &context->interrupt, std::move(missing),
                        context->facts.dns());
  }
  plan.failure = Denied(*group.route.plan, ip);
  if (!plan.failure) plan.failure = RefusedByTls(*plan.tls.plan);
  const ConnectionPlan& connection = *plan.connection.plan;
  if (plan.failure || connection.sources.empty()) co_return plan;
  plan.sources = strategy::OrderSources(connection.sources, ip.family(), context->parts.quarantine,
                                        context->parts.random);
  if (plan.sources.empty()) plan.failure = NoSourceOfFamily(connection, ip.family());
  co_return plan;
}

AddressAttempt::AddressAttempt(std::shared_ptr<DeliveryContext> context, const Group& group,
                               const TargetStep& step, std::vector<std::size_t> recipients)
    : context_(std::move(context)),
      group_(group),
      host_(step.host),
      ip_(*step.ip),
      lookup_(step.lookup),
      recipients_(std::move(recipients)) {}

asio::awaitable<void> AddressAttempt::Run() {
  AttemptPlan plan = co_await PlanAttempt(context_, group_, host_, ip_);
  plan_ = std::move(plan);
  StartRecord();
  if (plan_.failure) {
    skipped_ = true;
    EndAll(*plan_.failure);
    co_return;
  }
  co_await Dial();
  if (transport_ != nullptr) co_await Converse();
}

void AddressAttempt::StartRecord() {
  index_ = context_->attempts.size();
  Attempt& attempt = context_->attempts.emplace_back();
  attempt.host = host_;
  attempt.remote_ip = ip_;
  attempt.remote_port = group_.route.plan->port;
  attempt.route = group_.route.plan->route_id;
  attempt.connection_strategy = plan_.connection.plan->strategy_id;
  attempt.tls_strategy = plan_.tls.plan->strategy_id;
  NoteFallback("queue.strategy.route", group_.route.choice, attempt.fallbacks);
  NoteFallback("queue.strategy.connection", plan_.connection.choice, attempt.fallbacks);
  NoteFallback("queue.strategy.tls", plan_.tls.choice, attempt.fallbacks);
  attempt.timings[static_cast<std::size_t>(Stage::kDns)] = lookup_;
  attempt.outcome.stage = Stage::kConnect;
}

// One deadline for all sources: `timeout.connect` is about the address.
asio::awaitable<void> AddressAttempt::Dial() {
  started_ = context_->parts.clock.Now();
  const TimePoint deadline = started_ + plan_.connection.plan->timeouts.connect;
  const client::Endpoint target{ip_, group_.route.plan->port};
  // A nullptr stands for the system's choice.
  std::vector<const SourceAddress*> sources = plan_.sources;
  if (sources.empty()) sources.push_back(nullptr);
  client::ConnectResult result;
  const SourceAddress* used = nullptr;
  for (const SourceAddress* source : sources) {
    used = source;
    std::optional<IpAddress> bind_to;
    if (source != nullptr) {
      bind_to = source->ip;
      record().source_ip = source->ip;
      record().ehlo_hostname = source->ehlo_hostname;
    }
    result =
        co_await context_->parts.connector.Connect(target, bind_to, deadline, &context_->interrupt);
    if (result.status != ConnectStatus::kBindFailed) break;
    if (source != nullptr) Quarantine(*source, result.error);
  }
  record().timings[static_cast<std::size_t>(Stage::kConnect)] =
      std::chrono::duration_cast<std::chrono::microseconds>(context_->parts.clock.Now() - started_);
  AfterDial(result, used);
}

// One line for each period, however many deliveries fail meanwhile.
void AddressAttempt::Quarantine(const SourceAddress& source, const std::string& error) {
  const std::optional<Duration> period = context_->parts.quarantine.Report(source.ip);
  if (!period) return;
  Log(LogLevel::kWarning,
      absl::StrCat("source address ", source.ip.ToString(), " of connection strategy \"",
                   plan_.connection.plan->strategy_id, "\" cannot be bound (", error, "); for ",
                   std::chrono::duration_cast<std::chrono::seconds>(*period).count(),
                   " s it is tried only after the others; see that it is configured on this "
                   "machine"));
}

void AddressAttempt::AfterDial(client::ConnectResult& result, const SourceAddress* source) {
  if (result.status == ConnectStatus::kBindFailed) return NoSourceLeft();
  if (result.status != ConnectStatus::kOk) return FailedToDial(result);
  transport_ = std::move(result.transport);
  const IpAddress local = transport_->local().ip;
  const ConnectionPlan& plan = *plan_.connection.plan;
  if (source != nullptr && context_->parts.quarantine.Release(source->ip))
    Log(LogLevel::kInfo,
        absl::StrCat("source address ", source->ip.ToString(), " can be bound again"));
  const EhloOrigin origin = source != nullptr ? source->ehlo_origin : plan.ehlo_origin;
  const std::string& name = source != nullptr ? source->ehlo_hostname : plan.ehlo_hostname;
  record().source_ip = local;
  record().ehlo_hostname = origin == EhloOrigin::kAddressLiteral ? local.ToLiteral() : name;
}

void AddressAttempt::NoSourceLeft() {
  record().source_ip.reset();
  record().ehlo_hostname.clear();
  EndAll(EventOutcome(Stage::kConnect, Event::kSourceUnavailable,
                      absl::StrCat("tried ", Names(plan_.sources), " of connection strategy \"",
                                   plan_.connection.plan->strategy_id,
                                   "\"; see that the address is configured on this machine")));
}

void AddressAttempt::FailedToDial(const client::ConnectResult& result) {
  const std::string where =
      absl::StrCat(host_, " (", ip_.ToString(), " port ", group_.route.plan->port, ")");
  switch (result.status) {
    case ConnectStatus::kLocalResources:
      return EndAll(EventOutcome(Stage::kConnect, Event::kLocalResources, result.error));
    case ConnectStatus::kTimeout:
      return EndAll(EventOutcome(Stage::kConnect, Event::kTimeout, where));
    case ConnectStatus::kInterrupted: {
      const auto& reason = context_->interrupt.reason();
      const Event event = reason ? EventOf(*reason) : Event::kCancelled;
      return EndAll(EventOutcome(Stage::kConnect, event));
    }
    default:
      return EndAll(EventOutcome(Stage::kConnect, Event::kConnectFailed,
                                 absl::StrCat(where, ": ", result.error)));
  }
}

client::TransactionRequest AddressAttempt::Request() const {
  const DeliveryRequest& request = context_->request;
  client::TransactionRequest transaction;
  transaction.mail_from = request.envelope.mail_from;
  for (const std::size_t recipient : recipients_) {
    transaction.recipients.push_back(group_.recipients[recipient].recipient);
  }
  transaction.envelope_id = request.envelope.envelope_id;
  transaction.dsn_return = request.envelope.dsn_return;
  transaction.message_size = request.message->size();
  transaction.eight_bit =
      request.message->has_eight_bit() || request.envelope.body == BodyType::kEightBitMime;
  transaction.smtp_utf8 = request.envelope.smtp_utf8;
  transaction.priority = request.envelope.priority;
  return transaction;
}

asio::awaitable<void> AddressAttempt::Converse() {
  client::SessionSettings settings;
  settings.ehlo_hostname = record().ehlo_hostname;
  settings.timeouts = plan_.connection.plan->timeouts;
  if (context_->transcript_octets < kMaxTranscripts)
    settings.transcript = context_->request.transcript;
  settings.start = started_;
  if (const auto* relay = std::get_if<RelayRoute>(&group_.route.plan->kind))
    settings.protocol = relay->protocol;
  settings.lock_step = context_->parts.lock_step_hosts.Holds(ip_);
  session_ = std::make_unique<client::SmtpSession>(std::move(transport_), std::move(settings),
                                                   context_->parts.clock, &context_->interrupt);
  const std::optional<Outcome> refused = co_await session_->Open();
  if (refused) {
    CopyFromSession();
    EndAll(*refused);
    Close();
    co_return;
  }
  client::TransactionRequest transaction = Request();
  std::function<std::unique_ptr<client::BodySource>()> make_body =
      [message = context_->request.message]() -> std::unique_ptr<client::BodySource> {
    return std::make_unique<client::MessageBodySource>(message);
  };
  sending_ = true;
  client::TransactionResult result =
      co_await session_->Send(std::move(transaction), std::move(make_body));
  sending_ = false;
  const client::PipeliningFault fault = session_->pipelining_fault();
  if (fault != client::PipeliningFault::kNone) context_->parts.lock_step_hosts.Remember(ip_);
  dropped_commands_ = fault == client::PipeliningFault::kUnanswered;
  CopyFromSession();
  End(std::move(result.outcomes));
  Close();
}

void AddressAttempt::CopyFromSession() {
  if (session_ == nullptr) return;
  Attempt& attempt = record();
  attempt.capabilities = session_->capabilities().lines;
  CutLines(attempt.capabilities);
  attempt.transcript = session_->transcript();
  const client::StageTimings& timings = session_->timings();
  for (std::size_t i = 0; i < timings.size(); ++i) {
    if (timings[i]) attempt.timings[i] = timings[i];
  }
}

void AddressAttempt::EndAll(const Outcome& outcome) {
  End(std::vector<Outcome>(recipients_.size(), outcome));
}

void AddressAttempt::End(std::vector<Outcome> outcomes) {
  outcomes_ = std::move(outcomes);
  for (const client::TranscriptLine& line : record().transcript)
    context_->transcript_octets += line.text.size();
  record().outcome = Representative(outcomes_);
  std::vector<std::string> addresses;
  addresses.reserve(recipients_.size());
  for (const std::size_t recipient : recipients_) {
    addresses.push_back(group_.recipients[recipient].recipient.address.text());
  }
  Log(LogLevel::kInfo, DescribeAttempt(record(), addresses));
}

std::vector<Outcome> AddressAttempt::StopAndTell(Event event) {
  std::vector<Outcome> outcomes;
  if (sending_) {
    outcomes = session_->OutcomesIfStopped(event);
  } else {
    const Stage stage = session_ != nullptr ? session_->stage() : Stage::kConnect;
    outcomes.assign(recipients_.size(), EventOutcome(stage, event));
  }
  CopyFromSession();
  record().outcome = Representative(outcomes);
  return outcomes;
}

// The connection is counted no more once it is gone.
void AddressAttempt::Close() {
  session_->Close();
  session_.reset();
}

}  // namespace postern::server
