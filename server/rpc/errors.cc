#include "server/rpc/errors.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/remote_text.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace postern::server {
namespace {

constexpr char kDomain[] = "postern";
constexpr std::size_t kMaxBadRequestOctets = 5500;

// A status under construction: the code and sentence go into both gRPC's status and google.rpc's.
class ErrorBuilder {
 public:
  ErrorBuilder(grpc::StatusCode code, std::string_view reason, std::string message) : code_(code) {
    status_.set_code(code);
    status_.set_message(std::move(message));
    info_.set_reason(std::string(reason));
    info_.set_domain(kDomain);
  }

  ErrorBuilder& Metadata(const std::string& key, std::string value) {
    (*info_.mutable_metadata())[key] = std::move(value);
    return *this;
  }
  ErrorBuilder& RetryAfter(int seconds) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(seconds);
    return Add(retry);
  }
  ErrorBuilder& Add(const google::protobuf::Message& detail) {
    more_.add_details()->PackFrom(detail);
    return *this;
  }
  grpc::Status Build() {
    status_.add_details()->PackFrom(info_);
    status_.mutable_details()->MergeFrom(more_.details());
    return grpc::Status(code_, status_.message(), status_.SerializeAsString());
  }

 private:
  grpc::StatusCode code_;
  google::rpc::Status status_;
  google::rpc::ErrorInfo info_;
  google::rpc::Status more_;
};

google::rpc::BadRequest ToBadRequest(const Violations& violations) {
  google::rpc::BadRequest bad;
  for (const Violation& violation : violations.kept()) {
    auto* entry = bad.add_field_violations();
    entry->set_field(violation.field);
    entry->set_reason(std::string(violation.reason));
    entry->set_description(violation.description);
    if (bad.ByteSizeLong() > kMaxBadRequestOctets) {
      bad.mutable_field_violations()->RemoveLast();
      break;
    }
  }
  return bad;
}

// "policy.toml:3:1"
std::string PlaceOf(const strategy::SourceRange& range) {
  std::string file = EscapeRemoteText(range.file, 300);
  if (range.begin.line == 0) return file;
  return absl::StrCat(file, ":", range.begin.line, ":", range.begin.column);
}

}  // namespace

grpc::Status InvalidRequest(const Violations& violations) {
  const Violation& first = violations.kept().front();
  std::string message =
      absl::StrCat("the request cannot be taken: ", first.field, ": ", first.description);
  if (violations.total() > 1) absl::StrAppend(&message, " (and ", violations.total() - 1, " more)");
  return ErrorBuilder(grpc::StatusCode::INVALID_ARGUMENT, violations.Reason(), std::move(message))
      .Metadata("violations", absl::StrCat(violations.total()))
      .Add(ToBadRequest(violations))
      .Build();
}

grpc::Status Unparsable(const std::string& message_type) {
  Violations violations;
  violations.Add("", "UNPARSABLE",
                 absl::StrCat("the octets are not a ", message_type,
                              ", or one of its strings is not valid UTF-8 (octets that are not "
                              "text go into `raw`)"));
  return InvalidRequest(violations);
}

grpc::Status InvalidPolicy(const std::vector<strategy::Issue>& issues) {
  google::rpc::PreconditionFailure failure;
  std::size_t errors = 0;
  for (const strategy::Issue& issue : issues) {
    if (issue.severity != strategy::Severity::kError) continue;
    ++errors;
    if (failure.ByteSizeLong() > kMaxBadRequestOctets || errors > Violations::kMaxKept) continue;
    auto* violation = failure.add_violations();
    violation->set_type(issue.rule);
    violation->set_subject(PlaceOf(issue.range));
    violation->set_description(EscapeRemoteText(
        absl::StrCat(issue.message, issue.suggestion.empty() ? "" : "; ", issue.suggestion), 300));
  }
  std::string message = absl::StrCat("the policy has ", errors, errors == 1 ? " error" : " errors",
                                     ", and the one in force stays");
  if (failure.violations_size() > 0) {
    absl::StrAppend(&message, ": ", failure.violations(0).subject(), ": ",
                    failure.violations(0).description());
  }
  return ErrorBuilder(grpc::StatusCode::FAILED_PRECONDITION, "POLICY_INVALID", std::move(message))
      .Metadata("errors", absl::StrCat(errors))
      .Add(failure)
      .Build();
}

grpc::Status TooManyInFlight(std::size_t limit) {
  return ErrorBuilder(grpc::StatusCode::RESOURCE_EXHAUSTED, "TOO_MANY_IN_FLIGHT",
                      absl::StrCat(limit,
                                   " calls are in flight, which is the most this service takes; "
                                   "try again shortly"))
      .RetryAfter(1)
      .Build();
}

grpc::Status TooManyBytesInFlight(std::size_t limit) {
  return ErrorBuilder(grpc::StatusCode::RESOURCE_EXHAUSTED, "TOO_MANY_BYTES_IN_FLIGHT",
                      absl::StrCat("the messages in flight would come to more than ", limit,
                                   " octets, which is the most this service takes; try again "
                                   "shortly"))
      .RetryAfter(1)
      .Build();
}

grpc::Status IncompleteResolution(std::size_t resolved, std::size_t recipients) {
  return ErrorBuilder(grpc::StatusCode::RESOURCE_EXHAUSTED, "RESOLUTION_TOO_LARGE",
                      absl::StrCat("the answer for ", recipients,
                                   " recipients is too large for one "
                                   "call, or takes longer than the caller waits: ",
                                   resolved, " of them were worked out; ask for fewer at a time"))
      .Build();
}

grpc::Status Draining() {
  return ErrorBuilder(grpc::StatusCode::UNAVAILABLE, "DRAINING",
                      "this service is shutting down; try another one, or try again shortly")
      .RetryAfter(5)
      .Build();
}

grpc::Status AnswerLost() {
  return ErrorBuilder(grpc::StatusCode::INTERNAL, "ANSWER_LOST",
                      "the service ended before the call was answered; a message may or may not "
                      "have been delivered, and a retry may make a duplicate")
      .Build();
}

}  // namespace postern::server
