#ifndef POSTERN_TESTS_SERVER_RPC_STATUS_DETAILS_H_
#define POSTERN_TESTS_SERVER_RPC_STATUS_DETAILS_H_

#include <gtest/gtest.h>

#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace postern::server {

// The google.rpc details of a status, as a client unpacks them.
struct StatusDetails {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry;
  google::rpc::PreconditionFailure precondition;

  // The fields of the violations, in order, joined by blanks.
  std::string fields() const {
    std::string result;
    for (const auto& violation : bad_request.field_violations()) {
      if (!result.empty()) result += " ";
      result += violation.field();
    }
    return result;
  }
};

inline StatusDetails Unpack(const std::string& error_details) {
  StatusDetails result;
  EXPECT_TRUE(result.status.ParseFromString(error_details));
  for (const auto& detail : result.status.details()) {
    EXPECT_TRUE(detail.UnpackTo(&result.info) || detail.UnpackTo(&result.bad_request) ||
                detail.UnpackTo(&result.retry) || detail.UnpackTo(&result.precondition))
        << detail.type_url();
  }
  return result;
}

}  // namespace postern::server

#endif  // POSTERN_TESTS_SERVER_RPC_STATUS_DETAILS_H_
