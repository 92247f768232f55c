#include "cli/refusal.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <string>
#include <utility>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace postern::cli {
namespace {

using Violations = std::vector<std::pair<std::string, std::string>>;

grpc::Status Refused(const std::string& message, const Violations& violations) {
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_REQUEST");
  google::rpc::BadRequest bad;
  for (const auto& [field, description] : violations) {
    auto* violation = bad.add_field_violations();
    violation->set_field(field);
    violation->set_description(description);
  }
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  details.add_details()->PackFrom(bad);
  return {grpc::StatusCode::INVALID_ARGUMENT, message, details.SerializeAsString()};
}

TEST(RefusalTextTest, NamesEachFieldOnce) {
  EXPECT_EQ(
      RefusalText(Refused("the request cannot be taken: override.tls: there is no 'x' (and 1 more)",
                          {{"override.tls", "there is no 'x'"}, {"mx", "not a name"}})),
      "the request cannot be taken:\n"
      "  override.tls: there is no 'x'\n"
      "  mx: not a name\n");
}

TEST(RefusalTextTest, AMessageThatQuotesNoFieldStaysWhole) {
  EXPECT_EQ(RefusalText(Refused("wrong: very", {{"mx", "not a name"}})),
            "wrong: very\n  mx: not a name\n");
  EXPECT_EQ(RefusalText({grpc::StatusCode::UNAVAILABLE, "shutting down"}), "shutting down\n");
  EXPECT_EQ(RefusalText({grpc::StatusCode::UNKNOWN, ""}), "\n");
}

TEST(RefusalTextTest, DetailsThatAreNoneAreNotShown) {
  EXPECT_EQ(RefusalText({grpc::StatusCode::INTERNAL, "broken", "\xFF\xFF nonsense"}), "broken\n");
}

TEST(RefusalTextTest, TheIssuesOfAPolicyKeepTheirLines) {
  EXPECT_EQ(RefusalText(
                Refused("no", {{"policy[0].text", "a.toml:1:1: error: x\n    1 | y\n      | ^"}})),
            "no\n"
            "  policy[0].text: a.toml:1:1: error: x\n"
            "        1 | y\n"
            "          | ^\n");
}

TEST(RefusalTextTest, NothingGetsToTheTerminalAsItIs) {
  EXPECT_EQ(RefusalText(Refused("a\x1b[2J", {{"b\x07", "c\r\n\x1b"}})),
            "a\\x1B[2J\n  b\\x07: c\\x0D\n    \\x1B\n");
}

TEST(RefusalExitStatusTest, SaysWhetherToTryAgain) {
  struct Case {
    grpc::StatusCode code;
    int status;
  };
  for (const Case& c : {Case{grpc::StatusCode::INVALID_ARGUMENT, EX_DATAERR},
                        Case{grpc::StatusCode::UNAVAILABLE, EX_TEMPFAIL},
                        Case{grpc::StatusCode::RESOURCE_EXHAUSTED, EX_TEMPFAIL},
                        Case{grpc::StatusCode::DEADLINE_EXCEEDED, EX_TEMPFAIL},
                        Case{grpc::StatusCode::INTERNAL, EX_SOFTWARE},
                        Case{grpc::StatusCode::UNIMPLEMENTED, EX_SOFTWARE}}) {
    EXPECT_EQ(RefusalExitStatus({c.code, ""}), c.status) << c.code;
  }
}

}  // namespace
}  // namespace postern::cli
