#ifndef POSTERN_TESTS_STRATEGY_CONFIG_READER_FIXTURE_H_
#define POSTERN_TESTS_STRATEGY_CONFIG_READER_FIXTURE_H_

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "strategy/config/document.h"
#include "strategy/config/reader.h"
#include "strategy/diagnostics/issue.h"
#include "tests/strategy/diagnostics/brief.h"

namespace postern::strategy {

// What a reader makes of a text.
struct Reading {
  // When there was no error.
  std::optional<DocumentNode> document;
  // What it could make of the text all the same.
  std::optional<DocumentNode> partial;
  std::vector<Issue> issues;

  // The only issue's message or suggestion; empty when there is not exactly one.
  std::string message() const { return issues.size() == 1 ? issues[0].message : ""; }
  std::string suggestion() const { return issues.size() == 1 ? issues[0].suggestion : ""; }
};

inline Reading Toml(const std::string& text, const DocumentLimits& limits = {}) {
  IssueList issues;
  Reading reading;
  reading.partial = ReadToml(SourceText("p.toml", text), limits, issues);
  if (!issues.has_errors()) reading.document.swap(reading.partial);
  reading.issues = issues.Sorted();
  return reading;
}

inline Reading Yaml(const std::string& text, const DocumentLimits& limits = {}) {
  IssueList issues;
  Reading reading;
  reading.partial = ReadYaml(SourceText("p.yaml", text), limits, issues);
  if (!issues.has_errors()) reading.document.swap(reading.partial);
  reading.issues = issues.Sorted();
  return reading;
}

// The whole of a document but its places: {a="text", b=[1, 2.5], c={d=true}}.
inline std::string Shape(const DocumentNode& node) {
  std::string shape;
  switch (node.kind) {
    case DocumentNode::Kind::kTable:
      for (const DocumentEntry& entry : node.entries)
        shape += (shape.empty() ? "" : ", ") + entry.key + "=" + Shape(entry.value);
      return "{" + shape + "}";
    case DocumentNode::Kind::kArray:
      for (const DocumentNode& item : node.items)
        shape += (shape.empty() ? "" : ", ") + Shape(item);
      return "[" + shape + "]";
    case DocumentNode::Kind::kString:
      return "\"" + node.scalar + "\"";
    case DocumentNode::Kind::kInteger:
    case DocumentNode::Kind::kFloat:
    case DocumentNode::Kind::kBoolean:
      return node.scalar;
  }
  return shape;
}

inline std::string Shape(const Reading& reading) {
  if (reading.document) return Shape(*reading.document);
  return reading.issues.empty() ? "nothing" : reading.issues[0].message;
}

// "2:5+3": where a node or key stands.
inline std::string PlaceText(const SourceRange& range) {
  return std::to_string(range.begin.line) + ":" + std::to_string(range.begin.column) + "+" +
         std::to_string(range.length);
}

// The entry at the end of a way of keys; throws when there is none.
inline const DocumentEntry& EntryAt(const DocumentNode& table,
                                    const std::vector<std::string>& keys) {
  const DocumentNode* node = &table;
  const DocumentEntry* entry = nullptr;
  for (const std::string& key : keys) {
    entry = node->Find(key);
    if (entry == nullptr) throw std::out_of_range(key);
    node = &entry->value;
  }
  return *entry;
}

}  // namespace postern::strategy

#endif  // POSTERN_TESTS_STRATEGY_CONFIG_READER_FIXTURE_H_
