#ifndef POSTERN_CLIENT_SMTP_OUTCOME_H_
#define POSTERN_CLIENT_SMTP_OUTCOME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/smtp/reply.h"
#include "client/smtp/stage.h"

namespace postern::client {

// What became of one recipient. kUnknown: the whole message was handed over and no complete answer
// came; a retry may make a duplicate, no retry may lose it (RFC 5321 4.5.3.2.6). Never turned into
// a known one.
enum class Disposition : std::uint8_t {
  kDelivered,
  kTransientFailure,
  kPermanentFailure,
  kUnknown,
  kNotAttempted,
};

// What the failure is about, and so what else it says something about.
enum class Scope : std::uint8_t {
  kNone,       // delivered
  kRecipient,  // this recipient only
  kMessage,    // this message, whoever it goes to
  kHost,       // the remote host or domain
  kIdentity,   // our source address or EHLO name
  kLocal,      // this service
};

// The value that the queue hands back as `last_error`; Stalwart's names.
enum class ErrorKind : std::uint8_t {
  kNone,
  kDns,
  kUnexpectedReply,
  kConnection,
  kTls,
  kDane,
  kMtaSts,
  kRate,
  kConcurrency,
  kIo,
};

std::string_view Name(Disposition disposition);  // "DELIVERED"
std::string_view Name(Scope scope);              // "RECIPIENT"
std::string_view Name(ErrorKind kind);           // "unexpected-reply"

// What to do with a connection after an event.
enum class ConnectionFate : std::uint8_t {
  kKeep,   // fit for another transaction
  kQuit,   // say QUIT, do not wait for more than a moment, close
  kAbort,  // close now, not one octet more
};

// The verdict on one event, as client/smtp/classify gives it.
struct Verdict {
  Disposition disposition = Disposition::kNotAttempted;
  Scope scope = Scope::kNone;
  ErrorKind error_kind = ErrorKind::kNone;
  // Stable UPPER_SNAKE token, a string constant: "REPLY_5XX", "CONNECTION_LOST", "TIMEOUT".
  std::string_view reason;
  // Ours where the remote gave none that may be trusted: {5,1,2} and so on.
  EnhancedCode enhanced;
  ConnectionFate fate = ConnectionFate::kAbort;
  // Whether undecided recipients may go to the next address or host within the same delivery.
  bool next_host = false;
};

// What became of one recipient in one place: a verdict, where it fell, and the words.
struct Outcome {
  Verdict verdict;
  Stage stage = Stage::kPlan;
  // The reply it rests on, if it rests on one.
  std::optional<Reply> reply;
  // For people, ours alone: what happened, where, what to do. Remote text is only in `reply`.
  std::string detail;
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SMTP_OUTCOME_H_
