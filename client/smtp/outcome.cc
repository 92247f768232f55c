// The names that the API, the logs and policy expressions know the values by. They are stable.

#include "client/smtp/outcome.h"

namespace postern::client {

std::string_view Name(Disposition disposition) {
  switch (disposition) {
    case Disposition::kDelivered:
      return "DELIVERED";
    case Disposition::kTransientFailure:
      return "TRANSIENT_FAILURE";
    case Disposition::kPermanentFailure:
      return "PERMANENT_FAILURE";
    case Disposition::kUnknown:
      return "OUTCOME_UNKNOWN";
    case Disposition::kNotAttempted:
      return "NOT_ATTEMPTED";
  }
  return "";
}

std::string_view Name(Scope scope) {
  switch (scope) {
    case Scope::kNone:
      return "NONE";
    case Scope::kRecipient:
      return "RECIPIENT";
    case Scope::kMessage:
      return "MESSAGE";
    case Scope::kHost:
      return "HOST";
    case Scope::kIdentity:
      return "IDENTITY";
    case Scope::kLocal:
      return "LOCAL";
  }
  return "";
}

std::string_view Name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNone:
      return "none";
    case ErrorKind::kDns:
      return "dns";
    case ErrorKind::kUnexpectedReply:
      return "unexpected-reply";
    case ErrorKind::kConnection:
      return "connection";
    case ErrorKind::kTls:
      return "tls";
    case ErrorKind::kDane:
      return "dane";
    case ErrorKind::kMtaSts:
      return "mta-sts";
    case ErrorKind::kRate:
      return "rate";
    case ErrorKind::kConcurrency:
      return "concurrency";
    case ErrorKind::kIo:
      return "io";
  }
  return "";
}

}  // namespace postern::client
