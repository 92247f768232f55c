#ifndef POSTERN_STRATEGY_CONFIG_TEXT_CHECK_H_
#define POSTERN_STRATEGY_CONFIG_TEXT_CHECK_H_

#include "strategy/config/document.h"
#include "strategy/diagnostics/issue.h"
#include "strategy/diagnostics/source_text.h"

namespace postern::strategy {

// Whether a parser may see this text at all: not too large, UTF-8 (RFC 3629), no control characters
// but tab and line ends, no carriage return by itself. The first thing that is wrong is an Issue
// with its place. Linear, allocates nothing. Both libraries rely on it: yaml-cpp takes U+0004 for
// the end of the file, and both accept some invalid UTF-8.
bool CheckText(const SourceText& source, const DocumentLimits& limits, IssueList& issues);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_TEXT_CHECK_H_
