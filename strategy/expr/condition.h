#ifndef POSTERN_STRATEGY_EXPR_CONDITION_H_
#define POSTERN_STRATEGY_EXPR_CONDITION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "strategy/expr/expression.h"
#include "strategy/expr/if_block.h"

namespace postern::strategy {

// What can be told about a condition without any message: for lint rules. All answers are sound,
// none is complete: "depends" and "does not imply" also mean "cannot tell". Pure, and bounded in
// time.

enum class Truth : std::uint8_t { kDepends, kAlways, kNever };

// Whether a condition is the same for every message: `true`, `'a' == 'b'`, `x || 1`,
// `retry_num > 3 && retry_num < 2`.
Truth TruthOf(const Expression& condition);

// Whether `second` holds whenever `first` does: `retry_num > 1 && X` implies `retry_num > 0 && X`,
// `mx == 'a'` implies `mx != 'b'`. Everything implies itself.
bool Implies(const Expression& first, const Expression& second);

// A branch of a block that can never be taken, and why.
struct Unreachable {
  enum class Reason : std::uint8_t {
    kNever,        // its own condition never holds
    kAfterAlways,  // an earlier condition always holds
    kSame,         // an earlier condition is the same
    kImplied,      // an earlier condition holds whenever its own does
  };

  // branches().size() stands for the else.
  std::size_t branch = 0;
  Reason reason = Reason::kNever;
  // The earlier branch; its own for kNever.
  std::size_t earlier = 0;

  friend bool operator==(const Unreachable&, const Unreachable&) = default;
};

// All such branches, in order, each with the first reason. Of a very large block the last ones may
// be missing.
std::vector<Unreachable> FindUnreachable(const IfBlock& block);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_CONDITION_H_
