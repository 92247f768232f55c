#ifndef POSTERN_SERVER_DELIVERY_TARGETS_H_
#define POSTERN_SERVER_DELIVERY_TARGETS_H_

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "client/dns/mx_planner.h"
#include "client/dns/resolver.h"
#include "client/net/interrupt.h"
#include "client/net/own_addresses.h"
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

// What looking for targets needs; all of it must outlive the search.
struct SearchTools {
  client::Resolver& resolver;
  const client::OwnAddresses& own_addresses;
  Random& random;
  const Clock& clock;
  client::Interrupt* interrupt;
};

// `group` must outlive the call.
boost::asio::awaitable<HostList> ListHosts(SearchTools tools, const Group& group);

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

// Why `host` must not be tried if one of its addresses is this machine's: on the port at which mail
// is exchanged, the route of type "mx" would lead the mail back to where it came from. Neither may
// hosts of its preference or a worse one be (A12, RFC 5321 5.1).
std::optional<client::Outcome> LeadsBack(const client::OwnAddresses& own_addresses,
                                         const RoutePlan& route, const std::string& host,
                                         const std::vector<IpAddress>& addresses);

// One step of a walk: an address to try, or a host (or the whole domain) that cannot be tried.
struct TargetStep {
  std::string host;
  std::optional<IpAddress> ip;             // set unless there is a failure
  std::optional<client::Outcome> failure;  // of `host`; of the domain when `host` is empty
  // How long DNS was asked for this step; nullopt: what an earlier one had learnt was enough.
  std::optional<std::chrono::microseconds> lookup;
};

// Walks through the addresses of a group in order. Asks DNS for the next host's addresses only when
// they are needed, and for those of all hosts of one preference where this machine might be among
// them. Owned by its group's coroutine, which must keep the arguments alive; one loop.
class TargetWalk {
 public:
  // Addresses and unusable hosts: enough for any sane domain, a bound for the others (A11).
  static constexpr std::size_t kMaxSteps = 50;

  TargetWalk(SearchTools tools, const Group& group) : tools_(tools), group_(group) {}

  // nullopt: nothing is left to try.
  boost::asio::awaitable<std::optional<TargetStep>> Next();

 private:
  // How many hosts from `next_host_` on must be known before one of them may be tried.
  std::size_t KnownTogether() const;
  // Fills found_. The reason why neither these hosts nor those behind them may be tried, if any.
  boost::asio::awaitable<std::optional<TargetStep>> LookUpHosts();

  const SearchTools tools_;
  const Group& group_;

  std::optional<HostList> list_;
  std::size_t next_host_ = 0;
  std::deque<HostAddresses>
      found_;  // of the hosts from next_host_ on, as far as they were asked for
  std::string host_;
  std::vector<IpAddress> addresses_;  // of host_
  std::size_t next_address_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_TARGETS_H_
