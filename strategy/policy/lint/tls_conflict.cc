#include <string_view>

#include "strategy/diagnostics/message.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {

void LintTlsConflict(const PolicyDraft& draft, IssueList& issues) {
  for (const TlsDraft& tls : draft.tls) {
    const TlsPlan& plan = tls.plan;
    if (plan.starttls != TlsRequirement::kDisable) continue;
    const std::string_view wanted = plan.dane == TlsRequirement::kRequire      ? "dane"
                                    : plan.mta_sts == TlsRequirement::kRequire ? "mta-sts"
                                                                               : "";
    if (wanted.empty()) continue;
    issues.Warning(tls.range, "tls-conflict",
                   Concat("the TLS strategy ", Quoted(tls.id), " disables STARTTLS and requires ",
                          wanted, ", which needs it: nothing can be delivered by it"),
                   "take one of the two out");
  }
}

}  // namespace postern::strategy
