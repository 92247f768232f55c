#include <optional>
#include <string>
#include <string_view>

#include "strategy/diagnostics/message.h"
#include "strategy/expr/condition.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {
namespace {

std::string LineOf(const IfBlock& block, std::size_t branch) {
  return std::to_string(block.branches()[branch].condition.range().begin.line);
}

std::string Reason(const IfBlock& block, const Unreachable& found) {
  const std::string line = LineOf(block, found.earlier);
  switch (found.reason) {
    case Unreachable::Reason::kNever:
      return "this condition never holds";
    case Unreachable::Reason::kAfterAlways:
      return Concat("this is never reached: the condition at line ", line, " always holds");
    case Unreachable::Reason::kSame:
      return Concat("this is never reached: it has the condition of the branch at line ", line);
    case Unreachable::Reason::kImplied:
      return Concat(
          "this is never reached: whenever its condition holds, that of the branch at "
          "line ",
          line, " does too");
  }
  return "";
}

std::string_view Suggestion(Unreachable::Reason reason) {
  return reason == Unreachable::Reason::kImplied
             ? "put the branch with the narrower condition first"
             : "take it out, or correct the condition";
}

void Check(const std::optional<IfBlock>& block, IssueList& issues) {
  if (!block) return;
  for (const Unreachable& found : FindUnreachable(*block)) {
    const bool is_else = found.branch == block->branches().size();
    const Expression& part =
        is_else ? block->otherwise() : block->branches()[found.branch].condition;
    issues.Warning(part.range(), "unreachable-branch", Reason(*block, found),
                   std::string(Suggestion(found.reason)));
  }
}

}  // namespace

void LintUnreachableBranch(const PolicyDraft& draft, IssueList& issues) {
  Check(draft.route_strategy, issues);
  Check(draft.connection_strategy, issues);
  Check(draft.tls_strategy, issues);
}

}  // namespace postern::strategy
