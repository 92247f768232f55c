#ifndef POSTERN_STRATEGY_EXPR_IF_BLOCK_H_
#define POSTERN_STRATEGY_EXPR_IF_BLOCK_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/expr/expression.h"

namespace postern::strategy {

// One element of an if/then/else list as a file has it: { if = "...", then = "..." } or
// { else = "..." }. What is not there is nullopt.
struct IfBlockItem {
  struct Text {
    std::string text;
    SourceRange range;
  };

  std::optional<Text> condition;  // if
  std::optional<Text> result;     // then
  std::optional<Text> otherwise;  // else
  SourceRange range;              // of the element
};

// What became of one branch that was looked at, for explanations.
struct BranchTrace {
  bool matched = false;
  std::vector<TraceRead> condition_reads;
  std::string condition_value;  // as ShowValue writes it; empty for else
  std::vector<TraceRead> result_reads;
  std::string result_value;  // empty when it did not match
};

// What evaluating a block gave.
struct IfBlockResult {
  // The id; nullopt when there is none that can be used. Readable as long as this result, the
  // block, and what the variables point to.
  std::optional<std::string_view> id;
  // Why there is no id, as a sentence without its full stop: no value (see evaluation.outcome), or
  // one that is not a text.
  std::string problem;
  EvaluationResult evaluation;
  // With EvaluateOptions::trace: the branches that were looked at, in the order of the block, whose
  // else comes last.
  std::vector<BranchTrace> branches;
};

// A rule for choosing a strategy: conditions in order, each with its result, and a result for when
// none of them holds. A single expression is a block with that last part only. A value type that is
// cheap enough to copy; immutable, any thread.
class IfBlock {
 public:
  struct Branch {
    Expression condition;
    Expression result;

    friend bool operator==(const Branch&, const Branch&) = default;
  };

  // A rule without conditions.
  explicit IfBlock(Expression result) : otherwise_(std::move(result)) {}
  // A rule that no file holds: a built-in default.
  static IfBlock Literal(std::string_view id) { return IfBlock(Expression::Literal(id)); }

  // Parses all the parts of the list at `range`. `context` is that of the results; conditions are
  // taken as such. Reports what is wrong with the list too: a missing then or else, an else before
  // an if, and so on. nullopt when there was an error.
  static std::optional<IfBlock> Parse(std::span<const IfBlockItem> items, const SourceRange& range,
                                      const ExpressionContext& context, IssueList& issues);

  // The first branch whose condition is true decides. What a matches() in its condition captured is
  // known in its result; nothing is carried on to later branches. The limits are for all of it.
  IfBlockResult Evaluate(const Variables& variables, const EvaluateOptions& options = {}) const;

  std::span<const Branch> branches() const { return branches_; }
  const Expression& otherwise() const { return otherwise_; }
  // The id that it always gives, when it is a text in quotes and nothing else; else nullptr.
  const std::string* literal() const { return branches_.empty() ? otherwise_.literal() : nullptr; }
  // Of all results, in order.
  std::vector<ConstantResult> constant_results() const;
  bool has_computed_result() const;
  bool needs_facts() const;

  friend bool operator==(const IfBlock&, const IfBlock&) = default;

 private:
  IfBlock(std::vector<Branch> branches, Expression otherwise)
      : branches_(std::move(branches)), otherwise_(std::move(otherwise)) {}

  std::vector<Branch> branches_;
  Expression otherwise_;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_IF_BLOCK_H_
