#ifndef POSTERN_STRATEGY_EXPR_AST_H_
#define POSTERN_STRATEGY_EXPR_AST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "strategy/expr/operators.h"
#include "strategy/expr/reporter.h"
#include "strategy/expr/types.h"

namespace postern::strategy {

using NodeId = std::uint32_t;

// One construct of an expression. The parser fills in what was written, the checker what it means.
struct Node {
  enum class Kind : std::uint8_t {
    kBroken,    // was reported
    kInteger,   // integer
    kFloat,     // number
    kText,      // text
    kVariable,  // text: its name
    kLabel,     // labels[child]
    kCapture,   // $integer
    kArray,     // [children]
    kUnary,     // op child
    kBinary,    // child op child
    kIndex,     // child[child]
    kCall,      // text(children)
  };

  Kind kind = Kind::kBroken;
  Operator op = Operator::kOr;
  std::int64_t integer = 0;
  double number = 0;
  std::string text;
  std::vector<NodeId> children;
  // All of it; a variable or call begins with its name.
  Span span;
  // Levels and nodes, itself included.
  std::uint32_t height = 1;
  std::uint32_t size = 1;

  // By the checker: which variable or function (an index into its table), and the types it can
  // have.
  std::uint32_t id = 0;
  std::uint32_t regex = 0;  // of a call of matches(): which of CheckedParts::regexes
  TypeSet types = kAnyType;
};

// The syntax tree of one expression: nodes in the order in which they are evaluated, children
// before their parent, the root last. Never empty when the parser gave it.
struct Ast {
  std::vector<Node> nodes;

  NodeId root() const { return static_cast<NodeId>(nodes.size() - 1); }
  const Node& at(NodeId id) const { return nodes[id]; }
  const Node& child(const Node& node, std::size_t i) const { return nodes[node.children[i]]; }
};

inline bool IsConstant(const Node& node) {
  return node.kind >= Node::Kind::kInteger && node.kind <= Node::Kind::kText;
}

// Whether two subtrees say the same; where they stand, and how they are spelt, does not count.
bool SameMeaning(const Ast& a, NodeId in_a, const Ast& b, NodeId in_b);

// Whether a subtree reads what an earlier matches() captured.
bool ReadsCaptures(const Ast& ast, NodeId id);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_AST_H_
