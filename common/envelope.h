#ifndef POSTERN_COMMON_ENVELOPE_H_
#define POSTERN_COMMON_ENVELOPE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "common/domain_name.h"
#include "common/ip_address.h"

namespace postern {

// A mailbox as RFC 5321 4.1.2 writes it: local-part "@" (domain / address-literal). Plain text goes
// in, proven text comes out: no control byte, no CR, LF or NUL, local part at most 64 octets,
// domain 255, the whole 254. A value type; any thread.
class Mailbox {
 public:
  // The domain is what follows the last unquoted "@". Source routes ("@a:b@c"), angle brackets and
  // comments are refused. Octets above 0x7E are refused in the local part; in the domain too, where
  // an A-label must be written (SMTPUTF8 comes with its own issue). The error is a sentence for the
  // caller.
  static absl::StatusOr<Mailbox> Parse(std::string_view text);

  // The caller's text, verbatim; safe to put between "<" and ">" of a MAIL or RCPT command.
  const std::string& text() const { return text_; }
  // As written, quotes included.
  std::string_view local_part() const;
  // What to look up: a domain in lower case, or the address literal's address.
  const std::variant<DomainName, IpAddress>& destination() const { return destination_; }
  // The domain as text for policy variables and grouping: lower case; "[192.0.2.1]" for a literal.
  std::string domain_text() const;

  friend bool operator==(const Mailbox& a, const Mailbox& b) { return a.text_ == b.text_; }

 private:
  Mailbox(std::string text, std::size_t at, std::variant<DomainName, IpAddress> destination);

  std::string text_;
  std::size_t at_;  // the separating "@" in text_
  std::variant<DomainName, IpAddress> destination_;
};

// RFC 3461 4.1. `never` excludes the others.
struct DsnNotify {
  bool never = false;
  bool success = false;
  bool failure = false;
  bool delay = false;

  bool any() const { return never || success || failure || delay; }
  friend bool operator==(const DsnNotify&, const DsnNotify&) = default;
};

enum class DsnReturn : std::uint8_t { kUnset, kFull, kHeaders };

enum class BodyType : std::uint8_t { kSevenBit, kEightBitMime };

struct Recipient {
  Mailbox address;
  DsnNotify notify;
  // "rfc822;user@example.org" before xtext encoding; empty: none (RFC 3461 4.2).
  std::string original_recipient;
};

// Who a message is from and to. Plain data, proven when it was made (server/rpc validates).
struct Envelope {
  // nullopt is the null reverse-path "<>".
  std::optional<Mailbox> mail_from;
  std::vector<Recipient> recipients;
  // ENVID before xtext encoding; empty: none (RFC 3461 4.4).
  std::string envelope_id;
  DsnReturn dsn_return = DsnReturn::kUnset;
  // nullopt: derived from the octets of the message.
  std::optional<BodyType> body;
  // MT-PRIORITY, -9..9 (RFC 6710).
  int priority = 0;
};

}  // namespace postern

#endif  // POSTERN_COMMON_ENVELOPE_H_
