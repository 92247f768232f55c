#ifndef POSTERN_TESTS_STRATEGY_RESOLVER_KEPT_RESOLVER_H_
#define POSTERN_TESTS_STRATEGY_RESOLVER_KEPT_RESOLVER_H_

#include <deque>
#include <memory>
#include <utility>

#include "strategy/policy/policy.h"
#include "strategy/resolver/strategy_resolver.h"

namespace postern::strategy {

// A resolver that lives as long as the program, for tests that keep nothing but an answer.
inline const StrategyResolver& KeptResolver(std::shared_ptr<const Policy> policy,
                                            SystemIdentity system = {}) {
  static auto& kept = *new std::deque<StrategyResolver>;
  return kept.emplace_back(std::move(policy), std::move(system));
}

}  // namespace postern::strategy

#endif  // POSTERN_TESTS_STRATEGY_RESOLVER_KEPT_RESOLVER_H_
