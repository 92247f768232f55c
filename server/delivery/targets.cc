#include "server/delivery/targets.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/delivery/outcomes.h"
#include "server/delivery/run_all.h"

namespace postern::server {

namespace asio = boost::asio;

using client::Event;
using client::Stage;

namespace {

// How many hosts of one preference are asked for at a time.
constexpr std::size_t kParallelLookups = 10;

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

HostList OneAddress(const client::OwnAddresses& own_addresses, const RoutePlan& route,
                    const IpAddress& address) {
  HostList list;
  list.failure = Denied(route, address);
  if (!list.failure) list.failure = LeadsBack(own_addresses, route, "", {address});
  if (!list.failure) list.address = address;
  return list;
}

// Whether a host of the route may turn out to be the one that the mail came through. A relay is
// where its administrator wants it.
bool MayLeadBack(const RoutePlan& route) {
  constexpr std::uint16_t kSmtpPort = 25;
  return route.port == kSmtpPort && std::holds_alternative<MxRoute>(route.kind);
}

}  // namespace

std::optional<client::Outcome> LeadsBack(const client::OwnAddresses& own_addresses,
                                         const RoutePlan& route, const std::string& host,
                                         const std::vector<IpAddress>& addresses) {
  if (!MayLeadBack(route)) return std::nullopt;
  const auto own = std::ranges::find_if(
      addresses, [&](const IpAddress& address) { return own_addresses.Has(address); });
  if (own == addresses.end()) return std::nullopt;
  const std::string name =
      host.empty() ? own->ToString() : absl::StrCat(host, " (", own->ToString(), ")");
  return EventOutcome(
      Stage::kDns, Event::kRoutingLoop,
      absl::StrCat(name,
                   " is this machine, so neither it nor a mail exchanger of its preference or "
                   "a worse one may be tried (RFC 5321 5.1); if a server on this machine is "
                   "to take the mail, give its domain a route of type \"relay\""));
}

std::optional<client::Outcome> Denied(const RoutePlan& route, const IpAddress& address) {
  const std::optional<Cidr> network = route.deny_destinations.DeniedBy(address);
  if (!network) return std::nullopt;
  return EventOutcome(
      Stage::kDns, Event::kAddressProhibited,
      absl::StrCat(address.ToString(), " is in ", network->ToString(),
                   ", which deny-destinations of route \"", route.route_id, "\" forbids"));
}

asio::awaitable<HostList> ListHosts(SearchTools tools, const Group& group) {
  const RoutePlan& route = *group.route.plan;
  if (const auto* relay = std::get_if<RelayRoute>(&route.kind)) {
    if (const auto* ip = std::get_if<IpAddress>(&relay->address))
      co_return OneAddress(tools.own_addresses, route, *ip);
    HostList list;
    list.hosts.push_back({std::get<DomainName>(relay->address)});
    co_return list;
  }
  if (const auto* ip = std::get_if<IpAddress>(&group.destination)) {
    co_return OneAddress(tools.own_addresses, route, *ip);
  }
  const DomainName domain = std::get<DomainName>(group.destination);
  const client::MxAnswer answer = co_await tools.resolver.LookupMx(domain, tools.interrupt);
  client::HostPlan plan =
      client::PlanHosts(domain, answer, std::get<MxRoute>(route.kind).max_hosts, tools.random);
  HostList list;
  if (plan.failure || tools.interrupt->reason()) {
    const Event event = plan.failure ? *plan.failure : Event::kDnsFailure;
    list.failure = DnsOutcome(event, plan.detail, tools.interrupt);
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

std::size_t TargetWalk::KnownTogether() const {
  const std::vector<client::MxHost>& hosts = list_->hosts;
  std::size_t end = next_host_ + 1;
  if (MayLeadBack(*group_.route.plan)) {
    while (end < hosts.size() && hosts[end].preference == hosts[next_host_].preference) ++end;
  }
  return end - next_host_;
}

asio::awaitable<std::optional<TargetStep>> TargetWalk::LookUpHosts() {
  const RoutePlan& route = *group_.route.plan;
  const std::size_t count = KnownTogether();
  found_.resize(count);
  std::vector<Task> tasks;
  tasks.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    tasks.push_back([this, i, &route]() -> asio::awaitable<void> {
      HostAddresses found = co_await ResolveHost(tools_.resolver, tools_.interrupt,
                                                 list_->hosts[next_host_ + i].name, route);
      found_[i] = std::move(found);
    });
  }
  co_await RunAll("a look-up of addresses", std::move(tasks), kParallelLookups);
  std::optional<TargetStep> end;
  for (std::size_t i = 0; i < count && !end; ++i) {
    const std::string& host = list_->hosts[next_host_ + i].name.text();
    std::optional<client::Outcome> failure =
        LeadsBack(tools_.own_addresses, route, host, found_[i].addresses);
    if (failure) end = TargetStep{host, std::nullopt, std::move(failure), std::nullopt};
  }
  co_return end;
}

asio::awaitable<std::optional<TargetStep>> TargetWalk::Next() {
  std::optional<TargetStep> step;
  const TimePoint began = tools_.clock.Now();
  if (!list_) {
    HostList list = co_await ListHosts(tools_, group_);
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
    if (found_.empty()) {
      std::optional<TargetStep> end = co_await LookUpHosts();
      lookup = std::chrono::duration_cast<std::chrono::microseconds>(tools_.clock.Now() - began);
      if (end) {
        list_->hosts.erase(list_->hosts.begin() + static_cast<std::ptrdiff_t>(next_host_),
                           list_->hosts.end());
        step = std::move(end);
        step->lookup = lookup;
        co_return step;
      }
    }
    host_ = list_->hosts[next_host_++].name.text();
    addresses_ = std::move(found_.front().addresses);
    failure = std::move(found_.front().failure);
    found_.pop_front();
    next_address_ = 0;
  }
  step.emplace().host = host_;
  step->lookup = lookup;
  step->failure = std::move(failure);
  if (!step->failure) step->ip = addresses_[next_address_++];
  co_return step;
}

}  // namespace postern::server
