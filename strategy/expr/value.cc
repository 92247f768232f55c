// The coercions of Stalwart's expressions (0.15.5): whatever is asked for as a number becomes one,
// nothing is an error, and nothing here allocates but NumberText.

#include "strategy/expr/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <system_error>

namespace postern::strategy {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
// A double without an exponent: 309 digits before the point, or 1,074 behind it.
constexpr std::size_t kMaxFloatText = 1100;

// from_chars takes no plus sign; the language does.
std::string_view WithoutPlus(std::string_view text) {
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+';
  return plus ? text.substr(1) : text;
}

std::optional<double> ParseFloat(std::string_view text) {
  if (text.find('(') != std::string_view::npos) return std::nullopt;  // nan(...)
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size()) return std::nullopt;
  // Too large is infinite and too small is 0, which from_chars does not tell apart.
  if (error == std::errc::result_out_of_range)
    return std::strtod(std::string(text).c_str(), nullptr);
  if (error != std::errc()) return std::nullopt;
  return number;
}

std::int64_t Saturated(double number) {
  if (std::isnan(number)) return 0;
  if (number >= static_cast<double>(kMost)) return kMost;
  if (number <= static_cast<double>(kLeast)) return kLeast;
  return static_cast<std::int64_t>(number);
}

bool BothIntegers(const Value& a, const Value& b) { return a.is_integer() && b.is_integer(); }

std::partial_ordering CompareNumbers(const Value& a, const Value& b) {
  if (BothIntegers(a, b)) return a.integer() <=> b.integer();
  return a.AsFloat() <=> b.AsFloat();
}

std::partial_ordering CompareArrays(std::span<const Value> a, std::span<const Value> b) {
  return std::lexicographical_compare_three_way(
      a.begin(), a.end(), b.begin(), b.end(),
      [](const Value& x, const Value& y) { return Compare(x, y); });
}

std::partial_ordering CompareWithArray(const Value& a) {
  return a.is_number() ? std::partial_ordering::less : std::partial_ordering::greater;
}

// The index that was meant; nullopt when there can be no item at it.
std::optional<std::size_t> AsIndex(const Value& index) {
  const std::optional<Value> number = index.is_text() ? ParseNumber(index.text()) : index;
  if (!number || !number->is_number()) return std::nullopt;
  const std::int64_t place = ToInteger(*number);
  if (place < 0) return std::nullopt;
  return static_cast<std::size_t>(place);
}

}  // namespace

bool IsTrue(const Value& value) {
  switch (value.type()) {
    case Value::Type::kInteger:
      return value.integer() != 0;
    case Value::Type::kFloat:
      return value.number() != 0;
    case Value::Type::kText:
      return !value.text().empty();
    case Value::Type::kArray:
      return !value.items().empty();
  }
  return false;
}

std::optional<Value> ParseNumber(std::string_view text) {
  text = WithoutPlus(text);
  std::int64_t integer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (error == std::errc() && end == text.data() + text.size()) return Value::Integer(integer);
  const std::optional<double> number = ParseFloat(text);
  if (!number) return std::nullopt;
  return Value::Float(*number);
}

Value ToNumber(const Value& value) {
  if (value.is_number()) return value;
  if (value.is_array()) return Value::Bool(value.items().empty());
  return ParseNumber(value.text()).value_or(Value::Integer(0));
}

std::int64_t ToInteger(const Value& value) {
  const Value number = ToNumber(value);
  return number.is_integer() ? number.integer() : Saturated(number.number());
}

bool Equals(const Value& a, const Value& b) {
  if (BothIntegers(a, b)) return a.integer() == b.integer();
  if (a.is_text() && b.is_text()) return a.text() == b.text();
  if (a.is_array() != b.is_array()) return false;
  if (!a.is_array()) return CompareNumbers(ToNumber(a), ToNumber(b)) == 0;
  return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), Equals);
}

std::partial_ordering Compare(const Value& a, const Value& b) {
  if (BothIntegers(a, b)) return a.integer() <=> b.integer();
  if (a.is_text() && b.is_text()) return a.text() <=> b.text();
  if (a.is_array() && b.is_array()) return CompareArrays(a.items(), b.items());
  if (a.is_array()) return std::partial_ordering::greater;
  if (b.is_array()) return CompareWithArray(a);
  return CompareNumbers(ToNumber(a), ToNumber(b));
}

Value AddNumbers(const Value& a, const Value& b) {
  if (!BothIntegers(a, b)) return Value::Float(ToNumber(a).AsFloat() + ToNumber(b).AsFloat());
  std::int64_t sum = 0;
  const bool overflow = __builtin_add_overflow(a.integer(), b.integer(), &sum);
  return Value::Integer(overflow ? (a.integer() < 0 ? kLeast : kMost) : sum);
}

Value SubtractNumbers(const Value& left, const Value& right) {
  const Value a = ToNumber(left), b = ToNumber(right);
  if (!BothIntegers(a, b)) return Value::Float(a.AsFloat() - b.AsFloat());
  std::int64_t difference = 0;
  const bool overflow = __builtin_sub_overflow(a.integer(), b.integer(), &difference);
  return Value::Integer(overflow ? (a.integer() < 0 ? kLeast : kMost) : difference);
}

Value Multiply(const Value& left, const Value& right) {
  const Value a = ToNumber(left), b = ToNumber(right);
  if (!BothIntegers(a, b)) return Value::Float(a.AsFloat() * b.AsFloat());
  std::int64_t product = 0;
  const bool overflow = __builtin_mul_overflow(a.integer(), b.integer(), &product);
  return Value::Integer(overflow ? ((a.integer() < 0) != (b.integer() < 0) ? kLeast : kMost)
                                 : product);
}

Value Divide(const Value& a, const Value& b) {
  const double divisor = ToNumber(b).AsFloat();
  return Value::Float(divisor == 0 ? 0.0 : ToNumber(a).AsFloat() / divisor);
}

Value Negate(const Value& value) {
  const Value number = ToNumber(value);
  if (!number.is_integer()) return Value::Float(-number.number());
  return SubtractNumbers(Value::Integer(0), number);
}

Value ItemAt(const Value& array, const Value& index) {
  const std::optional<std::size_t> place = AsIndex(index);
  if (!place) return Value();
  if (array.is_array()) return *place < array.items().size() ? array.items()[*place] : Value();
  // A scalar is an array of one; the array of none that '' is has the same item.
  return *place == 0 ? array : Value();
}

std::string NumberText(const Value& number) {
  if (number.is_integer()) return std::to_string(number.integer());
  if (std::isnan(number.number())) return "NaN";
  std::array<char, kMaxFloatText> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number.number(),
                                          std::chars_format::fixed);
  return error == std::errc() ? std::string(text.data(), end) : std::string();
}

std::size_t Weight(const Value& value) {
  if (value.is_number()) return 0;
  if (value.is_text()) return value.text().size() / 16;
  std::size_t weight = value.items().size();
  for (const Value& item : value.items()) weight += Weight(item);
  return weight;
}

}  // namespace postern::strategy
