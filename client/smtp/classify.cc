// The meaning of failure, all of it here. Events are a table, with the few that depend on the stage
// below it. Replies go by their first digit (RFC 5321 4.2.1); the exceptions, each with the id of
// its case, are code. What breaks the protocol is temporary (R8): it says nothing about the mail.
//
// Text of a reply decides nothing: only the code and an enhanced code that agrees with it do.

#include "client/smtp/classify.h"

#include <array>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"

namespace postern::client {
namespace {

constexpr Disposition kTransient = Disposition::kTransientFailure;
constexpr Disposition kPermanent = Disposition::kPermanentFailure;
constexpr ConnectionFate kAbort = ConnectionFate::kAbort;
constexpr ConnectionFate kQuit = ConnectionFate::kQuit;
constexpr bool kNextHost = true;
constexpr bool kNoOtherHost = false;

constexpr EnhancedCode kProtocolError = {4, 5, 0};
constexpr EnhancedCode kLostConnection = {4, 4, 2};

// --- Events --------------------------------------------------------------------------------------

struct EventRow {
  Event event;
  Verdict verdict;
  // What Describe says; $0 is the stage.
  const char* sentence;
};

// A fate where there is no connection yet (plan, DNS, connect) means nothing.
constexpr EventRow kEvents[] = {
    {Event::kNoTls,
     {kTransient,
      Scope::kLocal,
      ErrorKind::kTls,
      "TLS_UNAVAILABLE",
      {4, 7, 4},
      kAbort,
      kNoOtherHost},
     "the plan needs TLS, which this version does not have"},
    {Event::kNoAuth,
     {kTransient,
      Scope::kLocal,
      ErrorKind::kIo,
      "AUTH_UNAVAILABLE",
      {4, 7, 0},
      kAbort,
      kNoOtherHost},
     "the plan needs authentication, which this version does not have"},
    {Event::kLineTooLong,  // I15
     {kPermanent,
      Scope::kMessage,
      ErrorKind::kIo,
      "LINE_TOO_LONG",
      {5, 6, 0},
      kAbort,
      kNoOtherHost},
     "the message has a line of more than 998 octets, which SMTP cannot carry"},
    {Event::kInternalError,  // I9
     {kTransient, Scope::kLocal, ErrorKind::kIo, "INTERNAL_ERROR", {4, 3, 0}, kAbort, kNoOtherHost},
     "this service failed at $0; its log says more"},

    {Event::kDomainNotFound,  // A1
     {kPermanent,
      Scope::kHost,
      ErrorKind::kDns,
      "DOMAIN_NOT_FOUND",
      {5, 1, 2},
      kAbort,
      kNoOtherHost},
     "the domain does not exist in DNS; check the address"},
    {Event::kDnsFailure,  // A2, A8
     {kTransient, Scope::kHost, ErrorKind::kDns, "DNS_FAILURE", {4, 4, 3}, kAbort, kNextHost},
     "DNS gave no usable answer; try again later"},
    {Event::kNoAddress,  // A4, A7
     {kPermanent, Scope::kHost, ErrorKind::kDns, "NO_ADDRESS", {5, 4, 4}, kAbort, kNoOtherHost},
     "DNS has no address to deliver to"},
    {Event::kNullMx,  // A5, RFC 7505 4.2
     {kPermanent, Scope::kHost, ErrorKind::kDns, "NULL_MX", {5, 1, 10}, kAbort, kNoOtherHost},
     "the domain takes no mail: it has a null MX record"},
    {Event::kMxInvalid,  // A9
     {kPermanent, Scope::kHost, ErrorKind::kDns, "MX_INVALID", {5, 4, 4}, kAbort, kNextHost},
     "none of the domain's MX records names a host"},
    {Event::kAddressProhibited,  // A13
     {kPermanent,
      Scope::kHost,
      ErrorKind::kDns,
      "ADDRESS_PROHIBITED",
      {5, 4, 4},
      kAbort,
      kNextHost},
     "the destination has only prohibited addresses"},
    {Event::kRoutingLoop,  // A12, RFC 5321 5.1
     {kPermanent, Scope::kHost, ErrorKind::kDns, "ROUTING_LOOP", {5, 4, 6}, kAbort, kNextHost},
     "the mail would come back to this machine"},

    {Event::kConnectFailed,  // A14
     {kTransient,
      Scope::kHost,
      ErrorKind::kConnection,
      "CONNECT_FAILED",
      {4, 4, 1},
      kAbort,
      kNextHost},
     "no connection could be made"},
    {Event::kSourceUnavailable,  // A16
     {kTransient,
      Scope::kIdentity,
      ErrorKind::kConnection,
      "SOURCE_UNAVAILABLE",
      {4, 3, 5},
      kAbort,
      kNoOtherHost},
     "none of the source addresses could be used"},
    {Event::kNoSourceOfFamily,  // A17
     {kTransient,
      Scope::kIdentity,
      ErrorKind::kConnection,
      "NO_SOURCE_OF_FAMILY",
      {4, 4, 4},
      kAbort,
      kNextHost},
     "there is no source address of the target's family"},
    {Event::kLocalResources,  // A18
     {kTransient,
      Scope::kLocal,
      ErrorKind::kIo,
      "LOCAL_RESOURCES",
      {4, 3, 0},
      kAbort,
      kNoOtherHost},
     "this machine has run out of ports, descriptors or buffers"},

    {Event::kTimeout,  // B12, B13, F9, G24, H6, I6, M10
     {kTransient, Scope::kHost, ErrorKind::kConnection, "TIMEOUT", kLostConnection, kAbort,
      kNextHost},
     "the time limit passed while waiting for $0"},
    {Event::kTooSlow,  // I7
     {kTransient, Scope::kHost, ErrorKind::kConnection, "TOO_SLOW", kLostConnection, kAbort,
      kNextHost},
     "the server took the message more slowly than the least rate"},
    {Event::kClosed,  // R2, A20, B11, C2, C12, F9, G16, H5, I1, I8
     {kTransient, Scope::kHost, ErrorKind::kConnection, "CONNECTION_LOST", kLostConnection, kAbort,
      kNextHost},
     "the connection was lost while waiting for $0"},
    {Event::kMalformedReply,  // B7, B9, B10, G18, M2
     {kTransient, Scope::kHost, ErrorKind::kUnexpectedReply, "MALFORMED_REPLY", kProtocolError,
      kAbort, kNextHost},
     "what came instead of $0 is not SMTP; see that a mail server listens there"},
    {Event::kInconsistentReply,  // C7, M7
     {kTransient, Scope::kHost, ErrorKind::kUnexpectedReply, "INCONSISTENT_REPLY", kProtocolError,
      kAbort, kNextHost},
     "the server contradicted itself: $0 has lines with different codes"},
    {Event::kReplyTooLong,  // B14, C11, M9
     {kTransient, Scope::kHost, ErrorKind::kUnexpectedReply, "REPLY_TOO_LONG", kProtocolError,
      kAbort, kNextHost},
     "$0 is longer than any reply may be"},
    {Event::kUnsolicitedData,  // R7, B15, F10, H7
     {kTransient, Scope::kHost, ErrorKind::kUnexpectedReply, "UNSOLICITED_DATA", kProtocolError,
      kAbort, kNextHost},
     "the server spoke before it was asked for $0"},
    {Event::kNoLmtp,  // RFC 2033 4.1
     {kTransient,
      Scope::kHost,
      ErrorKind::kUnexpectedReply,
      "LMTP_NOT_SPOKEN",
      {4, 5, 0},
      kQuit,
      kNextHost},
     "the server does not know LHLO: it speaks no LMTP on this port; check the route's address, "
     "port and protocol"},
    {Event::kEightBitNotOffered,  // I16
     {kPermanent,
      Scope::kMessage,
      ErrorKind::kUnexpectedReply,
      "EIGHT_BIT_NOT_OFFERED",
      {5, 6, 3},
      kQuit,
      kNextHost},
     "the message is 8-bit and the server takes only 7-bit; encode it as quoted-printable or "
     "base64"},
    {Event::kSmtpUtf8NotOffered,  // I17, RFC 6531 3.5
     {kPermanent,
      Scope::kMessage,
      ErrorKind::kUnexpectedReply,
      "SMTPUTF8_NOT_OFFERED",
      {5, 6, 7},
      kQuit,
      kNextHost},
     "the message needs SMTPUTF8 and the server does not offer it; use ASCII addresses, encode the "
     "header (RFC 2047) and leave smtp_utf8 unset"},
    {Event::kNoExtensions,  // C1
     {kTransient,
      Scope::kHost,
      ErrorKind::kUnexpectedReply,
      "NO_EXTENSIONS",
      {4, 7, 4},
      kQuit,
      kNextHost},
     "the message needs SMTPUTF8, and a server that refuses EHLO offers nothing; try again later"},
    {Event::kMessageTooLarge,  // I18
     {kPermanent,
      Scope::kMessage,
      ErrorKind::kUnexpectedReply,
      "MESSAGE_TOO_LARGE",
      {5, 3, 4},
      kQuit,
      kNextHost},
     "the message is larger than the limit that the server announced"},
    {Event::kMailLimit,  // L6, RFC 9422 4.1
     {kTransient,
      Scope::kHost,
      ErrorKind::kUnexpectedReply,
      "MAIL_LIMIT",
      {4, 5, 3},
      kQuit,
      kNextHost},
     "the server takes no more transactions on one connection, and these recipients' turn had not "
     "come; try again later"},
    {Event::kCommandRefused,
     {kTransient,
      Scope::kLocal,
      ErrorKind::kIo,
      "COMMAND_REFUSED",
      {4, 3, 0},
      kAbort,
      kNoOtherHost},
     "the command that asks for $0 could not be written safely; check the envelope's parameters"},

    {Event::kCancelled,  // I10
     {kTransient, Scope::kLocal, ErrorKind::kIo, "CANCELLED", {4, 3, 0}, kAbort, kNoOtherHost},
     "the caller went away while this service was waiting for $0"},
    {Event::kDeadline,  // R10, M10
     {kTransient, Scope::kLocal, ErrorKind::kIo, "DEADLINE", {4, 3, 0}, kAbort, kNoOtherHost},
     "the caller's deadline passed while this service was waiting for $0; allow more time"},
};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < std::size(kEvents); ++i) {
    if (static_cast<std::size_t>(kEvents[i].event) != i) return false;
  }
  return std::size(kEvents) == static_cast<std::size_t>(Event::kDeadline) + 1;
}
static_assert(InOrder(), "one row for each Event, in its order");

const EventRow& RowOf(Event event) { return kEvents[static_cast<std::size_t>(event)]; }

void Adjust(Stage stage, Event event, EventContext context, Verdict& verdict) {
  if (event == Event::kTimeout && stage == Stage::kConnect) {  // A15
    verdict.enhanced = {4, 4, 1};
  } else if (event == Event::kDeadline && stage >= Stage::kConnect) {  // M10
    verdict.enhanced = kLostConnection;
  } else if (event == Event::kInconsistentReply && stage == Stage::kRcptTo) {  // G21
    verdict.scope = Scope::kRecipient;
    verdict.fate = kQuit;
  } else if (event == Event::kSmtpUtf8NotOffered && context.ascii_addresses) {  // I17, RFC 6531 3.5
    verdict.enhanced = {5, 6, 9};
  } else if (event == Event::kCommandRefused && stage == Stage::kEhlo) {  // our name is at fault
    verdict.scope = Scope::kIdentity;
    verdict.enhanced = {4, 3, 5};
  }
}

// --- Replies -------------------------------------------------------------------------------------

// A code that says nothing but the class, by the server's choice or because it could not be
// trusted.
bool Generic(const EnhancedCode& code) { return code.subject == 0 && code.detail == 0; }

// The remote's code in the class of our disposition, or ours where it says no more than that.
EnhancedCode Enhanced(const Reply& reply, EnhancedCode ours) {
  if (!reply.enhanced.present() || Generic(reply.enhanced)) return ours;
  return {ours.klass, reply.enhanced.subject, reply.enhanced.detail};
}

// Nothing is decided; the dialogue goes on.
Verdict GoOn(const Reply& reply) {
  Verdict verdict;
  verdict.reason = reply.positive() ? "REPLY_2XX" : "REPLY_3XX";
  if (reply.positive()) verdict.enhanced = Enhanced(reply, {2, 0, 0});
  verdict.fate = ConnectionFate::kKeep;
  return verdict;
}

Verdict Delivered(const Reply& reply) {
  Verdict verdict = GoOn(reply);
  verdict.disposition = Disposition::kDelivered;
  return verdict;
}

Verdict Refused(const Reply& reply, Scope scope, ConnectionFate fate) {
  if (reply.transient()) {
    return {
        kTransient, scope,    ErrorKind::kUnexpectedReply, "REPLY_4XX", Enhanced(reply, {4, 0, 0}),
        fate,       kNextHost};
  }
  return {
      kPermanent, scope,       ErrorKind::kUnexpectedReply, "REPLY_5XX", Enhanced(reply, {5, 0, 0}),
      fate,       kNoOtherHost};
}

// R8: a reply that cannot stand where it stands. Nothing in it can be trusted, its code neither.
Verdict OutOfPlace() {
  return {kTransient, Scope::kHost, ErrorKind::kUnexpectedReply, "UNEXPECTED_REPLY", kProtocolError,
          kAbort,     kNextHost};
}

// RFC 5321 3.8: 421 may come at any time, and then the server is going (B2, C4, F2, G14, H5, J6).
Verdict Closing(const Reply& reply) {
  return {kTransient,
          Scope::kHost,
          ErrorKind::kUnexpectedReply,
          "SERVER_CLOSING",
          Enhanced(reply, {4, 3, 2}),
          kAbort,
          kNextHost};
}

Verdict ClassifyGreeting(const Reply& reply) {
  if (reply.positive()) return GoOn(reply);  // B1, B8
  Verdict verdict = Refused(reply, Scope::kHost, kQuit);
  if (reply.code == 521) {  // B5, RFC 7504 3
    verdict.reason = "HOST_TAKES_NO_MAIL";
    verdict.enhanced = Enhanced(reply, {5, 3, 2});
    verdict.next_host = kNextHost;
  } else {  // B3, B4, B6: it says something about this host now, nothing about the mail
    verdict.disposition = kTransient;
    verdict.enhanced = Enhanced(reply, {4, 3, 2});
    verdict.next_host = kNextHost;
  }
  return verdict;
}

Verdict ClassifyHello(const Reply& reply) {
  if (reply.positive()) return GoOn(reply);
  if (reply.transient()) return Refused(reply, Scope::kHost, kQuit);  // C3, C6
  // C5, C14: the name we gave, or the address it came from.
  return {kTransient,     Scope::kIdentity,           ErrorKind::kUnexpectedReply,
          "EHLO_REFUSED", Enhanced(reply, {4, 7, 1}), kQuit,
          kNextHost};
}

Verdict ClassifyMail(const Reply& reply) {
  if (reply.positive()) return GoOn(reply);  // F12
  Verdict verdict = Refused(reply, Scope::kMessage, ConnectionFate::kKeep);
  if (reply.code == 503) {  // F7: it is not where we are
    verdict = OutOfPlace();
    verdict.reason = "BAD_SEQUENCE";
  } else if (reply.code == 530) {  // D25, E7: not what the mail is, but how it came
    verdict.disposition = kTransient;
    verdict.reason = "AUTH_OR_TLS_REQUIRED";
    verdict.enhanced = Enhanced(reply, {4, 7, 0});
    verdict.fate = kQuit;
  } else if (reply.enhanced == EnhancedCode{5, 7, 25}) {  // F11, RFC 7372 3.3
    verdict.scope = Scope::kIdentity;
    verdict.reason = "SOURCE_BLOCKED";
  }
  return verdict;
}

Verdict ClassifyRecipient(const Reply& reply) {
  if (reply.positive()) return GoOn(reply);  // G1: 251 and 252, too
  return Refused(reply, Scope::kRecipient, ConnectionFate::kKeep);
}

// H1, H2, H4, H8: 354 and its kin are the only way on.
Verdict ClassifyData(const Reply& reply) {
  if (reply.intermediate()) return GoOn(reply);
  if (reply.positive()) return OutOfPlace();
  return Refused(reply, Scope::kMessage, ConnectionFate::kKeep);
}

// I2-I5: a refusal counts before the message is complete, an acceptance does not (R6).
Verdict ClassifyEarly(const Reply& reply) {
  if (reply.positive()) return OutOfPlace();
  return Refused(reply, Scope::kMessage, kAbort);
}

Verdict ClassifyFinal(const Reply& reply) {
  if (reply.positive()) return Delivered(reply);  // J1
  return Refused(reply, Scope::kMessage, ConnectionFate::kKeep);
}

// An intermediate reply anywhere but to DATA, or a code that is no reply's.
Verdict ClassifyOutOfPlace(Stage stage) {
  Verdict verdict = OutOfPlace();
  if (stage == Stage::kRcptTo) verdict.scope = Scope::kRecipient;  // G17
  if (stage == Stage::kFinalReply) {                               // J12
    verdict.disposition = Disposition::kUnknown;
    verdict.next_host = kNoOtherHost;
  }
  return verdict;
}

bool CanStandAt(Stage stage, const Reply& reply) {
  if (reply.intermediate()) return stage == Stage::kData;
  return reply.positive() || reply.transient() || reply.permanent();
}

// --- Words ---------------------------------------------------------------------------------------

// What a refusal at a stage is about.
const char* SubjectOf(Stage stage) {
  switch (stage) {
    case Stage::kMailFrom:
      return "the sender or the message";
    case Stage::kRcptTo:
      return "the recipient";
    case Stage::kData:
    case Stage::kBody:
    case Stage::kFinalReply:
      return "the message";
    default:
      return "this connection";
  }
}

std::string AnswerAt(Stage stage) {
  if (stage == Stage::kBody) return "its answer before the message was complete";
  return std::string(Info(stage).human);
}

constexpr char kMayBeADuplicate[] =
    "; the server had the whole message and may have taken it, so that a retry can make a "
    "duplicate";

struct Wording {
  std::string_view reason;
  // $0 the answer, $1 its code, $2 what it is about.
  const char* sentence;
};

constexpr Wording kWordings[] = {
    {"REPLY_2XX", "the server accepted $2: $0 was $1"},
    {"REPLY_3XX", "the server waits for the message: $0 was $1"},
    {"REPLY_4XX", "the server put $2 off: $0 was $1; try again later"},
    {"REPLY_5XX", "the server refused $2: $0 was $1; its words say why"},
    {"SERVER_CLOSING", "the server is closing the connection: $0 was $1; try again later"},
    {"HOST_TAKES_NO_MAIL", "the host never takes mail: $0 was $1"},
    {"EHLO_REFUSED",
     "the server refused our EHLO name or source address: $0 was $1; check ehlo-hostname and the "
     "reverse DNS of the address"},
    {"AUTH_OR_TLS_REQUIRED",
     "the server wants TLS or authentication first: $0 was $1; this version has neither, choose "
     "another route"},
    {"SOURCE_BLOCKED",
     "the server refused our source address: $0 was $1; check the reverse DNS of the address"},
    {"BAD_SEQUENCE", "the server lost its place in the dialogue: $0 was $1; try again later"},
    {"UNEXPECTED_REPLY", "the server broke the protocol: $0 was $1, which cannot stand there"},
};

// --- Ranks ---------------------------------------------------------------------------------------

int Softness(Disposition disposition) {
  switch (disposition) {
    case Disposition::kNotAttempted:
      return 0;
    case Disposition::kPermanentFailure:
      return 1;
    case Disposition::kTransientFailure:
      return 2;
    case Disposition::kUnknown:
      return 3;
    case Disposition::kDelivered:
      return 4;
  }
  return 0;
}

}  // namespace

Verdict ClassifyReply(Stage stage, const Reply& reply) {
  if (reply.code == 421) return Closing(reply);
  if (!CanStandAt(stage, reply)) return ClassifyOutOfPlace(stage);
  switch (stage) {
    case Stage::kGreeting:
      return ClassifyGreeting(reply);
    case Stage::kEhlo:
      return ClassifyHello(reply);
    case Stage::kMailFrom:
      return ClassifyMail(reply);
    case Stage::kRcptTo:
      return ClassifyRecipient(reply);
    case Stage::kData:
      return ClassifyData(reply);
    case Stage::kBody:
      return ClassifyEarly(reply);
    case Stage::kFinalReply:
      return ClassifyFinal(reply);
    case Stage::kPlan:
    case Stage::kDns:
    case Stage::kConnect:
    case Stage::kStartTls:
    case Stage::kAuth:
      break;
  }
  return OutOfPlace();  // no question is asked there
}

Verdict ClassifyEvent(Stage stage, Event event, EventContext context) {
  Verdict verdict = RowOf(event).verdict;
  Adjust(stage, event, context, verdict);
  if (context.terminator_sent) {
    verdict.disposition = Disposition::kUnknown;
    verdict.fate = kAbort;
    verdict.next_host = kNoOtherHost;  // R9
  }
  return verdict;
}

bool Outranks(const Verdict& candidate, const Verdict& kept) {
  return Softness(candidate.disposition) >= Softness(kept.disposition);
}

std::string Describe(Stage stage, Event event) {
  std::string text = absl::Substitute(RowOf(event).sentence, std::string(Info(stage).human));
  if (stage == Stage::kFinalReply) absl::StrAppend(&text, kMayBeADuplicate);
  return text;
}

std::string Describe(Stage stage, const Reply& reply) {
  const Verdict verdict = ClassifyReply(stage, reply);
  std::string text;
  for (const Wording& wording : kWordings) {
    if (wording.reason != verdict.reason) continue;
    text = absl::Substitute(wording.sentence, AnswerAt(stage), reply.code, SubjectOf(stage));
  }
  if (verdict.disposition == Disposition::kUnknown) absl::StrAppend(&text, kMayBeADuplicate);
  return text;
}

}  // namespace postern::client
