#ifndef POSTERN_STRATEGY_EXPR_CONTEXT_H_
#define POSTERN_STRATEGY_EXPR_CONTEXT_H_

#include <cstdint>

#include "strategy/expr/limits.h"
#include "strategy/expr/variables.h"

namespace postern::strategy {

// Where an expression stands, as far as it decides what is right there.
struct ExpressionContext {
  // What the result is used for.
  enum class Use : std::uint8_t {
    kId,         // a text that names a strategy; anything else is worth a warning
    kCondition,  // true or false
  };

  VariableSet variables = VariableSet::kRoute;
  Use use = Use::kId;
  // What was captured before it is evaluated: the most groups that a matches() of the branch's
  // condition has; -1 without one. Set by IfBlock.
  int groups = -1;
  ExpressionLimits limits;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_CONTEXT_H_
