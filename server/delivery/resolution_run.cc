#include "server/delivery/resolution_run.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>

#include "server/delivery/dns_facts.h"
#include "server/delivery/explanation.h"
#include "server/delivery/ledger.h"
#include "server/delivery/outcomes.h"
#include "server/delivery/plan_limits.h"
#include "server/delivery/run_all.h"
#include "server/delivery/targets.h"

namespace postern::server {

namespace asio = boost::asio;

using client::Event;
using client::Stage;

ResolutionRun::ResolutionRun(const Orchestrator::Parts& parts, std::shared_ptr<InFlight> in_flight,
                             std::shared_ptr<const strategy::StrategyResolver> strategies,
                             ResolveRequest request, std::function<void(ResolveResult)> done)
    : TimedRun(parts, std::move(in_flight), std::move(request.admission)),
      strategies_(std::move(strategies)),
      request_(std::move(request)),
      done_(std::move(done)),
      facts_(request_.envelope, request_.message_size, request_.context) {}

TimePoint ResolutionRun::Deadline() {
  return request_.deadline ? *request_.deadline : parts().clock.Now() + kDefaultLimit;
}

// What expressions want to know of DNS is asked for only when DNS may be asked; otherwise it stays
// unknown, and the fallback shows.
asio::awaitable<void> ResolutionRun::ResolveRecipients(std::shared_ptr<ResolutionRun> self) {
  for (;;) {
    std::vector<strategy::DnsQuestion> missing;
    self->result_.resolutions.clear();
    for (const Recipient& recipient : self->request_.envelope.recipients) {
      // A long list of recipients must not hold up deliveries on the same loop.
      if (self->result_.resolutions.size() % kResolvedAtATime == kResolvedAtATime - 1) {
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
        if (self->interrupt_.reason()) co_return;
      }
      self->result_.resolutions.push_back(
          ExplainRecipient(*self->strategies_, self->parts().quarantine, self->request_,
                           recipient.address, self->facts_, missing));
    }
    if (missing.empty() || !self->request_.lookup_dns || self->interrupt_.reason()) co_return;
    co_await FetchFacts(self->parts().resolver, &self->interrupt_, std::move(missing),
                        self->facts_.dns());
  }
}

asio::awaitable<void> ResolutionRun::Work() {
  const auto self = std::static_pointer_cast<ResolutionRun>(shared_from_this());
  co_await ResolveRecipients(self);
  const bool all = result_.resolutions.size() == request_.envelope.recipients.size();
  if (!request_.lookup_dns || !all || answered()) co_return;
  std::vector<strategy::DnsQuestion> missing;  // none is, but for an interrupt
  std::vector<Group> groups =
      GroupRecipients(request_.envelope, facts_, request_.overrides.route, *strategies_, missing);
  found_.reserve(groups.size());
  for (Group& group : groups) {
    found_.push_back({std::move(group), {}, std::nullopt, false});
  }
  std::vector<Task> tasks;
  tasks.reserve(found_.size());
  for (std::size_t index = 0; index < found_.size(); ++index) {
    tasks.push_back([self, index] { return LookUpGroup(self, index); });
  }
  co_await RunAll("a look-up of hosts", std::move(tasks), kParallelLookups);
}

asio::awaitable<void> ResolutionRun::LookUpGroup(std::shared_ptr<ResolutionRun> self,
                                                 std::size_t index) {
  const Group& group = self->found_[index].group;
  if (self->answered()) co_return;
  const std::optional<client::Outcome> refused = RefusedByRoute(*group.route.plan);
  if (refused) {
    self->found_[index].ended = true;  // ResolveRecipient has said why
    co_return;
  }
  const Orchestrator::Parts& parts = self->parts();
  const SearchTools tools = {parts.resolver, parts.own_addresses, parts.random, parts.clock,
                             &self->interrupt_};
  HostList list = co_await ListHosts(tools, group);
  Found& found = self->found_[index];
  found.failure = std::move(list.failure);
  if (list.address) {
    found.targets.push_back(
        {list.address->ToString(), 0, {*list.address}, group.route.plan->port, std::nullopt});
  }
  if (!list.hosts.empty()) co_await LookUpHosts(self, index, std::move(list.hosts));
  found.ended = true;
}

asio::awaitable<void> ResolutionRun::LookUpHosts(std::shared_ptr<ResolutionRun> self,
                                                 std::size_t index,
                                                 std::vector<client::MxHost> hosts) {
  Found& found = self->found_[index];
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    found.targets.push_back({hosts[i].name.text(),
                             hosts[i].preference,
                             {},
                             found.group.route.plan->port,
                             std::nullopt});
    tasks.push_back(
        [self, index, i, name = hosts[i].name] { return LookUpHost(self, index, i, name); });
  }
  co_await RunAll("a look-up of addresses", std::move(tasks), kParallelLookups);
  LeaveOutWhatLeadsBack(self->parts().own_addresses, found);
  Ledger ledger(1);
  for (const Target& target : found.targets) {
    if (!target.failure) co_return;
    ledger.RecordSkipped(*target.failure, std::nullopt);
  }
  found.failure = ledger.result(0).outcome;
}

// In a delivery the walk ends there.
void ResolutionRun::LeaveOutWhatLeadsBack(const client::OwnAddresses& own_addresses, Found& found) {
  for (const Target& target : found.targets) {
    const std::optional<client::Outcome> leads_back =
        LeadsBack(own_addresses, *found.group.route.plan, target.host, target.addresses);
    if (!leads_back) continue;
    const std::uint16_t from = target.preference;
    for (Target& behind : found.targets) {
      if (behind.preference < from) continue;
      behind.addresses.clear();
      behind.failure = leads_back;
    }
    return;
  }
}

asio::awaitable<void> ResolutionRun::LookUpHost(std::shared_ptr<ResolutionRun> self,
                                                std::size_t index, std::size_t host,
                                                DomainName name) {
  HostAddresses addresses =
      co_await ResolveHost(self->parts().resolver, &self->interrupt_, std::move(name),
                           *self->found_[index].group.route.plan);
  Target& target = self->found_[index].targets[host];
  target.addresses = std::move(addresses.addresses);
  target.failure = std::move(addresses.failure);
}

void ResolutionRun::AddTargets() {
  const auto& reason = interrupt_.reason();
  const Event event = reason ? EventOf(*reason) : Event::kInternalError;
  if (reason && request_.lookup_dns && found_.empty()) {
    for (Resolution& resolution : result_.resolutions)
      resolution.failure = EventOutcome(Stage::kDns, event);
  }
  for (const Found& found : found_) {
    for (const GroupRecipient& recipient : found.group.recipients) {
      for (const std::size_t index : recipient.indices) {
        Resolution& resolution = result_.resolutions[index];
        resolution.targets = found.targets;
        if (found.failure) resolution.failure = found.failure;
        if (!found.ended) resolution.failure = EventOutcome(Stage::kDns, event);
      }
    }
  }
}

std::function<void()> ResolutionRun::TakeAnswer() {
  AddTargets();
  result_.strategies = strategies_;
  auto result = std::make_shared<ResolveResult>(std::move(result_));
  return [done = std::move(done_), result] { done(std::move(*result)); };
}

}  // namespace postern::server
