#ifndef POSTERN_STRATEGY_EXPR_WORKSPACE_H_
#define POSTERN_STRATEGY_EXPR_WORKSPACE_H_

#include <cstddef>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/expr/limits.h"
#include "strategy/expr/value.h"

namespace postern::strategy {

// Owns the texts and arrays that an evaluation makes; they stay where they are when it is moved.
// Allocates nothing until it is asked to keep something. Not synchronised.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  std::string_view Keep(std::string text) { return texts_.emplace_front(std::move(text)); }
  Value Keep(std::vector<Value> items) {
    return Value::Array(arrays_.emplace_front(std::move(items)));
  }

 private:
  std::forward_list<std::string> texts_;
  std::forward_list<std::vector<Value>> arrays_;
};

// Where one evaluation makes values, and where its budget is counted. Once the budget is used up
// everything asked for is '' and the evaluation is to end; nothing larger than the limits is ever
// built. Made by the evaluation, borrows the arena. Not synchronised.
class Workspace {
 public:
  Workspace(Arena& arena, const EvaluationLimits& limits)
      : arena_(arena), limits_(limits), steps_left_(limits.steps) {}

  // Uses up steps; false when there are not so many left.
  bool Charge(std::size_t steps) {
    if (steps <= steps_left_) {
      steps_left_ -= steps;
      return true;
    }
    return Exceed("it takes too many steps");
  }
  // Whether a text of so many octets, or an array of so many items, may be made; pays for it.
  bool ChargeText(std::size_t octets);
  bool ChargeArray(std::size_t items);

  bool over_budget() const { return !exceeded_.empty(); }
  // Which budget, as a clause: "it takes too many steps".
  std::string_view exceeded() const { return exceeded_; }

  // `text` and `items` must have been charged for.
  Value Text(std::string text) { return Value::Text(arena_.Keep(std::move(text))); }
  Value Array(std::vector<Value> items) { return arena_.Keep(std::move(items)); }

  // Any value as text; the items of an array are joined with CRLF.
  std::string_view ToText(const Value& value);
  // Any value as an array: a scalar is an array of one, '' an array of none.
  std::span<const Value> ToArray(const Value& value);

  // The operators + and -, on any values.
  Value Add(const Value& a, const Value& b);
  Value Subtract(const Value& a, const Value& b);

 private:
  bool Exceed(std::string_view what);
  std::string_view Join(std::span<const Value> items);
  Value AddToArray(std::span<const Value> a, std::span<const Value> b);
  Value AddTexts(const Value& a, const Value& b);
  Value Without(std::span<const Value> items, const Value& unwanted);

  Arena& arena_;
  const EvaluationLimits& limits_;
  std::size_t steps_left_;
  std::string_view exceeded_;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_WORKSPACE_H_
