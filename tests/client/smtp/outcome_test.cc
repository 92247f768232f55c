#include "client/smtp/outcome.h"

#include <gtest/gtest.h>

namespace postern::client {
namespace {

TEST(OutcomeTest, DispositionsHaveTheNamesOfTheApi) {
  EXPECT_EQ(Name(Disposition::kDelivered), "DELIVERED");
  EXPECT_EQ(Name(Disposition::kTransientFailure), "TRANSIENT_FAILURE");
  EXPECT_EQ(Name(Disposition::kPermanentFailure), "PERMANENT_FAILURE");
  EXPECT_EQ(Name(Disposition::kUnknown), "OUTCOME_UNKNOWN");
  EXPECT_EQ(Name(Disposition::kNotAttempted), "NOT_ATTEMPTED");
}

TEST(OutcomeTest, ScopesHaveTheNamesOfTheApi) {
  EXPECT_EQ(Name(Scope::kNone), "NONE");
  EXPECT_EQ(Name(Scope::kRecipient), "RECIPIENT");
  EXPECT_EQ(Name(Scope::kMessage), "MESSAGE");
  EXPECT_EQ(Name(Scope::kHost), "HOST");
  EXPECT_EQ(Name(Scope::kIdentity), "IDENTITY");
  EXPECT_EQ(Name(Scope::kLocal), "LOCAL");
}

TEST(OutcomeTest, ErrorKindsHaveTheNamesThatPolicyExpressionsKnow) {
  EXPECT_EQ(Name(ErrorKind::kNone), "none");
  EXPECT_EQ(Name(ErrorKind::kDns), "dns");
  EXPECT_EQ(Name(ErrorKind::kUnexpectedReply), "unexpected-reply");
  EXPECT_EQ(Name(ErrorKind::kConnection), "connection");
  EXPECT_EQ(Name(ErrorKind::kTls), "tls");
  EXPECT_EQ(Name(ErrorKind::kDane), "dane");
  EXPECT_EQ(Name(ErrorKind::kMtaSts), "mta-sts");
  EXPECT_EQ(Name(ErrorKind::kRate), "rate");
  EXPECT_EQ(Name(ErrorKind::kConcurrency), "concurrency");
  EXPECT_EQ(Name(ErrorKind::kIo), "io");
}

TEST(OutcomeTest, AnUntouchedVerdictDecidesNothingAndKeepsNoConnection) {
  const Verdict verdict;
  EXPECT_EQ(verdict.disposition, Disposition::kNotAttempted);
  EXPECT_EQ(verdict.fate, ConnectionFate::kAbort);
  EXPECT_FALSE(verdict.next_host);
}

}  // namespace
}  // namespace postern::client
