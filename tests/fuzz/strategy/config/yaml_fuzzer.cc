// Any octets as a YAML policy: a document within the limits, or errors that say why not; and what
// was read goes on to the importer and the rules without harm.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "strategy/config/importer.h"
#include "strategy/config/reader.h"
#include "strategy/policy/lint/lint.h"

namespace postern::strategy {
namespace {

void CheckTree(const DocumentNode& node, std::size_t depth, const DocumentLimits& limits) {
  // The readers count an array and the tables in it in their own ways.
  if (depth > limits.max_depth + 4) std::abort();
  std::set<std::string_view> keys;
  for (const DocumentEntry& entry : node.entries) {
    if (!keys.insert(entry.key).second) std::abort();
    CheckTree(entry.value, depth + 1, limits);
  }
  for (const DocumentNode& item : node.items) CheckTree(item, depth + 1, limits);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const SourceText source("p.yaml", std::string(reinterpret_cast<const char*>(data), size));
  const DocumentLimits limits;
  IssueList issues;
  const auto document = ReadYaml(source, limits, issues);
  if (!document && !issues.has_errors()) std::abort();
  if (!document) return 0;
  CheckTree(*document, 0, limits);
  IssueList found;
  const PolicyDraft draft = ImportPolicy(*document, found);
  LintPolicy(draft, found);
  const std::vector<Issue> all = found.Sorted();
  (void)RenderIssues(all, std::span(&source, 1));
  return 0;
}

}  // namespace postern::strategy
