#include "client/dns/mx_planner.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/remote_text.h"

// Two steps of RFC 5321 5.1: the domain's MX records become hosts, and each host's addresses become
// targets. Either step keeps what is usable and, when nothing is, says in one event why; what the
// event means is classify's to say. The order among reasons: a failure that may pass (SERVFAIL)
// outranks a verdict that stays, since what could not be asked might have been usable (A8).
namespace postern::client {

namespace asio = boost::asio;

namespace {

// How many of something a detail names before it says "and 7 more", and how long a name it quotes.
constexpr std::size_t kMaxNamed = 3;
constexpr std::size_t kMaxQuoted = 100;

std::string Enumerate(const std::vector<std::string>& items) {
  const std::size_t named = std::min(items.size(), kMaxNamed);
  std::string text =
      absl::StrJoin(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(named), ", ");
  if (items.size() > named) absl::StrAppend(&text, " and ", items.size() - named, " more");
  return text;
}

std::string LookupFailed(std::string_view what, const std::string& name, const std::string& why) {
  return absl::StrCat("the ", std::string(what), " lookup of ", name,
                      " failed: ", why.empty() ? "no usable answer" : why);
}

HostPlan NoHosts(Event failure, std::string detail) { return {{}, failure, std::move(detail)}; }

// Leaves out what is no host name, a literal IP address for one (A9), and the null record beside
// others (A6: RFC 7505 forbids the mix, and who published real hosts wants mail).
std::vector<MxHost> UsableHosts(const std::vector<MxRecord>& records) {
  std::vector<MxHost> hosts;
  for (const MxRecord& record : records) {
    absl::StatusOr<DomainName> name = DomainName::Parse(record.exchange);
    if (name.ok()) hosts.push_back({*std::move(name), record.preference});
  }
  return hosts;
}

HostPlan NoUsableHost(const DomainName& domain, const std::vector<MxRecord>& records) {
  std::vector<std::string> refused;
  for (const MxRecord& record : records) {
    if (record.exchange.empty()) continue;
    refused.push_back(absl::StrCat("'", EscapeRemoteText(record.exchange, kMaxQuoted), "'"));
  }
  if (refused.empty()) {
    return NoHosts(Event::kNullMx,
                   absl::StrCat(domain.text(), " publishes a null MX record (RFC 7505)"));
  }
  return NoHosts(Event::kMxInvalid,
                 absl::StrCat("no MX record of ", domain.text(), " has a host name; there is ",
                              Enumerate(refused)));
}

// By preference, and at random among equal ones (RFC 5321 5.1): shuffled, then sorted. A host that
// stands in several records is tried once, where it comes first.
std::vector<MxHost> InOrder(std::vector<MxHost> hosts, std::size_t max_hosts, Random& random) {
  random.Shuffle(std::span(hosts));
  std::ranges::sort(hosts, {}, &MxHost::preference);
  std::unordered_set<std::string> seen;
  std::erase_if(hosts,
                [&seen](const MxHost& host) { return !seen.insert(host.name.text()).second; });
  if (hosts.size() > max_hosts) {
    hosts.erase(hosts.begin() + static_cast<std::ptrdiff_t>(max_hosts), hosts.end());
  }
  return hosts;
}

}  // namespace

HostPlan PlanHosts(const DomainName& domain, const MxAnswer& answer, std::uint32_t max_hosts,
                   Random& random) {
  switch (answer.status) {
    case DnsStatus::kNxDomain:  // A1
      return NoHosts(Event::kDomainNotFound, absl::StrCat(domain.text(), " does not exist"));
    case DnsStatus::kNoData:  // A3; whether it has an address (A4) shows in the next step
      return {{{domain, 0, true}}, std::nullopt, ""};
    case DnsStatus::kFailure:  // A2
      return NoHosts(Event::kDnsFailure, LookupFailed("MX", domain.text(), answer.detail));
    case DnsStatus::kOk:
      break;
  }
  if (answer.records.empty()) {  // nonsense, and nonsense may pass (A2)
    return NoHosts(Event::kDnsFailure,
                   LookupFailed("MX", domain.text(), "an answer without records"));
  }
  std::vector<MxHost> hosts = UsableHosts(answer.records);
  if (hosts.empty()) return NoUsableHost(domain, answer.records);  // A5, A9
  return {InOrder(std::move(hosts), max_hosts, random), std::nullopt, ""};
}

namespace {

// What the lookup of one family gave.
struct Family {
  std::string_view record;  // "A" or "AAAA"
  const AddressAnswer* answer = nullptr;
};

// The families that count, in the order to dial them.
std::vector<Family> Wanted(const AddressAnswer* v4, const AddressAnswer* v6, IpLookup order) {
  std::vector<Family> families;
  if (order != IpLookup::kIpv6Only && v4 != nullptr) families.push_back({"A", v4});
  if (order != IpLookup::kIpv4Only && v6 != nullptr) families.push_back({"AAAA", v6});
  if (order == IpLookup::kIpv6ThenIpv4) std::ranges::reverse(families);
  return families;
}

// What may be dialled of one family. What may not goes to `denied`, with its reason (A13).
std::vector<IpAddress> Allowed(const AddressAnswer& answer, const AddressFilter& deny,
                               std::vector<std::string>& denied) {
  std::vector<IpAddress> allowed;
  std::unordered_set<std::string> seen;
  if (answer.status != DnsStatus::kOk) return allowed;
  for (const IpAddress& address : answer.records) {
    const std::string text = address.ToString();
    if (!seen.insert(text).second) continue;
    if (const std::optional<Cidr> network = deny.DeniedBy(address)) {
      denied.push_back(absl::StrCat(text, " is prohibited by ", network->ToString()));
    } else {
      allowed.push_back(address);
    }
  }
  return allowed;
}

// A11: the first family may fill all places but one; that one is the second family's, in case the
// whole first family is unreachable from here.
std::vector<IpAddress> Cut(const std::vector<IpAddress>& first,
                           const std::vector<IpAddress>& second, std::size_t max_addresses) {
  const std::size_t kept = second.empty() || max_addresses < 2 ? 0 : 1;
  const std::size_t from_first = std::min(first.size(), max_addresses - kept);
  const std::size_t from_second = std::min(second.size(), max_addresses - from_first);
  std::vector<IpAddress> addresses(first.begin(),
                                   first.begin() + static_cast<std::ptrdiff_t>(from_first));
  addresses.insert(addresses.end(), second.begin(),
                   second.begin() + static_cast<std::ptrdiff_t>(from_second));
  return addresses;
}

AddressPlan NoAddresses(Event failure, std::string detail) {
  return {{}, failure, std::move(detail)};
}

// A4, A7: none of the families has an address.
AddressPlan NoneExists(const std::string& host, const std::vector<Family>& families) {
  const bool gone = std::ranges::any_of(
      families, [](const Family& family) { return family.answer->status == DnsStatus::kNxDomain; });
  if (gone) return NoAddresses(Event::kNoAddress, absl::StrCat(host, " does not exist"));
  const std::string kinds =
      absl::StrJoin(families, " or ", [](std::string* out, const Family& family) {
        absl::StrAppend(out, std::string(family.record));
      });
  return NoAddresses(Event::kNoAddress, absl::StrCat(host, " has no ", kinds, " record"));
}

AddressPlan NoUsableAddress(const std::string& host, const std::vector<Family>& families,
                            const std::vector<std::string>& denied) {
  for (const Family& family : families) {
    const AddressAnswer& answer = *family.answer;
    const bool nonsense = answer.status == DnsStatus::kOk && answer.records.empty();
    if (answer.status != DnsStatus::kFailure && !nonsense) continue;
    return NoAddresses(Event::kDnsFailure, LookupFailed(family.record, host, answer.detail));
  }
  if (denied.empty()) return NoneExists(host, families);
  return NoAddresses(Event::kAddressProhibited, absl::StrCat(host, ": ", Enumerate(denied)));
}

}  // namespace

AddressPlan PlanAddresses(const std::string& host, const AddressAnswer* v4, const AddressAnswer* v6,
                          IpLookup order, const AddressFilter& deny, std::uint32_t max_addresses) {
  const std::vector<Family> families = Wanted(v4, v6, order);
  std::vector<std::string> denied;
  std::vector<std::vector<IpAddress>> allowed(2);
  for (std::size_t i = 0; i < families.size(); ++i) {
    allowed[i] = Allowed(*families[i].answer, deny, denied);
  }
  std::vector<IpAddress> addresses = Cut(allowed[0], allowed[1], max_addresses);
  if (addresses.empty()) return NoUsableAddress(host, families, denied);
  return {std::move(addresses), std::nullopt, ""};
}

asio::awaitable<AddressPlan> ResolveAddresses(Resolver& resolver, DomainName host,
                                              const RoutePlan& route, std::uint32_t max_addresses,
                                              Interrupt* interrupt) {
  using asio::experimental::awaitable_operators::operator&&;
  // Copied before the wait: the route is the caller's.
  const IpLookup order = route.ip_lookup;
  const AddressFilter deny = route.deny_destinations;
  AddressAnswer v4;
  AddressAnswer v6;
  if (order == IpLookup::kIpv4Only) {
    v4 = co_await resolver.LookupAddresses(host, IpFamily::kIpv4, interrupt);
  } else if (order == IpLookup::kIpv6Only) {
    v6 = co_await resolver.LookupAddresses(host, IpFamily::kIpv6, interrupt);
  } else {
    std::tie(v4, v6) = co_await (resolver.LookupAddresses(host, IpFamily::kIpv4, interrupt) &&
                                 resolver.LookupAddresses(host, IpFamily::kIpv6, interrupt));
  }
  co_return PlanAddresses(host.text(), &v4, &v6, order, deny, max_addresses);
}

}  // namespace postern::client
