#include "strategy/config/schema_walk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

// Past these, an Issue is only counted: its suggestion would be work for nothing.
constexpr std::size_t kMaxSuggestions = 1000;
constexpr std::size_t kMaxNamesShown = 12;

bool IsBareCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
}

bool IsBareKey(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), IsBareCharacter);
}

// The names of ours below a section, in a row; empty when there are none, or too many to help.
std::string NamesBelow(const SchemaNode& schema) {
  std::string row;
  std::size_t count = 0;
  for (const std::string_view name : schema.names()) {
    if (schema.Find(name)->is_skipped()) continue;
    if (++count > kMaxNamesShown) return "";
    row += row.empty() ? std::string(name) : Concat(", ", name);
  }
  return row;
}

// "queue.connection.<id>.ehlo-hostname" for "queue.connection".
std::string_view FirstKeyBelow(const SchemaNode& schema) {
  for (const SchemaRow& row : SchemaRows()) {
    const std::string_view below =
        row.key.substr(std::min(schema.pattern().size(), row.key.size()));
    if (row.key.starts_with(schema.pattern()) && below.starts_with('.')) return row.key;
  }
  return "";
}

}  // namespace

std::string JoinPath(std::string_view path, std::string_view key) {
  const std::string shown = IsBareKey(key) ? std::string(key) : Concat("\"", key, "\"");
  return path.empty() ? shown : Concat(path, ".", shown);
}

void SchemaWalk::Walk(const SchemaNode& schema, const DocumentNode& table,
                      const std::string& path) {
  levels_.push_back({schema, path});
  for (const DocumentEntry& entry : table.entries) Visit({schema, path}, entry);
  levels_.pop_back();
}

bool SchemaWalk::WalkInto(const Section& section) {
  if (!IsTable(section.schema, section.path, section.entry)) return false;
  Walk(section.schema, section.entry.value, section.path);
  return true;
}

void SchemaWalk::Visit(const Level& level, const DocumentEntry& entry) {
  const SchemaNode* const found = level.schema.Find(entry.key);
  if (found == nullptr) return Unknown(level, entry);
  std::string path = JoinPath(level.path, entry.key);
  if (found->is_skipped()) {
    // Where any name may be Stalwart's, one that is nearly ours is a slip.
    if (found->is_wildcard() && !DidYouMean(entry.key, level.schema.names()).empty())
      return Unknown(level, entry);
    return Skip(std::move(path), entry.key_range);
  }
  if (found->is_wildcard()) return visitor_.OnSection({*found, std::move(path), entry});
  const SchemaRow* const row = found->row();
  if (row == nullptr) {
    if (IsTable(*found, path, entry)) Walk(*found, entry.value, path);
    return;
  }
  switch (row->standing) {
    case Standing::kRead:
      return visitor_.OnSetting({*row, std::move(path), entry.key_range, entry.value});
    case Standing::kWithoutEffect:
      return issues_.Warning(entry.key_range, "without-effect",
                             Concat(Quoted(path), " has no effect: ", row->meaning),
                             std::string(row->instead));
  }
}

bool SchemaWalk::IsTable(const SchemaNode& schema, const std::string& path,
                         const DocumentEntry& entry) {
  if (entry.value.is_table()) return true;
  std::string suggestion;
  if (schema.is_wildcard() && schema.Find(entry.key) != nullptr) {
    suggestion = Concat("put a name in between: ", schema.pattern(), ".", entry.key);
  } else if (const std::string_view key = FirstKeyBelow(schema); !key.empty()) {
    suggestion = Concat("write the keys below it, such as ", key);
  }
  issues_.Error(
      entry.key_range, "wrong-type",
      Concat(Quoted(path), " must be a table of keys, but this is ", KindName(entry.value.kind)),
      std::move(suggestion));
  return false;
}

void SchemaWalk::Unknown(const Level& level, const DocumentEntry& entry) {
  const std::string where = level.path.empty() ? "" : Concat(" in ", Quoted(level.path));
  issues_.Error(entry.key_range, "unknown-key", Concat("unknown key ", Quoted(entry.key), where),
                ++unknown_ > kMaxSuggestions ? "" : Suggestion(level, entry));
}

std::string SchemaWalk::Suggestion(const Level& level, const DocumentEntry& entry) const {
  const std::string below = level.schema.PathTo(entry.key);
  if (!below.empty()) return Concat("did you mean '", below, "'?");
  const std::string_view near = DidYouMean(entry.key, level.schema.names());
  if (!near.empty()) return Concat("did you mean '", near, "'?");
  for (auto outer = levels_.rbegin(); outer != levels_.rend(); ++outer) {
    const SchemaNode* const found = outer->schema.Find(entry.key);
    if (found == nullptr || found->is_wildcard()) continue;
    return Concat("did you mean '", JoinPath(outer->path, entry.key), "'?");
  }
  if (level.schema.pattern().ends_with("<id>") && entry.value.is_table())
    return "if the dot before it is part of the id, put the whole id in quotes";
  const std::string names = NamesBelow(level.schema);
  return names.empty() ? "" : Concat("the keys here are: ", names);
}

void SchemaWalk::Skip(std::string path, const SourceRange& range) {
  if (skipped_count_ == 0) first_skipped_ = range;
  if (++skipped_count_ <= kMaxNamesShown) skipped_.push_back(std::move(path));
}

void SchemaWalk::ReportSkipped() {
  if (skipped_count_ == 0) return;
  std::string names;
  for (const std::string& path : skipped_) names += names.empty() ? path : Concat(", ", path);
  if (skipped_count_ > skipped_.size())
    names += Concat(" and ", std::to_string(skipped_count_ - skipped_.size()), " more");
  issues_.Note(first_skipped_, "skipped-section",
               Concat("passed over what is Stalwart's and not about outbound delivery: ", names));
}

}  // namespace postern::strategy
