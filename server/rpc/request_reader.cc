#include "server/rpc/request_reader.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/rpc/enums.h"

namespace postern::server {
namespace {

constexpr int kMaxRecipients = 1000;
constexpr std::size_t kMaxEnvelopeId = 100;         // RFC 3461 4.4, once encoded
constexpr std::size_t kMaxOriginalRecipient = 500;  // RFC 3461 4.2, once encoded
constexpr int kMaxPriority = 9;                     // RFC 6710 3
constexpr std::uint32_t kMaxPort = 65535;
constexpr std::size_t kMaxHostName = 255;

std::string Sentence(const absl::Status& status) { return std::string(status.message()); }

bool IsPrintable(char c) { return c >= 0x20 && c <= 0x7E; }
// RFC 3461 4: all that xtext does not write as "+HH".
bool IsXtextChar(char c) { return c > 0x20 && c <= 0x7E && c != '+' && c != '='; }

std::size_t XtextSize(std::string_view text) {
  std::size_t size = 0;
  for (const char c : text) size += IsXtextChar(c) ? 1 : 3;
  return size;
}

std::optional<std::size_t> FirstUnprintable(std::string_view text) {
  const auto* at = std::ranges::find_if_not(text, IsPrintable);
  if (at == text.end()) return std::nullopt;
  return static_cast<std::size_t>(at - text.begin());
}

// RFC 5322 3.2.3 without comments and blanks.
bool IsAtom(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::StrContains("!#$%&'*+-/=?^_`{|}~", c);
  });
}

// Whether `text` may go into a DSN parameter: printable ASCII, `limit` octets once encoded.
bool CheckDsnText(std::string_view field, std::string_view text, std::size_t limit,
                  Violations& violations) {
  if (const auto at = FirstUnprintable(text)) {
    violations.Add(field, kInvalid,
                   absl::StrCat("octet ", *at, " is not printable ASCII (RFC 3461 4)"));
    return false;
  }
  if (XtextSize(text) > limit) {
    violations.Add(
        field, kInvalid,
        absl::StrCat("longer than ", limit, " octets in the encoding that it is sent in"));
    return false;
  }
  return true;
}

// The name of a field of a recipient, made only where it is told.
std::string FieldOf(int recipient, const char* name) {
  return absl::StrCat("envelope.recipients[", recipient, "].", name);
}

void CheckOriginalRecipient(int index, std::string_view text, Violations& violations) {
  if (text.empty()) return;
  const std::string field = FieldOf(index, "original_recipient");
  if (!CheckDsnText(field, text, kMaxOriginalRecipient, violations)) return;
  const std::size_t semicolon = text.find(';');
  if (semicolon == std::string_view::npos || !IsAtom(text.substr(0, semicolon)) ||
      semicolon + 1 == text.size()) {
    violations.Add(field, kInvalid,
                   "write it as \"type;address\", such as \"rfc822;user@example.com\" (RFC 3461 "
                   "4.2)");
  }
}

DsnNotify ReadNotify(int index, const v1::Recipient& recipient, Violations& violations) {
  DsnNotify notify;
  if (recipient.notify_size() == 0) return notify;
  const std::string field = FieldOf(index, "notify");
  for (int i = 0; i < recipient.notify_size(); ++i) {
    switch (recipient.notify(i)) {
      case v1::NOTIFY_NEVER:
        notify.never = true;
        break;
      case v1::NOTIFY_SUCCESS:
        notify.success = true;
        break;
      case v1::NOTIFY_FAILURE:
        notify.failure = true;
        break;
      case v1::NOTIFY_DELAY:
        notify.delay = true;
        break;
      default:
        violations.Add(absl::StrCat(field, "[", i, "]"), kInvalid,
                       "not one of NEVER, SUCCESS, FAILURE and DELAY");
    }
  }
  if (notify.never && (notify.success || notify.failure || notify.delay)) {
    violations.Add(field, kInvalid, "NEVER excludes all others (RFC 3461 4.1)");
  }
  return notify;
}

AddressForm FormOfAddresses(const Envelope& envelope) {
  return envelope.smtp_utf8 ? AddressForm::kUtf8 : AddressForm::kAscii;
}

void ReadRecipient(int index, const v1::Recipient& recipient, Envelope& envelope,
                   Violations& violations) {
  CheckOriginalRecipient(index, recipient.original_recipient(), violations);
  DsnNotify notify = ReadNotify(index, recipient, violations);
  absl::StatusOr<Mailbox> address = Mailbox::Parse(recipient.address(), FormOfAddresses(envelope));
  if (!address.ok()) {
    violations.Add(FieldOf(index, "address"), kInvalid, Sentence(address.status()));
    return;
  }
  envelope.recipients.push_back({*std::move(address), notify, recipient.original_recipient()});
}

void ReadRecipients(const v1::Envelope& envelope, Envelope& result, Violations& violations) {
  if (envelope.recipients_size() == 0) {
    violations.Add("envelope.recipients", kInvalid, "name at least one recipient");
  }
  if (envelope.recipients_size() > kMaxRecipients) {
    violations.Add("envelope.recipients", kInvalid,
                   absl::StrCat(envelope.recipients_size(), " recipients; at most ", kMaxRecipients,
                                " may share a request, so split it"));
    return;
  }
  result.recipients.reserve(static_cast<std::size_t>(envelope.recipients_size()));
  for (int i = 0; i < envelope.recipients_size(); ++i) {
    ReadRecipient(i, envelope.recipients(i), result, violations);
  }
}

void RefuseUnsupported(const v1::Envelope& envelope, Violations& violations) {
  if (envelope.require_tls()) {
    violations.Add("envelope.require_tls", kUnsupported,
                   "not supported by this version; leave it unset");
  }
  if (envelope.body() == v1::BODY_TYPE_BINARY_MIME) {
    violations.Add("envelope.body", kUnsupported,
                   "BINARY_MIME is not supported by this version; send the message in lines, as "
                   "EIGHT_BIT_MIME");
  }
}

void ReadEnumsAndPriority(const v1::Envelope& envelope, Envelope& result, Violations& violations) {
  switch (envelope.dsn_return()) {
    case v1::DSN_RETURN_UNSPECIFIED:
      break;
    case v1::DSN_RETURN_FULL:
      result.dsn_return = DsnReturn::kFull;
      break;
    case v1::DSN_RETURN_HDRS:
      result.dsn_return = DsnReturn::kHeaders;
      break;
    default:
      violations.Add("envelope.dsn_return", kInvalid, "not one of FULL and HDRS");
  }
  switch (envelope.body()) {
    case v1::BODY_TYPE_UNSPECIFIED:
    case v1::BODY_TYPE_BINARY_MIME:  // refused as unsupported
      break;
    case v1::BODY_TYPE_SEVEN_BIT:
      result.body = BodyType::kSevenBit;
      break;
    case v1::BODY_TYPE_EIGHT_BIT_MIME:
      result.body = BodyType::kEightBitMime;
      break;
    default:
      violations.Add("envelope.body", kInvalid,
                     "not one of SEVEN_BIT, EIGHT_BIT_MIME and BINARY_MIME");
  }
  if (envelope.priority() < -kMaxPriority || envelope.priority() > kMaxPriority) {
    violations.Add("envelope.priority", kInvalid, "must be from -9 to 9 (RFC 6710)");
  }
  result.priority = envelope.priority();
}

void ReadEnvelope(const v1::Envelope& envelope, Envelope& result, Violations& violations) {
  result.smtp_utf8 = envelope.smtp_utf8();
  if (!envelope.mail_from().empty()) {
    absl::StatusOr<Mailbox> mail_from =
        Mailbox::Parse(envelope.mail_from(), FormOfAddresses(result));
    if (mail_from.ok()) {
      result.mail_from = *std::move(mail_from);
    } else {
      violations.Add("envelope.mail_from", kInvalid, Sentence(mail_from.status()));
    }
  }
  CheckDsnText("envelope.envelope_id", envelope.envelope_id(), kMaxEnvelopeId, violations);
  result.envelope_id = envelope.envelope_id();
  ReadEnumsAndPriority(envelope, result, violations);
  RefuseUnsupported(envelope, violations);
  ReadRecipients(envelope, result, violations);
}

void RefuseNul(std::string_view field, std::string_view text, Violations& violations) {
  const std::size_t at = text.find('\0');
  if (at == std::string_view::npos) return;
  violations.Add(field, kInvalid, absl::StrCat("NUL at octet ", at));
}

void CheckIp(std::string_view field, const std::string& text, Violations& violations) {
  if (text.empty() || IpAddress::Parse(text)) return;
  violations.Add(field, kInvalid, "not an IPv4 or IPv6 address");
}

void CheckContextTexts(const v1::DeliveryContext& context, Violations& violations) {
  RefuseNul("context.last_status", context.last_status(), violations);
  RefuseNul("context.queue_name", context.queue_name(), violations);
  RefuseNul("context.source", context.source(), violations);
  CheckIp("context.received_from_ip", context.received_from_ip(), violations);
  for (const auto& [key, value] : context.labels()) {
    const std::string field = absl::StrCat("context.labels[\"", key, "\"]");
    RefuseNul(field, key, violations);
    RefuseNul(field, value, violations);
  }
}

void ReadContext(const v1::DeliveryContext& context, strategy::QueueContext& result,
                 Violations& violations) {
  CheckContextTexts(context, violations);
  if (context.received_via_port() > kMaxPort) {
    violations.Add("context.received_via_port", kInvalid, "a port is at most 65535");
  }
  const std::optional<client::ErrorKind> last_error = FromProto(context.last_error());
  if (!last_error) violations.Add("context.last_error", kInvalid, "not a value of ErrorKind");
  result.retry_num = context.retry_num();
  result.notify_num = context.notify_num();
  result.expires_in = context.expires_in().seconds();
  if (last_error) result.last_error = std::string(client::Name(*last_error));
  result.last_status = context.last_status();
  result.queue_name = context.queue_name();
  result.queue_age = context.queue_age().seconds();
  result.received_from_ip = context.received_from_ip();
  result.received_via_port = context.received_via_port();
  result.source = context.source();
  result.priority = context.priority();
  result.labels.insert(context.labels().begin(), context.labels().end());
}

// `knows`: whether there is such a strategy; asked only when one is named.
template <typename Knows>
void CheckOverride(const std::string& kind, const std::string& id, Knows knows,
                   Violations& violations) {
  if (id.empty() || knows(id)) return;
  violations.Add(absl::StrCat("override.", kind), kUnknownStrategy,
                 absl::StrCat("the policy in force has no ", kind, " strategy \"", id, "\""));
}

Overrides ReadOverride(const v1::StrategyOverride& override,
                       const strategy::StrategyResolver& strategies, Violations& violations) {
  CheckOverride(
      "route", override.route(), [&](const auto& id) { return strategies.KnowsRoute(id); },
      violations);
  CheckOverride(
      "connection", override.connection(),
      [&](const auto& id) { return strategies.KnowsConnection(id); }, violations);
  CheckOverride(
      "tls", override.tls(), [&](const auto& id) { return strategies.KnowsTls(id); }, violations);
  return {override.route(), override.connection(), override.tls()};
}

// The message in its only form; nullptr, with a violation, when it cannot be sent.
std::shared_ptr<const Message> ReadMessage(v1::DeliverRequest& request, Violations& violations) {
  const bool raw = request.has_raw();
  if (!raw && !request.has_text()) {
    violations.Add("message", kInvalid, "give the message as either `raw` or `text`");
    return nullptr;
  }
  auto read =
      raw ? Message::FromRaw(std::move(*request.mutable_raw())) : Message::FromText(request.text());
  request.clear_message();
  if (const auto* defect = std::get_if<MessageDefect>(&read)) {
    violations.Add(raw ? "raw" : "text", kInvalid, defect->ToString());
    return nullptr;
  }
  return std::get<std::shared_ptr<const Message>>(std::move(read));
}

client::TranscriptLevel ReadTranscriptLevel(v1::TranscriptLevel level, Violations& violations) {
  switch (level) {
    case v1::TRANSCRIPT_LEVEL_UNSPECIFIED:
    case v1::TRANSCRIPT_LEVEL_NONE:
      break;
    case v1::TRANSCRIPT_LEVEL_COMMANDS:
      return client::TranscriptLevel::kCommands;
    case v1::TRANSCRIPT_LEVEL_FULL:
      return client::TranscriptLevel::kFull;
    default:
      violations.Add("transcript", kInvalid, "not one of NONE, COMMANDS and FULL");
  }
  return client::TranscriptLevel::kNone;
}

}  // namespace

DeliveryRequest ReadDeliverRequest(v1::DeliverRequest& request,
                                   const strategy::StrategyResolver& strategies,
                                   Violations& violations) {
  DeliveryRequest result;
  if (!request.request_id().empty()) {
    violations.Add("request_id", kUnsupported, "not supported by this version; leave it unset");
  }
  ReadEnvelope(request.envelope(), result.envelope, violations);
  result.message = ReadMessage(request, violations);
  if (result.message != nullptr && result.message->has_eight_bit() &&
      result.envelope.body == BodyType::kSevenBit) {
    violations.Add("envelope.body", kInvalid,
                   "SEVEN_BIT, but the message has octets above 127; leave it unset or say "
                   "EIGHT_BIT_MIME");
  }
  ReadContext(request.context(), result.context, violations);
  result.overrides = ReadOverride(request.override(), strategies, violations);
  result.validate_only = request.validate_only();
  result.transcript = ReadTranscriptLevel(request.transcript(), violations);
  return result;
}

void ReadResolveRequest(const v1::ResolveStrategyRequest& request,
                        const strategy::StrategyResolver& strategies, ResolveRequest& result,
                        Violations& violations) {
  ReadEnvelope(request.envelope(), result.envelope, violations);
  ReadContext(request.context(), result.context, violations);
  result.overrides = ReadOverride(request.override(), strategies, violations);
  result.message_size = request.message_size();
  result.mx = request.mx();
  if (FirstUnprintable(result.mx) || result.mx.size() > kMaxHostName) {
    violations.Add("mx", kInvalid, "a host name is printable ASCII, at most 255 octets");
  }
  result.remote_ip = request.remote_ip();
  CheckIp("remote_ip", result.remote_ip, violations);
  result.lookup_dns = request.lookup_dns();
}

}  // namespace postern::server
