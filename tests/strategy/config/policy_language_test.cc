// Executes docs/policy-language.md. Its fenced blocks:
//
//   message   "name = expression": a variable, a label or a DNS fact of the examples below it
//   expr      "expression  # what it gives", "# error: RULE", "# no value: WHY"; a warning stands
//             behind the value in brackets, and without one there must be none
//   toml      a policy that loads without a word
//   yaml      the same as the toml block before it
//   choices   "route: facts  # id": what the last policy chooses; facts as in message, with ';'

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "strategy/config/policy_loader.h"
#include "strategy/expr/evaluation.h"
#include "strategy/expr/expression.h"
#include "strategy/resolver/strategy_resolver.h"

namespace postern::strategy {
namespace {

struct Block {
  std::string language;
  std::size_t line = 0;  // of its first line
  std::string text;
};

std::vector<Block> BlocksOf(const std::string& path) {
  std::ifstream file(path);
  std::vector<Block> blocks;
  bool is_inside = false;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const bool is_fence = line.starts_with("```");
    if (is_fence && !is_inside) blocks.push_back({line.substr(3), number + 1, ""});
    if (is_fence) {
      is_inside = !is_inside;
    } else if (is_inside) {
      blocks.back().text += line + "\n";
    }
  }
  if (is_inside) throw std::runtime_error(path + ": a block is not closed");
  return blocks;
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::string Trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

// "a  # b" in two; a '#' may stand in `a`.
std::pair<std::string, std::string> SplitAtLast(const std::string& text,
                                                std::string_view separator) {
  const std::size_t at = text.rfind(separator);
  if (at == std::string::npos)
    throw std::runtime_error("no '" + std::string(separator) + "': " + text);
  return {Trimmed(text.substr(0, at)), Trimmed(text.substr(at + separator.size()))};
}

std::pair<std::string, std::string> SplitAtFirst(const std::string& text,
                                                 std::string_view separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string::npos)
    throw std::runtime_error("no '" + std::string(separator) + "': " + text);
  return {Trimmed(text.substr(0, at)), Trimmed(text.substr(at + separator.size()))};
}

std::optional<Expression> Parse(const std::string& text, IssueList& issues) {
  ExpressionContext context;
  context.variables = VariableSet::kLimiter;
  context.use = ExpressionContext::Use::kCondition;
  return Expression::Parse(text, {"policy-language.md", {1, 1}, 0}, context, issues);
}

// The value of a constant expression, or all items of an array.
struct Constant {
  std::int64_t integer = 0;
  std::vector<std::string> texts;
  const std::string& text() const { return texts.at(0); }
};

Constant Read(const std::string& text) {
  IssueList issues;
  const std::optional<Expression> expression = Parse(text, issues);
  if (!expression) throw std::runtime_error("no constant: " + text);
  const EvaluationResult result = expression->Evaluate({});
  Constant constant;
  if (result.value.is_integer()) constant.integer = result.value.integer();
  if (result.value.is_text()) constant.texts.emplace_back(result.value.text());
  if (result.value.is_array()) {
    for (const Value& item : result.value.items()) constant.texts.emplace_back(item.text());
  }
  return constant;
}

DnsAnswer ReadAnswer(const std::string& text) {
  if (text == "no answer") return {true, {}};
  if (text == "''") return {};
  return {false, Read(text).texts};
}

// "dns_query('example.com', 'mx')"
DnsQuestion ReadQuestion(const std::string& text) {
  const std::vector<std::string> parts = Split(text, '\'');
  return {parts.at(1), ParseDnsType(parts.at(3)).value()};
}

// Sets what "name = value" says.
void Set(const std::string& line, Facts& facts) {
  const auto [name, value] = SplitAtFirst(line, " = ");
  const std::map<std::string, std::string*> texts = {{"rcpt", &facts.rcpt},
                                                     {"rcpt_domain", &facts.rcpt_domain},
                                                     {"sender", &facts.sender},
                                                     {"sender_domain", &facts.sender_domain},
                                                     {"last_error", &facts.context.last_error},
                                                     {"mx", &facts.mx},
                                                     {"remote_ip", &facts.remote_ip}};
  const std::map<std::string, std::int64_t*> integers = {{"retry_num", &facts.context.retry_num},
                                                         {"size", &facts.size}};
  if (name.starts_with("dns_query(")) {
    facts.dns[ReadQuestion(name)] = ReadAnswer(value);
  } else if (name.starts_with("labels['")) {
    facts.context.labels[Split(name, '\'').at(1)] = Read(value).text();
  } else if (name == "recipients") {
    facts.recipients = Read(value).texts;
  } else if (texts.contains(name)) {
    *texts.at(name) = Read(value).text();
  } else {
    *integers.at(name) = Read(value).integer;
  }
}

// What an example line promises, of an expression with these facts.
std::string Outcome(const std::string& text, const Facts& facts) {
  IssueList issues;
  const std::optional<Expression> expression = Parse(text, issues);
  const std::vector<Issue> sorted = issues.Sorted();
  if (!expression) return "error: " + sorted.at(0).rule;
  EvaluateOptions options;
  options.dns = &facts.dns;
  const EvaluationResult result = expression->Evaluate(VariablesOf(facts), options);
  if (!result.has_value()) return "no value: " + result.problem;
  std::string outcome = ShowValue(result.value);
  for (const Issue& issue : sorted) outcome += " (warning: " + issue.rule + ")";
  return outcome;
}

Choice Choose(const StrategyResolver& resolver, const std::string& what, const Facts& facts) {
  if (what == "route") return resolver.ResolveRoute(facts).choice;
  if (what == "connection") return resolver.ResolveConnection(facts).choice;
  if (what == "tls") return resolver.ResolveTls(facts).choice;
  throw std::runtime_error("nothing is called " + what);
}

// Runs a document, block by block.
class DocumentRun {
 public:
  void Run(const Block& block) {
    SCOPED_TRACE("docs/policy-language.md, line " + std::to_string(block.line));
    if (block.language == "toml") return RunToml(block);
    if (block.language == "yaml") return RunYaml(block);
    for (const std::string& line : Split(block.text, '\n')) RunLine(block.language, line);
  }

  const std::map<std::string, int>& counts() const { return counts_; }

 private:
  std::shared_ptr<const Policy> Load(const std::string& name, const Block& block) {
    ++counts_[block.language];
    const LoadedPolicy loaded = LoadPolicyTexts({SourceText(name, block.text)});
    EXPECT_EQ(loaded.rendered, "");
    if (loaded.policy == nullptr) throw std::runtime_error("a policy does not load");
    return loaded.policy;
  }

  void RunToml(const Block& block) { policy_ = Load("p.toml", block); }

  void RunYaml(const Block& block) {
    ASSERT_NE(policy_, nullptr) << "it is the twin of nothing";
    EXPECT_EQ(*Load("p.yaml", block), *policy_);
  }

  void RunLine(const std::string& language, const std::string& line) {
    ++counts_[language];
    if (language == "message") return Set(line, facts_);
    const auto [text, wanted] = SplitAtLast(line, " # ");
    if (language == "expr") {
      EXPECT_EQ(Outcome(text, facts_), wanted) << text;
    } else if (language == "choices") {
      EXPECT_EQ(Chosen(text), wanted) << text;
    } else {
      ADD_FAILURE() << "a block of an unknown kind: " << language;
    }
  }

  std::string Chosen(const std::string& text) const {
    const auto [what, given] = SplitAtFirst(text, ": ");
    Facts facts;
    for (const std::string& fact : Split(given, ';')) Set(Trimmed(fact), facts);
    const Choice choice = Choose(StrategyResolver(policy_, {}), what, facts);
    return choice.strategy_id + (choice.fallback ? ", fallback" : "");
  }

  std::shared_ptr<const Policy> policy_;
  Facts facts_;
  std::map<std::string, int> counts_;
};

TEST(PolicyLanguageTest, EveryExampleOfThePageHolds) {
  DocumentRun run;
  for (const Block& block : BlocksOf("docs/policy-language.md")) run.Run(block);
  // None was passed over.
  EXPECT_GE(run.counts().at("expr"), 80);
  EXPECT_GE(run.counts().at("choices"), 15);
  EXPECT_GE(run.counts().at("toml"), 6);
  EXPECT_GE(run.counts().at("yaml"), 3);
}

}  // namespace
}  // namespace postern::strategy
