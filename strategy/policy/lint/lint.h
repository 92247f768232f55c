#ifndef POSTERN_STRATEGY_POLICY_LINT_LINT_H_
#define POSTERN_STRATEGY_POLICY_LINT_LINT_H_

#include "strategy/diagnostics/issue.h"
#include "strategy/policy/policy_draft.h"

namespace postern::strategy {

// Looks at a whole draft with every rule below, and reports what no single value shows. Pure.
void LintPolicy(const PolicyDraft& draft, IssueList& issues);

// The rules, one per file. A new one is declared here and listed in lint.cc.

// Error `undefined-id`: an expression names a strategy that is neither defined nor built in.
void LintUndefinedId(const PolicyDraft& draft, IssueList& issues);
// Warning `ehlo-not-qualified`: an EHLO name without a dot, which many servers refuse (RFC 5321
// 2.3.5).
void LintEhloNotQualified(const PolicyDraft& draft, IssueList& issues);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_POLICY_LINT_LINT_H_
