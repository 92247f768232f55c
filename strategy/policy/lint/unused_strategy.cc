#include <string>
#include <string_view>
#include <vector>

#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"
#include "strategy/policy/lint/rules.h"

namespace postern::strategy {
namespace {

struct Question {
  const std::optional<IfBlock>& rule;
  std::string_view key;      // "queue.strategy.route"
  std::string_view section;  // "queue.route"
  std::string_view built_in;
};

template <typename Draft>
void Check(const Question& question, const std::vector<Draft>& defined, IssueList& issues) {
  const auto used = IdsOf(question.rule, question.built_in);
  if (!used) return;
  for (const Draft& draft : defined) {
    // The built-in rule for TLS names it.
    if (used->contains(draft.id) || draft.id == kBuiltInInvalidTls) continue;
    issues.Warning(draft.range, "unused-strategy",
                   Concat(question.section, ".", Quoted(draft.id), " is never chosen by ",
                          question.key, ": only a request's override can name it"),
                   "let a rule name it, or take it out");
  }
}

}  // namespace

void LintUnusedStrategy(const PolicyDraft& draft, IssueList& issues) {
  Check({draft.route_strategy, "queue.strategy.route", "queue.route", kBuiltInRoute}, draft.routes,
        issues);
  Check({draft.connection_strategy, "queue.strategy.connection", "queue.connection",
         kBuiltInConnection},
        draft.connections, issues);
  Check({draft.tls_strategy, "queue.strategy.tls", "queue.tls", kBuiltInTls}, draft.tls, issues);
}

}  // namespace postern::strategy
