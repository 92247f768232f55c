#ifndef POSTERN_CLIENT_DNS_UNBOUND_RESOLVER_H_
#define POSTERN_CLIENT_DNS_UNBOUND_RESOLVER_H_

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/dns/resolver.h"
#include "client/net/transport.h"

namespace postern::client {

// Where questions go.
struct ResolverConfig {
  struct Upstream {
    // libunbound knows one transport for all: when any upstream wants TCP, all are asked over TCP,
    // which every DNS server must speak (RFC 7766). Over UDP, an answer that is cut is asked for
    // again over TCP.
    bool tcp = false;
    Endpoint endpoint;
  };
  // Empty: the system's (/etc/resolv.conf, as it is at the start; /etc/hosts is not read: mail
  // routing is a matter of DNS).
  std::vector<Upstream> upstreams;
  Duration lookup_limit = Resolver::kLookupLimit;
};

// libunbound in its threaded mode, its descriptor watched by the event loop. Answers are cached for
// their TTL, failures for 5 s; an upstream that was down is asked again within 10 s. Fails to be
// made with a sentence when the settings are refused (libunbound shows bad ones only at the first
// query, so a probe is run). All calls on the loop's thread. Destroy on the loop's thread, or once
// the loop has stopped: lookups still under way end with kFailure, or go with the loop.
absl::StatusOr<std::unique_ptr<Resolver>> MakeUnboundResolver(boost::asio::any_io_executor executor,
                                                              ResolverConfig config);

}  // namespace postern::client

#endif  // POSTERN_CLIENT_DNS_UNBOUND_RESOLVER_H_
