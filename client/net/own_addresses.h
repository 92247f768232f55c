#ifndef POSTERN_CLIENT_NET_OWN_ADDRESSES_H_
#define POSTERN_CLIENT_NET_OWN_ADDRESSES_H_

#include "common/ip_address.h"

namespace postern::client {

// Which addresses are this machine's own. Any thread.
class OwnAddresses {
 public:
  virtual ~OwnAddresses() = default;
  virtual bool Has(const IpAddress& address) const = 0;
};

// Those of the network that the process is in, as they are at the moment, loopback among them, and
// networks that are routed to this machine. Asks the kernel each time: no packet is sent, and
// nothing is waited for. "No" when the kernel cannot be asked.
class SystemAddresses final : public OwnAddresses {
 public:
  bool Has(const IpAddress& address) const override;
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_NET_OWN_ADDRESSES_H_
