#include <string>

#include "absl/container/flat_hash_set.h"
#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {

void LintUnusedSourceIp(const PolicyDraft& draft, IssueList& issues) {
  absl::flat_hash_set<IpAddress> listed;
  for (const ConnectionDraft& connection : draft.connections) {
    for (const Placed<IpAddress>& ip : connection.source_ips) listed.insert(ip.value);
  }
  for (const SourceIpDraft& source : draft.source_ips) {
    if (listed.contains(source.ip)) continue;
    issues.Warning(source.range, "unused-source-ip",
                   Concat(source.ip.ToString(), " is in the source-ips of no connection strategy"),
                   "list it in one, or take it out");
  }
}

}  // namespace postern::strategy
