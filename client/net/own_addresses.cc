#include "client/net/own_addresses.h"

#include <sys/socket.h>

#include <cstdint>

#include "client/net/tcp_transport.h"
#include "common/descriptor.h"

namespace postern::client {
namespace {

// Nothing is sent to it.
constexpr std::uint16_t kAnyPort = 9;

}  // namespace

// From one of its own addresses to the same address: only then does the kernel choose the target as
// the source (ip-address(8), "local" routes; for IPv6 RFC 6724 section 5, rule 1). A list of the
// interfaces' addresses would lack those that are routed to this machine as whole networks.
bool SystemAddresses::Has(const IpAddress& address) const {
  const boost::asio::ip::tcp::endpoint target = ToAsio({address, kAnyPort});
  const int family = target.protocol().family();
  const Descriptor probe(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!probe.is_open() || connect(probe.get(), target.data(), target.size()) != 0) return false;
  boost::asio::ip::tcp::endpoint source;
  auto size = static_cast<socklen_t>(source.capacity());
  if (getsockname(probe.get(), source.data(), &size) != 0) return false;
  source.resize(size);
  return source.address() == target.address();
}

}  // namespace postern::client
