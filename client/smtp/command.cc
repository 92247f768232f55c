// Every line of the command channel is made by Line(), which is the last to see it: what an
// address, a parameter or an EHLO name might smuggle in (a CR LF and a command of its own) is
// refused there, whatever the callers have proven before.

#include "client/smtp/command.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/domain_name.h"
#include "common/utf8.h"

namespace postern::client {
namespace {

// RFC 5321 4.5.3.1.4 has 512; DSN alone adds 500 to RCPT (RFC 3461 4.2, 10.1).
constexpr std::size_t kMaxLine = 2048;

// How many octets the character at the front of `text` takes; 0 when none may stand there.
std::size_t PermittedOctets(std::string_view text, bool utf8) {
  if (absl::ascii_isprint(static_cast<unsigned char>(text.front()))) return 1;
  const CodePoint point = DecodeUtf8(text);
  const bool control = point.value < 0xA0;  // C0, DEL, C1
  return utf8 && !control ? point.octets : 0;
}

// Where in a command there may be UTF-8: its mailbox, in a transaction with SMTPUTF8 (RFC 6531
// 3.3).
struct Utf8Part {
  std::size_t begin = 0;
  std::size_t end = 0;
};

absl::StatusOr<std::string> Line(std::string text, Utf8Part utf8 = {}) {
  for (std::size_t i = 0; i < text.size();) {
    const bool inside = i >= utf8.begin && i < utf8.end;
    const std::size_t end = inside ? utf8.end : text.size();
    const std::size_t octets = PermittedOctets(std::string_view(text).substr(i, end - i), inside);
    if (octets == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a command may hold printable ASCII only, and its mailbox UTF-8 where SMTPUTF8 is used; "
          "there is 0x",
          absl::Hex(static_cast<unsigned char>(text[i]), absl::kZeroPad2), " at offset ", i));
    }
    i += octets;
  }
  text += "\r\n";
  if (text.size() <= kMaxLine) return text;
  return absl::InvalidArgumentError(
      absl::StrCat("a command of ", text.size(), " octets is too long; the most is ", kMaxLine));
}

constexpr char kMail[] = "MAIL FROM:<";
constexpr char kRcpt[] = "RCPT TO:<";

Utf8Part MailboxPart(std::string_view before, const std::string& mailbox, bool smtp_utf8) {
  if (!smtp_utf8) return {};
  return {before.size(), before.size() + mailbox.size()};
}

// The name is checked and normalised once more, where it is used.
absl::StatusOr<std::string> Hello(std::string_view verb, std::string_view hostname) {
  const absl::StatusOr<std::string> name = ParseEhloHostname(hostname);
  if (!name.ok()) return name.status();
  return Line(std::string(verb) + " " + *name);
}

const char* ValueOf(BodyType body) { return body == BodyType::kEightBitMime ? "8BITMIME" : "7BIT"; }

// RFC 3461 4.1; NEVER stands alone.
std::string ValueOf(const DsnNotify& notify) {
  if (notify.never) return "NEVER";
  std::vector<const char*> words;
  if (notify.success) words.push_back("SUCCESS");
  if (notify.failure) words.push_back("FAILURE");
  if (notify.delay) words.push_back("DELAY");
  return absl::StrJoin(words, ",");
}

bool IsAtomChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("!#$%&'*-/?^_`{|}~").find(c) != std::string_view::npos;
}

// RFC 3461 4.2: the type is an atom, and so the only part that is not encoded.
absl::StatusOr<std::string> ValueOfOriginalRecipient(std::string_view text) {
  const std::size_t semicolon = text.find(';');
  const std::string_view type = text.substr(0, semicolon);
  if (semicolon == std::string_view::npos || type.empty() ||
      !std::ranges::all_of(type, IsAtomChar)) {
    return absl::InvalidArgumentError(
        "an original recipient must be like \"rfc822;user@example.org\"");
  }
  return std::string(type) + ";" + EncodeXtext(text.substr(semicolon + 1));
}

}  // namespace

absl::StatusOr<std::string> EhloCommand(std::string_view hostname) {
  return Hello("EHLO", hostname);
}

absl::StatusOr<std::string> HeloCommand(std::string_view hostname) {
  return Hello("HELO", hostname);
}

absl::StatusOr<std::string> LhloCommand(std::string_view hostname) {
  return Hello("LHLO", hostname);
}

absl::StatusOr<std::string> MailCommand(const std::optional<Mailbox>& reverse_path,
                                        const MailParameters& parameters) {
  const std::string mailbox = reverse_path ? reverse_path->text() : "";
  std::string line = absl::StrCat(kMail, mailbox, ">");
  if (parameters.size) absl::StrAppend(&line, " SIZE=", *parameters.size);
  if (parameters.body) absl::StrAppend(&line, " BODY=", ValueOf(*parameters.body));
  if (parameters.smtp_utf8) absl::StrAppend(&line, " SMTPUTF8");
  if (parameters.dsn_return != DsnReturn::kUnset) {
    absl::StrAppend(&line, " RET=", parameters.dsn_return == DsnReturn::kFull ? "FULL" : "HDRS");
  }
  if (!parameters.envelope_id.empty()) {
    absl::StrAppend(&line, " ENVID=", EncodeXtext(parameters.envelope_id));
  }
  if (parameters.priority != 0) absl::StrAppend(&line, " MT-PRIORITY=", parameters.priority);
  return Line(std::move(line), MailboxPart(kMail, mailbox, parameters.smtp_utf8));
}

absl::StatusOr<std::string> RcptCommand(const Mailbox& recipient,
                                        const RcptParameters& parameters) {
  std::string line = absl::StrCat(kRcpt, recipient.text(), ">");
  if (parameters.notify.any()) absl::StrAppend(&line, " NOTIFY=", ValueOf(parameters.notify));
  if (!parameters.original_recipient.empty()) {
    const absl::StatusOr<std::string> value =
        ValueOfOriginalRecipient(parameters.original_recipient);
    if (!value.ok()) return value.status();
    absl::StrAppend(&line, " ORCPT=", *value);
  }
  return Line(std::move(line), MailboxPart(kRcpt, recipient.text(), parameters.smtp_utf8));
}

std::string DataCommand() { return "DATA\r\n"; }
std::string EmptyMessage() { return ".\r\n"; }
std::string RsetCommand() { return "RSET\r\n"; }
std::string QuitCommand() { return "QUIT\r\n"; }

std::string EncodeXtext(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (c >= '!' && c <= '~' && c != '+' && c != '=') {
      encoded += c;
    } else {
      static constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto octet = static_cast<unsigned char>(c);
      encoded += '+';
      encoded += kDigits[octet >> 4];
      encoded += kDigits[octet & 0xF];
    }
  }
  return encoded;
}

}  // namespace postern::client
