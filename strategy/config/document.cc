#include "strategy/config/document.h"

namespace postern::strategy {

const DocumentEntry* DocumentNode::Find(std::string_view key) const {
  for (const DocumentEntry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::string_view KindName(DocumentNode::Kind kind) {
  switch (kind) {
    case DocumentNode::Kind::kTable:
      return "a table";
    case DocumentNode::Kind::kArray:
      return "an array";
    case DocumentNode::Kind::kString:
      return "a string";
    case DocumentNode::Kind::kInteger:
      return "an integer";
    case DocumentNode::Kind::kFloat:
      return "a float";
    case DocumentNode::Kind::kBoolean:
      return "a boolean";
  }
  return "a value";
}

}  // namespace postern::strategy
