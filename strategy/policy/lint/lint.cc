#include "strategy/policy/lint/lint.h"

namespace postern::strategy {

void LintPolicy(const PolicyDraft& draft, IssueList& issues) {
  using Rule = void (*)(const PolicyDraft&, IssueList&);
  constexpr Rule kRules[] = {
      LintUndefinedId,        LintUnreachableBranch, LintUnusedStrategy,
      LintDuplicateSourceIp,  LintUnusedSourceIp,    LintFamilyMismatch,
      LintShortTimeout,       LintLiteralSecret,     LintLimiterNotEnforced,
      LintTlsConflict,        LintImplicitTlsPort,   LintEhloNotQualified,
  };
  for (const Rule rule : kRules) rule(draft, issues);
}

}  // namespace postern::strategy
