#ifndef POSTERN_STRATEGY_CONFIG_TOML_SCAN_H_
#define POSTERN_STRATEGY_CONFIG_TOML_SCAN_H_

#include "strategy/config/document.h"
#include "strategy/diagnostics/issue.h"
#include "strategy/diagnostics/source_text.h"

namespace postern::strategy {

// Whether a TOML text keeps the limits on nesting, on the segments of a key and (roughly, from
// above) on the number of values; the first breach is an Issue. Looks at brackets, dots, commas and
// strings only, so that toml++ never sees a text that would cost it its stack or our memory. Up to
// the first syntax error, where toml++ stops, it reads the text as toml++ does. Linear, allocates
// nothing. The text has passed CheckText.
bool CheckTomlShape(const SourceText& source, const DocumentLimits& limits, IssueList& issues);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_TOML_SCAN_H_
