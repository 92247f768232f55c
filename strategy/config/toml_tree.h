#ifndef POSTERN_STRATEGY_CONFIG_TOML_TREE_H_
#define POSTERN_STRATEGY_CONFIG_TOML_TREE_H_

#include <toml++/toml.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "strategy/config/document.h"
#include "strategy/config/toml_places.h"
#include "strategy/config/toml_scan.h"
#include "strategy/diagnostics/issue.h"
#include "strategy/diagnostics/source_text.h"

namespace postern::strategy {

// Puts the parts of a TOML file, each parsed by itself, together to one document. Wider than TOML
// 1.0 in one point, as Stalwart is: a table may be opened again, by headers and by dotted keys,
// with further keys. Everything else that is defined twice is an Issue at the second place that
// names the first, and the first one stays; so is what makes no sense (a date, too deep). For one
// file and one thread; the work is linear in what is added.
class TomlTree {
 public:
  // Keeps references to all four.
  TomlTree(const SourceText& source, const TomlPlaces& places, const DocumentLimits& limits,
           IssueList& issues);

  // Adds a part: what toml++ made of the file's lines behind `lines_before`. They start with
  // `header`; without one they go on in the table that the last header opened.
  void Add(const toml::table& part, std::uint32_t lines_before, const TomlStatement* header);
  // The next parts up to a header belong to a table that is not known: they are left out.
  void LoseTable() { table_ = nullptr; }
  // The document; to be called once, at the end.
  DocumentNode Take();

 private:
  struct Table;
  // What headers and dotted keys may still add to: a table, or an array of tables ([[a]]).
  struct Open {
    std::unique_ptr<Table> table;
    std::vector<std::unique_ptr<Table>> elements;
  };
  struct Table {
    // Its entries have a value, or an empty one for which `open` holds the real one.
    DocumentNode node;
    absl::flat_hash_map<std::size_t, Open> open;
    // Where each key is; filled once there are too many to look at them all.
    absl::flat_hash_map<std::string, std::size_t> index;
    // For messages, and the limit on nesting.
    const Table* parent = nullptr;
    std::string key;
    std::size_t depth = 0;
  };

  const toml::table* OpenTable(const toml::table& part, const TomlStatement& header);
  Table* Enter(Table& table, const toml::key& key, const toml::node& value, bool is_last);
  Table* EnterElement(Table& table, const toml::key& key, const toml::node& value);
  void Merge(Table& table, const toml::table& part);

  static DocumentEntry* Find(Table& table, std::string_view key);
  DocumentEntry& Append(Table& table, const toml::key& key);
  std::unique_ptr<Table> MakeTable(const Table& parent, const toml::key& key,
                                   const toml::node& value, std::size_t depth) const;
  Open* OpenAt(Table& table, const DocumentEntry& entry);
  bool FitsDepth(const Table& table, const toml::key& key);
  static DocumentNode TakeTable(Table& table);

  DocumentNode Convert(const toml::node& node, std::size_t depth);
  void ConvertTable(const toml::table& table, std::size_t depth, DocumentNode& result);
  void ConvertScalar(const toml::node& node, DocumentNode& result);

  // `what`: what the first one is, when that is not plain; what to do about it.
  void RefuseSecond(const Table& table, const DocumentEntry& first, const toml::key& second,
                    std::string_view what, std::string_view suggestion);
  SourceRange RangeOf(const toml::source_region& region) const {
    return places_.Range(region, lines_before_);
  }

  const SourceText& source_;
  const TomlPlaces& places_;
  const DocumentLimits& limits_;
  IssueList& issues_;
  Table root_;
  Table* table_ = &root_;           // of the last header
  std::uint32_t lines_before_ = 0;  // of the part that is being added
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_TOML_TREE_H_
