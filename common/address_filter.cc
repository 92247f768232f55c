#include "common/address_filter.h"

#include <utility>

namespace postern {

AddressFilter::AddressFilter(std::vector<Cidr> denied) : denied_(std::move(denied)) {
  texts_.reserve(denied_.size());
  for (const Cidr& network : denied_) texts_.push_back(network.ToString());
}

const AddressFilter& AddressFilter::NotGloballyRoutable() {
  static const AddressFilter* const kFilter = [] {
    std::vector<Cidr> denied;
    // The IANA special-purpose address registries (RFC 6890) and the multicast ranges.
    for (const char* text :
         {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
          "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15",
          "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "::/128", "::1/128", "fc00::/7",
          "fe80::/10", "ff00::/8", "2001:db8::/32"}) {
      denied.push_back(*Cidr::Parse(text));
    }
    return new AddressFilter(std::move(denied));
  }();
  return *kFilter;
}

std::optional<Cidr> AddressFilter::DeniedBy(const IpAddress& address) const {
  const std::optional<IpAddress> embedded = EmbeddedIpv4(address);
  for (const Cidr& network : denied_) {
    if (network.Contains(address) || (embedded && network.Contains(*embedded))) return network;
  }
  return std::nullopt;
}

}  // namespace postern
