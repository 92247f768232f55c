#include "cli/issues.h"

#include <gtest/gtest.h>

#include <string>

#include "postern/v1/policy_text.pb.h"

namespace postern::cli {
namespace {

struct Found {
  v1::PolicyIssue::Severity severity = v1::PolicyIssue::SEVERITY_ERROR;
  std::string file{};
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string suggestion{};
};

// What is said of one issue, called "wrong [a-rule]", in the policy a.toml.
std::string Said(const std::string& policy, const Found& found) {
  v1::CheckPolicyRequest request;
  request.add_policies()->set_name("first.toml");
  v1::PolicyText& text = *request.add_policies();
  text.set_name("a.toml");
  text.set_text(policy);
  v1::CheckPolicyResponse response;
  v1::PolicyIssue& issue = *response.add_issues();
  issue.set_severity(found.severity);
  issue.set_rule("a-rule");
  issue.set_file(found.file);
  issue.set_line(found.line);
  issue.set_column(found.column);
  issue.set_message("wrong");
  issue.set_suggestion(found.suggestion);
  return IssuesText(request, response, {});
}

TEST(IssuesTextTest, AnIssueHasItsPlaceItsLineAndWhatToDo) {
  EXPECT_EQ(Said("[queue]\nx = 30\n",
                 {.file = "a.toml", .line = 2, .column = 5, .suggestion = "write 30s"}),
            "a.toml:2:5: error: wrong [a-rule]\n"
            "    2 | x = 30\n"
            "      |     ^ write 30s\n"
            "1 error, 0 warnings\n");
}

TEST(IssuesTextTest, TheCaretStandsUnderWhatIsWrong) {
  struct Case {
    std::string policy;
    std::uint32_t line;
    std::uint32_t column;  // in octets
    std::string excerpt;
  };
  for (const Case& c : {
           Case{"\tx = 1", 1, 2, "    1 |  x = 1\n      |  ^\n"},
           Case{"a = '\xC3\xBC', b", 1, 11, "    1 | a = '\xC3\xBC', b\n      |          ^\n"},
           Case{"\x1b x", 1, 3, "    1 | \\x1B x\n      |      ^\n"},
           Case{"a\r\nb\r\n", 2, 1, "    2 | b\n      | ^\n"},
           Case{"a", 1, 9, "    1 | a\n      |  ^\n"},
           Case{std::string(123455, '\n') + "z", 123456, 1, "123456 | z\n       | ^\n"},
       }) {
    EXPECT_EQ(Said(c.policy, {.file = "a.toml", .line = c.line, .column = c.column}),
              "a.toml:" + std::to_string(c.line) + ":" + std::to_string(c.column) +
                  ": error: wrong [a-rule]\n" + c.excerpt + "1 error, 0 warnings\n");
  }
}

TEST(IssuesTextTest, WithoutALineToShowThereIsNone) {
  const std::string end = "error: wrong [a-rule]\n      | do this\n1 error, 0 warnings\n";
  EXPECT_EQ(Said("x", {.suggestion = "do this"}), end);
  EXPECT_EQ(Said("x", {.file = "a.toml", .suggestion = "do this"}), "a.toml: " + end);
  EXPECT_EQ(Said("x", {.file = "b.toml", .line = 1, .column = 1, .suggestion = "do this"}),
            "b.toml:1:1: " + end);
  EXPECT_EQ(Said("x", {.file = "a.toml", .line = 9, .column = 1, .suggestion = "do this"}),
            "a.toml:9:1: " + end);
  EXPECT_EQ(Said(std::string(5000, 'x'),
                 {.file = "a.toml", .line = 1, .column = 1, .suggestion = "do this"}),
            "a.toml:1:1: " + end);
}

TEST(IssuesTextTest, WarningsAndNotesAreNoErrors) {
  EXPECT_EQ(Said("", {.severity = v1::PolicyIssue::SEVERITY_WARNING}),
            "warning: wrong [a-rule]\n0 errors, 1 warning\n");
  EXPECT_EQ(Said("", {.severity = v1::PolicyIssue::SEVERITY_NOTE}),
            "note: wrong [a-rule]\n0 errors, 0 warnings\n");
}

TEST(IssuesTextTest, AGoodPolicyHasAVersion) {
  v1::CheckPolicyResponse response;
  response.set_valid(true);
  response.set_version("abc");
  EXPECT_EQ(IssuesText({}, response, {}), "0 errors, 0 warnings; it would be policy abc\n");
}

}  // namespace
}  // namespace postern::cli
