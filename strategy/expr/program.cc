// A stack machine. `a && b` is
//
//     a;  skip to end if false;  b;  and;  end:
//
// so that a left operand that decides is the result as it is ('' && 1 is ''), and both operands
// otherwise give 0 or 1. Numbers, variables and comparisons allocate nothing: the stack has room
// for any ordinary expression, and texts are views.

#include "strategy/expr/program.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/ascii.h"
#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

using Instruction = Program::Instruction;
using Op = Instruction::Op;

// The longest name that DNS has, as text (RFC 1035 2.3.4).
constexpr std::size_t kMaxDnsName = 253;

class Compiler {
 public:
  Compiler(const Ast& ast, std::vector<Value>& constants, std::vector<Instruction>& code)
      : ast_(ast), constants_(constants), code_(code) {}

  // As deep as the tree, which is limited.
  void Emit(NodeId id) {
    const Node& node = ast_.at(id);
    switch (node.kind) {
      case Node::Kind::kBroken:
        return Constant(Value());
      case Node::Kind::kInteger:
        return Constant(Value::Integer(node.integer));
      case Node::Kind::kFloat:
        return Constant(Value::Float(node.number));
      case Node::Kind::kText:
        return Constant(Value::Text(node.text));
      case Node::Kind::kVariable:
        return Add({.op = Op::kVariable, .index = node.id});
      case Node::Kind::kCapture:
        return Add({.op = Op::kCapture, .index = static_cast<std::uint32_t>(node.integer)});
      case Node::Kind::kLabel:
        return AfterChildren(node, {.op = Op::kLabel});
      case Node::Kind::kArray:
        return AfterChildren(
            node, {.op = Op::kArray, .index = static_cast<std::uint32_t>(node.children.size())});
      case Node::Kind::kUnary:
        return AfterChildren(node, {.op = Op::kUnary, .of = node.op});
      case Node::Kind::kIndex:
        return AfterChildren(node, {.op = Op::kIndex});
      case Node::Kind::kBinary:
        return Binary(node);
      case Node::Kind::kCall:
        return Call(node);
    }
  }

 private:
  void Add(Instruction instruction) { code_.push_back(instruction); }

  void Constant(Value value) {
    Add({.op = Op::kConstant, .index = static_cast<std::uint32_t>(constants_.size())});
    constants_.push_back(value);
  }

  void AfterChildren(const Node& node, Instruction instruction) {
    for (const NodeId child : node.children) Emit(child);
    Add(instruction);
  }

  void Binary(const Node& node) {
    const bool is_and = node.op == Operator::kAnd;
    if (!is_and && node.op != Operator::kOr)
      return AfterChildren(node, {.op = Op::kBinary, .of = node.op});
    Emit(node.children[0]);
    const std::size_t skip = code_.size();
    Add({.op = is_and ? Op::kSkipIfFalse : Op::kSkipIfTrue});
    Emit(node.children[1]);
    Add({.op = is_and ? Op::kAnd : Op::kOr});
    code_[skip].index = static_cast<std::uint32_t>(code_.size());
  }

  void Call(const Node& node) {
    const FunctionInfo& info = AllFunctions()[node.id];
    switch (info.kind) {
      case FunctionInfo::Kind::kMatches:
        Emit(node.children[1]);
        return Add({.op = Op::kMatches, .index = node.regex});
      case FunctionInfo::Kind::kConfigGet:
        return Add({.op = Op::kHostname});
      case FunctionInfo::Kind::kDnsQuery:
        return AfterChildren(node, {.op = Op::kDns});
      case FunctionInfo::Kind::kPlain:
        return AfterChildren(node, {.op = Op::kCall,
                                    .arity = static_cast<std::uint8_t>(info.arity),
                                    .function = info.function});
      case FunctionInfo::Kind::kStore:
        return Constant(Value());  // an error of the checker
    }
  }

  const Ast& ast_;
  std::vector<Value>& constants_;
  std::vector<Instruction>& code_;
};

class Machine {
 public:
  Machine(std::span<const Value> constants, const CheckedParts& parts, RunState& state,
          EvaluationResult& result)
      : constants_(constants), parts_(parts), state_(state), result_(result) {}

  void Run(std::span<const Instruction> code) {
    for (at_ = 0; at_ < code.size(); ++at_) {
      if (!state_.work.Charge(1)) break;
      Step(code[at_]);
      if (!result_.has_value()) return;
    }
    if (state_.work.over_budget())
      return Fail(EvaluationOutcome::kOverBudget, state_.work.exceeded());
    result_.value = stack_.back();
  }

 private:
  using Arguments = std::span<const Value>;

  void Push(const Value& value) { stack_.push_back(value); }
  const Value& Top() const { return stack_.back(); }
  Value Pop() {
    const Value top = stack_.back();
    stack_.pop_back();
    return top;
  }
  void SetTop(const Value& value) { stack_.back() = value; }

  void Step(const Instruction& instruction) {
    switch (instruction.op) {
      case Op::kConstant:
        return Push(constants_[instruction.index]);
      case Op::kVariable:
        return Variable(static_cast<VariableId>(instruction.index));
      case Op::kLabel:
        return Label();
      case Op::kCapture:
        return Capture(instruction.index);
      case Op::kArray:
        return Array(instruction.index);
      case Op::kUnary:
        return Unary(instruction.of);
      case Op::kBinary:
        return Binary(instruction.of);
      case Op::kIndex:
        return Index();
      case Op::kAnd:
      case Op::kOr:
        return SetTop(Value::Bool(IsTrue(Top())));
      case Op::kSkipIfFalse:
        return Skip(!IsTrue(Top()), instruction.index);
      case Op::kSkipIfTrue:
        return Skip(IsTrue(Top()), instruction.index);
      case Op::kCall:
        return Call(instruction);
      case Op::kMatches:
        return Matches(*parts_.regexes[instruction.index]);
      case Op::kHostname:
        return Hostname();
      case Op::kDns:
        return Dns();
    }
  }

  void Variable(VariableId id) {
    Push(LoadVariable(id, state_.variables, state_.work));
    if (state_.options.trace) Read(std::string(AllVariables()[static_cast<std::size_t>(id)].name));
  }

  void Label() {
    const std::string_view name = state_.work.ToText(Top());
    SetTop(LoadLabel(name, state_.variables));
    if (state_.options.trace) Read(Concat("labels[", ShowValue(Value::Text(name)), "]"));
  }

  void Capture(std::uint32_t number) {
    Push(Value::Text(state_.captures[number]));
    if (state_.options.trace) Read(Concat("$", std::to_string(number)));
  }

  void Hostname() {
    Push(Value::Text(state_.options.server_hostname));
    if (state_.options.trace) Read("server.hostname");
  }

  // Records the top.
  void Read(std::string name) { result_.reads.push_back({std::move(name), ShowValue(Top())}); }

  void Skip(bool is_decided, std::uint32_t target) {
    if (is_decided) {
      at_ = target - 1;  // the loop adds one
    } else {
      stack_.pop_back();
    }
  }

  void Array(std::size_t count) {
    if (!state_.work.ChargeArray(count)) return Push(Value());
    std::vector<Value> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    Push(state_.work.Array(std::move(items)));
  }

  void Unary(Operator op) {
    SetTop(op == Operator::kNot ? Value::Bool(!IsTrue(Top())) : Negate(Top()));
  }

  void Binary(Operator op) {
    const Value right = Pop();
    const Value& left = Top();
    if (!left.is_number() && !right.is_number() &&
        !state_.work.Charge(std::min(Weight(left), Weight(right))))
      return;
    SetTop(ResultOf(op, left, right));
  }

  Value ResultOf(Operator op, const Value& left, const Value& right) {
    switch (op) {
      case Operator::kEqual:
        return Value::Bool(Equals(left, right));
      case Operator::kNotEqual:
        return Value::Bool(!Equals(left, right));
      case Operator::kLess:
        return Value::Bool(Compare(left, right) < 0);
      case Operator::kLessEqual:
        return Value::Bool(Compare(left, right) <= 0);
      case Operator::kGreater:
        return Value::Bool(Compare(left, right) > 0);
      case Operator::kGreaterEqual:
        return Value::Bool(Compare(left, right) >= 0);
      case Operator::kXor:
        return Value::Bool(IsTrue(left) != IsTrue(right));
      case Operator::kAdd:
        return state_.work.Add(left, right);
      case Operator::kSubtract:
        return state_.work.Subtract(left, right);
      case Operator::kMultiply:
        return Multiply(left, right);
      case Operator::kDivide:
        return Divide(left, right);
      default:
        return Value();  // && and || are jumps
    }
  }

  void Index() {
    const Value index = Pop();
    SetTop(ItemAt(Top(), index));
  }

  void Call(const Instruction& instruction) {
    FunctionCall call{state_.work, state_.options};
    const std::size_t rest = stack_.size() - instruction.arity;
    const Value value = instruction.function(call, Arguments(stack_).subspan(rest));
    stack_.resize(rest);
    Push(value);
  }

  void Matches(const Regex& regex) {
    const std::string_view text = state_.work.ToText(Top());
    if (!state_.work.Charge(regex.Cost(text.size()))) return;
    SetTop(Value::Bool(state_.wants_captures ? regex.Search(text, state_.captures)
                                             : regex.Search(text)));
  }

  void Dns() {
    const std::string_view type_name = state_.work.ToText(Pop());
    std::string_view name = state_.work.ToText(Top());
    if (name.ends_with('.')) name.remove_suffix(1);
    const std::optional<DnsType> type = ParseDnsType(type_name);
    if (!type || name.empty() || name.size() > kMaxDnsName) return SetTop(Value());
    const DnsQuestion question{absl::AsciiStrToLower({name.data(), name.size()}), *type};
    const DnsAnswer* const answer = Find(question);
    if (answer == nullptr) return Ask(question);
    if (answer->failed)
      return Fail(EvaluationOutcome::kLookupFailed, Describe(question), " failed");
    SetTop(ValueOf(*answer, *type));
    if (state_.options.trace) Read(Describe(question));
  }

  const DnsAnswer* Find(const DnsQuestion& question) const {
    if (state_.options.dns == nullptr) return nullptr;
    const auto found = state_.options.dns->find(question);
    return found == state_.options.dns->end() ? nullptr : &found->second;
  }

  static std::string Describe(const DnsQuestion& question) {
    return Concat("dns_query(", ShowValue(Value::Text(question.name)), ", '",
                  DnsTypeName(question.type), "')");
  }

  void Ask(const DnsQuestion& question) {
    result_.missing.push_back(question);
    Fail(EvaluationOutcome::kMissingFacts, Describe(question), " is not known yet");
  }

  // TXT records are one text; anything else is an array. Nothing is ''.
  Value ValueOf(const DnsAnswer& answer, DnsType type) {
    if (answer.values.empty() || !state_.work.ChargeArray(answer.values.size())) return Value();
    std::vector<Value> items;
    items.reserve(answer.values.size());
    for (const std::string& value : answer.values) items.push_back(Value::Text(value));
    if (type != DnsType::kTxt) return state_.work.Array(std::move(items));
    Value text;
    for (const Value& item : items) text = state_.work.Add(text, item);
    return text;
  }

  void Fail(EvaluationOutcome outcome, std::string_view what, std::string_view more = {}) {
    result_.outcome = outcome;
    result_.problem = Concat(what, more);
  }

  const std::span<const Value> constants_;
  const CheckedParts& parts_;
  RunState& state_;
  EvaluationResult& result_;
  std::size_t at_ = 0;
  absl::InlinedVector<Value, 16> stack_;
};

}  // namespace

Program::Program(Ast ast, CheckedParts parts)
    : ast_(std::move(ast)),
      parts_(std::move(parts)),
      reads_captures_(ReadsCaptures(ast_, ast_.root())) {
  Compiler(ast_, constants_, code_).Emit(ast_.root());
}

void Program::Run(RunState& state, EvaluationResult& result) const {
  Machine(constants_, parts_, state, result).Run(code_);
}

}  // namespace postern::strategy
