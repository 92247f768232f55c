#include "cli/refusal.h"

#include <sysexits.h>

#include <cstddef>
#include <sstream>

#include "cli/text.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace postern::cli {
namespace {

// `text` line by line, each behind `indent` but the first: what is said of a policy has several.
std::string Lines(const std::string& text, const std::string& indent) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    result += (result.empty() ? "" : indent) + Printable(line) + "\n";
  }
  return result.empty() ? "\n" : result;
}

google::rpc::BadRequest BadRequestOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::BadRequest bad;
  if (!details.ParseFromString(status.error_details())) return bad;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&bad)) return bad;
  }
  return {};
}

// The message without its quotation of the first violation, which the list below begins with.
std::string MessageOf(const grpc::Status& status, const google::rpc::BadRequest& bad) {
  std::string message = status.error_message();
  if (bad.field_violations_size() == 0) return message;
  const std::size_t quote = message.find(": " + bad.field_violations(0).field() + ": ");
  if (quote != std::string::npos) message.resize(quote + 1);
  return message;
}

}  // namespace

std::string RefusalText(const grpc::Status& status) {
  const google::rpc::BadRequest bad = BadRequestOf(status);
  std::string text = Lines(MessageOf(status, bad), "  ");
  for (const auto& violation : bad.field_violations()) {
    text += "  " + Printable(violation.field()) + ": " + Lines(violation.description(), "    ");
  }
  return text;
}

int RefusalExitStatus(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT:
      return EX_DATAERR;
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return EX_TEMPFAIL;
    default:
      return EX_SOFTWARE;
  }
}

}  // namespace postern::cli
