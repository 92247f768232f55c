// The grammar (blanks between any two tokens); binary operators bind from the left:
//
//   expression = or
//   or         = and { "||" and }                   and   = xor { "&&" xor }
//   xor        = equal { "^" equal }                equal = order { ("==" | "!=") order }
//   order      = sum { (">" | ">=" | "<" | "<=") sum }
//   sum        = product { ("+" | "-") product }    product = unary { ("*" | "/") unary }
//   unary      = { "!" | "-" } operand
//   operand    = primary { "[" expression "]" }     a constant cannot be indexed
//   primary    = integer | float | text | capture | global | name
//              | name "(" [ expression { "," expression } ] ")"
//              | "(" expression ")"  |  "[" [ expression { "," expression } ] "]"
//
// Precedence climbing. Recovery: a missing operand becomes a broken node and takes no token; where
// an operator is missing the operand behind it is parsed and dropped; a bracket that nothing opens
// is skipped. Each of them is reported, and each step takes a token or returns, so that it ends.

#include "strategy/expr/parser.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

using Kind = Token::Kind;

constexpr std::string_view kSyntax = "bad-expression";
constexpr std::string_view kBudget = "over-budget";

class Parser {
 public:
  Parser(std::span<const Token> tokens, const ExpressionLimits& limits, Reporter& reporter)
      : tokens_(tokens), limits_(limits), reporter_(reporter) {}

  Ast Run() {
    NodeId root = ParseExpression(1);
    while (Peek().kind != Kind::kEnd) {
      ReportStray();
      Take();
      if (Peek().kind != Kind::kEnd && StartsOperand(Peek())) ParseExpression(1);
    }
    // The root stands last.
    if (root != ast_.root()) ast_.nodes.push_back(ast_.at(root));
    return std::move(ast_);
  }

 private:
  const Token& Peek() const { return is_stopped_ ? tokens_.back() : tokens_[at_]; }
  const Token& Take() {
    const Token& token = Peek();
    if (token.kind != Kind::kEnd) ++at_;
    return token;
  }
  bool TakeIf(Kind kind) {
    if (Peek().kind != kind) return false;
    Take();
    return true;
  }
  // The end of the last token taken.
  std::uint32_t LastEnd() const { return at_ == 0 ? 0 : tokens_[at_ - 1].span.end(); }
  Span From(std::uint32_t offset) const { return {offset, std::max(LastEnd(), offset) - offset}; }

  static bool StartsOperand(const Token& token) {
    switch (token.kind) {
      case Kind::kEnd:
      case Kind::kClose:
      case Kind::kCloseSquare:
      case Kind::kComma:
        return false;
      case Kind::kOperator:
        return token.op == Operator::kNot;
      default:
        return true;
    }
  }

  // The rest is not looked at: it would only be more of the same.
  void Stop(Span span, std::string message, std::string suggestion) {
    if (!is_stopped_) reporter_.Error(span, kBudget, std::move(message), std::move(suggestion));
    is_stopped_ = true;
  }

  NodeId Add(Node node) {
    for (const NodeId child : node.children) {
      node.height = std::max(node.height, ast_.at(child).height + 1);
      node.size += ast_.at(child).size;
    }
    if (node.height > limits_.height || ast_.nodes.size() >= limits_.nodes) {
      Stop(node.span,
           Concat("the expression is too large: more than ", std::to_string(limits_.nodes),
                  " constants, names and operators, or ", std::to_string(limits_.height),
                  " levels of them"),
           "split it into several branches");
      node = Node{};
    }
    ast_.nodes.push_back(std::move(node));
    return ast_.root();
  }
  NodeId AddBroken(Span span) {
    Node node;
    node.span = span;
    return Add(std::move(node));
  }

  NodeId ParseExpression(int least) {
    NodeId left = ParseUnary();
    while (true) {
      const std::optional<Operator> op = PeekBinary();
      if (op && Precedence(*op) >= least) {
        Take();
        left = AddBinary(*op, left, ParseExpression(Precedence(*op) + 1));
      } else if (!op && StartsOperand(Peek())) {
        SkipOperandWithoutOperator();
      } else {
        return left;
      }
    }
  }

  // The binary operator that comes now; a word that other languages use for one is reported.
  std::optional<Operator> PeekBinary() {
    const Token& token = Peek();
    if (token.kind == Kind::kOperator && token.op != Operator::kNot) return token.op;
    if (token.kind != Kind::kName || (token.text != "and" && token.text != "or"))
      return std::nullopt;
    const Operator op = token.text == "and" ? Operator::kAnd : Operator::kOr;
    if (last_word_ != &token)
      reporter_.Error(token.span, kSyntax, Concat(Quoted(token.text), " is no operator"),
                      Concat("write ", OperatorText(op)));
    last_word_ = &token;
    return op;
  }

  void SkipOperandWithoutOperator() {
    const Token& token = Peek();
    reporter_.Error(token.span, kSyntax,
                    Concat("an operator is missing before ", Quoted(reporter_.TextAt(token.span))),
                    "write one of && || == != < <= > >= + - * /, or take it out");
    ParseUnary();
  }

  NodeId AddBinary(Operator op, NodeId left, NodeId right) {
    Node node;
    node.kind = Node::Kind::kBinary;
    node.op = op;
    node.children = {left, right};
    node.span = From(ast_.at(left).span.offset);
    return Add(std::move(node));
  }

  NodeId ParseUnary() {
    const Nesting nesting(*this);
    if (is_stopped_) return AddBroken({});
    const Token& token = Peek();
    const bool is_unary = token.kind == Kind::kOperator &&
                          (token.op == Operator::kNot || token.op == Operator::kSubtract);
    if (!is_unary) return ParseOperand();
    Take();
    Node node;
    node.kind = Node::Kind::kUnary;
    node.op = token.op == Operator::kNot ? Operator::kNot : Operator::kNegate;
    node.children = {ParseUnary()};
    node.span = From(token.span.offset);
    return Add(std::move(node));
  }

  NodeId ParseOperand() {
    const std::uint32_t begin = Peek().span.offset;
    const bool is_bracketed = Peek().kind == Kind::kOpen;
    NodeId operand = ParsePrimary();
    while (Peek().kind == Kind::kOpenSquare) {
      if (IsConstant(ast_.at(operand)) && !is_bracketed) {
        reporter_.Error(Peek().span, kSyntax, "a constant cannot be indexed",
                        "put an operator before the '[', or take it out");
      }
      operand = ParseIndex(operand, begin);
    }
    return operand;
  }

  NodeId ParseIndex(NodeId operand, std::uint32_t begin) {
    const Span open = Take().span;
    const NodeId index = ParseExpression(1);
    Close(Kind::kCloseSquare, open);
    Node node;
    node.kind = Node::Kind::kIndex;
    node.children = {operand, index};
    node.span = From(begin);
    return Add(std::move(node));
  }

  NodeId ParsePrimary() {
    switch (Peek().kind) {
      case Kind::kOpen:
        return ParseBrackets();
      case Kind::kOpenSquare:
        return ParseArray();
      case Kind::kName:
        return ParseName();
      case Kind::kInteger:
      case Kind::kFloat:
      case Kind::kText:
      case Kind::kCapture:
      case Kind::kGlobal:
      case Kind::kBroken:
        return AddLeaf(Take());
      default:
        return ReportNoOperand();
    }
  }

  NodeId AddLeaf(const Token& token) {
    Node node;
    node.span = token.span;
    node.integer = token.integer;
    node.number = token.number;
    if (token.kind == Kind::kText) node.text = token.text;
    node.kind = LeafKind(token.kind);
    if (token.kind == Kind::kGlobal) {
      reporter_.Warning(token.span, "always-zero",
                        Concat(Quoted(reporter_.TextAt(token.span)),
                               " is always 0: a policy has no global variables"),
                        "write 0, or name a variable without the '$'");
    }
    return Add(std::move(node));
  }

  static Node::Kind LeafKind(Kind kind) {
    switch (kind) {
      case Kind::kInteger:
      case Kind::kGlobal:
        return Node::Kind::kInteger;
      case Kind::kFloat:
        return Node::Kind::kFloat;
      case Kind::kText:
        return Node::Kind::kText;
      case Kind::kCapture:
        return Node::Kind::kCapture;
      default:
        return Node::Kind::kBroken;
    }
  }

  NodeId ReportNoOperand() {
    const Token& token = Peek();
    if (token.kind == Kind::kEnd && at_ == 0) {
      reporter_.Error(token.span, kSyntax, "the expression is empty",
                      "write an id, as in \"'mx'\"");
    } else if (at_ > 0) {
      reporter_.Error(
          token.span, kSyntax,
          Concat("an operand is missing after ", Quoted(reporter_.TextAt(tokens_[at_ - 1].span))),
          "write a text in quotes, a number, a variable or a function");
    } else {
      reporter_.Error(token.span, kSyntax,
                      Concat("an operand is missing before ", Quoted(reporter_.TextAt(token.span))),
                      "write a text in quotes, a number, a variable or a function");
    }
    return AddBroken({token.span.offset, 0});
  }

  NodeId ParseBrackets() {
    const Span open = Take().span;
    const NodeId inner = ParseExpression(1);
    Close(Kind::kClose, open);
    return inner;
  }

  NodeId ParseArray() {
    Node node;
    node.kind = Node::Kind::kArray;
    const Span open = Take().span;
    node.children = ParseList(Kind::kCloseSquare);
    Close(Kind::kCloseSquare, open);
    node.span = From(open.offset);
    if (node.children.size() > limits_.array) {
      Stop(open, Concat("the array has more than ", std::to_string(limits_.array), " items"),
           "make it shorter");
    }
    return Add(std::move(node));
  }

  NodeId ParseName() {
    const Token& name = Take();
    Node node;
    node.text = name.text;
    if (Peek().kind == Kind::kOpen) {
      const Span open = Take().span;
      node.kind = Node::Kind::kCall;
      node.children = ParseList(Kind::kClose);
      Close(Kind::kClose, open);
    } else if (name.text == "labels" && Peek().kind == Kind::kOpenSquare) {
      const Span open = Take().span;
      node.kind = Node::Kind::kLabel;
      node.children = {ParseExpression(1)};
      Close(Kind::kCloseSquare, open);
    } else {
      node.kind = Node::Kind::kVariable;
    }
    node.span = From(name.span.offset);
    return Add(std::move(node));
  }

  std::vector<NodeId> ParseList(Kind close) {
    std::vector<NodeId> items;
    if (Peek().kind == close) return items;
    do {
      items.push_back(ParseExpression(1));
    } while (TakeIf(Kind::kComma));
    return items;
  }

  void Close(Kind kind, Span open) {
    if (TakeIf(kind) || is_stopped_) return;
    const std::string_view bracket = kind == Kind::kClose ? ")" : "]";
    reporter_.Error(
        open, kSyntax, Concat("this ", Quoted(reporter_.TextAt(open)), " is not closed"),
        Peek().kind == Kind::kEnd
            ? Concat("add ", Quoted(bracket), " at the end")
            : Concat("add ", Quoted(bracket), " before ", Quoted(reporter_.TextAt(Peek().span))));
  }

  // A token that ends an expression, where nothing began that it could end.
  void ReportStray() {
    const Token& token = Peek();
    const std::string_view text = reporter_.TextAt(token.span);
    reporter_.Error(token.span, kSyntax,
                    token.kind == Kind::kComma
                        ? "a comma stands between the arguments of a function or in an array only"
                        : Concat("nothing opens this ", Quoted(text)),
                    "take it out");
  }

  // One more level of brackets, calls or unary operators, as long as it lives.
  class Nesting {
   public:
    explicit Nesting(Parser& parser) : parser_(parser) {
      if (++parser_.nesting_ > parser_.limits_.nesting) {
        parser_.Stop(parser_.Peek().span,
                     Concat("brackets and calls stand inside each other more than ",
                            std::to_string(parser_.limits_.nesting), " levels deep"),
                     "split the expression into several branches");
      }
    }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    ~Nesting() { --parser_.nesting_; }

   private:
    Parser& parser_;
  };

  const std::span<const Token> tokens_;
  const ExpressionLimits& limits_;
  Reporter& reporter_;
  std::size_t at_ = 0;
  std::size_t nesting_ = 0;
  bool is_stopped_ = false;
  const Token* last_word_ = nullptr;  // the word for an operator that was reported last
  Ast ast_;
};

}  // namespace

Ast ParseTokens(std::span<const Token> tokens, const ExpressionLimits& limits, Reporter& reporter) {
  return Parser(tokens, limits, reporter).Run();
}

}  // namespace postern::strategy
