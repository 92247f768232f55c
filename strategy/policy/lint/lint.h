#ifndef POSTERN_STRATEGY_POLICY_LINT_LINT_H_
#define POSTERN_STRATEGY_POLICY_LINT_LINT_H_

#include "strategy/diagnostics/issue.h"
#include "strategy/policy/policy_draft.h"

namespace postern::strategy {

// Looks at a whole draft with the rules below, and reports what no single value shows: warnings
// only where there are no errors. Pure.
void LintPolicy(const PolicyDraft& draft, IssueList& issues);

// The rules, one per file. A new one is declared here and listed in lint.cc.

// Error `undefined-id`: an expression names a strategy that is neither defined nor built in.
void LintUndefinedId(const PolicyDraft& draft, IssueList& issues);
// Warning `unreachable-branch`: a condition that never holds, or that an earlier one leaves
// nothing.
void LintUnreachableBranch(const PolicyDraft& draft, IssueList& issues);
// Warning `unused-strategy`: a strategy that no rule names.
void LintUnusedStrategy(const PolicyDraft& draft, IssueList& issues);
// Warning `duplicate-source-ip`: an address that a list has more than once, which is a weight.
void LintDuplicateSourceIp(const PolicyDraft& draft, IssueList& issues);
// Warning `unused-source-ip`: an EHLO name for an address that no strategy leaves from.
void LintUnusedSourceIp(const PolicyDraft& draft, IssueList& issues);
// Warning `family-mismatch`: a route of one family where all source addresses are of the other.
void LintFamilyMismatch(const PolicyDraft& draft, IssueList& issues);
// Warning `short-timeout`: less than RFC 5321 4.5.3.2 wants.
void LintShortTimeout(const PolicyDraft& draft, IssueList& issues);
// Warning `literal-secret`: a secret that is written out.
void LintLiteralSecret(const PolicyDraft& draft, IssueList& issues);
// Warning `limiter-not-enforced`: every limiter in use, as long as none is obeyed.
void LintLimiterNotEnforced(const PolicyDraft& draft, IssueList& issues);
// Warning `tls-conflict`: TLS that is required and disabled at once.
void LintTlsConflict(const PolicyDraft& draft, IssueList& issues);
// Warning `implicit-tls-port`: a relay's port that does not go with its tls.implicit.
void LintImplicitTlsPort(const PolicyDraft& draft, IssueList& issues);
// Warning `lmtp-port`: LMTP on the port of SMTP (RFC 2033 5).
void LintLmtpPort(const PolicyDraft& draft, IssueList& issues);
// Warning `ehlo-not-qualified`: an EHLO name without a dot, which many servers refuse (RFC 5321
// 2.3.5).
void LintEhloNotQualified(const PolicyDraft& draft, IssueList& issues);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_POLICY_LINT_LINT_H_
