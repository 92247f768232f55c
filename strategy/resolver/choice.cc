#include "strategy/resolver/choice.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

class TraceWriter {
 public:
  TraceWriter(std::string_view name, const IfBlock& rule, IfBlockResult& result)
      : name_(name), rule_(rule), result_(result) {}

  std::vector<TraceStep> Write() {
    const std::span<const IfBlock::Branch> branches = rule_.branches();
    steps_.reserve(branches.size() + 1);
    for (std::size_t i = 0; i < branches.size(); ++i) WriteBranch(i, branches[i]);
    WriteElse(branches.size());
    return std::move(steps_);
  }

 private:
  BranchTrace* TraceAt(std::size_t i) {
    return i < result_.branches.size() ? &result_.branches[i] : nullptr;
  }
  bool IsLast(std::size_t i) const { return i + 1 == result_.branches.size(); }

  TraceStep& Add(std::size_t i, std::string_view part, const Expression& expression) {
    TraceStep& step = steps_.emplace_back();
    step.range = expression.range();
    step.rule = step.range.begin.line == 0 ? "built-in"
                : rule_.branches().empty() ? std::string(name_)
                                           : Concat(name_, "[", std::to_string(i), "].", part);
    step.expression = expression.text();
    step.evaluated = TraceAt(i) != nullptr;
    if (step.evaluated && IsLast(i)) step.problem = result_.problem;
    return step;
  }

  void WriteBranch(std::size_t i, const IfBlock::Branch& branch) {
    TraceStep& step = Add(i, "if", branch.condition);
    step.then = branch.result.text();
    BranchTrace* const trace = TraceAt(i);
    if (trace == nullptr) return;
    step.value = std::move(trace->condition_value);
    step.matched = trace->matched;
    step.reads = std::move(trace->condition_reads);
    std::ranges::move(trace->result_reads, std::back_inserter(step.reads));
    if (trace->matched) step.result = Given(*trace);
  }

  void WriteElse(std::size_t i) {
    TraceStep& step = Add(i, "else", rule_.otherwise());
    BranchTrace* const trace = TraceAt(i);
    if (trace == nullptr) return;
    step.value = Given(*trace);
    step.matched = step.problem.empty();
    step.reads = std::move(trace->result_reads);
  }

  // An id as it is; anything else as an expression would write it.
  std::string Given(const BranchTrace& trace) const {
    return result_.id ? std::string(*result_.id) : trace.result_value;
  }

  const std::string_view name_;
  const IfBlock& rule_;
  IfBlockResult& result_;
  std::vector<TraceStep> steps_;
};

}  // namespace

std::vector<TraceStep> TraceOf(std::string_view name, const IfBlock& rule, IfBlockResult& result) {
  return TraceWriter(name, rule, result).Write();
}

TraceStep PlainStep(std::string_view rule, std::string_view value) {
  TraceStep step;
  step.rule = rule;
  step.value = value;
  step.matched = true;
  return step;
}

}  // namespace postern::strategy
