#include <string>

#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {

// RFC 2033 5: port 25 is where SMTP is spoken.
void LintLmtpPort(const PolicyDraft& draft, IssueList& issues) {
  for (const RouteDraft& route : draft.routes) {
    if (route.protocol != RelayProtocol::kLmtp || route.port != 25) continue;
    issues.Warning(
        route.range, "lmtp-port",
        Concat("the relay ", Quoted(route.id),
               " is spoken to in LMTP on port 25, where servers speak SMTP (RFC 2033 5)"),
        "write the port of the LMTP server, often port = 24");
  }
}

}  // namespace postern::strategy
