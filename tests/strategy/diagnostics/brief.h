#ifndef POSTERN_TESTS_STRATEGY_DIAGNOSTICS_BRIEF_H_
#define POSTERN_TESTS_STRATEGY_DIAGNOSTICS_BRIEF_H_

#include <span>
#include <string>
#include <vector>

#include "strategy/diagnostics/issue.h"

namespace postern::strategy {

// "3:14+5 bad-duration": line, column, length, and the rule, with a "?" behind the rule of a
// warning and a "." behind that of a note. What an issue says in words has tests of its own.
inline std::string Brief(const Issue& issue) {
  const Position& begin = issue.range.begin;
  const char* const mark = issue.severity == Severity::kError     ? ""
                           : issue.severity == Severity::kWarning ? "?"
                                                                  : ".";
  return std::to_string(begin.line) + ":" + std::to_string(begin.column) + "+" +
         std::to_string(issue.range.length) + " " + issue.rule + mark;
}

inline std::vector<std::string> Briefs(std::span<const Issue> issues) {
  std::vector<std::string> briefs;
  for (const Issue& issue : issues) briefs.push_back(Brief(issue));
  return briefs;
}

inline std::vector<std::string> Briefs(const IssueList& issues) { return Briefs(issues.Sorted()); }

}  // namespace postern::strategy

#endif  // POSTERN_TESTS_STRATEGY_DIAGNOSTICS_BRIEF_H_
