#ifndef POSTERN_STRATEGY_EXPR_EVALUATION_H_
#define POSTERN_STRATEGY_EXPR_EVALUATION_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/expr/environment.h"
#include "strategy/expr/value.h"
#include "strategy/expr/workspace.h"

namespace postern::strategy {

// One thing that an evaluation read, for explanations.
struct TraceRead {
  std::string name;   // "retry_num", "labels['tenant']", "$1", "dns_query('example.org', 'mx')"
  std::string value;  // as ShowValue writes it

  friend bool operator==(const TraceRead&, const TraceRead&) = default;
};

enum class EvaluationOutcome : std::uint8_t {
  kValue,
  // Facts are missing: fetch them all and evaluate again. Ends: each round asks for new facts, and
  // an expression has at most as many of them as calls of dns_query().
  kMissingFacts,
  // A DNS lookup that the expression needs gave no answer; the strategy's fallback is to be used.
  kLookupFailed,
  // It would have used more than the limits; the strategy's fallback is to be used.
  kOverBudget,
};

// What an evaluation gave. `value` is readable as long as this result, the expression, and what the
// variables and facts point to. Movable; not synchronised.
struct EvaluationResult {
  EvaluationOutcome outcome = EvaluationOutcome::kValue;
  Value value;                       // kValue
  std::vector<DnsQuestion> missing;  // kMissingFacts
  // Why there is no value, as a sentence without its full stop; empty for kValue.
  std::string problem;
  // In the order of reading, with EvaluateOptions::trace. A variable read twice is there twice.
  std::vector<TraceRead> reads;
  // Owns what was made on the way.
  Arena arena;

  bool has_value() const { return outcome == EvaluationOutcome::kValue; }
};

// A value for people: 5, 0.5, 'text', ['a', 'b']; cut when long. Texts are as they are: escape them
// before they are printed.
std::string ShowValue(const Value& value);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_EVALUATION_H_
