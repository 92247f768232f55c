#include "strategy/policy/lint/lint.h"

namespace postern::strategy {

void LintPolicy(const PolicyDraft& draft, IssueList& issues) {
  using Rule = void (*)(const PolicyDraft&, IssueList&);
  constexpr Rule kRules[] = {
      LintUndefinedId,
      LintEhloNotQualified,
  };
  for (const Rule rule : kRules) rule(draft, issues);
}

}  // namespace postern::strategy
