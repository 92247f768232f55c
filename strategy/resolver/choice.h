#ifndef POSTERN_STRATEGY_RESOLVER_CHOICE_H_
#define POSTERN_STRATEGY_RESOLVER_CHOICE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/diagnostics/source_text.h"
#include "strategy/expr/environment.h"
#include "strategy/expr/evaluation.h"
#include "strategy/expr/if_block.h"

namespace postern::strategy {

// One part of a rule as the policy has it, which no message changes.
struct RulePart {
  // "queue.strategy.route", "queue.strategy.route[0].if", "queue.strategy.route[2].else",
  // "override", "built-in".
  std::string rule;
  std::string expression;  // as written: of an if its condition
  std::string then;        // as written: of an if what follows its condition
  SourceRange range;       // line 0: not from a file
};
using RuleParts = std::vector<RulePart>;

// The parts of the rule called `name`, in the order of the file.
RuleParts PartsOf(std::string_view name, const IfBlock& rule);

// What became of one part of a rule on the way to an id.
struct TraceStep {
  explicit TraceStep(const RulePart& of) : part(&of) {}

  const RulePart* part;  // never null; the resolver's, or lives for ever
  std::string value;     // what the expression gave
  bool matched = false;
  // Whether it was evaluated: those behind the one that decided are not.
  bool evaluated = true;
  // Of an if that matched: what `then` gave.
  std::string result;
  // What was read on the way.
  std::vector<TraceRead> reads;
  // Why it gave nothing that can be used; empty: it did.
  std::string problem;
};

// How a choice was reached. Immutable once it is in a Choice.
struct Trace {
  // In the order of the file.
  std::vector<TraceStep> steps;
  // Whether it is the same for every message, and with it all of the choice: it is then shared by
  // all that one resolver gives.
  bool is_constant = false;
};

// How a strategy id was reached.
struct Choice {
  std::string strategy_id;
  // The expression gave no usable id; `strategy_id` is what was used instead.
  bool fallback = false;
  // Why, as a sentence without its full stop.
  std::string fallback_reason;
  // Null unless told to explain. Lives as long as this and the resolver.
  std::shared_ptr<const Trace> trace;
  // What must be known of DNS first: fetch it into Facts::dns and resolve again. Until then the
  // choice is the fallback.
  std::vector<DnsQuestion> missing;
};

// Whether a choice is to tell how it was reached, which takes longer.
enum class Explain : std::uint8_t { kNo, kYes };

// How the rule with these parts came to `result`, which an evaluation with a trace gave: every part
// of it, in order, also those that were not reached. Takes the texts out of `result.branches`, and
// points to `parts`.
Trace TraceOf(const RuleParts& parts, IfBlockResult& result);

// Steps that no expression stands for.
TraceStep OverrideStep(std::string_view id);
TraceStep BuiltInStep(std::string_view id);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_RESOLVER_CHOICE_H_
