// Every value that an evaluation makes is paid for before it is made, so that memory stays within
// the limits whatever the expression and the variables are.

#include "strategy/expr/workspace.h"

#include <algorithm>

namespace postern::strategy {
namespace {

bool IsEmptyText(const Value& value) { return value.is_text() && value.text().empty(); }

// The items to add: an array's own, or the value itself.
std::span<const Value> Items(const Value& value) {
  return value.is_array() ? value.items() : std::span<const Value>(&value, 1);
}

}  // namespace

bool Workspace::Exceed(std::string_view what) {
  if (exceeded_.empty()) exceeded_ = what;
  steps_left_ = 0;
  return false;
}

bool Workspace::ChargeText(std::size_t octets) {
  if (octets > limits_.text) return Exceed("it makes a text that is too long");
  return Charge(1 + octets / 16);
}

bool Workspace::ChargeArray(std::size_t items) {
  if (items > limits_.array) return Exceed("it makes an array that is too long");
  return Charge(1 + items);
}

std::string_view Workspace::ToText(const Value& value) {
  if (value.is_text()) return value.text();
  if (value.is_array()) return Join(value.items());
  std::string text = NumberText(value);
  return ChargeText(text.size()) ? arena_.Keep(std::move(text)) : std::string_view();
}

std::string_view Workspace::Join(std::span<const Value> items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string_view item = ToText(items[i]);
    if (!Charge(1) || !ChargeText(text.size() + 2 + item.size())) return {};
    if (i > 0) text += "\r\n";
    text += item;
  }
  return arena_.Keep(std::move(text));
}

std::span<const Value> Workspace::ToArray(const Value& value) {
  if (value.is_array()) return value.items();
  if (IsEmptyText(value) || !ChargeArray(1)) return {};
  return arena_.Keep(std::vector<Value>{value}).items();
}

Value Workspace::Add(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return AddNumbers(a, b);
  if (a.is_array() || b.is_array()) return AddToArray(Items(a), Items(b));
  if (IsEmptyText(a)) return b;
  if (IsEmptyText(b)) return a;
  return AddTexts(a, b);
}

Value Workspace::AddToArray(std::span<const Value> a, std::span<const Value> b) {
  if (!ChargeArray(a.size() + b.size())) return Value();
  std::vector<Value> items;
  items.reserve(a.size() + b.size());
  items.insert(items.end(), a.begin(), a.end());
  items.insert(items.end(), b.begin(), b.end());
  return Array(std::move(items));
}

Value Workspace::AddTexts(const Value& a, const Value& b) {
  const std::string_view first = ToText(a), second = ToText(b);
  if (!ChargeText(first.size() + second.size())) return Value();
  std::string text;
  text.reserve(first.size() + second.size());
  text.append(first).append(second);
  return Text(std::move(text));
}

Value Workspace::Subtract(const Value& a, const Value& b) {
  if (a.is_array()) return Without(a.items(), b);
  return SubtractNumbers(a, b);
}

Value Workspace::Without(std::span<const Value> items, const Value& unwanted) {
  if (!ChargeArray(items.size())) return Value();
  std::vector<Value> kept;
  std::ranges::copy_if(items, std::back_inserter(kept),
                       [&](const Value& item) { return !Equals(item, unwanted); });
  return Array(std::move(kept));
}

}  // namespace postern::strategy
