#include "strategy/resolver/choice.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

constexpr std::string_view kBuiltIn = "built-in";

RulePart PartOf(std::string rule, const Expression& expression) {
  const SourceRange& range = expression.range();
  if (range.begin.line == 0) rule = kBuiltIn;
  return {std::move(rule), expression.text(), "", range};
}

// An id as it is; anything else as an expression would write it.
std::string Given(const IfBlockResult& result, const BranchTrace& trace) {
  return result.id ? std::string(*result.id) : trace.result_value;
}

void Fill(TraceStep& step, bool is_else, const IfBlockResult& result, BranchTrace& trace) {
  if (&trace == &result.branches.back()) step.problem = result.problem;
  if (is_else) {
    step.value = Given(result, trace);
    step.matched = step.problem.empty();
    step.reads = std::move(trace.result_reads);
    return;
  }
  step.value = std::move(trace.condition_value);
  step.matched = trace.matched;
  step.reads = std::move(trace.condition_reads);
  std::ranges::move(trace.result_reads, std::back_inserter(step.reads));
  if (trace.matched) step.result = Given(result, trace);
}

TraceStep MatchedStep(const RulePart& part, std::string_view value) {
  TraceStep step(part);
  step.value = value;
  step.matched = true;
  return step;
}

}  // namespace

RuleParts PartsOf(std::string_view name, const IfBlock& rule) {
  const std::span<const IfBlock::Branch> branches = rule.branches();
  if (branches.empty()) return {PartOf(std::string(name), rule.otherwise())};
  const auto place = [name](std::size_t i, std::string_view part) {
    return Concat(name, "[", std::to_string(i), "].", part);
  };
  RuleParts parts;
  parts.reserve(branches.size() + 1);
  for (const IfBlock::Branch& branch : branches) {
    parts.push_back(PartOf(place(parts.size(), "if"), branch.condition));
    parts.back().then = branch.result.text();
  }
  parts.push_back(PartOf(place(parts.size(), "else"), rule.otherwise()));
  return parts;
}

Trace TraceOf(const RuleParts& parts, IfBlockResult& result) {
  Trace trace;
  trace.steps.reserve(parts.size() + 1);  // one more for a built-in fallback
  for (std::size_t i = 0; i < parts.size(); ++i) {
    TraceStep& step = trace.steps.emplace_back(parts[i]);
    step.evaluated = i < result.branches.size();
    if (step.evaluated) Fill(step, i + 1 == parts.size(), result, result.branches[i]);
  }
  return trace;
}

TraceStep OverrideStep(std::string_view id) {
  static const auto& part = *new RulePart{"override", "", "", {}};
  return MatchedStep(part, id);
}

TraceStep BuiltInStep(std::string_view id) {
  static const auto& part = *new RulePart{std::string(kBuiltIn), "", "", {}};
  return MatchedStep(part, id);
}

}  // namespace postern::strategy
