#ifndef POSTERN_STRATEGY_CONFIG_IMPORTER_H_
#define POSTERN_STRATEGY_CONFIG_IMPORTER_H_

#include "strategy/config/document.h"
#include "strategy/config/macros.h"
#include "strategy/diagnostics/issue.h"
#include "strategy/policy/policy_draft.h"

namespace postern::strategy {

// Turns a document into the draft of a policy, by the schema table. Every key and value that is
// wrong is an Issue, all of them in one go, and the draft holds the rest: it may be looked at by
// the lint rules, but makes a policy only when there are no errors. Macros in the values of our
// settings are expanded with `macros`; without it, those that need it are Issues. Pure but for what
// `macros` does; linear in the size of the document.
PolicyDraft ImportPolicy(const DocumentNode& document, IssueList& issues,
                         const MacroSource* macros = nullptr);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_IMPORTER_H_
