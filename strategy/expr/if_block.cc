// The list form (docs/policy-language.md): one or more { if, then }, then exactly one { else }.

#include "strategy/expr/if_block.h"

#include <algorithm>
#include <utility>

#include "strategy/diagnostics/message.h"
#include "strategy/expr/program.h"

namespace postern::strategy {
namespace {

constexpr std::string_view kBadList = "bad-if-block";

// Checks the shape of the list and parses its parts.
class BlockParser {
 public:
  BlockParser(const ExpressionContext& context, IssueList& issues)
      : result_context_(context), condition_context_(context), issues_(issues) {
    condition_context_.use = ExpressionContext::Use::kCondition;
  }

  void Read(const IfBlockItem& item) {
    if (item.otherwise) return ReadElse(item);
    if (seen_else_) Error(item.range, "a branch behind else is never reached", "put else last");
    if (!item.condition) {
      Error(item.range, "a branch has no 'if'",
            "write { if = \"...\", then = \"...\" } or { else = \"...\" }");
    }
    if (!item.result) Error(item.range, "a branch has no 'then'", "add then = \"'id'\"");
    ReadBranch(item);
  }

  void Finish(const SourceRange& range) {
    if (!seen_else_) Error(range, "the list has no 'else'", "add { else = \"'id'\" } at its end");
    if (branches_.empty() && otherwise_ && !failed_) {
      issues_.Warning(range, "no-condition",
                      "the list has no 'if', so that its else always decides; Stalwart ignores it",
                      "write the one id without a list");
    }
  }

  bool failed() const { return failed_; }
  std::vector<IfBlock::Branch>& branches() { return branches_; }
  std::optional<Expression>& otherwise() { return otherwise_; }

 private:
  void Error(const SourceRange& range, std::string message, std::string suggestion) {
    issues_.Error(range, kBadList, std::move(message), std::move(suggestion));
    failed_ = true;
  }

  void ReadElse(const IfBlockItem& item) {
    if (item.condition || item.result) {
      Error(item.range, "'else' stands beside 'if' or 'then'",
            "give else an element of its own, at the end of the list");
    }
    if (seen_else_) Error(item.range, "there is more than one 'else'", "keep one, at the end");
    seen_else_ = true;
    otherwise_ = ParsePart(*item.otherwise, result_context_);
  }

  void ReadBranch(const IfBlockItem& item) {
    std::optional<Expression> condition, result;
    if (item.condition) condition = ParsePart(*item.condition, condition_context_);
    ExpressionContext context = result_context_;
    // When the condition is wrong, what it captures is not known: nothing is said about captures.
    context.groups = condition ? condition->program().groups() : 9;
    if (item.result) result = ParsePart(*item.result, context);
    if (condition && result) branches_.push_back({*std::move(condition), *std::move(result)});
  }

  std::optional<Expression> ParsePart(const IfBlockItem::Text& part,
                                      const ExpressionContext& context) {
    std::optional<Expression> parsed = Expression::Parse(part.text, part.range, context, issues_);
    failed_ |= !parsed.has_value();
    return parsed;
  }

  const ExpressionContext result_context_;
  ExpressionContext condition_context_;
  IssueList& issues_;
  std::vector<IfBlock::Branch> branches_;
  std::optional<Expression> otherwise_;
  bool seen_else_ = false;
  bool failed_ = false;
};

// Evaluates a block: programs in a row that share one budget.
class BlockRun {
 public:
  BlockRun(const Variables& variables, const EvaluateOptions& options, IfBlockResult& result)
      : work_(result.evaluation.arena, options.limits),
        state_{variables, options, work_, false, {}},
        result_(result) {}

  // Whether the condition is true; false too when there is no value.
  bool Holds(const IfBlock::Branch& branch) {
    state_.captures.fill({});
    state_.wants_captures =
        branch.condition.program().reads_captures() || branch.result.program().reads_captures();
    const bool has_value = Run(branch.condition);
    const bool holds = has_value && IsTrue(result_.evaluation.value);
    if (state_.options.trace) TraceCondition(has_value, holds);
    return holds;
  }

  void Take(const Expression& expression, bool is_else) {
    if (is_else) {
      state_.captures.fill({});
      state_.wants_captures = expression.program().reads_captures();
    }
    const bool has_value = Run(expression);
    if (state_.options.trace) TraceResult(is_else, has_value);
    if (!has_value) return;
    if (result_.evaluation.value.is_text()) {
      result_.id = result_.evaluation.value.text();
    } else {
      result_.problem =
          Concat("it gives ", ShowValue(result_.evaluation.value), ", which is not a text");
    }
  }

  bool has_failed() const { return !result_.evaluation.has_value(); }

 private:
  bool Run(const Expression& expression) {
    expression.program().Run(state_, result_.evaluation);
    if (result_.evaluation.has_value()) return true;
    result_.evaluation.value = Value();
    result_.problem = result_.evaluation.problem;
    return false;
  }

  void TraceCondition(bool has_value, bool holds) {
    BranchTrace& trace = result_.branches.emplace_back();
    trace.matched = holds;
    trace.condition_reads = std::exchange(result_.evaluation.reads, {});
    if (has_value) trace.condition_value = ShowValue(result_.evaluation.value);
  }

  void TraceResult(bool is_else, bool has_value) {
    if (is_else) result_.branches.emplace_back().matched = true;
    BranchTrace& trace = result_.branches.back();
    trace.result_reads = std::exchange(result_.evaluation.reads, {});
    if (has_value) trace.result_value = ShowValue(result_.evaluation.value);
  }

  Workspace work_;
  RunState state_;
  IfBlockResult& result_;
};

}  // namespace

std::optional<IfBlock> IfBlock::Parse(std::span<const IfBlockItem> items, const SourceRange& range,
                                      const ExpressionContext& context, IssueList& issues) {
  if (items.size() > context.limits.branches) {
    issues.Error(range, "over-budget",
                 Concat("the list has ", std::to_string(items.size()), " branches; ",
                        std::to_string(context.limits.branches), " are allowed"),
                 "make it shorter");
    return std::nullopt;
  }
  BlockParser parser(context, issues);
  for (const IfBlockItem& item : items) parser.Read(item);
  parser.Finish(range);
  if (parser.failed()) return std::nullopt;
  return IfBlock(std::move(parser.branches()), *std::move(parser.otherwise()));
}

IfBlockResult IfBlock::Evaluate(const Variables& variables, const EvaluateOptions& options) const {
  IfBlockResult result;
  if (options.trace) result.branches.reserve(branches_.size() + 1);
  BlockRun run(variables, options, result);
  for (const Branch& branch : branches_) {
    if (run.Holds(branch)) {
      run.Take(branch.result, false);
      return result;
    }
    if (run.has_failed()) return result;
  }
  run.Take(otherwise_, true);
  return result;
}

std::vector<ConstantResult> IfBlock::constant_results() const {
  std::vector<ConstantResult> all;
  const auto add = [&](const Expression& expression) {
    std::vector<ConstantResult> some = expression.constant_results();
    std::ranges::move(some, std::back_inserter(all));
  };
  for (const Branch& branch : branches_) add(branch.result);
  add(otherwise_);
  return all;
}

bool IfBlock::has_computed_result() const {
  return otherwise_.has_computed_result() ||
         std::ranges::any_of(
             branches_, [](const Branch& branch) { return branch.result.has_computed_result(); });
}

bool IfBlock::needs_facts() const {
  return otherwise_.needs_facts() || std::ranges::any_of(branches_, [](const Branch& branch) {
           return branch.condition.needs_facts() || branch.result.needs_facts();
         });
}

}  // namespace postern::strategy
