#ifndef POSTERN_STRATEGY_RESOLVER_CHOICE_H_
#define POSTERN_STRATEGY_RESOLVER_CHOICE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/diagnostics/source_text.h"
#include "strategy/expr/environment.h"
#include "strategy/expr/evaluation.h"
#include "strategy/expr/if_block.h"

namespace postern::strategy {

// One rule on the way to an id, in the order of the file.
struct TraceStep {
  // "queue.strategy.route", "queue.strategy.route[0].if", "queue.strategy.route[2].else",
  // "override", "built-in".
  std::string rule;
  std::string expression;  // as written: of an if its condition
  std::string value;       // what it gave
  bool matched = false;
  SourceRange range;  // line 0: not from a file
  // Whether it was evaluated: those behind the one that decided are not.
  bool evaluated = true;
  // Of an if: what follows its condition, as written, and what that gave.
  std::string then;
  std::string result;
  // What was read on the way.
  std::vector<TraceRead> reads;
  // Why it gave nothing that can be used; empty: it did.
  std::string problem;
};

// How a strategy id was reached.
struct Choice {
  std::string strategy_id;
  // The expression gave no usable id; `strategy_id` is what was used instead.
  bool fallback = false;
  // Why, as a sentence without its full stop.
  std::string fallback_reason;
  // Only when told to explain.
  std::vector<TraceStep> trace;
  // What must be known of DNS first: fetch it into Facts::dns and resolve again. Until then the
  // choice is the fallback.
  std::vector<DnsQuestion> missing;
};

// Whether a choice is to tell how it was reached, which takes longer.
enum class Explain : std::uint8_t { kNo, kYes };

// How the rule called `name` came to `result`, which an evaluation with a trace gave: every part of
// it, in order, also those that were not reached. Takes the texts out of `result.branches`.
std::vector<TraceStep> TraceOf(std::string_view name, const IfBlock& rule, IfBlockResult& result);

// A step that no expression stands for: an override, or a built-in fallback.
TraceStep PlainStep(std::string_view rule, std::string_view value);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_RESOLVER_CHOICE_H_
