#include <string>
#include <string_view>

#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {
namespace {

struct Minimum {
  std::string_view key;
  Duration least;
  std::string_view text;
};

// RFC 5321 4.5.3.2; `data` is for the reply to the final dot too.
constexpr Minimum kMinimums[] = {
    {"timeout.greeting", std::chrono::minutes(5), "5m"},
    {"timeout.mail-from", std::chrono::minutes(5), "5m"},
    {"timeout.rcpt-to", std::chrono::minutes(5), "5m"},
    {"timeout.data", std::chrono::minutes(10), "10m"},
};

void Check(const TimeoutDraft& timeout, IssueList& issues) {
  for (const Minimum& minimum : kMinimums) {
    if (timeout.key != minimum.key || timeout.limit.value >= minimum.least) continue;
    issues.Warning(
        timeout.limit.range, "short-timeout",
        Concat("servers may take ", minimum.text, " here (RFC 5321 4.5.3.2): with less, ",
               timeout.key == "timeout.data" ? "mail may be delivered twice"
                                             : "mail to slow ones fails"),
        Concat("write \"", minimum.text, "\" or more"));
  }
}

}  // namespace

void LintShortTimeout(const PolicyDraft& draft, IssueList& issues) {
  for (const ConnectionDraft& connection : draft.connections) {
    for (const TimeoutDraft& timeout : connection.timeouts) Check(timeout, issues);
  }
}

}  // namespace postern::strategy
