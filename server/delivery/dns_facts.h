#ifndef POSTERN_SERVER_DELIVERY_DNS_FACTS_H_
#define POSTERN_SERVER_DELIVERY_DNS_FACTS_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <vector>

#include "client/dns/resolver.h"
#include "client/net/interrupt.h"
#include "strategy/expr/environment.h"

namespace postern::server {

// Most facts that one delivery asks DNS for; what is above counts as a lookup that failed.
inline constexpr std::size_t kMaxFacts = 2000;
// Lookups for facts that go on at the same time.
inline constexpr std::size_t kParallelFacts = 20;

// Asks DNS what policy expressions asked for by dns_query(), and puts the answers into `facts`: one
// for every question, unless the interrupt came first. A name that cannot be in DNS has no records.
// On the loop; `facts` and the others must outlive the call.
boost::asio::awaitable<void> FetchFacts(client::Resolver& resolver, client::Interrupt* interrupt,
                                        std::vector<strategy::DnsQuestion> questions,
                                        strategy::DnsFacts& facts);

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_DNS_FACTS_H_
