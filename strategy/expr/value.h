#ifndef POSTERN_STRATEGY_EXPR_VALUE_H_
#define POSTERN_STRATEGY_EXPR_VALUE_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace postern::strategy {

// A value of the expression language: an integer, a float, a text or an array of values. It has no
// boolean: a comparison gives 1 or 0. Trivially copyable and never the owner of what it shows:
// texts and arrays live in a constant, a variable or an Arena, which must outlive it. Any thread.
class Value {
 public:
  enum class Type : std::uint8_t { kInteger, kFloat, kText, kArray };

  // ''.
  constexpr Value() : chars_("") {}
  static constexpr Value Integer(std::int64_t integer) { return Value(integer); }
  static constexpr Value Bool(bool truth) { return Value(std::int64_t{truth ? 1 : 0}); }
  static constexpr Value Float(double number) { return Value(number); }
  static constexpr Value Text(std::string_view text) { return Value(text); }
  static constexpr Value Array(std::span<const Value> items) { return Value(items); }

  constexpr Type type() const { return type_; }
  constexpr bool is_integer() const { return type_ == Type::kInteger; }
  constexpr bool is_number() const { return type_ <= Type::kFloat; }
  constexpr bool is_text() const { return type_ == Type::kText; }
  constexpr bool is_array() const { return type_ == Type::kArray; }

  // Each only for a value of that type.
  constexpr std::int64_t integer() const { return integer_; }
  constexpr double number() const { return number_; }
  constexpr std::string_view text() const { return {chars_, size_}; }
  constexpr std::span<const Value> items() const { return {items_, size_}; }

  // A number as a float; only for numbers.
  constexpr double AsFloat() const {
    return is_integer() ? static_cast<double>(integer_) : number_;
  }

 private:
  constexpr explicit Value(std::int64_t integer) : type_(Type::kInteger), integer_(integer) {}
  constexpr explicit Value(double number) : type_(Type::kFloat), number_(number) {}
  constexpr explicit Value(std::string_view text) : size_(text.size()), chars_(text.data()) {}
  constexpr explicit Value(std::span<const Value> items)
      : type_(Type::kArray), size_(items.size()), items_(items.data()) {}

  Type type_ = Type::kText;
  std::size_t size_ = 0;
  // NOLINTBEGIN(readability-identifier-naming): they are private members of this class.
  union {
    std::int64_t integer_;
    double number_;
    const char* chars_;
    const Value* items_;
  };
  // NOLINTEND(readability-identifier-naming)
};

// 0, 0.0, '' and [] are false; everything else is true, also '0' and 'false'.
bool IsTrue(const Value& value);

// The text as a number: an integer if it is one, else a float if it is one; nullopt for any other
// text. No blanks, no hexadecimal digits.
std::optional<Value> ParseNumber(std::string_view text);

// Any value as a number: a text that is none counts as 0, an empty array as 1, any other as 0.
Value ToNumber(const Value& value);

// Any value as an integer; a float is cut towards 0 and kept in range.
std::int64_t ToInteger(const Value& value);

// Numbers by value, texts octet by octet, a text and a number as numbers ('abc' == 0 holds), arrays
// item by item; an array never equals anything else.
bool Equals(const Value& a, const Value& b);

// As Equals; texts in the order of their octets ('10' < '9'). An array is greater than anything
// else, and so is a text than an array; a number is less than an array. NaN is unordered.
std::partial_ordering Compare(const Value& a, const Value& b);

// Integers saturate; with a float the result is one. Texts and arrays count as ToNumber says.
// (Texts and arrays are added, and arrays subtracted from, in workspace.h: that makes values.)
Value AddNumbers(const Value& a, const Value& b);
Value SubtractNumbers(const Value& left, const Value& right);
Value Multiply(const Value& left, const Value& right);
// Always a float; 0.0 when `b` is 0.
Value Divide(const Value& a, const Value& b);
Value Negate(const Value& value);

// array[index]: `index` is an integer, or a text that is one. What is not there is ''; a scalar is
// an array of one, and '' an array of none.
Value ItemAt(const Value& array, const Value& index);

// A number as text: as short as it can be read back, never with an exponent ("1", "0.5", "inf").
std::string NumberText(const Value& number);

// How much work it is to look at the whole value once: an octet counts a sixteenth, an item one.
std::size_t Weight(const Value& value);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_VALUE_H_
