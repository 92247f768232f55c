#include "cli/issues.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "postern/v1/policy_text.pb.h"

namespace postern::cli {
namespace {

// A longer line is not shown: its caret would be nowhere to be seen.
constexpr std::size_t kMostLine = 160;

// The `line`th line of a policy, from 1; empty: there is none.
std::string_view LineOf(std::string_view text, std::uint32_t line) {
  for (; line > 1; --line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return "";
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// Tabs would part the caret from what it points at.
std::string WithoutTabs(std::string_view line) {
  std::string text(line);
  std::replace(text.begin(), text.end(), '\t', ' ');
  return Printable(text);
}

// The line that an issue is about, with a caret and what to do; without the line where it is not
// known or too long.
std::string Excerpt(const v1::CheckPolicyRequest& request, const v1::PolicyIssue& issue,
                    const Terminal& terminal) {
  const std::string suggestion = Printable(issue.suggestion());
  const auto file =
      std::find_if(request.policies().begin(), request.policies().end(),
                   [&issue](const v1::PolicyText& text) { return text.name() == issue.file(); });
  std::string_view line;
  if (file != request.policies().end() && issue.line() > 0) {
    line = LineOf(file->text(), issue.line());
  }
  const std::string shown = WithoutTabs(line);
  if (shown.empty() || Columns(shown) > kMostLine || issue.column() == 0) {
    return suggestion.empty() ? "" : "      | " + suggestion + "\n";
  }
  const std::string number = std::to_string(issue.line());
  const std::string margin(number.size() < 5 ? 5 - number.size() : 0, ' ');
  const std::string before = WithoutTabs(line.substr(0, issue.column() - 1));
  return margin + number + " | " + shown + "\n" + std::string(margin.size() + number.size(), ' ') +
         " | " + std::string(Columns(before), ' ') + terminal.Paint(Tone::kGood, "^") +
         (suggestion.empty() ? "" : " " + suggestion) + "\n";
}

std::string Severity(v1::PolicyIssue::Severity severity, const Terminal& terminal) {
  switch (severity) {
    case v1::PolicyIssue::SEVERITY_ERROR:
      return terminal.Paint(Tone::kBad, "error: ");
    case v1::PolicyIssue::SEVERITY_WARNING:
      return terminal.Paint(Tone::kWarning, "warning: ");
    default:
      return "note: ";
  }
}

std::string Place(const v1::PolicyIssue& issue) {
  if (issue.file().empty()) return "";
  std::string place = Printable(issue.file());
  if (issue.line() > 0) {
    place += ":" + std::to_string(issue.line()) + ":" + std::to_string(issue.column());
  }
  return place + ": ";
}

std::string Counted(std::ptrdiff_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string Summary(const v1::CheckPolicyResponse& response) {
  const auto count = [&response](v1::PolicyIssue::Severity severity) {
    return std::count_if(
        response.issues().begin(), response.issues().end(),
        [severity](const v1::PolicyIssue& issue) { return issue.severity() == severity; });
  };
  std::string text = Counted(count(v1::PolicyIssue::SEVERITY_ERROR), "error") + ", " +
                     Counted(count(v1::PolicyIssue::SEVERITY_WARNING), "warning");
  if (response.valid()) text += "; it would be policy " + Printable(response.version());
  return text + "\n";
}

}  // namespace

std::string IssuesText(const v1::CheckPolicyRequest& request,
                       const v1::CheckPolicyResponse& response, const Terminal& terminal) {
  std::string text;
  for (const v1::PolicyIssue& issue : response.issues()) {
    text += Place(issue);
    text += Severity(issue.severity(), terminal);
    text += Printable(issue.message()) + " [" + Printable(issue.rule()) + "]\n";
    text += Excerpt(request, issue, terminal);
  }
  return text + Summary(response);
}

}  // namespace postern::cli
