#ifndef POSTERN_STRATEGY_POLICY_LINT_RULES_H_
#define POSTERN_STRATEGY_POLICY_LINT_RULES_H_

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "strategy/expr/if_block.h"

namespace postern::strategy {

// The ids that a rule writes out; nullopt when it may also compute others, so that any id may be
// chosen. A policy without the rule always chooses `built_in`, which is the fallback too. Pure.
inline std::optional<std::set<std::string>> IdsOf(const std::optional<IfBlock>& rule,
                                                  std::string_view built_in) {
  std::set<std::string> ids{std::string(built_in)};
  if (!rule) return ids;
  if (rule->has_computed_result()) return std::nullopt;
  for (ConstantResult& result : rule->constant_results()) ids.insert(std::move(result.value));
  return ids;
}

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_POLICY_LINT_RULES_H_
