#include "server/rpc/errors.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/server/rpc/status_details.h"

namespace postern::server {
namespace {

TEST(ErrorsTest, EveryErrorHasItsCodeAndErrorInfo) {
  Violations violations;
  violations.Add("envelope.mail_from", kInvalid, "has no @");
  struct Case {
    grpc::Status status;
    grpc::StatusCode code;
    std::string reason;
    int retry_seconds;
  };
  for (const Case& c :
       {Case{InvalidRequest(violations), grpc::StatusCode::INVALID_ARGUMENT, "INVALID_REQUEST", 0},
        Case{Unparsable("x.Y"), grpc::StatusCode::INVALID_ARGUMENT, "UNPARSABLE", 0},
        Case{TooManyInFlight(3), grpc::StatusCode::RESOURCE_EXHAUSTED, "TOO_MANY_IN_FLIGHT", 1},
        Case{TooManyBytesInFlight(3), grpc::StatusCode::RESOURCE_EXHAUSTED,
             "TOO_MANY_BYTES_IN_FLIGHT", 1},
        Case{Draining(), grpc::StatusCode::UNAVAILABLE, "DRAINING", 5},
        Case{AnswerLost(), grpc::StatusCode::INTERNAL, "ANSWER_LOST", 0}}) {
    const StatusDetails details = Unpack(c.status.error_details());
    EXPECT_EQ(c.status.error_code(), c.code) << c.reason;
    EXPECT_EQ(details.status.code(), c.code) << c.reason;
    EXPECT_EQ(details.status.message(), c.status.error_message());
    EXPECT_EQ(details.info.domain(), "postern");
    EXPECT_EQ(details.info.reason(), c.reason);
    EXPECT_EQ(details.retry.retry_delay().seconds(), c.retry_seconds) << c.reason;
  }
}

TEST(ErrorsTest, ViolationsNameFieldReasonAndWhatToDo) {
  Violations violations;
  violations.Add("request_id", kUnsupported, "leave it unset");
  violations.Add("transcript", kUnsupported, "leave that unset");
  const grpc::Status status = InvalidRequest(violations);
  const StatusDetails details = Unpack(status.error_details());
  EXPECT_EQ(details.info.reason(), "UNSUPPORTED");
  EXPECT_EQ(details.fields(), "request_id transcript");
  EXPECT_EQ(details.bad_request.field_violations(1).reason(), "UNSUPPORTED");
  EXPECT_EQ(details.bad_request.field_violations(1).description(), "leave that unset");
  EXPECT_EQ(status.error_message(),
            "the request cannot be taken: request_id: leave it unset (and 1 more)");
}

TEST(ErrorsTest, DifferentReasonsGiveTheGeneralOne) {
  Violations violations;
  violations.Add("envelope.mail_from", kInvalid, "has no domain");
  violations.Add("override.route", kUnknownStrategy, "no such route");
  EXPECT_EQ(Unpack(InvalidRequest(violations).error_details()).info.reason(), "INVALID_REQUEST");
}

// One thing that is not supported among many that are wrong.
TEST(ErrorsTest, WhatIsNotSupportedIsTheReasonWhateverElseIsWrong) {
  Violations violations;
  violations.Add("envelope.recipients[0].address", kInvalid, "has octets above 127");
  for (int i = 0; i < 30; ++i) violations.Add("f", kInvalid, "short");
  violations.Add("envelope.require_tls", kUnsupported, "leave it unset");
  EXPECT_EQ(Unpack(InvalidRequest(violations).error_details()).info.reason(), "UNSUPPORTED");
}

TEST(ErrorsTest, AThousandViolationsShowTwentyAndTheirCount) {
  Violations violations;
  for (int i = 0; i < 1000; ++i) violations.Add("f" + std::to_string(i), kInvalid, "short");
  const StatusDetails details = Unpack(InvalidRequest(violations).error_details());
  EXPECT_EQ(details.bad_request.field_violations_size(), 20);
  EXPECT_EQ(details.info.metadata().at("violations"), "1000");
}

// Above some 8 KB of metadata gRPC would answer RESOURCE_EXHAUSTED instead.
TEST(ErrorsTest, DetailsStayUnderSevenThousandOctetsWhateverTheTextIs) {
  Violations violations;
  for (int i = 0; i < 30; ++i) {
    violations.Add(std::string(5000, 'f'), kInvalid, std::string(5000, '\x01'));
  }
  const grpc::Status status = InvalidRequest(violations);
  EXPECT_LT(status.error_details().size() + status.error_message().size(), 7000u);
  EXPECT_GT(Unpack(status.error_details()).bad_request.field_violations_size(), 5);
}

TEST(ErrorsTest, OctetsThatAreNoTextAreEscaped) {
  Violations violations;
  violations.Add("context.labels[\"\x1b\"]", kInvalid, "bad \xff octet");
  EXPECT_EQ(violations.kept()[0].field, "context.labels[\"\\x1B\"]");
  EXPECT_EQ(violations.kept()[0].description, "bad \\xFF octet");
}

}  // namespace
}  // namespace postern::server
