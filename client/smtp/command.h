#ifndef POSTERN_CLIENT_SMTP_COMMAND_H_
#define POSTERN_CLIENT_SMTP_COMMAND_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/envelope.h"

namespace postern::client {

// The parameters of a MAIL command (only those that the server offered are set).
struct MailParameters {
  std::optional<std::uint64_t> size{};       // SIZE=
  std::optional<BodyType> body{};            // BODY=
  DsnReturn dsn_return = DsnReturn::kUnset;  // RET=
  std::string envelope_id{};                 // ENVID=, before xtext
  bool smtp_utf8 = false;                    // SMTPUTF8
  int priority = 0;                          // MT-PRIORITY=; 0: none
};

// The parameters of a RCPT command.
struct RcptParameters {
  DsnNotify notify{};                // NOTIFY=
  std::string original_recipient{};  // ORCPT=, "type;address", the address before xtext
  bool smtp_utf8 = false;            // the transaction's MAIL had SMTPUTF8
};

// The one place that makes command lines: nothing else ever writes to the command channel. Each
// function returns a whole line with its CRLF, or an error when any octet outside 0x20-0x7E would
// stand in it (but for UTF-8 without controls in the mailbox, with `smtp_utf8`), the line would be
// longer than 2,048 octets with its CRLF, the host name is neither a name nor an address literal,
// or the original recipient has no type. Pure.
absl::StatusOr<std::string> EhloCommand(std::string_view hostname);
absl::StatusOr<std::string> HeloCommand(std::string_view hostname);
absl::StatusOr<std::string> LhloCommand(std::string_view hostname);  // RFC 2033 4.1
absl::StatusOr<std::string> MailCommand(const std::optional<Mailbox>& reverse_path,
                                        const MailParameters& parameters);
absl::StatusOr<std::string> RcptCommand(const Mailbox& recipient, const RcptParameters& parameters);
std::string DataCommand();
// The line "." that ends a message of which nothing was sent (RFC 2920 3.1).
std::string EmptyMessage();
std::string RsetCommand();
std::string QuitCommand();

// RFC 3461 4: octets outside "!".."~", "+" and "=" become "+XX".
std::string EncodeXtext(std::string_view text);

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SMTP_COMMAND_H_
