#ifndef POSTERN_TESTS_STRATEGY_POLICY_LINT_LINT_FIXTURE_H_
#define POSTERN_TESTS_STRATEGY_POLICY_LINT_LINT_FIXTURE_H_

#include <string>
#include <vector>

#include "strategy/config/policy_loader.h"
#include "strategy/diagnostics/issue.h"

namespace postern::strategy {

// The issues of one rule that loading this policy gives, as "line:column severity: message".
inline std::vector<std::string> Found(const std::string& rule, const std::string& toml) {
  std::vector<SourceText> sources;
  sources.emplace_back("p.toml", toml);
  std::vector<std::string> found;
  for (const Issue& issue : LoadPolicyTexts(std::move(sources)).issues) {
    if (issue.rule != rule) continue;
    found.push_back(std::to_string(issue.range.begin.line) + ":" +
                    std::to_string(issue.range.begin.column) + " " +
                    std::string(SeverityName(issue.severity)) + ": " + issue.message);
  }
  return found;
}

}  // namespace postern::strategy

#endif  // POSTERN_TESTS_STRATEGY_POLICY_LINT_LINT_FIXTURE_H_
