#ifndef POSTERN_SERVER_DELIVERY_GROUPING_H_
#define POSTERN_SERVER_DELIVERY_GROUPING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/domain_name.h"
#include "common/envelope.h"
#include "common/ip_address.h"
#include "server/delivery/delivery.h"
#include "strategy/resolver/strategy_resolver.h"

namespace postern::server {

// The facts of one message, and of whatever is being decided about it right now. One object serves
// a whole delivery, because the list of recipients in it may be long; not synchronised.
class FactSheet {
 public:
  FactSheet(const Envelope& envelope, std::uint64_t size, const strategy::QueueContext& context);

  // For route expressions. The reference is good until the next call.
  const strategy::Facts& ForRecipient(const Mailbox& recipient);
  // For connection and TLS expressions about a group that begins with `recipient`.
  const strategy::Facts& ForTarget(const Mailbox& recipient, std::string_view mx,
                                   std::string_view remote_ip);
  // The answers of DNS that expressions have asked for. Shared by all that is decided about the
  // message, so that nothing is asked twice.
  strategy::DnsFacts& dns() { return facts_.dns; }

 private:
  strategy::Facts facts_;
};

// One address of a group. An address that the request repeats travels once, with the DSN parameters
// of its first appearance (G28).
struct GroupRecipient {
  Recipient recipient;
  std::vector<std::size_t> indices;  // into the envelope's recipients
};

// Recipients that travel together: same domain, same route.
struct Group {
  std::variant<DomainName, IpAddress> destination;
  std::string domain;  // as text
  strategy::StrategyResolver::Route route;
  std::vector<GroupRecipient> recipients;  // at least one

  const Mailbox& first() const { return recipients.front().recipient.address; }
};

// Routes every recipient and groups them, in the order of their first appearance. What route
// expressions want to know of DNS first is added to `missing`: then fetch it into the facts, and
// group again. Pure.
std::vector<Group> GroupRecipients(const Envelope& envelope, FactSheet& facts,
                                   std::string_view route_override,
                                   const strategy::StrategyResolver& strategies,
                                   std::vector<strategy::DnsQuestion>& missing);

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_GROUPING_H_
