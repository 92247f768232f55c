#include "server/delivery/delivery_run.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/delivery/dns_facts.h"
#include "server/delivery/grouping.h"
#include "server/delivery/outcomes.h"
#include "server/delivery/run_all.h"

namespace postern::server {

namespace asio = boost::asio;

using client::Event;
using client::Stage;

DeliveryRun::DeliveryRun(const Orchestrator::Parts& parts, std::shared_ptr<InFlight> in_flight,
                         std::shared_ptr<const strategy::StrategyResolver> strategies,
                         DeliveryRequest request, std::function<void(DeliveryResult)> done)
    : TimedRun(parts, std::move(in_flight), std::move(request.admission)),
      context_(std::make_shared<DeliveryContext>(parts, std::move(strategies), std::move(request))),
      done_(std::move(done)) {}

TimePoint DeliveryRun::Deadline() {
  const DeliveryRequest& request = context_->request;
  if (request.deadline) return *request.deadline;
  Duration sum = kLongest;
  if (!request.envelope.recipients.empty()) {
    const auto connection = context_->strategies->ResolveConnection(
        context_->facts.ForRecipient(request.envelope.recipients.front().address),
        request.overrides.connection);
    const StageTimeouts& t = connection.plan->timeouts;
    sum = t.connect + t.greeting + t.ehlo + t.mail_from + t.rcpt_to + t.data;
  }
  return parts().clock.Now() + std::min(sum, kLongest);
}

// RFC 5322 2.1.1: such a message is nobody's to deliver, so no group is even made.
bool DeliveryRun::RefuseLongLines() {
  const DeliveryRequest& request = context_->request;
  if (request.message->longest_line() <= Message::kMaxLine) return false;
  const client::Outcome refusal =
      EventOutcome(Stage::kPlan, Event::kLineTooLong,
                   absl::StrCat("the longest line has ", request.message->longest_line(),
                                " octets; encode the body as quoted-printable or base64"));
  outcomes_.assign(request.envelope.recipients.size(), {refusal, std::nullopt});
  return true;
}

asio::awaitable<void> DeliveryRun::Work() {
  if (RefuseLongLines()) co_return;
  const auto self = std::static_pointer_cast<DeliveryRun>(shared_from_this());
  std::vector<Group> groups = co_await GroupWithFacts(self);
  std::vector<Task> tasks;
  for (Group& group : groups) {
    const std::size_t index = groups_.size();
    groups_.push_back(std::make_shared<GroupDelivery>(context_, std::move(group)));
    tasks.push_back([self, index] { return RunGroup(self, index); });
  }
  background_.resize(groups_.size());
  co_await RunAll("a group of recipients", std::move(tasks), kParallelGroups);
}

asio::awaitable<std::vector<Group>> DeliveryRun::GroupWithFacts(std::shared_ptr<DeliveryRun> self) {
  DeliveryContext& context = *self->context_;
  for (;;) {
    std::vector<strategy::DnsQuestion> missing;
    std::vector<Group> groups =
        GroupRecipients(context.request.envelope, context.facts, context.request.overrides.route,
                        *context.strategies, missing);
    if (missing.empty() || context.interrupt.reason()) co_return groups;
    co_await FetchFacts(context.parts.resolver, &context.interrupt, std::move(missing),
                        context.facts.dns());
  }
}

asio::awaitable<void> DeliveryRun::RunGroup(std::shared_ptr<DeliveryRun> self, std::size_t index) {
  co_await GroupDelivery::Run(self->groups_[index]);
  self->background_[index].reset();
}

// A group that has not ended is either stopped by the interrupt, or its coroutine broke.
void DeliveryRun::SettleGroups() {
  const auto& reason = context_->interrupt.reason();
  const Event event = reason ? EventOf(*reason) : Event::kInternalError;
  outcomes_.assign(context_->request.envelope.recipients.size(),
                   {EventOutcome(Stage::kPlan, event), std::nullopt});
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    GroupDelivery& group = *groups_[g];
    if (!group.ended()) {
      group.Settle(event);
      if (group.begun()) background_[g].emplace(in_flight());
    }
    for (std::size_t r = 0; r < group.group().recipients.size(); ++r) {
      for (const std::size_t index : group.group().recipients[r].indices) {
        outcomes_[index] = group.ledger().result(r);
      }
    }
  }
}

bool DeliveryRun::goes_on() const {
  return std::ranges::any_of(background_, [](const auto& token) { return token.has_value(); });
}

std::function<void()> DeliveryRun::TakeAnswer() {
  if (outcomes_.empty()) SettleGroups();
  context_->answered = true;
  auto result = std::make_shared<DeliveryResult>();
  result->outcomes = std::move(outcomes_);
  if (goes_on()) {
    result->attempts = context_->attempts;  // groups in the background still log theirs
  } else {
    result->attempts = std::move(context_->attempts);
  }
  return [done = std::move(done_), result] { done(std::move(*result)); };
}

}  // namespace postern::server
