#ifndef POSTERN_COMMON_DOMAIN_NAME_H_
#define POSTERN_COMMON_DOMAIN_NAME_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace postern {

// A host or mail domain name in the form that goes into DNS and SMTP: lower-case A-labels of
// letters, digits and hyphens, 1-63 octets each, 253 in all, no trailing dot (RFC 5321 2.3.5, RFC
// 1035 2.3.4). A value type; any thread. Never empty once parsed.
class DomainName {
 public:
  // Accepts upper case, one trailing dot, and U-labels (UTF-8), which become A-labels by IDNA 2008
  // (libidn2). A name whose last label is all digits is refused: it is an IP address or a mistake.
  // The error says what is wrong with which label.
  static absl::StatusOr<DomainName> Parse(std::string_view text);
  // The same of a name that itself goes on the wire: what is outside ASCII must be U-labels as they
  // are (RFC 5890 2.3.2.1), in lower case and NFC. Parse maps what is not: "\u3002" to a dot, a
  // soft hyphen to nothing, and then a name would be looked up that others do not read in the text.
  static absl::StatusOr<DomainName> ParseULabels(std::string_view text);

  const std::string& text() const { return text_; }
  // Whether it has at least two labels, as an EHLO name should (RFC 5321 2.3.5).
  bool is_fully_qualified() const { return text_.find('.') != std::string::npos; }

  friend auto operator<=>(const DomainName&, const DomainName&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const DomainName& name) {
    return H::combine(std::move(h), name.text_);
  }

 private:
  explicit DomainName(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

// What an EHLO command may carry: a host name (normalised as DomainName does) or an address literal
// such as "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 4.1.1.1). Returns the text to send.
absl::StatusOr<std::string> ParseEhloHostname(std::string_view text);

}  // namespace postern

#endif  // POSTERN_COMMON_DOMAIN_NAME_H_
