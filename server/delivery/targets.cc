#include "server/delivery/targets.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/delivery/outcomes.h"

namespace postern::server {

namespace asio = boost::asio;

using client::Event;
using client::Stage;

namespace {

// A lookup that an interrupt ended reports a failure of DNS; the interrupt is the reason.
client::Outcome DnsOutcome(Event event, const std::string& detail,
                           const client::Interrupt* interrupt) {
  if (interrupt->reason()) return EventOutcome(Stage::kDns, EventOf(*interrupt->reason()));
  return EventOutcome(Stage::kDns, event, detail);
}

std::uint32_t MaxAddresses(const RoutePlan& route) {
  const auto* mx = std::get_if<MxRoute>(&route.kind);
  return mx != nullptr ? mx->max_addresses : kRelayMaxAddresses;
}

HostList OneAddress(const RoutePlan& route, const IpAddress& address) {
  HostList list;
  list.failure = Denied(route, address);
  if (!list.failure) list.address = address;
  return list;
}

}  // namespace

std::optional<client::Outcome> Denied(const RoutePlan& route, const IpAddress& address) {
  const std::optional<Cidr> network = route.deny_destinations.DeniedBy(address);
  if (!network) return std::nullopt;
  return EventOutcome(
      Stage::kDns, Event::kAddressProhibited,
      absl::StrCat(address.ToString(), " is in ", network->ToString(),
                   ", which deny-destinations of route \"", route.route_id, "\" forbids"));
}

asio::awaitable<HostList> ListHosts(client::Resolver& resolver, Random& random,
                                    client::Interrupt* interrupt, const Group& group) {
  const RoutePlan& route = *group.route.plan;
  if (const auto* relay = std::get_if<RelayRoute>(&route.kind)) {
    if (const auto* ip = std::get_if<IpAddress>(&relay->address)) co_return OneAddress(route, *ip);
    HostList list;
    list.hosts.push_back({std::get<DomainName>(relay->address)});
    co_return list;
  }
  if (const auto* ip = std::get_if<IpAddress>(&group.destination)) {
    co_return OneAddress(route, *ip);
  }
  const DomainName domain = std::get<DomainName>(group.destination);
  const client::MxAnswer answer = co_await resolver.LookupMx(domain, interrupt);
  client::HostPlan plan =
      client::PlanHosts(domain, answer, std::get<MxRoute>(route.kind).max_hosts, random);
  HostList list;
  if (plan.failure || interrupt->reason()) {
    const Event event = plan.failure ? *plan.failure : Event::kDnsFailure;
    list.failure = DnsOutcome(event, plan.detail, interrupt);
  } else {
    list.hosts = std::move(plan.hosts);
  }
  co_return list;
}

asio::awaitable<HostAddresses> ResolveHost(client::Resolver& resolver, client::Interrupt* interrupt,
                                           DomainName host, const RoutePlan& route) {
  const std::uint32_t max_addresses = MaxAddresses(route);
  client::AddressPlan plan =
      co_await client::ResolveAddresses(resolver, host, route, max_addresses, interrupt);
  HostAddresses result;
  result.addresses = std::move(plan.addresses);
  if (plan.failure || result.addresses.empty()) {
    const Event event = plan.failure ? *plan.failure : Event::kNoAddress;
    result.failure = DnsOutcome(event, plan.detail, interrupt);
  }
  co_return result;
}

asio::awaitable<std::optional<TargetStep>> TargetWalk::Next() {
  std::optional<TargetStep> step;
  const TimePoint began = clock_.Now();
  if (!list_) {
    HostList list = co_await ListHosts(resolver_, random_, interrupt_, group_);
    list_ = std::move(list);
    if (list_->failure) {
      step.emplace().failure = list_->failure;
      co_return step;
    }
    if (list_->address) {
      host_ = list_->address->ToString();
      addresses_ = {*list_->address};
    }
  }
  if (steps_ >= kMaxSteps) co_return step;
  ++steps_;
  std::optional<client::Outcome> failure;
  std::optional<std::chrono::microseconds> lookup;
  if (next_address_ == addresses_.size()) {
    if (next_host_ == list_->hosts.size()) co_return step;
    const DomainName name = list_->hosts[next_host_++].name;
    HostAddresses found = co_await ResolveHost(resolver_, interrupt_, name, *group_.route.plan);
    host_ = name.text();
    addresses_ = std::move(found.addresses);
    next_address_ = 0;
    failure = std::move(found.failure);
    lookup = std::chrono::duration_cast<std::chrono::microseconds>(clock_.Now() - began);
  }
  step.emplace().host = host_;
  step->lookup = lookup;
  step->failure = std::move(failure);
  if (!step->failure) step->ip = addresses_[next_address_++];
  co_return step;
}

}  // namespace postern::server
