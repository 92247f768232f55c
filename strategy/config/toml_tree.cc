// A table grows in its final form, a DocumentNode; beside it stands what is needed while it grows.
// Entries only ever get appended, so an entry is known by its index.

#include "strategy/config/toml_tree.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "strategy/config/scalars.h"
#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

using Kind = DocumentNode::Kind;

// Up to here looking at all keys is cheaper than a hash.
constexpr std::size_t kMaxUnindexed = 16;
constexpr char kKeepOne[] = "keep one of the two, or put both into one table";

std::string PlaceOf(const SourceRange& range) {
  return absl::StrCat(range.file, ":", range.begin.line, ":", range.begin.column);
}

using TomlEntry = std::pair<const toml::key*, const toml::node*>;

// toml++ sorts by key, we by place.
std::vector<TomlEntry> InOrder(const toml::table& table) {
  std::vector<TomlEntry> sorted;
  sorted.reserve(table.size());
  for (const auto& [key, value] : table) sorted.emplace_back(&key, &value);
  std::sort(sorted.begin(), sorted.end(), [](const TomlEntry& a, const TomlEntry& b) {
    return a.first->source().begin < b.first->source().begin;
  });
  return sorted;
}

}  // namespace

TomlTree::TomlTree(const SourceText& source, const TomlPlaces& places, const DocumentLimits& limits,
                   IssueList& issues)
    : source_(source), places_(places), limits_(limits), issues_(issues) {
  root_.node.range = {source_.file(), {1, 1}, 1};
}

void TomlTree::Add(const toml::table& part, std::uint32_t lines_before,
                   const TomlStatement* header) {
  lines_before_ = lines_before;
  const toml::table* const body = header == nullptr ? &part : OpenTable(part, *header);
  if (table_ != nullptr && body != nullptr) Merge(*table_, *body);
}

DocumentNode TomlTree::Take() { return TakeTable(root_); }

// The part of a header [a.b] is {a={b={...}}}, of [[a.b]] {a={b=[{...}]}}; gives what is innermost,
// nullptr where it does not fit what there is.
const toml::table* TomlTree::OpenTable(const toml::table& part, const TomlStatement& header) {
  const toml::table* body = &part;
  table_ = &root_;
  for (std::size_t i = 1; i <= header.segments && table_ != nullptr && !body->empty(); ++i) {
    const auto first = body->begin();
    const toml::key& key = first->first;
    const toml::node& value = first->second;
    const bool is_last = i == header.segments;
    if (const toml::array* const elements = value.as_array()) {
      body = elements->front().as_table();
      table_ = EnterElement(*table_, key, elements->front());
    } else {
      body = value.as_table();
      table_ = Enter(*table_, key, value, is_last);
    }
    if (body == nullptr) table_ = nullptr;
  }
  return body;
}

// The open table `key` in `table`, made when there is none. A header that goes on below an array of
// tables means its last element (TOML 1.0, "Array of Tables").
TomlTree::Table* TomlTree::Enter(Table& table, const toml::key& key, const toml::node& value,
                                 bool is_last) {
  const DocumentEntry* const entry = Find(table, key.str());
  if (entry == nullptr) {
    if (!FitsDepth(table, key)) return nullptr;
    Append(table, key);
    const std::size_t index = table.node.entries.size() - 1;
    Open& open = table.open[index];
    open.table = MakeTable(table, key, value, table.depth + 1);
    return open.table.get();
  }
  Open* const open = OpenAt(table, *entry);
  if (open == nullptr) {
    const bool is_inline = entry->value.is_table();
    RefuseSecond(table, *entry, key, is_inline ? "an inline table" : KindName(entry->value.kind),
                 is_inline ? "put all its keys into the braces, or all under a header"
                           : "a name is one of the two, a table or a value: rename one");
    return nullptr;
  }
  if (open->table != nullptr) return open->table.get();
  if (!is_last) return open->elements.back().get();
  RefuseSecond(table, *entry, key, "an array of tables",
               "write the header in double brackets to add a table to it");
  return nullptr;
}

TomlTree::Table* TomlTree::EnterElement(Table& table, const toml::key& key,
                                        const toml::node& value) {
  DocumentEntry* entry = Find(table, key.str());
  if (entry == nullptr) {
    if (!FitsDepth(table, key)) return nullptr;
    entry = &Append(table, key);
    entry->value.kind = Kind::kArray;
    entry->value.range = RangeOf(value.source());
    table.open.emplace(table.node.entries.size() - 1, Open());
  }
  Open* const open = OpenAt(table, *entry);
  if (open == nullptr || open->table != nullptr) {
    RefuseSecond(table, *entry, key, KindName(entry->value.kind),
                 "write the tables all in double brackets, or all in one place");
    return nullptr;
  }
  open->elements.push_back(MakeTable(table, key, value, table.depth + 2));
  return open->elements.back().get();
}

void TomlTree::Merge(Table& table, const toml::table& part) {
  for (const auto& [key, value] : InOrder(part)) {
    const toml::table* const dotted = value->as_table();
    if (dotted != nullptr && !dotted->is_inline()) {
      Table* const inner = Enter(table, *key, *value, true);
      if (inner != nullptr) Merge(*inner, *dotted);
      continue;
    }
    if (const DocumentEntry* const first = Find(table, key->str())) {
      RefuseSecond(table, *first, *key, "", kKeepOne);
      continue;
    }
    DocumentNode converted = Convert(*value, table.depth + 1);
    Append(table, *key).value = std::move(converted);
  }
}

DocumentEntry* TomlTree::Find(Table& table, std::string_view key) {
  std::vector<DocumentEntry>& entries = table.node.entries;
  if (entries.size() <= kMaxUnindexed) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const DocumentEntry& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
  }
  for (std::size_t i = table.index.size(); i < entries.size(); ++i)
    table.index.emplace(entries[i].key, i);
  const auto found = table.index.find(std::string(key));
  return found == table.index.end() ? nullptr : &entries[found->second];
}

DocumentEntry& TomlTree::Append(Table& table, const toml::key& key) {
  return table.node.entries.emplace_back(
      DocumentEntry{std::string(key.str()), RangeOf(key.source()), {}});
}

std::unique_ptr<TomlTree::Table> TomlTree::MakeTable(const Table& parent, const toml::key& key,
                                                     const toml::node& value,
                                                     std::size_t depth) const {
  auto table = std::make_unique<Table>();
  table->node.range = RangeOf(value.source());
  table->parent = &parent;
  table->key = std::string(key.str());
  table->depth = depth;
  return table;
}

TomlTree::Open* TomlTree::OpenAt(Table& table, const DocumentEntry& entry) {
  const auto index = static_cast<std::size_t>(&entry - table.node.entries.data());
  const auto found = table.open.find(index);
  return found == table.open.end() ? nullptr : &found->second;
}

bool TomlTree::FitsDepth(const Table& table, const toml::key& key) {
  // An array of tables takes two levels.
  if (table.depth + 2 <= limits_.max_depth) return true;
  issues_.Error(
      RangeOf(key.source()), "too-deep",
      absl::StrCat("tables and arrays are nested more than ", limits_.max_depth, " deep here"),
      "no policy needs that; is this the right file?");
  return false;
}

DocumentNode TomlTree::TakeTable(Table& table) {
  for (auto& [index, open] : table.open) {
    DocumentNode& value = table.node.entries[index].value;
    if (open.table != nullptr) value = TakeTable(*open.table);
    value.items.reserve(open.elements.size());
    for (const std::unique_ptr<Table>& element : open.elements)
      value.items.push_back(TakeTable(*element));
  }
  return std::move(table.node);
}

DocumentNode TomlTree::Convert(const toml::node& node, std::size_t depth) {
  DocumentNode result;
  result.range = RangeOf(node.source());
  if (depth > limits_.max_depth) {
    issues_.Error(
        result.range, "too-deep",
        absl::StrCat("tables and arrays are nested more than ", limits_.max_depth, " deep here"),
        "no policy needs that; is this the right file?");
  } else if (const toml::table* table = node.as_table()) {
    ConvertTable(*table, depth, result);
  } else if (const toml::array* array = node.as_array()) {
    result.kind = Kind::kArray;
    result.items.reserve(array->size());
    for (const toml::node& item : *array) result.items.push_back(Convert(item, depth + 1));
  } else {
    ConvertScalar(node, result);
  }
  return result;
}

void TomlTree::ConvertTable(const toml::table& table, std::size_t depth, DocumentNode& result) {
  result.entries.reserve(table.size());
  for (const auto& [key, value] : InOrder(table)) {
    result.entries.push_back(
        {std::string(key->str()), RangeOf(key->source()), Convert(*value, depth + 1)});
  }
}

void TomlTree::ConvertScalar(const toml::node& node, DocumentNode& result) {
  if (const auto* string = node.as_string()) {
    result.kind = Kind::kString;
    result.scalar = string->get();
  } else if (const auto* integer = node.as_integer()) {
    result.kind = Kind::kInteger;
    result.scalar = std::to_string(integer->get());
  } else if (const auto* number = node.as_floating_point()) {
    result.kind = Kind::kFloat;
    result.scalar = FloatText(number->get());
  } else if (const auto* boolean = node.as_boolean()) {
    result.kind = Kind::kBoolean;
    result.scalar = boolean->get() ? "true" : "false";
  } else {
    issues_.Error(result.range, "date-or-time", "a date or a time means nothing in a policy",
                  "if it is text, write it in quotes");
  }
}

void TomlTree::RefuseSecond(const Table& table, const DocumentEntry& first, const toml::key& second,
                            std::string_view what, std::string_view suggestion) {
  std::string path(second.str());
  for (const Table* outer = &table; outer->parent != nullptr; outer = outer->parent)
    path = Concat(outer->key, ".", path);
  const std::string as = what.empty() ? "" : Concat(" as ", what);
  issues_.Error(RangeOf(second.source()), "duplicate-key",
                Concat(Quoted(path), " is already defined at ", PlaceOf(first.key_range), as),
                std::string(suggestion));
}

}  // namespace postern::strategy
