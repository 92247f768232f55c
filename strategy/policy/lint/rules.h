#ifndef POSTERN_STRATEGY_POLICY_LINT_RULES_H_
#define POSTERN_STRATEGY_POLICY_LINT_RULES_H_

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "strategy/expr/if_block.h"
#include "strategy/policy/policy_draft.h"

namespace postern::strategy {

// The rules that decide: the policy's, or the built-in one of a policy without.
inline IfBlock RouteRule(const PolicyDraft& draft) {
  return draft.route_strategy ? *draft.route_strategy : IfBlock::Literal(kBuiltInRoute);
}
inline IfBlock ConnectionRule(const PolicyDraft& draft) {
  return draft.connection_strategy ? *draft.connection_strategy
                                   : IfBlock::Literal(kBuiltInConnection);
}
inline IfBlock TlsRule(const PolicyDraft& draft) {
  return draft.tls_strategy ? *draft.tls_strategy : BuiltInTlsRule();
}

// The ids that a rule may lead to. A plain value.
class Choices {
 public:
  // `fallback` is the id that is used when the rule gives none that exists.
  Choices(const IfBlock& rule, std::string_view fallback) : is_any_(rule.has_computed_result()) {
    for (ConstantResult& result : rule.constant_results()) ids_.insert(std::move(result.value));
    if (rule.needs_facts()) ids_.emplace(fallback);  // for a lookup that fails
  }

  // Whether any id at all may come out.
  bool is_any() const { return is_any_; }
  bool Has(std::string_view id) const { return is_any_ || ids_.contains(id); }

 private:
  bool is_any_;
  std::set<std::string, std::less<>> ids_;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_POLICY_LINT_RULES_H_
