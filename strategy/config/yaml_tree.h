#ifndef POSTERN_STRATEGY_CONFIG_YAML_TREE_H_
#define POSTERN_STRATEGY_CONFIG_YAML_TREE_H_

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "strategy/config/document.h"
#include "strategy/diagnostics/issue.h"
#include "strategy/diagnostics/source_text.h"

namespace postern::strategy {

// Thrown through yaml-cpp's parser, by handlers that have put down an Issue, to end the reading.
class StopReading : public std::exception {};

// Builds a document from yaml-cpp's events, one YAML document's worth. Made by ReadYaml for one
// text, used by one thread. yaml-cpp's own tree is not used: it keeps duplicate keys, makes cycles,
// and costs ten times the memory. What is wrong becomes an Issue and reading goes on; where that
// could not be bounded (depth, values, copies by aliases) it throws StopReading.
class YamlTree : public YAML::EventHandler {
 public:
  YamlTree(const SourceText& source, const DocumentLimits& limits, IssueList& issues);

  // The document, once all its events have arrived: an empty table when there were none. Right only
  // when there were no errors.
  DocumentNode Take();

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  // A table or an array that is not closed yet. It stands at its final place in the tree: only the
  // innermost one grows, so these pointers hold.
  struct Open {
    DocumentNode* node = nullptr;
    bool awaits_key = false;
    std::unordered_map<std::string, Position> keys;  // of a table, for duplicates
  };
  // The way to an anchored node: the index of the child at each level. nullopt: not on a value.
  using Path = std::optional<std::vector<std::uint32_t>>;

  bool AwaitsKey() const { return !open_.empty() && open_.back().awaits_key; }
  void TakeKey(const SourceRange& range, const std::string& tag, YAML::anchor_t anchor,
               const std::string& value);
  void RefuseKey(const SourceRange& range, std::string_view what);
  void ReadScalar(const std::string& tag, const std::string& value, DocumentNode& node);
  void ReadTagged(std::string_view type, const std::string& value, DocumentNode& node);
  void OpenNode(DocumentNode::Kind kind, std::string_view type, const YAML::Mark& mark,
                const std::string& tag, YAML::anchor_t anchor);

  DocumentNode& Attach(DocumentNode node, YAML::anchor_t anchor);
  Path PathOfLast() const;
  DocumentNode* Find(const Path& path);
  // The anchored node that an alias at `range` may copy; stops when it may not.
  const DocumentNode& Target(const SourceRange& range, YAML::anchor_t anchor);
  void ChargeCopy(const DocumentNode& node, std::size_t depth, const SourceRange& range);

  // Where the node itself starts.
  std::size_t OffsetOf(const YAML::Mark& mark) const;
  SourceRange RangeAt(const YAML::Mark& mark, std::string_view value = "") const;
  void Refuse(const SourceRange& range, std::string_view rule, std::string message,
              std::string suggestion);
  [[noreturn]] void Stop(const SourceRange& range, std::string_view rule, std::string message,
                         std::string suggestion);
  void CheckDepth(std::size_t depth, const SourceRange& range);

  const SourceText& source_;
  const DocumentLimits& limits_;
  IssueList& issues_;

  DocumentNode root_;
  bool has_root_ = false;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Path> anchors_;
  std::size_t nodes_ = 0;
  std::size_t alias_nodes_ = 0;
  std::size_t alias_octets_ = 0;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_YAML_TREE_H_
