#ifndef POSTERN_STRATEGY_CONFIG_READER_H_
#define POSTERN_STRATEGY_CONFIG_READER_H_

#include <optional>
#include <span>

#include "strategy/config/document.h"
#include "strategy/diagnostics/issue.h"
#include "strategy/diagnostics/source_text.h"

namespace postern::strategy {

// Reads one policy text into a document. Pure: no file is opened. Every problem (not UTF-8, binary,
// syntax, duplicate key, too large, too deep, too many YAML aliases) is an Issue. Never throws, and
// its memory is bounded by `limits`.
//
// nullopt when nothing can be said about the content. A document that comes with errors is what
// could be read: ReadToml goes on behind a syntax error (up to 20 of them), ReadYaml does not. It
// is good for looking at the values that it holds, and not for saying what it lacks.
std::optional<DocumentNode> ReadToml(const SourceText& source, const DocumentLimits& limits,
                                     IssueList& issues);
std::optional<DocumentNode> ReadYaml(const SourceText& source, const DocumentLimits& limits,
                                     IssueList& issues);

// Merges documents of several files into one tree; tables merge, and a value defined twice is an
// Issue at the second place that names the first.
DocumentNode MergeDocuments(std::vector<DocumentNode> documents, IssueList& issues);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_READER_H_
