#ifndef POSTERN_SERVER_DELIVERY_TARGETS_H_
#define POSTERN_SERVER_DELIVERY_TARGETS_H_

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "client/dns/mx_planner.h"
#include "client/dns/resolver.h"
#include "client/net/interrupt.h"
#include "client/smtp/outcome.h"
#include "common/clock.h"
#include "common/ip_address.h"
#include "common/plan/route_plan.h"
#include "common/random.h"
#include "server/delivery/grouping.h"

// Where a group can go: from its route and DNS to hosts, and from hosts to addresses.
namespace postern::server {

// The hosts of a group in the order to try them; their addresses are not known yet. Or one address
// that no name stands for (an address literal, a relay given by address). Or why there is neither.
struct HostList {
  std::vector<client::MxHost> hosts;
  std::optional<IpAddress> address;
  std::optional<client::Outcome> failure;
};

// `resolver`, `random`, `interrupt` and `group` must outlive the call.
boost::asio::awaitable<HostList> ListHosts(client::Resolver& resolver, Random& random,
                                           client::Interrupt* interrupt, const Group& group);

// The addresses of one host, or why there are none.
struct HostAddresses {
  std::vector<IpAddress> addresses;
  std::optional<client::Outcome> failure;
};

boost::asio::awaitable<HostAddresses> ResolveHost(client::Resolver& resolver,
                                                  client::Interrupt* interrupt, DomainName host,
                                                  const RoutePlan& route);

// The denial of `address` by the route's deny-destinations, if it is denied.
std::optional<client::Outcome> Denied(const RoutePlan& route, const IpAddress& address);

// One step of a walk: an address to try, or a host (or the whole domain) that cannot be tried.
struct TargetStep {
  std::string host;
  std::optional<IpAddress> ip;             // set unless there is a failure
  std::optional<client::Outcome> failure;  // of `host`; of the domain when `host` is empty
  // How long DNS was asked for this step; nullopt: what an earlier one had learnt was enough.
  std::optional<std::chrono::microseconds> lookup;
};

// Walks through the addresses of a group in order. Asks DNS for the next host's addresses only when
// they are needed. Owned by its group's coroutine, which must keep the arguments alive; one loop.
class TargetWalk {
 public:
  // Addresses and unusable hosts: enough for any sane domain, a bound for the others (A11).
  static constexpr std::size_t kMaxSteps = 50;

  TargetWalk(client::Resolver& resolver, Random& random, const Clock& clock,
             client::Interrupt* interrupt, const Group& group)
      : resolver_(resolver), random_(random), clock_(clock), interrupt_(interrupt), group_(group) {}

  // nullopt: nothing is left to try.
  boost::asio::awaitable<std::optional<TargetStep>> Next();

 private:
  client::Resolver& resolver_;
  Random& random_;
  const Clock& clock_;
  client::Interrupt* const interrupt_;
  const Group& group_;

  std::optional<HostList> list_;
  std::size_t next_host_ = 0;
  std::string host_;
  std::vector<IpAddress> addresses_;  // of host_
  std::size_t next_address_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_TARGETS_H_
