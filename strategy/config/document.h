#ifndef POSTERN_STRATEGY_CONFIG_DOCUMENT_H_
#define POSTERN_STRATEGY_CONFIG_DOCUMENT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/diagnostics/source_text.h"

namespace postern::strategy {

struct DocumentEntry;

// The neutral form of a policy file: what TOML and YAML have in common, with a place for every key
// and value. Twin files give trees that differ in their places only. A value type; any thread once
// built.
struct DocumentNode {
  enum class Kind { kTable, kArray, kString, kInteger, kFloat, kBoolean };

  Kind kind = Kind::kTable;
  // Where the value stands (for a table, its header or first key).
  SourceRange range;
  // Scalars: the string's value after unescaping; "true"/"false"; a number in canonical decimal
  // text.
  std::string scalar;
  // Tables, in the order of the file; keys are unique.
  std::vector<DocumentEntry> entries;
  // Arrays.
  std::vector<DocumentNode> items;
  // A macro was expanded in it: it may hold a secret, and is not to be shown.
  bool is_expanded = false;

  bool is_table() const { return kind == Kind::kTable; }
  // nullptr when there is none. Linear for small tables; readers of large ones iterate.
  const DocumentEntry* Find(std::string_view key) const;
};

struct DocumentEntry {
  std::string key;
  SourceRange key_range;
  DocumentNode value;
};

// "a string", "an integer": for messages.
std::string_view KindName(DocumentNode::Kind kind);

// Limits that every reader keeps, so that no policy text can cost more than it should.
struct DocumentLimits {
  std::size_t max_octets = 32u << 20;
  std::size_t max_depth = 32;
  // Segments of one dotted key. toml++ 3.3 crashes on very long ones, so it is checked before
  // parsing.
  std::size_t max_key_segments = 16;
  // Keys and values of one file.
  std::size_t max_nodes = 1'000'000;
  // Of these, copies that YAML aliases make.
  std::size_t max_alias_nodes = 100'000;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_DOCUMENT_H_
