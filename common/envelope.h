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

// What a mailbox may be written in.
enum class AddressForm : std::uint8_t {
  kAscii,  // RFC 5321 4.1.2
  kUtf8,   // RFC 6531 3.3 also: for a message that needs SMTPUTF8
};

// A mailbox as RFC 5321 4.1.2 writes it: local-part "@" (domain / address-literal). Plain text goes
// in, proven text comes out: no control character, no CR, LF or NUL, only valid UTF-8, local part
// at most 64 octets, domain 255, the whole 254. A value type; any thread.
class Mailbox {
 public:
  // The domain is what follows the last unquoted "@". Source routes ("@a:b@c"), angle brackets and
  // comments are refused. Outside ASCII, kUtf8 takes any local part and a domain of U-labels. The
  // error is a sentence for the caller.
  static absl::StatusOr<Mailbox> Parse(std::string_view text,
                                       AddressForm form = AddressForm::kAscii);

  // The caller's text, verbatim; safe to put between "<" and ">" of a MAIL or RCPT command, if it
  // is ASCII or the transaction is one of SMTPUTF8.
  const std::string& text() const { return text_; }
  bool is_ascii() const;
  // As written, quotes included.
  std::string_view local_part() const;
  // What to look up: a domain in lower case and A-labels, or the address literal's address.
  const std::variant<DomainName, IpAddress>& destination() const { return destination_; }
  // The domain as text for policy variables and grouping: lower case and A-labels, so that a domain
  // is one value however it is written; "[192.0.2.1]" for a literal.
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
  // The message goes only to servers that offer SMTPUTF8 (RFC 6531). Any address outside ASCII
  // needs it.
  bool smtp_utf8 = false;
  // nullopt: derived from the octets of the message.
  std::optional<BodyType> body;
  // MT-PRIORITY, -9..9 (RFC 6710).
  int priority = 0;
};

}  // namespace postern

#endif  // POSTERN_COMMON_ENVELOPE_H_
