// One parser for mailboxes. It walks the local part octet by octet, so that the "@" it stops at is
// the separating one; what follows is the domain, and nothing else is ever looked up:
// where two parsers differ, a quoted "@" chooses the destination.

#include "common/envelope.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/utf8.h"

namespace postern {
namespace {

constexpr std::size_t kMaxLocalPart = 64;  // RFC 5321 4.5.3.1.1
constexpr std::size_t kMaxMailbox =
    254;  // 4.5.3.1.3, less the angle brackets; keeps the domain under 255 too

absl::Status Invalid(const std::string& why) { return absl::InvalidArgumentError(why); }

// RFC 6531 3.3: what is outside ASCII is atext; CheckOctets has seen whether it may be there.
bool IsAtext(char c) {
  return absl::ascii_isalnum(c) || !absl::ascii_isascii(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

// RFC 5321 4.1.2 Dot-string. Returns the length of the local part at the front of `text`.
absl::StatusOr<std::size_t> DotString(std::string_view text) {
  std::size_t i = 0;
  bool after_dot = true;
  for (; i < text.size() && text[i] != '@'; ++i) {
    if (text[i] == '.') {
      if (after_dot)
        return Invalid("the local part has an empty element (a dot at its start or two in a row)");
      after_dot = true;
      continue;
    }
    if (!IsAtext(text[i])) {
      return Invalid(absl::StrCat("the local part holds '", std::string(1, text[i]),
                                  "', which must be inside quotes"));
    }
    after_dot = false;
  }
  if (i == 0) return Invalid("there is nothing before the \"@\"");
  if (after_dot) return Invalid("the local part ends with a dot");
  return i;
}

// RFC 5321 4.1.2 Quoted-string; `text` begins with a quote.
absl::StatusOr<std::size_t> QuotedString(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] != '\\') continue;
    ++i;
    if (i < text.size() && !absl::ascii_isascii(text[i])) {
      return Invalid("only ASCII may follow a backslash");  // RFC 5321 4.1.2 quoted-pairSMTP
    }
  }
  return Invalid("the quoted local part has no closing quote");
}

absl::StatusOr<std::variant<DomainName, IpAddress>> ParseDestination(std::string_view domain) {
  using Destination = std::variant<DomainName, IpAddress>;
  if (domain.empty()) return Invalid("there is no domain after the \"@\"");
  if (domain.front() == '[') {
    const std::optional<IpAddress> ip = IpAddress::ParseLiteral(domain);
    if (ip) return Destination(*ip);
    return Invalid("an address literal must be like [192.0.2.1] or [IPv6:2001:db8::1]");
  }
  // The text goes on the wire as it is, so the lenient forms that DomainName takes are refused
  // here.
  if (domain.back() == '.') return Invalid("the domain ends with a dot");
  absl::StatusOr<DomainName> name = DomainName::ParseULabels(domain);
  if (!name.ok()) return Invalid(std::string(name.status().message()));
  return Destination(*std::move(name));
}

absl::Status CheckOctets(std::string_view text, AddressForm form) {
  for (std::size_t i = 0; i < text.size();) {
    const auto octet = static_cast<unsigned char>(text[i]);
    if (octet >= 0x20 && octet <= 0x7E) {
      ++i;
      continue;
    }
    const CodePoint point = DecodeUtf8(text.substr(i));
    if (octet < 0x20 || octet == 0x7F) {
      return Invalid(absl::StrCat("a control octet (0x", absl::Hex(octet, absl::kZeroPad2),
                                  ") at offset ", i));
    }
    if (octet > 0x7E && form == AddressForm::kAscii) {
      return Invalid(absl::StrCat("an octet above 0x7E at offset ", i,
                                  "; set smtp_utf8 to send to or from an address outside ASCII (a "
                                  "domain can also be written in its A-label form, xn--...)"));
    }
    if (point.octets == 0) return Invalid(absl::StrCat("no valid UTF-8 at offset ", i));
    if (point.value >= 0x80 && point.value < 0xA0) {
      return Invalid(absl::StrCat("a control character (U+00",
                                  absl::AsciiStrToUpper(absl::StrCat(absl::Hex(point.value))),
                                  ") at offset ", i));
    }
    i += point.octets;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Mailbox> Mailbox::Parse(std::string_view text, AddressForm form) {
  if (text.empty()) return Invalid("the address is empty");
  if (text.size() > kMaxMailbox) return Invalid("the address is longer than 254 octets");
  if (absl::Status status = CheckOctets(text, form); !status.ok()) return status;
  if (text.front() == '<' || text.back() == '>')
    return Invalid("write the address without angle brackets");
  if (text.front() == '@') return Invalid("source routes (\"@relay:user@domain\") are refused");
  absl::StatusOr<std::size_t> at = text.front() == '"' ? QuotedString(text) : DotString(text);
  if (!at.ok()) return at.status();
  if (*at == text.size()) return Invalid("there is no \"@\"");
  if (text[*at] != '@') return Invalid("something stands between the closing quote and the \"@\"");
  if (*at > kMaxLocalPart) return Invalid("the local part is longer than 64 octets");
  absl::StatusOr<std::variant<DomainName, IpAddress>> destination =
      ParseDestination(text.substr(*at + 1));
  if (!destination.ok()) return destination.status();
  return Mailbox(std::string(text), *at, *std::move(destination));
}

Mailbox::Mailbox(std::string text, std::size_t at, std::variant<DomainName, IpAddress> destination)
    : text_(std::move(text)), at_(at), destination_(std::move(destination)) {}

bool Mailbox::is_ascii() const {
  return std::ranges::all_of(text_, [](char c) { return absl::ascii_isascii(c); });
}

std::string_view Mailbox::local_part() const { return std::string_view(text_).substr(0, at_); }

std::string Mailbox::domain_text() const {
  if (const auto* name = std::get_if<DomainName>(&destination_)) return name->text();
  return std::get<IpAddress>(destination_).ToLiteral();
}

}  // namespace postern
