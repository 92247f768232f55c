#ifndef POSTERN_STRATEGY_EXPR_CHECKER_H_
#define POSTERN_STRATEGY_EXPR_CHECKER_H_

#include <memory>
#include <vector>

#include "strategy/expr/ast.h"
#include "strategy/expr/context.h"
#include "strategy/expr/regex.h"
#include "strategy/expr/reporter.h"

namespace postern::strategy {

// What the checker made besides what it wrote into the tree.
struct CheckedParts {
  std::vector<std::unique_ptr<const Regex>> regexes;
  // The most groups that a matches() in it, or before it, captures; -1 without one.
  int groups = -1;
};

// Gives names their meaning and constructs their types. Errors: unknown-variable, unknown-function,
// not-available, wrong-arity, bad-regex, bad-argument. Warnings, for what Stalwart takes too:
// type-mismatch, impossible-comparison, division-by-zero, never-captured, not-an-id. Pure.
CheckedParts CheckAst(Ast& ast, const ExpressionContext& context, Reporter& reporter);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_CHECKER_H_
