#ifndef POSTERN_SERVER_DELIVERY_LEDGER_H_
#define POSTERN_SERVER_DELIVERY_LEDGER_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "client/smtp/outcome.h"
#include "server/delivery/delivery.h"

namespace postern::server {

// What is known of each recipient of one group while hosts are tried one after the other. A
// recipient is open as long as another host may be tried for it. Pure; owned by its group.
//
// A verdict that allows no other host stands (R4, R9). Of verdicts that do, soft outranks hard
// across hosts, and of equals the later one stays (A8, B4, B5). But what a server said of the
// recipient or the message is not displaced by a later host that could not be asked, nor by the end
// of the caller's time: it is what the caller can act on.
class Ledger {
 public:
  explicit Ledger(std::size_t recipients) : entries_(recipients) {}

  // Those that are still open, in order.
  std::vector<std::size_t> open() const;
  bool all_closed() const;

  // `outcome` of one open recipient at one place; `attempt` is the record that it rests on.
  void Record(std::size_t recipient, const client::Outcome& outcome,
              std::optional<std::size_t> attempt);
  // The same for every open recipient.
  void RecordAll(const client::Outcome& outcome, std::optional<std::size_t> attempt);
  // A host or address that was passed over without a connection (its lookup failed, its addresses
  // are denied, no source of its family): says nothing final, whatever the verdict's next_host, and
  // does not displace what a host that was reached said, unless that was hard and this is soft.
  void RecordSkipped(const client::Outcome& outcome, std::optional<std::size_t> attempt);
  // No host remains, or none may be tried any more. Recipients of which nothing is known yet get
  // `otherwise`.
  void Close(const client::Outcome& otherwise);

  // What is known; only of a closed recipient is it final.
  const RecipientOutcome& result(std::size_t recipient) const { return entries_[recipient].result; }

 private:
  struct Entry {
    RecipientOutcome result;
    bool known = false;
    bool closed = false;
  };

  std::vector<Entry> entries_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_LEDGER_H_
