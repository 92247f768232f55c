// Functions on arrays, and those that take any value. A scalar is an array of one, '' an array of
// none.

#include <algorithm>
#include <bit>
#include <compare>
#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "strategy/expr/function_tables.h"

namespace postern::strategy {
namespace {

using Arguments = std::span<const Value>;
using TextSet = absl::flat_hash_set<std::string_view>;

bool AllTexts(std::span<const Value> items) {
  return std::ranges::all_of(items, [](const Value& item) { return item.is_text(); });
}

bool IsEmpty(const Value& value) { return !value.is_number() && !IsTrue(value); }

bool Has(std::span<const Value> items, const Value& wanted) {
  return std::ranges::any_of(items, [&](const Value& item) { return Equals(item, wanted); });
}

Value Count(FunctionCall& call, Arguments arguments) {
  return Value::Integer(static_cast<std::int64_t>(call.work.ToArray(arguments[0]).size()));
}

// An item and where it stood: among equals, the first one stays first.
struct Ranked {
  Value value;
  std::size_t rank = 0;
};

// Heap sort: mixed types have no consistent order, which std::sort does not survive.
void SortRanked(std::vector<Ranked>& items, bool ascends) {
  const auto before = [&](const Ranked& a, const Ranked& b) {
    const auto order = ascends ? Compare(a.value, b.value) : Compare(b.value, a.value);
    return order < 0 || (!(order > 0) && a.rank < b.rank);
  };
  std::ranges::make_heap(items, before);
  std::ranges::sort_heap(items, before);
}

Value Sort(FunctionCall& call, Arguments arguments) {
  const auto items = call.work.ToArray(arguments[0]);
  const std::size_t rounds = std::bit_width(items.size());
  if (!call.work.ChargeArray(items.size()) || !call.work.Charge(Weight(arguments[0]) * rounds))
    return Value();
  std::vector<Ranked> ranked;
  ranked.reserve(items.size());
  for (const Value& item : items) ranked.push_back({item, ranked.size()});
  SortRanked(ranked, IsTrue(arguments[1]));
  std::vector<Value> sorted;
  sorted.reserve(ranked.size());
  for (const Ranked& item : ranked) sorted.push_back(item.value);
  return call.work.Array(std::move(sorted));
}

std::vector<Value> WithoutRepeatedTexts(std::span<const Value> items) {
  std::vector<Value> kept;
  TextSet seen;
  std::ranges::copy_if(items, std::back_inserter(kept),
                       [&](const Value& item) { return seen.insert(item.text()).second; });
  return kept;
}

Value Dedup(FunctionCall& call, Arguments arguments) {
  const auto items = call.work.ToArray(arguments[0]);
  if (!call.work.ChargeArray(items.size())) return Value();
  if (AllTexts(items)) return call.work.Array(WithoutRepeatedTexts(items));
  std::vector<Value> kept;
  for (const Value& item : items) {
    // Numbers equal texts, so that each is compared with each.
    if (!call.work.Charge(kept.size() * (1 + Weight(item)))) return Value();
    if (!Has(kept, item)) kept.push_back(item);
  }
  return call.work.Array(std::move(kept));
}

Value Winnow(FunctionCall& call, Arguments arguments) {
  const auto items = call.work.ToArray(arguments[0]);
  if (!call.work.ChargeArray(items.size())) return Value();
  std::vector<Value> kept;
  std::ranges::copy_if(items, std::back_inserter(kept),
                       [](const Value& item) { return !IsEmpty(item); });
  return call.work.Array(std::move(kept));
}

bool TextsIntersect(std::span<const Value> a, std::span<const Value> b) {
  TextSet texts;
  for (const Value& item : a) texts.insert(item.text());
  return std::ranges::any_of(b, [&](const Value& item) { return texts.contains(item.text()); });
}

Value IsIntersect(FunctionCall& call, Arguments arguments) {
  const auto a = call.work.ToArray(arguments[0]), b = call.work.ToArray(arguments[1]);
  if (!call.work.Charge(a.size() + b.size())) return Value();
  if (AllTexts(a) && AllTexts(b)) return Value::Bool(TextsIntersect(a, b));
  for (const Value& item : a) {
    if (!call.work.Charge(b.size() * (1 + Weight(item)))) return Value();
    if (Has(b, item)) return Value::Bool(true);
  }
  return Value::Bool(false);
}

Value IsEmptyFunction(FunctionCall&, Arguments arguments) {
  return Value::Bool(IsEmpty(arguments[0]));
}

Value IsNumber(FunctionCall&, Arguments arguments) {
  const Value& value = arguments[0];
  return Value::Bool(value.is_number() || (value.is_text() && ParseNumber(value.text())));
}

Value IfThen(FunctionCall&, Arguments arguments) {
  return IsTrue(arguments[0]) ? arguments[1] : arguments[2];
}

constexpr FunctionInfo kTable[] = {
    {.name = "count",
     .usage = "count(array)",
     .arity = 1,
     .parameters = {kAnyType},
     .result = kIntegerType,
     .function = Count,
     .meaning = "how many items it has"},
    {.name = "sort",
     .usage = "sort(array, ascending)",
     .arity = 2,
     .parameters = {kAnyType, kAnyType},
     .result = kArrayType,
     .function = Sort,
     .meaning = "its items in order: ascending when the second argument is true"},
    {.name = "dedup",
     .usage = "dedup(array)",
     .arity = 1,
     .parameters = {kAnyType},
     .result = kArrayType,
     .function = Dedup,
     .meaning = "the first of each items that are equal"},
    {.name = "winnow",
     .usage = "winnow(array)",
     .arity = 1,
     .parameters = {kAnyType},
     .result = kArrayType,
     .function = Winnow,
     .meaning = "its items but for the empty ones"},
    {.name = "is_intersect",
     .usage = "is_intersect(array, array)",
     .arity = 2,
     .parameters = {kAnyType, kAnyType},
     .result = kIntegerType,
     .function = IsIntersect,
     .meaning = "whether they have an item in common"},
    {.name = "is_empty",
     .usage = "is_empty(value)",
     .arity = 1,
     .parameters = {kAnyType},
     .result = kIntegerType,
     .function = IsEmptyFunction,
     .meaning = "whether it is '' or []; a number never is"},
    {.name = "is_number",
     .usage = "is_number(value)",
     .arity = 1,
     .parameters = {kAnyType},
     .result = kIntegerType,
     .function = IsNumber,
     .meaning = "whether it is a number, or a text that reads as one"},
    {.name = "if_then",
     .usage = "if_then(condition, then, else)",
     .arity = 3,
     .parameters = {kAnyType, kAnyType, kAnyType},
     .result = kAnyType,
     .function = IfThen,
     .meaning = "the second argument when the first is true, else the third"},
};

}  // namespace

std::span<const FunctionInfo> ArrayFunctions() { return kTable; }

}  // namespace postern::strategy
