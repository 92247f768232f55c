#include <algorithm>
#include <string_view>
#include <vector>

#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"
#include "strategy/policy/lint/rules.h"

namespace postern::strategy {
namespace {

struct Question {
  IfBlock rule;
  std::string_view key;      // "queue.strategy.route"
  std::string_view section;  // "queue.route"
  // Never remarked on: they may be the fallback. The first one is.
  std::vector<std::string_view> built_in;
};

template <typename Draft>
void Check(const Question& question, const std::vector<Draft>& defined, IssueList& issues) {
  const Choices used(question.rule, question.built_in.front());
  for (const Draft& draft : defined) {
    if (used.Has(draft.id) || std::ranges::count(question.built_in, draft.id) > 0) continue;
    issues.Warning(draft.range, "unused-strategy",
                   Concat(question.section, ".", Quoted(draft.id), " is never chosen by ",
                          question.key, ": only a request's override can name it"),
                   "let a rule name it, or take it out");
  }
}

}  // namespace

void LintUnusedStrategy(const PolicyDraft& draft, IssueList& issues) {
  Check({RouteRule(draft), "queue.strategy.route", "queue.route", {kBuiltInRoute}}, draft.routes,
        issues);
  Check({ConnectionRule(draft),
         "queue.strategy.connection",
         "queue.connection",
         {kBuiltInConnection}},
        draft.connections, issues);
  Check({TlsRule(draft), "queue.strategy.tls", "queue.tls", {kBuiltInTls, kBuiltInInvalidTls}},
        draft.tls, issues);
}

}  // namespace postern::strategy
