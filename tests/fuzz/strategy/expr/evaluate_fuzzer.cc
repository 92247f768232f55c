// Any expression that compiles, with any values of the variables: it ends with a value within the
// limits, or says why not; what lint claims about it holds. Input: the values of three texts, a
// line each, then two octets for numbers, then the expression.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/expr/condition.h"
#include "strategy/expr/expression.h"

namespace postern::strategy {
namespace {

std::string_view TakeLine(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

std::int64_t TakeNumber(std::string_view& rest) {
  if (rest.empty()) return 0;
  const auto number = static_cast<std::int8_t>(rest.front());
  rest.remove_prefix(1);
  return number == 127 ? INT64_MAX : number == -128 ? INT64_MIN : number;
}

void CheckResult(const Expression& expression, const EvaluationResult& result,
                 const EvaluationLimits& limits) {
  if (result.has_value() != result.problem.empty()) std::abort();
  if (!result.has_value()) return;
  if (result.value.is_array() && result.value.items().size() > limits.array) std::abort();
  (void)ShowValue(result.value);
  const Truth truth = TruthOf(expression);
  if (truth != Truth::kDepends && (truth == Truth::kAlways) != IsTrue(result.value)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Variables v;
  v.rcpt = TakeLine(rest);
  v.mx = TakeLine(rest);
  const std::string third(TakeLine(rest));
  const std::map<std::string, std::string> labels = {{"tenant", third}};
  const std::vector<std::string> recipients = {std::string(v.rcpt), third, "x"};
  v.labels = &labels;
  v.recipients = recipients;
  v.retry_num = TakeNumber(rest);
  v.size = TakeNumber(rest);
  ExpressionContext context;
  context.variables = VariableSet::kLimiter;
  IssueList issues;
  const SourceRange range{"p", {1, 1}, static_cast<std::uint32_t>(rest.size())};
  const std::optional<Expression> expression = Expression::Parse(rest, range, context, issues);
  if (!expression) return 0;
  DnsFacts facts;
  EvaluateOptions options;
  options.limits.steps = 20'000;
  options.dns = &facts;
  options.trace = true;
  // Facts that are asked for are given, until it asks no more.
  for (int round = 0;; ++round) {
    const EvaluationResult result = expression->Evaluate(v, options);
    CheckResult(*expression, result, options.limits);
    if (result.outcome != EvaluationOutcome::kMissingFacts) return 0;
    if (round > 10'000 || result.missing.empty()) std::abort();
    for (const DnsQuestion& question : result.missing) {
      if (!facts.emplace(question, DnsAnswer{false, {third}}).second) std::abort();
    }
  }
}

}  // namespace postern::strategy
