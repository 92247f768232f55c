#include <string>

#include "absl/container/flat_hash_set.h"
#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {

void LintDuplicateSourceIp(const PolicyDraft& draft, IssueList& issues) {
  for (const ConnectionDraft& connection : draft.connections) {
    absl::flat_hash_set<IpAddress> seen;
    for (const Placed<IpAddress>& ip : connection.source_ips) {
      if (seen.insert(ip.value).second) continue;
      issues.Warning(ip.range, "duplicate-source-ip",
                     Concat(ip.value.ToString(), " is listed more than once in ",
                            Quoted(connection.id), ": it is drawn that much more often"),
                     "list it once, unless that is meant");
    }
  }
}

}  // namespace postern::strategy
