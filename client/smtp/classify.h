#ifndef POSTERN_CLIENT_SMTP_CLASSIFY_H_
#define POSTERN_CLIENT_SMTP_CLASSIFY_H_

#include <cstdint>
#include <string>

#include "client/smtp/outcome.h"
#include "client/smtp/reply.h"
#include "client/smtp/stage.h"

namespace postern::client {

// What can happen at a stage other than a reply. The dialogue and the DNS planner report these;
// only classify knows what they mean.
enum class Event : std::uint8_t {
  // Planning and this service itself.
  kNoTls,          // the plan needs TLS, which this build does not have
  kNoAuth,         // the plan needs AUTH, which this build does not have
  kLineTooLong,    // a line of more than 998 octets (I15)
  kInternalError,  // our machinery broke
  // DNS (A1-A13).
  kDomainNotFound,     // NXDOMAIN of the mail domain
  kDnsFailure,         // SERVFAIL, time-out, nonsense
  kNoAddress,          // no MX and no address; or no MX host has one
  kNullMx,             // RFC 7505
  kMxInvalid,          // no usable MX name among the records
  kAddressProhibited,  // every address is denied by the route's deny-destinations
  kRoutingLoop,        // the host is this machine (A12)
  // Connection.
  kConnectFailed,      // refused, unreachable, reset while connecting
  kSourceUnavailable,  // none of the source addresses could be bound (A16)
  kNoSourceOfFamily,   // the strategy names no source of the target's family (A17)
  kLocalResources,     // ports, descriptors or buffers used up (A18)
  // The dialogue.
  kTimeout,             // the stage's limit passed
  kTooSlow,             // the body's minimum rate was not kept (I7)
  kClosed,              // end of file or reset
  kMalformedReply,      // not SMTP
  kInconsistentReply,   // several codes in one reply
  kReplyTooLong,        // over the caps
  kUnsolicitedData,     // octets before we asked (R7)
  kNoLmtp,              // LMTP is wanted, and the server does not know LHLO (RFC 2033)
  kEightBitNotOffered,  // 8-bit body and no 8BITMIME (I16)
  kSmtpUtf8NotOffered,  // SMTPUTF8 needed and not offered (I17)
  kNoExtensions,        // SMTPUTF8 needed, and EHLO was refused (C1)
  kMessageTooLarge,     // over the SIZE limit that was announced (I18)
  kMailLimit,           // MAILMAX transactions were made (L6)
  kCommandRefused,      // our own writer refused the command
  // The caller.
  kCancelled,  // the caller went away
  kDeadline,   // the caller's deadline
};

// What the event fell into, as far as the meaning depends on it.
struct EventContext {
  // The whole message with its terminator was handed to the kernel (R6, R10).
  bool terminator_sent = false;
  // What kSmtpUtf8NotOffered is about is the header: all addresses are ASCII.
  bool ascii_addresses = false;
};

// The meaning of a complete reply at a stage: disposition by its first digit (R1), scope, the
// connection's fate, and whether the next host may be tried. For kRcptTo the verdict is that
// recipient's; for kMailFrom, kData and kFinalReply it is that of every undecided recipient. At
// kGreeting and kEhlo a positive reply gives kKeep. 354 at kData gives kNotAttempted/kKeep: go on.
// `closing` in the sense of 421 shows as fate kAbort.
Verdict ClassifyReply(Stage stage, const Reply& reply);

// The meaning of anything else. An event after the terminator gives kUnknown, always (R9, R10,
// J7-J12).
Verdict ClassifyEvent(Stage stage, Event event, EventContext context = {});

// The verdict on a set of hosts that all failed: soft outranks hard (A8, B4, B5), and of equals the
// later one stays. Takes the verdict kept so far and the new one.
bool Outranks(const Verdict& candidate, const Verdict& kept);

// One sentence for people on an event or reply at a stage; no remote text in it.
std::string Describe(Stage stage, Event event);
std::string Describe(Stage stage, const Reply& reply);

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SMTP_CLASSIFY_H_
