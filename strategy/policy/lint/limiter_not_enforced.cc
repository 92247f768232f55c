#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {

void LintLimiterNotEnforced(const PolicyDraft& draft, IssueList& issues) {
  for (const LimiterDraft& limiter : draft.limiters) {
    if (!limiter.limiter.enable) continue;
    issues.Warning(limiter.range, "limiter-not-enforced",
                   Concat("the limiter ", Quoted(limiter.id),
                          " is read, but this version does not limit anything"),
                   "limit the rate in the queue, or write enable = false");
  }
}

}  // namespace postern::strategy
