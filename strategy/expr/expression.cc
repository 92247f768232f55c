// The stages: tokens -> tree -> checked tree -> program. A later stage also runs when an earlier
// one reported errors, so that they are all seen at once; but nothing is compiled then.

#include "strategy/expr/expression.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "strategy/diagnostics/message.h"
#include "strategy/expr/checker.h"
#include "strategy/expr/lexer.h"
#include "strategy/expr/parser.h"
#include "strategy/expr/program.h"

namespace postern::strategy {
namespace {

constexpr std::size_t kMaxId = 80;

bool IsIdCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

// What people write who do not know that an id is an expression: mx, my-pool.
bool LooksLikeAnId(std::string_view text) {
  return !text.empty() && text.size() <= kMaxId && std::ranges::all_of(text, IsIdCharacter) &&
         std::ranges::any_of(text, [](unsigned char c) { return absl::ascii_isalpha(c); });
}

void ReportUnquotedId(std::string_view id, const SourceRange& place, IssueList& issues) {
  issues.Error(
      place, "bad-expression",
      Concat(Quoted(id), " is not an expression: a strategy's id stands in quotes of its own"),
      Concat("write \"'", id, "'\""));
}

Span WithoutBlanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  const std::size_t end = text.find_last_not_of(kBlanks) + 1;
  return {static_cast<std::uint32_t>(begin),
          static_cast<std::uint32_t>(std::max(begin, end) - begin)};
}

// Null when there were errors.
std::shared_ptr<const Program> Compile(const ExpressionContext& context, Reporter& reporter) {
  const std::vector<Token> tokens = Tokenize(reporter);
  Ast ast = ParseTokens(tokens, context.limits, reporter);
  CheckedParts parts = CheckAst(ast, context, reporter);
  if (reporter.has_errors()) return nullptr;
  return std::make_shared<const Program>(std::move(ast), std::move(parts));
}

// Calls `visit` with each node that may be the result as it stands.
template <typename Visit>
void VisitResults(const Ast& ast, NodeId id, const Visit& visit) {
  const Node& node = ast.at(id);
  if (node.kind == Node::Kind::kCall && node.text == "if_then") {
    VisitResults(ast, node.children[1], visit);
    VisitResults(ast, node.children[2], visit);
  } else {
    visit(node);
  }
}

}  // namespace

Expression::Expression(std::string_view text, SourceRange range,
                       std::shared_ptr<const Program> program)
    : text_(text), range_(std::move(range)), program_(std::move(program)) {}

std::optional<Expression> Expression::Parse(std::string_view text, const SourceRange& range,
                                            const ExpressionContext& context, IssueList& issues) {
  if (text.size() > context.limits.source) {
    issues.Error(range, "over-budget",
                 Concat("the expression has ", std::to_string(text.size()), " octets; ",
                        std::to_string(context.limits.source), " are allowed"),
                 "make it shorter");
    return std::nullopt;
  }
  IssueList found;
  Reporter reporter(text, range, found);
  std::shared_ptr<const Program> program = Compile(context, reporter);
  const Span body = WithoutBlanks(text);
  const std::string_view id = text.substr(body.offset, body.length);
  if (program == nullptr && context.use == ExpressionContext::Use::kId && LooksLikeAnId(id) &&
      (FindVariable(id) == nullptr || id == "mx")) {
    ReportUnquotedId(id, reporter.RangeAt(body), issues);
    return std::nullopt;
  }
  issues.Append(found);
  if (program == nullptr) return std::nullopt;
  return Expression(text, range, std::move(program));
}

Expression Expression::Literal(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += '\'';
  Ast ast;
  Node& node = ast.nodes.emplace_back();
  node.kind = Node::Kind::kText;
  node.text = value;
  node.types = kTextType;
  node.span = {0, static_cast<std::uint32_t>(text.size())};
  return {text, SourceRange{}, std::make_shared<const Program>(std::move(ast), CheckedParts{})};
}

EvaluationResult Expression::Evaluate(const Variables& variables,
                                      const EvaluateOptions& options) const {
  EvaluationResult result;
  Workspace work(result.arena, options.limits);
  RunState state{variables, options, work, program_->reads_captures(), {}};
  program_->Run(state, result);
  return result;
}

const std::string* Expression::literal() const {
  const Node& root = program_->ast().at(program_->ast().root());
  return root.kind == Node::Kind::kText ? &root.text : nullptr;
}

SourceRange Expression::literal_range() const {
  if (range_.begin.line == 0) return range_;
  const Node& root = program_->ast().at(program_->ast().root());
  const Span span = literal() != nullptr ? root.span : WithoutBlanks(text_);
  return RangeInside(range_, text_, span.offset, span.length);
}

std::vector<ConstantResult> Expression::constant_results() const {
  std::vector<ConstantResult> results;
  const Ast& ast = program_->ast();
  VisitResults(ast, ast.root(), [&](const Node& node) {
    if (node.kind != Node::Kind::kText) return;
    results.push_back(
        {node.text, range_.begin.line == 0
                        ? range_
                        : RangeInside(range_, text_, node.span.offset, node.span.length)});
  });
  return results;
}

bool Expression::has_computed_result() const {
  bool is_computed = false;
  const Ast& ast = program_->ast();
  VisitResults(ast, ast.root(),
               [&](const Node& node) { is_computed |= node.kind != Node::Kind::kText; });
  return is_computed;
}

bool Expression::needs_facts() const {
  const std::vector<Node>& nodes = program_->ast().nodes;
  return std::ranges::any_of(nodes, [](const Node& node) {
    return node.kind == Node::Kind::kCall && node.text == "dns_query";
  });
}

bool operator==(const Expression& a, const Expression& b) {
  const Ast& x = a.program_->ast();
  const Ast& y = b.program_->ast();
  return a.program_ == b.program_ || SameMeaning(x, x.root(), y, y.root());
}

}  // namespace postern::strategy
