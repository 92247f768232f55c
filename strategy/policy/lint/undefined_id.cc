#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {
namespace {

// Ids that are compared with what is written before no more suggestions are made: a tenth of a
// second at worst, and each id that is wrong in any policy written by hand.
constexpr std::size_t kMaxComparisons = 200'000;

struct Reference {
  const std::optional<IfBlock>& rule;
  std::string_view section;  // "queue.route"
  std::vector<std::string_view> built_in;
};

template <typename Draft>
void Check(const Reference& reference, const std::vector<Draft>& defined, IssueList& issues) {
  if (!reference.rule) return;
  std::vector<std::string_view> known = reference.built_in;
  for (const Draft& draft : defined) known.push_back(draft.id);
  const absl::flat_hash_set<std::string_view> set(known.begin(), known.end());
  std::size_t comparisons = 0;
  for (const ConstantResult& result : reference.rule->constant_results()) {
    if (set.contains(result.value)) continue;
    comparisons += known.size();
    const std::string_view near =
        comparisons <= kMaxComparisons ? DidYouMean(result.value, known) : std::string_view();
    issues.Error(result.range, "undefined-id",
                 Concat("there is no ", reference.section, ".", Quoted(result.value)),
                 near.empty() ? Concat("define it, or name another; '", reference.built_in.front(),
                                       "' is always there")
                              : Concat("did you mean ", Quoted(near), "?"));
  }
}

}  // namespace

void LintUndefinedId(const PolicyDraft& draft, IssueList& issues) {
  Check({draft.route_strategy, "queue.route", {kBuiltInRoute}}, draft.routes, issues);
  Check({draft.connection_strategy, "queue.connection", {kBuiltInConnection}}, draft.connections,
        issues);
  Check({draft.tls_strategy, "queue.tls", {kBuiltInTls, kBuiltInInvalidTls}}, draft.tls, issues);
}

}  // namespace postern::strategy
