#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {

void LintLiteralSecret(const PolicyDraft& draft, IssueList& issues) {
  for (const RouteDraft& route : draft.routes) {
    if (!route.secret || !route.is_secret_literal) continue;
    issues.Warning(route.secret->range, "literal-secret",
                   Concat("the secret of the relay ", Quoted(route.id),
                          " stands in the policy, where everybody who reads the policy sees it"),
                   "take it from a file or the environment: \"%{file:/run/secrets/NAME}%\"");
  }
}

}  // namespace postern::strategy
