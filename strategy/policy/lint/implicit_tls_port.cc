#include <string>

#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {

// RFC 8314 3.3 gives TLS from the first octet on a port of its own, 465; on 25 and 587 servers
// speak first.
void LintImplicitTlsPort(const PolicyDraft& draft, IssueList& issues) {
  for (const RouteDraft& route : draft.routes) {
    if (route.type != RouteDraft::Type::kRelay) continue;
    const bool is_wrong =
        route.tls_implicit ? route.port == 25 || route.port == 587 : route.port == 465;
    if (!is_wrong) continue;
    issues.Warning(route.range, "implicit-tls-port",
                   Concat("the relay ", Quoted(route.id), " is spoken to ",
                          route.tls_implicit ? "in TLS from the start (the default of tls.implicit)"
                                             : "in clear at first",
                          " on port ", std::to_string(route.port),
                          ", where servers expect the "
                          "other"),
                   route.tls_implicit ? "write tls.implicit = false, or port = 465"
                                      : "write tls.implicit = true, or port = 587");
  }
}

}  // namespace postern::strategy
