#include "cli/rules.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace postern::cli {
namespace {

// Where the text of a rule begins: behind its mark.
constexpr std::size_t kRuleColumns = 9;
// An expression longer than this is cut; the policy has it whole.
constexpr std::size_t kMostExpression = 600;
// What a rule needs beside its place; a longer place has a line of its own.
constexpr std::size_t kLeastText = 36;

// `keyword` and an expression, in pieces for lines of `columns`.
std::vector<std::string> Expression(std::string_view keyword, std::string_view expression,
                                    std::size_t columns) {
  std::vector<std::string> parts;
  if (!keyword.empty()) parts.emplace_back(keyword);
  const std::string shown = Shortened(Printable(expression), kMostExpression);
  for (std::string& part : PartsOf(shown, columns - keyword.size() - 1)) {
    parts.push_back(std::move(part));
  }
  return parts;
}

std::vector<std::string> Sentence(std::string_view before, std::string_view sentence) {
  std::vector<std::string> words = WordsOf(before);
  for (std::string& word : WordsOf(Printable(sentence))) words.push_back(std::move(word));
  return words;
}

// "policy.toml:7:12"; empty: in no file.
std::string PlaceOf(const v1::TraceStep& step) {
  if (step.line() == 0) return "";
  return Printable(step.file()) + ":" + std::to_string(step.line()) + ":" +
         std::to_string(step.column());
}

// "queue.strategy.route[0].if" is "queue.strategy.route" and "[0]".
std::string NameOf(const v1::TraceStep& step) {
  return Printable(step.rule().substr(0, step.rule().find('[')));
}
std::string IndexOf(const v1::TraceStep& step) {
  const std::size_t begin = step.rule().find('[');
  if (begin == std::string::npos) return "";
  return Printable(step.rule().substr(begin, step.rule().find(']') + 1 - begin));
}

// An override or a fallback: no expression stands for it.
bool IsPlain(const v1::TraceStep& step) { return step.expression().empty(); }

// Writes the rules of one choice. Each is a mark, an index, and lines of text.
class RuleWriter {
 public:
  RuleWriter(const v1::StrategyChoice& choice, const Terminal& terminal)
      : choice_(choice), terminal_(terminal) {
    for (const v1::TraceStep& step : choice.trace()) {
      index_columns_ = std::max(index_columns_, Columns(IndexOf(step)));
    }
    if (index_columns_ > 0) ++index_columns_;
  }

  std::string Write() {
    for (const v1::TraceStep& step : choice_.trace()) {
      IsPlain(step) ? WritePlain(step) : WriteRule(step);
      first_ = false;
    }
    return std::move(text_);
  }

 private:
  void WritePlain(const v1::TraceStep& step) {
    const std::string what = choice_.fallback() ? "fallback" : Printable(step.rule());
    text_ += "    =>   " +
             terminal_.Paint(choice_.fallback() ? Tone::kWarning : Tone::kPlain,
                             what + ": " + Printable(step.value())) +
             "\n";
  }

  void WriteRule(const v1::TraceStep& step) {
    const std::string place = PlaceOf(step);
    const std::size_t columns = terminal_.width - kRuleColumns - index_columns_;
    const bool beside = Columns(place) + 2 + kLeastText <= columns;
    const std::size_t first = beside && !place.empty() ? columns - Columns(place) - 2 : columns;
    std::vector<std::string> lines = ConditionLines(step, columns, first);
    if (step.evaluated()) AppendFindings(step, columns, lines);
    if (!beside) lines.push_back("at " + place);
    WriteLines(step, lines, beside ? place : "");
  }

  // "if ... then ...", on one line where that fits.
  std::vector<std::string> ConditionLines(const v1::TraceStep& step, std::size_t columns,
                                          std::size_t first) const {
    std::vector<std::string> parts = Expression(KeywordOf(step), step.expression(), first);
    std::vector<std::string> then;
    if (!step.then().empty()) then = Expression("then", step.then(), columns);
    if (!step.evaluated()) then.emplace_back("(not reached)");
    std::vector<std::string> whole = parts;
    whole.insert(whole.end(), then.begin(), then.end());
    std::vector<std::string> lines = Flow(whole, columns, first);
    if (lines.size() == 1 || step.then().empty()) return lines;
    lines = Flow(parts, columns, first);
    for (std::string& line : Flow(then, columns, columns)) lines.push_back(std::move(line));
    return lines;
  }

  // A rule that is one expression has no keyword.
  std::string_view KeywordOf(const v1::TraceStep& step) const {
    if (!step.then().empty()) return "if";
    return first_ && IndexOf(step).empty() ? "" : "else";
  }

  // What was read, what came of it, and what is wrong with that.
  static void AppendFindings(const v1::TraceStep& step, std::size_t columns,
                             std::vector<std::string>& lines) {
    const auto append = [&](const std::vector<std::string>& pieces) {
      for (std::string& line : Flow(pieces, columns, columns)) lines.push_back(std::move(line));
    };
    if (step.reads_size() > 0) append(ReadsOf(step, columns));
    const std::string given = GivenBy(step);
    if (!step.problem().empty()) {
      append(Sentence(given.empty() ? "but" : "gives " + given + ", but", step.problem()));
    } else if (!given.empty()) {
      append({"gives", given});
    }
  }

  static std::vector<std::string> ReadsOf(const v1::TraceStep& step, std::size_t columns) {
    std::vector<std::string> pieces = {"read"};
    for (const v1::VariableRead& read : step.reads()) {
      const std::string name = Printable(read.name());
      const std::size_t left = columns - std::min(columns, Columns(name) + 10);
      pieces.push_back(name + " = " +
                       Shortened(Printable(read.value()), std::max<std::size_t>(left, 20)) + ",");
    }
    pieces.back().pop_back();
    return pieces;
  }

  // What a rule gave, where that says more than the rule itself: not of `'mx'`, and not of a
  // condition that is simply true or false.
  static std::string GivenBy(const v1::TraceStep& step) {
    const bool is_if = !step.then().empty();
    if (is_if && !step.matched()) {
      return step.value() == "0" ? "" : Shortened(Printable(step.value()), 60);
    }
    const std::string& given = is_if ? step.result() : step.value();
    const std::string& expression = is_if ? step.then() : step.expression();
    if (expression == "'" + given + "'" || expression == "\"" + given + "\"") return "";
    return given.empty() ? "''" : Shortened(Printable(given), 60);
  }

  void WriteLines(const v1::TraceStep& step, const std::vector<std::string>& lines,
                  const std::string& place) {
    const std::string_view mark = !step.evaluated() ? "-" : step.matched() ? "yes" : "no";
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string left =
          i > 0 ? std::string(kRuleColumns, ' ')
                : "    " + Painted(step, Padded(std::string(mark), kRuleColumns - 4));
      std::string text = Padded(i > 0 ? "" : IndexOf(step), index_columns_);
      text += lines[i];
      if (i == 0 && !place.empty()) {
        const std::size_t at = terminal_.width - kRuleColumns - Columns(place);
        text += "  ";
        text = Padded(std::move(text), at);
        text += place;
      }
      text_ += left + (step.evaluated() ? text : terminal_.Paint(Tone::kDim, text)) + "\n";
    }
  }

  std::string Painted(const v1::TraceStep& step, const std::string& mark) const {
    if (!step.evaluated()) return terminal_.Paint(Tone::kDim, mark);
    if (!step.problem().empty()) return terminal_.Paint(Tone::kWarning, mark);
    return step.matched() ? terminal_.Paint(Tone::kGood, mark) : mark;
  }

  const v1::StrategyChoice& choice_;
  const Terminal& terminal_;
  std::size_t index_columns_ = 0;
  bool first_ = true;
  std::string text_;
};

// "queue.strategy.route", "built-in"; empty where the rules say it themselves.
std::string OriginOf(const v1::StrategyChoice& choice) {
  if (choice.trace_size() == 0 || IsPlain(choice.trace(0))) return "";
  return NameOf(choice.trace(0));
}

// The id and why it is not what the rules gave; at the right, whose rules they are.
std::string Head(std::string_view name, const v1::StrategyChoice& choice,
                 const Terminal& terminal) {
  const std::string id = Printable(choice.strategy_id());
  const std::string origin = OriginOf(choice);
  std::string head = Label(name) + terminal.Paint(Tone::kStrong, id);
  std::size_t columns = kLabelColumns + Columns(id);
  std::string below;
  if (choice.fallback()) {
    const std::string reason = "FALLBACK: " + Printable(choice.fallback_reason());
    const bool beside = columns + 2 + Columns(reason) <= terminal.width;
    if (beside) {
      head += "  " + terminal.Paint(Tone::kWarning, reason);
      columns += 2 + Columns(reason);
    } else {
      const std::size_t width = terminal.width - kLabelColumns;
      for (const std::string& line : Flow(WordsOf(reason), width, width)) {
        below += Label("") + terminal.Paint(Tone::kWarning, line) + "\n";
      }
    }
  }
  if (!origin.empty() && columns + 2 + Columns(origin) <= terminal.width) {
    head += std::string(terminal.width - columns - Columns(origin), ' ') + origin;
  }
  return head + "\n" + below;
}

}  // namespace

std::string Label(std::string_view name) { return Padded("  " + std::string(name), kLabelColumns); }

std::string Rules(std::string_view name, const v1::StrategyChoice& choice,
                  const Terminal& terminal) {
  return Head(name, choice, terminal) + RuleWriter(choice, terminal).Write();
}

}  // namespace postern::cli
