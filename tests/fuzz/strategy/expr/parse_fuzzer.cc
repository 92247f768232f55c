// Any octets: there is an expression, or an error that says why not; all places are inside the
// text.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "strategy/expr/condition.h"
#include "strategy/expr/expression.h"

namespace postern::strategy {
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  ExpressionContext context;
  context.variables = static_cast<VariableSet>(data[0] % 3);
  context.use = static_cast<ExpressionContext::Use>(data[0] / 3 % 2);
  const SourceRange range{"p", {1, 1}, static_cast<std::uint32_t>(text.size())};
  IssueList issues;
  const std::optional<Expression> parsed = Expression::Parse(text, range, context, issues);
  if (parsed.has_value() == issues.has_errors()) std::abort();
  for (const Issue& issue : issues.Sorted()) {
    if (issue.message.empty() || issue.range.begin.line != 1) std::abort();
    if (issue.range.begin.column > text.size() + 1) std::abort();
  }
  if (!parsed) return 0;
  // Read again it is the same, and it implies itself.
  IssueList again;
  const std::optional<Expression> twin = Expression::Parse(text, range, context, again);
  if (!twin || !(*twin == *parsed) || !Implies(*parsed, *twin)) std::abort();
  (void)TruthOf(*parsed);
  (void)parsed->constant_results();
  return 0;
}

}  // namespace postern::strategy
