#include "strategy/policy/lint/lint.h"

namespace postern::strategy {

void LintPolicy(const PolicyDraft& draft, IssueList& issues) {
  using Rule = void (*)(const PolicyDraft&, IssueList&);
  constexpr Rule kWarnings[] = {
      LintUnreachableBranch, LintUnusedStrategy,  LintDuplicateSourceIp, LintUnusedSourceIp,
      LintFamilyMismatch,    LintShortTimeout,    LintLiteralSecret,     LintLimiterNotEnforced,
      LintTlsConflict,       LintImplicitTlsPort, LintLmtpPort,          LintEhloNotQualified,
  };
  LintUndefinedId(draft, issues);
  // Beside errors they would be in the way, and half of them their echo.
  if (issues.has_errors()) return;
  for (const Rule rule : kWarnings) rule(draft, issues);
}

}  // namespace postern::strategy
