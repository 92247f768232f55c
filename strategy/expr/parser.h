#ifndef POSTERN_STRATEGY_EXPR_PARSER_H_
#define POSTERN_STRATEGY_EXPR_PARSER_H_

#include <span>

#include "strategy/expr/ast.h"
#include "strategy/expr/lexer.h"
#include "strategy/expr/limits.h"
#include "strategy/expr/reporter.h"

namespace postern::strategy {

// The syntax tree of `tokens` (which end with kEnd). Reports what is not in the grammar and goes on
// behind it; the tree then has broken nodes, and is good for finding more issues only. Pure.
Ast ParseTokens(std::span<const Token> tokens, const ExpressionLimits& limits, Reporter& reporter);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_PARSER_H_
