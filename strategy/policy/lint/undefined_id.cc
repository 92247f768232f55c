#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {
namespace {

struct Reference {
  const std::optional<Expression>& expression;
  std::string_view section;  // "queue.route"
  std::string_view built_in;
};

template <typename Draft>
void Check(const Reference& reference, const std::vector<Draft>& defined, IssueList& issues) {
  if (!reference.expression) return;
  const std::string& id = reference.expression->Evaluate();
  const auto has_id = [&](const Draft& draft) { return draft.id == id; };
  if (id == reference.built_in || std::any_of(defined.begin(), defined.end(), has_id)) return;

  std::vector<std::string_view> known{reference.built_in};
  for (const Draft& draft : defined) known.push_back(draft.id);
  const std::string_view near = DidYouMean(id, known);
  issues.Error(reference.expression->literal_range(), "undefined-id",
               Concat("there is no ", reference.section, ".", Quoted(id)),
               near.empty() ? Concat("define it, or name another; '", reference.built_in,
                                     "' is always there")
                            : Concat("did you mean ", Quoted(near), "?"));
}

}  // namespace

void LintUndefinedId(const PolicyDraft& draft, IssueList& issues) {
  Check({draft.route_strategy, "queue.route", kBuiltInRoute}, draft.routes, issues);
  Check({draft.connection_strategy, "queue.connection", kBuiltInConnection}, draft.connections,
        issues);
}

}  // namespace postern::strategy
