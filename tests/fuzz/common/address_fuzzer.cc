// Any address: what is taken can stand in a command without changing it, says the same when it is
// read again, and ASCII is a part of UTF-8. Input: the address.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "client/smtp/command.h"
#include "common/envelope.h"

namespace postern {
namespace {

// One line, whose only ">" outside of a quoted string is the one behind the address.
void CheckLine(const absl::StatusOr<std::string>& line, std::string_view head,
               std::string_view address) {
  if (!line.ok()) std::abort();
  if (*line != std::string(head) + std::string(address) + ">\r\n" &&
      *line != std::string(head) + std::string(address) + "> SMTPUTF8\r\n")
    std::abort();
  if (line->find_first_of(std::string_view("\r\n\0", 3)) != line->size() - 2) std::abort();
}

void Check(std::string_view text, AddressForm form) {
  const absl::StatusOr<Mailbox> mailbox = Mailbox::Parse(text, form);
  if (!mailbox.ok()) {
    if (mailbox.status().message().empty()) std::abort();
    return;
  }
  if (mailbox->text() != text || mailbox->local_part().empty()) std::abort();
  if (form == AddressForm::kAscii && !mailbox->is_ascii()) std::abort();
  if (mailbox->domain_text().empty()) std::abort();
  const bool utf8 = form == AddressForm::kUtf8;
  client::MailParameters mail;
  mail.smtp_utf8 = utf8;
  client::RcptParameters rcpt;
  rcpt.smtp_utf8 = utf8;
  CheckLine(client::MailCommand(*mailbox, mail), "MAIL FROM:<", text);
  CheckLine(client::RcptCommand(*mailbox, rcpt), "RCPT TO:<", text);
  if (!Mailbox::Parse(mailbox->text(), form).ok()) std::abort();
}

}  // namespace
}  // namespace postern

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using postern::AddressForm;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  postern::Check(text, AddressForm::kAscii);
  postern::Check(text, AddressForm::kUtf8);
  if (postern::Mailbox::Parse(text, AddressForm::kAscii).ok() &&
      !postern::Mailbox::Parse(text, AddressForm::kUtf8).ok())
    std::abort();
  return 0;
}
