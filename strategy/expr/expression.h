#ifndef POSTERN_STRATEGY_EXPR_EXPRESSION_H_
#define POSTERN_STRATEGY_EXPR_EXPRESSION_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/diagnostics/issue.h"
#include "strategy/diagnostics/source_text.h"
#include "strategy/expr/context.h"
#include "strategy/expr/environment.h"
#include "strategy/expr/evaluation.h"
#include "strategy/expr/reporter.h"
#include "strategy/expr/variables.h"

namespace postern::strategy {

class Program;

// A text that is written out in an expression as one of its possible results: an id that must
// exist.
struct ConstantResult {
  std::string value;
  SourceRange range;  // with its quotes, as near as it can be told
};

// A policy expression in Stalwart's language (docs/policy-language.md), parsed, checked and
// compiled once: "retry_num > 1 && matches('@(.+)$', rcpt)". A value type that is cheap to copy;
// immutable, any thread. Text that is wrong gives issues, evaluation gives an outcome; nothing here
// throws or aborts.
class Expression {
 public:
  // Parses `text`, which stands in a file at `range` (the value, quotes included when it is
  // quoted). Reports every problem, and gives nullopt when there was an error.
  static std::optional<Expression> Parse(std::string_view text, const SourceRange& range,
                                         const ExpressionContext& context, IssueList& issues);
  // An expression that no file holds: a built-in default.
  static Expression Literal(std::string_view value);

  // The result lives as long as this expression (see EvaluationResult).
  EvaluationResult Evaluate(const Variables& variables, const EvaluateOptions& options = {}) const;

  // The text that it always gives, when it is a text in quotes and nothing else; else nullptr.
  const std::string* literal() const;
  // Where that text stands, its quotes included, as near as it can be told; for any other
  // expression, where it stands without the blanks around it.
  SourceRange literal_range() const;
  // All results that are written out: of "if_then(x, 'a', 'b')" both. A result that is computed is
  // not among them.
  std::vector<ConstantResult> constant_results() const;
  // Whether it may also give a result that is not written out.
  bool has_computed_result() const;
  // Whether it calls dns_query(): evaluation may ask for facts.
  bool needs_facts() const;

  // As written, and where; line 0 for a built-in.
  const std::string& text() const { return text_; }
  const SourceRange& range() const { return range_; }

  // The compiled form, for IfBlock and condition.h.
  const Program& program() const { return *program_; }

  // By meaning: places, blanks and spelling ('=' or '==', 1m or 60s) do not count.
  friend bool operator==(const Expression& a, const Expression& b);

 private:
  Expression(std::string_view text, SourceRange range, std::shared_ptr<const Program> program);

  std::string text_;
  SourceRange range_;
  std::shared_ptr<const Program> program_;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_EXPRESSION_H_
