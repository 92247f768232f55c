#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/remote_text.h"
#include "strategy/diagnostics/issue.h"

namespace postern::strategy {
namespace {

// As in RenderIssues: messages quote what may be as long as the file.
constexpr std::size_t kMaxText = 1000;

// After EscapeRemoteText there are no control bytes left: two characters need a backslash.
std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : EscapeRemoteText(text, kMaxText)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '"';
}

std::string AsJson(const Issue& issue) {
  return absl::StrCat(
      "{\"file\": ", Quote(issue.range.file), ", \"line\": ", issue.range.begin.line,
      ", \"column\": ", issue.range.begin.column,
      ", \"severity\": ", Quote(SeverityName(issue.severity)), ", \"rule\": ", Quote(issue.rule),
      ", \"message\": ", Quote(issue.message), ", \"suggestion\": ", Quote(issue.suggestion), "}");
}

}  // namespace

std::string IssuesAsJson(std::span<const Issue> issues) {
  std::string json = "[";
  for (const Issue& issue : issues)
    absl::StrAppend(&json, json.size() == 1 ? "\n  " : ",\n  ", AsJson(issue));
  return absl::StrCat(json, issues.empty() ? "]\n" : "\n]\n");
}

}  // namespace postern::strategy
