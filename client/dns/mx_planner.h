#ifndef POSTERN_CLIENT_DNS_MX_PLANNER_H_
#define POSTERN_CLIENT_DNS_MX_PLANNER_H_

#include <optional>
#include <string>
#include <vector>

#include "client/dns/resolver.h"
#include "client/smtp/classify.h"
#include "common/plan/route_plan.h"
#include "common/random.h"

namespace postern::client {

// One host to try.
struct MxHost {
  DomainName name;
  std::uint16_t preference = 0;
  bool implicit = false;  // the domain itself, for want of MX records (RFC 5321 5.1)
};

// The hosts of a domain in the order to try them, or why there are none.
struct HostPlan {
  std::vector<MxHost> hosts;
  std::optional<Event> failure;  // set exactly when `hosts` is empty
  std::string detail;            // for people, on failure
};

// RFC 5321 5.1 and docs/wire-cases.md A1-A9: by preference, equal ones shuffled, at most
// `max_hosts`; a null MX alone is a refusal, beside others it is ignored; exchanges that are no
// host names are skipped. Pure.
HostPlan PlanHosts(const DomainName& domain, const MxAnswer& answer, std::uint32_t max_hosts,
                   Random& random);

// The addresses of one host in the order to try them, or why there are none.
struct AddressPlan {
  std::vector<IpAddress> addresses;
  std::optional<Event> failure;  // set exactly when `addresses` is empty
  std::string detail;
};

// Orders by the route's ip-lookup, drops what deny-destinations denies, and cuts to `max_addresses`
// with both families represented where both exist and the limit is 2 or more (A11, A13). A family
// that was not asked for is nullptr. A failure of one family counts only when the other gives
// nothing; temporary outranks permanent. Pure.
AddressPlan PlanAddresses(const std::string& host, const AddressAnswer* v4, const AddressAnswer* v6,
                          IpLookup order, const AddressFilter& deny, std::uint32_t max_addresses);

// Looks up and plans the addresses of one host: the families that `route` wants, at the same time.
boost::asio::awaitable<AddressPlan> ResolveAddresses(Resolver& resolver, DomainName host,
                                                     const RoutePlan& route,
                                                     std::uint32_t max_addresses,
                                                     Interrupt* interrupt);

}  // namespace postern::client

#endif  // POSTERN_CLIENT_DNS_MX_PLANNER_H_
