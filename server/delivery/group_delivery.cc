#include "server/delivery/group_delivery.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "server/delivery/attempt_log.h"
#include "server/delivery/outcomes.h"
#include "server/delivery/plan_limits.h"

// The walk is a loop over targets; what a target's end means for the recipients is the ledger's
// business, and which targets there are is the walk's. The loop ends when every recipient is
// closed, when the targets are used up, or when the caller's time is over.
namespace postern::server {

namespace asio = boost::asio;

using client::Event;
using client::Outcome;
using client::Stage;

GroupDelivery::GroupDelivery(std::shared_ptr<DeliveryContext> context, Group group)
    : context_(std::move(context)), group_(std::move(group)), ledger_(group_.recipients.size()) {}

asio::awaitable<void> GroupDelivery::Run(std::shared_ptr<GroupDelivery> self) {
  if (self->context_->answered) co_return;
  self->begun_ = true;
  const std::optional<Outcome> refused = RefusedByRoute(*self->group_.route.plan);
  if (refused) {
    self->ledger_.Close(*refused);
  } else if (!self->Interrupted()) {
    co_await self->Walk();
  }
  const auto& reason = self->context_->interrupt.reason();
  const Event event = reason ? EventOf(*reason) : Event::kInternalError;
  if (!self->context_->answered) self->ledger_.Close(EventOutcome(self->stage_, event));
  self->ended_ = true;
}

asio::awaitable<void> GroupDelivery::Walk() {
  const Orchestrator::Parts& parts = context_->parts;
  TargetWalk walk(
      {parts.resolver, parts.own_addresses, parts.random, parts.clock, &context_->interrupt},
      group_);
  while (!ledger_.all_closed()) {
    stage_ = Stage::kDns;
    std::optional<TargetStep> step = co_await walk.Next();
    if (!step || Interrupted()) co_return;
    if (step->failure) {
      Skip(*step);
    } else if (context_->request.validate_only) {
      co_await Validate(std::move(*step));
    } else {
      stage_ = Stage::kConnect;
      const bool again = co_await Try(*step);
      if (again && !Interrupted() && !ledger_.all_closed()) co_await Try(*step);
      if (Interrupted()) co_return;
    }
  }
}

// A host that DNS named but that has no usable address leaves a record, so that a delivery by the
// next host shows why it was not this one. A domain without hosts, and an address that the plan
// itself rules out, leave none.
void GroupDelivery::Skip(const TargetStep& step) {
  if (step.host.empty() || context_->request.validate_only) {
    ledger_.RecordSkipped(*step.failure, std::nullopt);
    return;
  }
  Attempt attempt;
  attempt.host = step.host;
  attempt.route = group_.route.plan->route_id;
  attempt.timings[static_cast<std::size_t>(Stage::kDns)] = step.lookup;
  attempt.outcome = *step.failure;
  Log(LogLevel::kInfo, DescribeAttempt(attempt, {}));
  context_->attempts.push_back(std::move(attempt));
  ledger_.RecordSkipped(*step.failure, context_->attempts.size() - 1);
}

asio::awaitable<void> GroupDelivery::Validate(TargetStep step) {
  const AttemptPlan plan = co_await PlanAttempt(context_, group_, step.host, *step.ip);
  if (Interrupted()) co_return;
  if (plan.failure) {
    ledger_.RecordSkipped(*plan.failure, std::nullopt);
    co_return;
  }
  ledger_.RecordAll(ValidatedOutcome(absl::StrCat(step.host, " (", step.ip->ToString(), " port ",
                                                  group_.route.plan->port, ")")),
                    std::nullopt);
}

asio::awaitable<bool> GroupDelivery::Try(TargetStep step) {
  attempt_ = std::make_unique<AddressAttempt>(context_, group_, step, ledger_.open());
  co_await attempt_->Run();
  const std::unique_ptr<AddressAttempt> attempt = std::move(attempt_);
  if (context_->answered) {
    LogLateReplies(*attempt);
    co_return false;
  }
  if (attempt->skipped()) {
    ledger_.RecordSkipped(attempt->outcomes().front(), attempt->index());
    co_return false;
  }
  for (std::size_t i = 0; i < attempt->recipients().size(); ++i) {
    ledger_.Record(attempt->recipients()[i], attempt->outcomes()[i], attempt->index());
  }
  co_return attempt->dropped_commands();
}

void GroupDelivery::Settle(Event event) {
  if (attempt_ != nullptr) {
    const std::vector<Outcome> outcomes = attempt_->StopAndTell(event);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      ledger_.Record(attempt_->recipients()[i], outcomes[i], attempt_->index());
    }
  }
  ledger_.Close(EventOutcome(stage_, event));
}

void GroupDelivery::LogLateReplies(const AddressAttempt& attempt) const {
  for (std::size_t i = 0; i < attempt.recipients().size(); ++i) {
    const std::size_t recipient = attempt.recipients()[i];
    const client::Disposition told = ledger_.result(recipient).outcome.verdict.disposition;
    if (told != client::Disposition::kUnknown) continue;
    Log(LogLevel::kInfo, DescribeLateReply(context_->attempts[attempt.index()],
                                           group_.recipients[recipient].recipient.address.text(),
                                           attempt.outcomes()[i]));
  }
}

}  // namespace postern::server
