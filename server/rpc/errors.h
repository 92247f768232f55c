#ifndef POSTERN_SERVER_RPC_ERRORS_H_
#define POSTERN_SERVER_RPC_ERRORS_H_

#include <grpcpp/support/status.h>

#include <cstddef>
#include <string>
#include <vector>

#include "server/rpc/violations.h"
#include "strategy/diagnostics/issue.h"

// The RPC errors that this service answers, each with its google.rpc details. gRPC turns a status
// with more than about 8 KB of metadata into RESOURCE_EXHAUSTED, so details are kept under 7,000
// octets. Pure; any thread.
namespace postern::server {

// INVALID_ARGUMENT with ErrorInfo and BadRequest: the first violations, and how many there are.
grpc::Status InvalidRequest(const Violations& violations);
// INVALID_ARGUMENT: the octets are no message of the type, or a string in it is not UTF-8.
grpc::Status Unparsable(const std::string& message_type);
// FAILED_PRECONDITION with ErrorInfo and PreconditionFailure: the first errors of a policy, and how
// many there are.
grpc::Status InvalidPolicy(const std::vector<strategy::Issue>& issues);
// RESOURCE_EXHAUSTED with ErrorInfo and RetryInfo.
grpc::Status TooManyInFlight(std::size_t limit);
grpc::Status TooManyBytesInFlight(std::size_t limit);
// RESOURCE_EXHAUSTED with ErrorInfo: only so many of all recipients fit an answer, or the time.
grpc::Status IncompleteResolution(std::size_t resolved, std::size_t recipients);
// UNAVAILABLE with ErrorInfo and RetryInfo.
grpc::Status Draining();
// INTERNAL: the service ended before the answer was there; what became of the mail is not known.
grpc::Status AnswerLost();

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_ERRORS_H_
