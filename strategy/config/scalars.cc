#include "strategy/config/scalars.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <system_error>

namespace postern::strategy {
namespace {

bool OneOf(std::string_view text, std::string_view a, std::string_view b, std::string_view c) {
  return text == a || text == b || text == c;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

std::optional<std::string> IntegerText(std::string_view digits, int base) {
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return std::to_string(value);
}

// [0-9]+, after the sign.
std::optional<Scalar> ReadInteger(std::string_view plain) {
  if (plain.starts_with('+')) plain.remove_prefix(1);
  std::optional<std::string> text = IntegerText(plain, 10);
  if (!text) return std::nullopt;
  return Scalar{DocumentNode::Kind::kInteger, *std::move(text)};
}

bool IsOctal(char c) { return c >= '0' && c <= '7'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// 0o[0-7]+ or 0x[0-9a-fA-F]+: the base, else 0.
int PrefixedBase(std::string_view plain) {
  if (plain.size() < 3) return 0;
  const std::string_view digits = plain.substr(2);
  if (plain.starts_with("0o") && std::all_of(digits.begin(), digits.end(), IsOctal)) return 8;
  if (plain.starts_with("0x") && std::all_of(digits.begin(), digits.end(), IsHex)) return 16;
  return 0;
}

// ( "." [0-9]+ | [0-9]+ ( "." [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?, after the sign.
bool IsFloat(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at - start;
  };
  const std::size_t whole = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0 && whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

std::optional<Scalar> ReadFloat(std::string_view plain) {
  if (plain.starts_with('+')) plain.remove_prefix(1);
  double value = 0;
  const char* const end = plain.data() + plain.size();
  const auto [stop, error] = std::from_chars(plain.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return Scalar{DocumentNode::Kind::kFloat, FloatText(value)};
}

}  // namespace

std::string FloatText(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), value);
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::optional<Scalar> ReadCoreScalar(std::string_view plain) {
  if (OneOf(plain, "true", "True", "TRUE")) return Scalar{DocumentNode::Kind::kBoolean, "true"};
  if (OneOf(plain, "false", "False", "FALSE")) return Scalar{DocumentNode::Kind::kBoolean, "false"};
  if (const int base = PrefixedBase(plain); base != 0) {
    std::optional<std::string> text = IntegerText(plain.substr(2), base);
    if (!text) return std::nullopt;
    return Scalar{DocumentNode::Kind::kInteger, *std::move(text)};
  }
  const bool is_signed = plain.starts_with('-') || plain.starts_with('+');
  const std::string_view size = plain.substr(is_signed ? 1 : 0);
  if (AllDigits(size)) return ReadInteger(plain);
  if (OneOf(size, ".inf", ".Inf", ".INF"))
    return Scalar{DocumentNode::Kind::kFloat, plain.starts_with('-') ? "-inf" : "inf"};
  if (OneOf(plain, ".nan", ".NaN", ".NAN")) return Scalar{DocumentNode::Kind::kFloat, "nan"};
  if (IsFloat(size)) return ReadFloat(plain);
  return Scalar{DocumentNode::Kind::kString, std::string(plain)};
}

}  // namespace postern::strategy
