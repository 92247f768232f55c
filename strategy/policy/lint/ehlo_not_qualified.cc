#include <optional>
#include <string>

#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {
namespace {

void Check(const std::optional<Placed<std::string>>& name, IssueList& issues) {
  if (!name || name->value.starts_with('[')) return;
  if (name->value.find('.') != std::string::npos) return;
  issues.Warning(name->range, "ehlo-not-qualified",
                 Concat(Quoted(name->value),
                        " is not a fully qualified name; many servers refuse mail from it"),
                 "write the whole name, such as \"mail.example.org\"");
}

}  // namespace

void LintEhloNotQualified(const PolicyDraft& draft, IssueList& issues) {
  Check(draft.server_hostname, issues);
  for (const ConnectionDraft& connection : draft.connections)
    Check(connection.ehlo_hostname, issues);
  for (const SourceIpDraft& source : draft.source_ips) Check(source.ehlo_hostname, issues);
}

}  // namespace postern::strategy
