#ifndef POSTERN_STRATEGY_CONFIG_SCHEMA_WALK_H_
#define POSTERN_STRATEGY_CONFIG_SCHEMA_WALK_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/config/document.h"
#include "strategy/config/schema.h"
#include "strategy/diagnostics/issue.h"

namespace postern::strategy {

// One key of the schema with the value that a document gives it, which may be of any kind.
struct Setting {
  const SchemaRow& row;
  std::string path;  // "queue.connection.x.timeout.connect"
  SourceRange key_range;
  const DocumentNode& value;
};

// A table under a name of the user's own, such as queue.connection.<id>; its value may be of any
// kind.
struct Section {
  const SchemaNode& schema;
  std::string path;  // "queue.connection.x"
  const DocumentEntry& entry;
};

// Is told what a SchemaWalk finds.
class SchemaVisitor {
 public:
  virtual ~SchemaVisitor() = default;
  virtual void OnSetting(const Setting& setting) = 0;
  // The visitor walks on into the section, if it likes its name.
  virtual void OnSection(const Section& section) = 0;
};

// Follows a document along the schema: keys that are read go to the visitor, all others become
// Issues (unknown, without effect, a scalar where a table belongs) or are passed over
// (Stalwart's sections that are not ours; one note names them all). For one document and one
// thread.
class SchemaWalk {
 public:
  SchemaWalk(SchemaVisitor& visitor, IssueList& issues) : visitor_(visitor), issues_(issues) {}

  // `path` is the table's own; empty for the root.
  void Walk(const SchemaNode& schema, const DocumentNode& table, const std::string& path);
  // The same for the table of a section; anything else there is an Issue, and false.
  bool WalkInto(const Section& section);
  // Once all is walked: the note on what was passed over, if anything was.
  void ReportSkipped();

 private:
  struct Level {
    const SchemaNode& schema;
    const std::string& path;
  };

  void Visit(const Level& level, const DocumentEntry& entry);
  bool IsTable(const SchemaNode& schema, const std::string& path, const DocumentEntry& entry);
  void Unknown(const Level& level, const DocumentEntry& entry);
  std::string Suggestion(const Level& level, const DocumentEntry& entry) const;
  void Skip(std::string path, const SourceRange& range);

  SchemaVisitor& visitor_;
  IssueList& issues_;
  std::vector<Level> levels_;  // from the root to the table that is being walked
  std::size_t unknown_ = 0;
  std::vector<std::string> skipped_;  // the first few
  std::size_t skipped_count_ = 0;
  SourceRange first_skipped_;
};

// "queue.connection" and "a.b" make `queue.connection."a.b"`. Pure.
std::string JoinPath(std::string_view path, std::string_view key);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_SCHEMA_WALK_H_
