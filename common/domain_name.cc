#include "common/domain_name.h"

#include <idn2.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/ip_address.h"
#include "common/remote_text.h"

namespace postern {
namespace {

// How much of a wrong name an error quotes: more than a right one can have.
constexpr std::size_t kMaxQuoted = 300;

absl::Status Invalid(std::string_view text, std::string_view why) {
  std::string message = "'" + EscapeRemoteText(text, kMaxQuoted) + "' is not a host name: ";
  return absl::InvalidArgumentError(message.append(why));
}

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

// Non-transitional IDNA 2008, which all registries use now; the input must be valid UTF-8.
constexpr int kMapping = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
// IDNA 2008 alone, without the mapping of UTS 46: what is no U-label is an error.
constexpr int kStrict = IDN2_NO_TR46;

absl::StatusOr<std::string> ToALabels(std::string_view text, int flags) {
  char* converted = nullptr;
  const std::string zero_terminated(text);
  const int result = idn2_to_ascii_8z(zero_terminated.c_str(), &converted, flags);
  if (result != IDN2_OK) return Invalid(text, idn2_strerror(result));
  std::string labels(converted);
  idn2_free(converted);
  return labels;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsLdh(char c) { return (c >= 'a' && c <= 'z') || IsDigit(c) || c == '-'; }

// What is wrong with a lower-case label; empty when nothing is.
std::string_view LabelFault(std::string_view label) {
  if (label.empty()) return "it has an empty label (two dots in a row, or one at its start)";
  if (label.size() > 63) return "is longer than 63 octets";
  if (label.front() == '-' || label.back() == '-') return "begins or ends with a hyphen";
  if (!std::ranges::all_of(label, IsLdh)) return "may hold only letters, digits and hyphens";
  return {};
}

absl::Status InvalidLabel(std::string_view text, std::string_view label, std::string_view fault) {
  if (label.empty()) return Invalid(text, fault);
  return Invalid(text, ("the label '" + EscapeRemoteText(label, kMaxQuoted) + "' ").append(fault));
}

}  // namespace

absl::StatusOr<DomainName> DomainName::Parse(std::string_view text) {
  if (text.empty()) return Invalid(text, "it is empty");
  if (text.size() > 1024) return Invalid(text, "it is longer than 253 octets");
  if (text.find('\0') != std::string_view::npos) return Invalid(text, "it has a NUL");
  std::string name(text);
  if (!IsAscii(text)) {
    absl::StatusOr<std::string> labels = ToALabels(text, kMapping);
    if (!labels.ok()) return labels.status();
    name = *std::move(labels);
    // IDNA drops some characters altogether, a soft hyphen for one.
    if (name.empty()) return Invalid(text, "nothing in it can stand in a name");
  }
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (name.back() == '.') name.pop_back();
  if (name.size() > 253) return Invalid(text, "it is longer than 253 octets");
  std::string_view last = name;
  for (std::size_t dot = 0; dot != std::string_view::npos;) {
    dot = last.find('.');
    const std::string_view label = last.substr(0, dot);
    if (const auto fault = LabelFault(label); !fault.empty())
      return InvalidLabel(text, label, fault);
    if (dot != std::string_view::npos) last.remove_prefix(dot + 1);
  }
  if (std::ranges::all_of(last, IsDigit)) {
    return Invalid(text, "its last label is a number; an IP address is not a name");
  }
  return DomainName(std::move(name));
}

absl::StatusOr<DomainName> DomainName::ParseULabels(std::string_view text) {
  if (IsAscii(text)) return Parse(text);
  absl::StatusOr<DomainName> name = Parse(text);
  if (!name.ok()) return name;
  // ASCII may be in upper case, as in any name.
  std::string lower(text);
  absl::AsciiStrToLower(&lower);
  const absl::StatusOr<std::string> labels = ToALabels(lower, kStrict);
  if (labels.ok()) return name;
  return absl::InvalidArgumentError(
      absl::StrCat(labels.status().message(), "; the name that it stands for is ", name->text()));
}

absl::StatusOr<std::string> ParseEhloHostname(std::string_view text) {
  if (text.starts_with('[')) {
    const std::optional<IpAddress> ip = IpAddress::ParseLiteral(text);
    if (ip) return ip->ToLiteral();
    return absl::InvalidArgumentError(
        "'" + EscapeRemoteText(text, kMaxQuoted) +
        "' is not an address literal; write [192.0.2.1] or [IPv6:2001:db8::1]");
  }
  absl::StatusOr<DomainName> name = DomainName::Parse(text);
  if (!name.ok()) return name.status();
  return name->text();
}

}  // namespace postern
