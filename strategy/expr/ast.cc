#include "strategy/expr/ast.h"

#include <algorithm>

namespace postern::strategy {
namespace {

bool SameNode(const Node& a, const Node& b) {
  return a.kind == b.kind && a.size == b.size && a.op == b.op && a.integer == b.integer &&
         a.number == b.number && a.text == b.text && a.children.size() == b.children.size();
}

}  // namespace

bool SameMeaning(const Ast& a, NodeId in_a, const Ast& b, NodeId in_b) {
  const Node& x = a.at(in_a);
  const Node& y = b.at(in_b);
  return SameNode(x, y) && std::equal(x.children.begin(), x.children.end(), y.children.begin(),
                                      [&](NodeId i, NodeId j) { return SameMeaning(a, i, b, j); });
}

bool ReadsCaptures(const Ast& ast, NodeId id) {
  const Node& node = ast.at(id);
  return node.kind == Node::Kind::kCapture || std::ranges::any_of(node.children, [&](NodeId child) {
           return ReadsCaptures(ast, child);
         });
}

}  // namespace postern::strategy
