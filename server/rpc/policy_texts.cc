#include "server/rpc/policy_texts.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/remote_text.h"

namespace postern::server {

std::vector<strategy::SourceText> ReadPolicyTexts(const PolicyTexts& texts, std::string_view field,
                                                  Violations& violations) {
  std::vector<strategy::SourceText> sources;
  std::set<std::string> names;
  std::size_t octets = 0;
  for (int i = 0; i < texts.size(); ++i) {
    const std::string name = texts[i].name().empty() ? "policy.toml" : texts[i].name();
    octets += texts[i].text().size();
    if (!names.insert(name).second) {
      violations.Add(absl::StrCat(std::string(field), "[", i, "].name"), kInvalid,
                     absl::StrCat("\"", name, "\" is named twice; give each text its own name"));
    }
    sources.emplace_back(name, texts[i].text());
  }
  if (texts.empty()) violations.Add(field, kInvalid, "there is no text; give at least one");
  if (octets > kMaxPolicyOctets) {
    violations.Add(
        field, kInvalid,
        absl::StrCat(octets, " octets of text; at most ", kMaxPolicyOctets, " are taken"));
  }
  return sources;
}

void AddErrors(const std::vector<strategy::Issue>& issues, std::string_view field,
               Violations& violations) {
  for (const strategy::Issue& issue : issues) {
    if (issue.severity != strategy::Severity::kError) continue;
    std::string text = issue.range.file;
    if (issue.range.begin.line > 0)
      absl::StrAppend(&text, ":", issue.range.begin.line, ":", issue.range.begin.column);
    absl::StrAppend(&text, ": ", issue.message);
    if (!issue.suggestion.empty()) absl::StrAppend(&text, "; ", issue.suggestion);
    violations.Add(field, kInvalid, text);
  }
}

v1::PolicyIssue ToProto(const strategy::Issue& issue) {
  v1::PolicyIssue result;
  switch (issue.severity) {
    case strategy::Severity::kError:
      result.set_severity(v1::PolicyIssue::SEVERITY_ERROR);
      break;
    case strategy::Severity::kWarning:
      result.set_severity(v1::PolicyIssue::SEVERITY_WARNING);
      break;
    case strategy::Severity::kNote:
      result.set_severity(v1::PolicyIssue::SEVERITY_NOTE);
      break;
  }
  constexpr std::size_t kMaxText = 1000;
  result.set_rule(issue.rule);
  result.set_file(EscapeRemoteText(issue.range.file, kMaxText));
  result.set_line(issue.range.begin.line);
  result.set_column(issue.range.begin.column);
  result.set_message(EscapeRemoteText(issue.message, kMaxText));
  result.set_suggestion(EscapeRemoteText(issue.suggestion, kMaxText));
  return result;
}

}  // namespace postern::server
