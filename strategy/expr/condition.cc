// Implication between conditions, by their structure:
//
//   a => b && c   when a => b and a => c          a || b => c   when a => c and b => c
//   a && b => c   when a => c or b => c           a => b || c   when a => b or a => c
//   !a => !b      when b => a                     a => a
//
// and by what single comparisons of a variable with a constant allow: an integer variable is within
// an interval or is not one number, a text variable is or is not one text. Conditions are first
// brought into a form without ! on comparisons. Captures mean something else behind another
// matches(), so that conditions which read them are only compared as a whole.

#include "strategy/expr/condition.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "strategy/expr/program.h"

namespace postern::strategy {
namespace {

using Kind = Node::Kind;

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
// Nodes that are looked at before giving up: for one question, and for all branches of a block.
constexpr std::size_t kMaxSteps = 20'000;
constexpr std::size_t kMaxBlockSteps = 2'000'000;

// A subtree, or its negation.
struct Formula {
  const Ast* ast = nullptr;
  NodeId id = 0;
  bool negated = false;

  const Node& node() const { return ast->at(id); }
  Formula Child(std::size_t i, bool negate) const {
    return {ast, node().children[i], negated != negate};
  }
};

// Without ! at the top.
Formula Stripped(Formula formula) {
  while (formula.node().kind == Kind::kUnary && formula.node().op == Operator::kNot)
    formula = formula.Child(0, true);
  return formula;
}

bool IsBinary(const Formula& formula, Operator op) {
  return formula.node().kind == Kind::kBinary && formula.node().op == op;
}

// a && b, or !(a || b).
bool IsConjunction(const Formula& formula) {
  return IsBinary(formula, formula.negated ? Operator::kOr : Operator::kAnd);
}
bool IsDisjunction(const Formula& formula) {
  return IsBinary(formula, formula.negated ? Operator::kAnd : Operator::kOr);
}

Operator Negated(Operator op) {
  switch (op) {
    case Operator::kEqual:
      return Operator::kNotEqual;
    case Operator::kNotEqual:
      return Operator::kEqual;
    case Operator::kLess:
      return Operator::kGreaterEqual;
    case Operator::kLessEqual:
      return Operator::kGreater;
    case Operator::kGreater:
      return Operator::kLessEqual;
    default:
      return Operator::kLess;
  }
}

// As seen from the other operand: 1 < x is x > 1.
Operator Mirrored(Operator op) {
  switch (op) {
    case Operator::kLess:
      return Operator::kGreater;
    case Operator::kLessEqual:
      return Operator::kGreaterEqual;
    case Operator::kGreater:
      return Operator::kLess;
    case Operator::kGreaterEqual:
      return Operator::kLessEqual;
    default:
      return op;
  }
}

// What a comparison allows a variable to be: [low, high] without `except`; or, of texts, `text` or
// anything but `text`.
struct Allowed {
  std::string_view variable;
  bool is_text = false;
  std::int64_t low = kLeast;
  std::int64_t high = kMost;
  std::optional<std::int64_t> except;
  std::string_view text;
  bool is_other_text = false;
};

bool IsEmpty(const Allowed& allowed) {
  return !allowed.is_text && (allowed.low > allowed.high ||
                              (allowed.low == allowed.high && allowed.except == allowed.low));
}

void AllowNumbers(Operator op, std::int64_t constant, Allowed& allowed) {
  switch (op) {
    case Operator::kEqual:
      allowed.low = allowed.high = constant;
      return;
    case Operator::kNotEqual:
      allowed.except = constant;
      return;
    case Operator::kGreater:
      if (constant == kMost) allowed.high = kLeast;
      allowed.low = constant == kMost ? kMost : constant + 1;
      return;
    case Operator::kGreaterEqual:
      allowed.low = constant;
      return;
    case Operator::kLess:
      if (constant == kLeast) allowed.low = kMost;
      allowed.high = constant == kLeast ? kLeast : constant - 1;
      return;
    default:
      allowed.high = constant;
      return;
  }
}

std::optional<std::int64_t> IntegerOf(const Ast& ast, const Node& node) {
  if (node.kind == Kind::kInteger) return node.integer;
  if (node.kind != Kind::kUnary || node.op != Operator::kNegate) return std::nullopt;
  const Node& child = ast.child(node, 0);
  if (child.kind != Kind::kInteger) return std::nullopt;
  return -child.integer;
}

// A variable by itself: x is x != 0, or x != ''.
std::optional<Allowed> AllowedByVariable(const Node& node, bool negated) {
  Allowed allowed;
  allowed.variable = node.text;
  if (node.types == kIntegerType) {
    AllowNumbers(negated ? Operator::kEqual : Operator::kNotEqual, 0, allowed);
    return allowed;
  }
  if (node.types != kTextType) return std::nullopt;
  allowed.is_text = true;
  allowed.is_other_text = !negated;
  return allowed;
}

std::optional<Allowed> AllowedByComparison(const Ast& ast, const Node& variable,
                                           const Node& constant, Operator op) {
  if (variable.kind != Kind::kVariable) return std::nullopt;
  Allowed allowed;
  allowed.variable = variable.text;
  const std::optional<std::int64_t> number = IntegerOf(ast, constant);
  if (variable.types == kIntegerType && number) {
    AllowNumbers(op, *number, allowed);
    return allowed;
  }
  const bool is_equality = op == Operator::kEqual || op == Operator::kNotEqual;
  if (variable.types != kTextType || constant.kind != Kind::kText || !is_equality)
    return std::nullopt;
  allowed.is_text = true;
  allowed.text = constant.text;
  allowed.is_other_text = op == Operator::kNotEqual;
  return allowed;
}

// nullopt for anything but a variable, or a variable compared with a constant.
std::optional<Allowed> AllowedBy(const Formula& formula) {
  const Node& node = formula.node();
  if (node.kind == Kind::kVariable) return AllowedByVariable(node, formula.negated);
  if (node.kind != Kind::kBinary || !IsComparison(node.op)) return std::nullopt;
  const Node& left = formula.ast->child(node, 0);
  const Node& right = formula.ast->child(node, 1);
  const Operator op = formula.negated ? Negated(node.op) : node.op;
  if (left.kind == Kind::kVariable) return AllowedByComparison(*formula.ast, left, right, op);
  return AllowedByComparison(*formula.ast, right, left, Mirrored(op));
}

bool IsWithin(const Allowed& a, const Allowed& b) {
  if (a.variable != b.variable || a.is_text != b.is_text) return false;
  if (IsEmpty(a)) return true;
  if (a.is_text) {
    if (a.is_other_text) return b.is_other_text && a.text == b.text;
    return b.is_other_text ? a.text != b.text : a.text == b.text;
  }
  if (a.low < b.low || a.high > b.high) return false;
  // What `b` leaves out must be left out by `a` too.
  return !b.except || *b.except < a.low || *b.except > a.high || b.except == a.except;
}

bool AreDisjoint(const Allowed& a, const Allowed& b) {
  if (a.variable != b.variable || a.is_text != b.is_text) return false;
  if (a.is_text) {
    if (a.is_other_text && b.is_other_text) return false;
    return (a.text == b.text) == (a.is_other_text != b.is_other_text);
  }
  Allowed both = a;
  both.low = std::max(a.low, b.low);
  both.high = std::min(a.high, b.high);
  if (b.except && !both.except) both.except = b.except;
  if (IsEmpty(a) || IsEmpty(b) || IsEmpty(both)) return true;
  return both.low == both.high && (a.except == both.low || b.except == both.low);
}

Truth Not(Truth truth) {
  if (truth == Truth::kDepends) return truth;
  return truth == Truth::kAlways ? Truth::kNever : Truth::kAlways;
}

class Prover {
 public:
  explicit Prover(std::size_t steps = kMaxSteps) : steps_left_(steps) {}

  bool Same(const Formula& a, const Formula& b) {
    return Charge(a) && SameMeaning(*a.ast, a.id, *b.ast, b.id);
  }

  bool Implies(Formula a, Formula b) {
    if (!Charge(a)) return false;
    a = Stripped(a);
    b = Stripped(b);
    if (a.negated == b.negated && Same(a, b)) return true;
    if (IsConjunction(b)) return ImpliesBoth(a, b);
    if (IsDisjunction(a)) return BothImply(a, b);
    if (IsConjunction(a) && (Implies(a.Child(0, false), b) || Implies(a.Child(1, false), b)))
      return true;
    if (IsDisjunction(b)) return Implies(a, b.Child(0, false)) || Implies(a, b.Child(1, false));
    const std::optional<Allowed> by_a = AllowedBy(a), by_b = AllowedBy(b);
    return by_a && by_b && IsWithin(*by_a, *by_b);
  }

  // Whether both cannot hold at once.
  bool Excludes(Formula a, Formula b) {
    if (!Charge(a)) return false;
    a = Stripped(a);
    b = Stripped(b);
    if (a.negated != b.negated && Same(a, b)) return true;
    if (IsConjunction(a)) return Excludes(a.Child(0, false), b) || Excludes(a.Child(1, false), b);
    if (IsConjunction(b)) return Excludes(a, b.Child(0, false)) || Excludes(a, b.Child(1, false));
    if (IsDisjunction(a)) return Excludes(a.Child(0, false), b) && Excludes(a.Child(1, false), b);
    if (IsDisjunction(b)) return Excludes(a, b.Child(0, false)) && Excludes(a, b.Child(1, false));
    const std::optional<Allowed> by_a = AllowedBy(a), by_b = AllowedBy(b);
    return by_a && by_b && AreDisjoint(*by_a, *by_b);
  }

 private:
  bool ImpliesBoth(const Formula& a, const Formula& b) {
    return Implies(a, b.Child(0, false)) && Implies(a, b.Child(1, false));
  }
  bool BothImply(const Formula& a, const Formula& b) {
    return Implies(a.Child(0, false), b) && Implies(a.Child(1, false), b);
  }

  bool Charge(const Formula& formula) {
    const std::size_t steps = formula.node().size;
    steps_left_ -= std::min(steps, steps_left_);
    return steps_left_ > 0;
  }

  std::size_t steps_left_;
};

// Whether a subtree reads nothing that differs from message to message.
bool IsConstantTree(const Ast& ast, NodeId id) {
  const Node& node = ast.at(id);
  switch (node.kind) {
    case Kind::kBroken:
    case Kind::kVariable:
    case Kind::kLabel:
    case Kind::kCapture:
      return false;
    case Kind::kCall:
      if (node.text == "config_get" || node.text == "dns_query" ||
          node.text.starts_with("is_local_"))
        return false;
      break;
    default:
      break;
  }
  return std::ranges::all_of(node.children,
                             [&](NodeId child) { return IsConstantTree(ast, child); });
}

// Values of a subtree that is constant; nullopt for calls, which are evaluated as a whole only.
std::optional<Value> ConstantOf(const Ast& ast, const Node& node) {
  if (node.kind == Kind::kInteger) return Value::Integer(node.integer);
  if (node.kind == Kind::kFloat) return Value::Float(node.number);
  if (node.kind == Kind::kText) return Value::Text(node.text);
  if (node.kind == Kind::kArray) return std::nullopt;
  const std::optional<std::int64_t> number = IntegerOf(ast, node);
  return number ? std::optional(Value::Integer(*number)) : std::nullopt;
}

Truth FromBool(bool truth) { return truth ? Truth::kAlways : Truth::kNever; }

Truth TruthOfComparison(const Ast& ast, const Node& node) {
  const Node& left = ast.child(node, 0);
  const Node& right = ast.child(node, 1);
  const bool is_equality = node.op == Operator::kEqual || node.op == Operator::kNotEqual;
  const bool has_array = (left.types == kArrayType) != (right.types == kArrayType);
  if (is_equality && has_array && (left.types & right.types) == 0)
    return FromBool(node.op == Operator::kNotEqual);
  const std::optional<Value> a = ConstantOf(ast, left), b = ConstantOf(ast, right);
  if (!a || !b || !is_equality) return Truth::kDepends;
  return FromBool(Equals(*a, *b) == (node.op == Operator::kEqual));
}

class TruthFinder {
 public:
  TruthFinder(const Ast& ast, bool reads_captures) : ast_(ast), reads_captures_(reads_captures) {}

  Truth Find(NodeId id) {
    const Node& node = ast_.at(id);
    if (const std::optional<Value> value = ConstantOf(ast_, node)) return FromBool(IsTrue(*value));
    if (node.kind == Kind::kArray) return FromBool(!node.children.empty());
    if (node.kind == Kind::kUnary && node.op == Operator::kNot) return Not(Find(node.children[0]));
    if (node.kind != Kind::kBinary) return Truth::kDepends;
    if (node.op == Operator::kAnd) return FindAnd(node);
    if (node.op == Operator::kOr) return FindOr(node);
    return IsComparison(node.op) ? TruthOfComparison(ast_, node) : Truth::kDepends;
  }

 private:
  Truth FindAnd(const Node& node) {
    const Truth a = Find(node.children[0]), b = Find(node.children[1]);
    if (a == Truth::kNever || b == Truth::kNever) return Truth::kNever;
    if (a == Truth::kAlways && b == Truth::kAlways) return Truth::kAlways;
    const Formula left{&ast_, node.children[0], false}, right{&ast_, node.children[1], false};
    if (!reads_captures_ && prover_.Excludes(left, right)) return Truth::kNever;
    return Truth::kDepends;
  }

  Truth FindOr(const Node& node) {
    const Truth a = Find(node.children[0]), b = Find(node.children[1]);
    if (a == Truth::kAlways || b == Truth::kAlways) return Truth::kAlways;
    if (a == Truth::kNever && b == Truth::kNever) return Truth::kNever;
    // a || b always holds when !a and !b exclude each other.
    const Formula left{&ast_, node.children[0], true}, right{&ast_, node.children[1], true};
    if (!reads_captures_ && prover_.Excludes(left, right)) return Truth::kAlways;
    return Truth::kDepends;
  }

  const Ast& ast_;
  const bool reads_captures_;
  Prover prover_;
};

Formula Whole(const Expression& expression) {
  const Ast& ast = expression.program().ast();
  return {&ast, ast.root(), false};
}

bool ImpliesWith(Prover& prover, const Expression& first, const Expression& second) {
  const Formula a = Whole(first), b = Whole(second);
  if (prover.Same(a, b)) return true;
  if (first.program().reads_captures() || second.program().reads_captures()) return false;
  return prover.Implies(a, b);
}

class BlockProver {
 public:
  explicit BlockProver(const IfBlock& block) : branches_(block.branches()) {}

  std::vector<Unreachable> Run() {
    for (std::size_t i = 0; i < branches_.size(); ++i) CheckBranch(i);
    if (always_) Found(branches_.size(), Reason::kAfterAlways, *always_);
    return std::move(found_);
  }

 private:
  using Reason = Unreachable::Reason;

  void Found(std::size_t branch, Reason reason, std::size_t earlier) {
    found_.push_back({branch, reason, earlier});
  }

  void CheckBranch(std::size_t i) {
    const Truth truth = TruthOf(branches_[i].condition);
    if (truth == Truth::kNever) return Found(i, Reason::kNever, i);
    if (always_) return Found(i, Reason::kAfterAlways, *always_);
    CompareWithEarlier(i);
    if (truth == Truth::kAlways) always_ = i;
  }

  void CompareWithEarlier(std::size_t i) {
    const Expression& condition = branches_[i].condition;
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      const Expression& before = branches_[earlier].condition;
      if (prover_.Same(Whole(condition), Whole(before))) return Found(i, Reason::kSame, earlier);
      if (ImpliesWith(prover_, condition, before)) return Found(i, Reason::kImplied, earlier);
    }
  }

  const std::span<const IfBlock::Branch> branches_;
  Prover prover_{kMaxBlockSteps};
  std::vector<Unreachable> found_;
  std::optional<std::size_t> always_;
};

}  // namespace

Truth TruthOf(const Expression& condition) {
  const Ast& ast = condition.program().ast();
  if (IsConstantTree(ast, ast.root())) {
    const EvaluationResult result = condition.Evaluate(Variables{});
    return result.has_value() ? FromBool(IsTrue(result.value)) : Truth::kDepends;
  }
  return TruthFinder(ast, condition.program().reads_captures()).Find(ast.root());
}

bool Implies(const Expression& first, const Expression& second) {
  Prover prover;
  return ImpliesWith(prover, first, second);
}

std::vector<Unreachable> FindUnreachable(const IfBlock& block) { return BlockProver(block).Run(); }

}  // namespace postern::strategy
