// All documents are merged at once, level by level: a table of the result keeps one hash of its
// keys, so the work grows with the number of keys and not with its square.

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "strategy/config/reader.h"

namespace postern::strategy {
namespace {

std::string PlaceOf(const SourceRange& range) {
  return absl::StrCat(range.file, ":", range.begin.line, ":", range.begin.column);
}

void RefuseSecond(const std::string& path, const DocumentEntry& first, const DocumentEntry& second,
                  IssueList& issues) {
  issues.Error(second.key_range, "duplicate-key",
               absl::StrCat("'", path, "' is already defined at ", PlaceOf(first.key_range)),
               "keep one of the two");
}

// Adds the entries of `others` to `table`. `path` names the table in messages, with its dot.
void MergeTables(DocumentNode& table, std::vector<DocumentNode> others, const std::string& path,
                 IssueList& issues) {
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < table.entries.size(); ++i) places.emplace(table.entries[i].key, i);
  // What further files say about a table, merged once all of it is known.
  std::unordered_map<std::size_t, std::vector<DocumentNode>> further;
  std::vector<std::size_t> order;
  for (DocumentNode& other : others) {
    for (DocumentEntry& entry : other.entries) {
      const auto [found, is_new] = places.emplace(entry.key, table.entries.size());
      if (is_new) {
        table.entries.push_back(std::move(entry));
        continue;
      }
      const DocumentEntry& first = table.entries[found->second];
      if (!first.value.is_table() || !entry.value.is_table()) {
        RefuseSecond(path + entry.key, first, entry, issues);
        continue;
      }
      std::vector<DocumentNode>& tables = further[found->second];
      if (tables.empty()) order.push_back(found->second);
      tables.push_back(std::move(entry.value));
    }
  }
  for (const std::size_t i : order) {
    DocumentEntry& entry = table.entries[i];
    MergeTables(entry.value, std::move(further[i]), absl::StrCat(path, entry.key, "."), issues);
  }
}

}  // namespace

DocumentNode MergeDocuments(std::vector<DocumentNode> documents, IssueList& issues) {
  if (documents.empty()) return {};
  DocumentNode merged = std::move(documents.front());
  documents.erase(documents.begin());
  MergeTables(merged, std::move(documents), "", issues);
  return merged;
}

}  // namespace postern::strategy
