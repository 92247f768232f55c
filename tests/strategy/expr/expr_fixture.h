#ifndef POSTERN_TESTS_STRATEGY_EXPR_EXPR_FIXTURE_H_
#define POSTERN_TESTS_STRATEGY_EXPR_EXPR_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "strategy/expr/evaluation.h"
#include "strategy/expr/expression.h"
#include "tests/strategy/diagnostics/brief.h"

namespace postern::strategy {

// A value of this text in double quotes, at line 3, column 9: its first octet is in column 10.
inline SourceRange PlaceOf(std::string_view text) {
  return {"p.toml", {3, 9}, static_cast<std::uint32_t>(text.size() + 2)};
}

// A context with every variable, for conditions.
inline ExpressionContext AnyContext() {
  ExpressionContext context;
  context.variables = VariableSet::kLimiter;
  context.use = ExpressionContext::Use::kCondition;
  return context;
}

inline ExpressionContext IdContext(VariableSet variables) {
  ExpressionContext context;
  context.variables = variables;
  return context;
}

// An expression that has no errors; warnings are not looked at.
inline Expression Parsed(std::string_view text, const ExpressionContext& context = AnyContext()) {
  IssueList issues;
  std::optional<Expression> expression = Expression::Parse(text, PlaceOf(text), context, issues);
  if (expression) return *std::move(expression);
  ADD_FAILURE() << text << ": " << issues.Sorted().at(0).message;
  return Expression::Literal("not parsed");
}

// What it gives, as ShowValue writes it; the problem when it gives nothing.
inline std::string Evaluated(std::string_view text, const Variables& variables = {},
                             const EvaluateOptions& options = {}) {
  const Expression expression = Parsed(text);
  const EvaluationResult result = expression.Evaluate(variables, options);
  return result.has_value() ? ShowValue(result.value) : result.problem;
}

// All issues of a text.
inline std::vector<Issue> IssuesOf(std::string_view text,
                                   const ExpressionContext& context = AnyContext()) {
  IssueList issues;
  (void)Expression::Parse(text, PlaceOf(text), context, issues);
  return issues.Sorted();
}

}  // namespace postern::strategy

#endif  // POSTERN_TESTS_STRATEGY_EXPR_EXPR_FIXTURE_H_
