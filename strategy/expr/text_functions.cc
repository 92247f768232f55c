// Functions on texts. Pieces of a text are views of it; only a text that differs is made. Upper and
// lower case are those of ASCII; characters are counted as UTF-8, blanks are those of Unicode.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "common/digest.h"
#include "strategy/expr/function_tables.h"

namespace postern::strategy {
namespace {

using Arguments = std::span<const Value>;

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool StartsCharacter(char c) { return (static_cast<std::uint8_t>(c) & 0xC0) != 0x80; }

template <typename Predicate>
Value CountOf(std::string_view text, Predicate predicate) {
  return Value::Integer(std::count_if(text.begin(), text.end(), predicate));
}

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

// The blanks of Unicode (White_Space) as UTF-8.
constexpr std::string_view kWideBlanks[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

// The length of the blank that `text` begins (or ends) with; 0 for none.
std::size_t BlankAtFront(std::string_view text) {
  if (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.front()))) return 1;
  for (const std::string_view blank : kWideBlanks) {
    if (text.starts_with(blank)) return blank.size();
  }
  return 0;
}

std::size_t BlankAtBack(std::string_view text) {
  if (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.back()))) return 1;
  for (const std::string_view blank : kWideBlanks) {
    if (text.ends_with(blank)) return blank.size();
  }
  return 0;
}

std::string_view TrimmedFront(std::string_view text) {
  while (const std::size_t blank = BlankAtFront(text)) text.remove_prefix(blank);
  return text;
}

std::string_view TrimmedBack(std::string_view text) {
  while (const std::size_t blank = BlankAtBack(text)) text.remove_suffix(blank);
  return text;
}

// One text to one value.
using OfText = Value (*)(Workspace& work, std::string_view text);

// `kConvert` on a text, or on each item of an array.
template <OfText kConvert>
Value Each(FunctionCall& call, Arguments arguments) {
  const Value& value = arguments[0];
  if (!call.work.Charge(1 + Weight(value))) return Value();
  if (!value.is_array()) return kConvert(call.work, call.work.ToText(value));
  if (!call.work.ChargeArray(value.items().size())) return Value();
  std::vector<Value> items;
  items.reserve(value.items().size());
  for (const Value& item : value.items())
    items.push_back(kConvert(call.work, call.work.ToText(item)));
  return call.work.Array(std::move(items));
}

// `kConvert` on a value as one text.
template <OfText kConvert>
Value Whole(FunctionCall& call, Arguments arguments) {
  const std::string_view text = call.work.ToText(arguments[0]);
  if (!call.work.Charge(1 + text.size() / 16)) return Value();
  return kConvert(call.work, text);
}

// Pays for looking for `wanted` in `text`: at worst, each octet is looked at as often as `wanted`
// has octets.
bool ChargeSearch(Workspace& work, std::string_view text, std::string_view wanted) {
  return work.Charge(1 + text.size() * std::min(wanted.size() + 1, text.size() + 1) / 16);
}

// Two texts to one value; pays for looking for the second in the first.
using OfTexts = Value (*)(Workspace& work, std::string_view a, std::string_view b);

template <OfTexts kConvert>
Value Both(FunctionCall& call, Arguments arguments) {
  const std::string_view a = call.work.ToText(arguments[0]), b = call.work.ToText(arguments[1]);
  if (!ChargeSearch(call.work, a, b)) return Value();
  return kConvert(call.work, a, b);
}

// The same, pays for looking at the ends of both only.
template <OfTexts kConvert>
Value Ends(FunctionCall& call, Arguments arguments) {
  const std::string_view a = call.work.ToText(arguments[0]), b = call.work.ToText(arguments[1]);
  if (!call.work.Charge(1 + std::min(a.size(), b.size()) / 16)) return Value();
  return kConvert(call.work, a, b);
}

Value Trim(Workspace&, std::string_view text) {
  return Value::Text(TrimmedBack(TrimmedFront(text)));
}
Value TrimStart(Workspace&, std::string_view text) { return Value::Text(TrimmedFront(text)); }
Value TrimEnd(Workspace&, std::string_view text) { return Value::Text(TrimmedBack(text)); }

Value ToLower(Workspace& work, std::string_view text) {
  if (std::ranges::none_of(text, IsUpper)) return Value::Text(text);
  return work.ChargeText(text.size()) ? work.Text(absl::AsciiStrToLower(View(text))) : Value();
}

Value ToUpper(Workspace& work, std::string_view text) {
  if (std::ranges::none_of(text, IsLower)) return Value::Text(text);
  return work.ChargeText(text.size()) ? work.Text(absl::AsciiStrToUpper(View(text))) : Value();
}

Value IsUppercase(Workspace&, std::string_view text) {
  return Value::Bool(std::ranges::none_of(text, IsLower));
}
Value IsLowercase(Workspace&, std::string_view text) {
  return Value::Bool(std::ranges::none_of(text, IsUpper));
}
Value HasDigits(Workspace&, std::string_view text) {
  return Value::Bool(std::ranges::any_of(text, IsDigit));
}

Value CountChars(Workspace&, std::string_view text) { return CountOf(text, StartsCharacter); }
Value CountUppercase(Workspace&, std::string_view text) { return CountOf(text, IsUpper); }
Value CountLowercase(Workspace&, std::string_view text) { return CountOf(text, IsLower); }

Value CountSpaces(Workspace&, std::string_view text) {
  std::int64_t count = 0;
  while (!text.empty()) {
    const std::size_t blank = BlankAtFront(text);
    if (blank > 0) ++count;
    text.remove_prefix(std::max<std::size_t>(blank, 1));
  }
  return Value::Integer(count);
}

Value Len(FunctionCall& call, Arguments arguments) {
  const Value& value = arguments[0];
  const std::size_t length =
      value.is_array() ? value.items().size() : call.work.ToText(value).size();
  return Value::Integer(static_cast<std::int64_t>(length));
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(View(a), View(b));
}

bool ContainsIgnoringCase(std::string_view text, std::string_view wanted) {
  const auto same = [](char a, char b) { return absl::ascii_tolower(a) == absl::ascii_tolower(b); };
  return wanted.empty() || !std::ranges::search(text, wanted, same).empty();
}

Value Contains(FunctionCall& call, Arguments arguments) {
  if (!arguments[0].is_array()) {
    const std::string_view text = call.work.ToText(arguments[0]);
    const std::string_view wanted = call.work.ToText(arguments[1]);
    if (!ChargeSearch(call.work, text, wanted)) return Value();
    return Value::Bool(text.find(wanted) != std::string_view::npos);
  }
  const auto items = arguments[0].items();
  if (!call.work.Charge(1 + Weight(arguments[0]))) return Value();
  return Value::Bool(
      std::ranges::any_of(items, [&](const Value& item) { return Equals(item, arguments[1]); }));
}

Value ContainsIgnoreCase(FunctionCall& call, Arguments arguments) {
  const std::string_view wanted = call.work.ToText(arguments[1]);
  if (!arguments[0].is_array()) {
    const std::string_view text = call.work.ToText(arguments[0]);
    if (!ChargeSearch(call.work, text, wanted)) return Value();
    return Value::Bool(ContainsIgnoringCase(text, wanted));
  }
  if (!call.work.Charge(1 + Weight(arguments[0]))) return Value();
  for (const Value& item : arguments[0].items()) {
    if (EqualIgnoringCase(call.work.ToText(item), wanted)) return Value::Bool(true);
  }
  return Value::Bool(false);
}

Value EqIgnoreCase(Workspace&, std::string_view a, std::string_view b) {
  return Value::Bool(EqualIgnoringCase(a, b));
}
Value StartsWith(Workspace&, std::string_view text, std::string_view prefix) {
  return Value::Bool(text.starts_with(prefix));
}
Value EndsWith(Workspace&, std::string_view text, std::string_view suffix) {
  return Value::Bool(text.ends_with(suffix));
}
Value StripPrefix(Workspace&, std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? Value::Text(text.substr(prefix.size())) : Value();
}
Value StripSuffix(Workspace&, std::string_view text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return Value();
  return Value::Text(text.substr(0, text.size() - suffix.size()));
}

// Where the character after the one at `at` begins.
std::size_t NextCharacter(std::string_view text, std::size_t at) {
  if (at < text.size()) ++at;
  while (at < text.size() && !StartsCharacter(text[at])) ++at;
  return at;
}

Value Substring(FunctionCall& call, Arguments arguments) {
  const std::string_view text = call.work.ToText(arguments[0]);
  if (!call.work.Charge(1 + text.size() / 16)) return Value();
  std::size_t begin = 0;
  for (std::int64_t i = ToInteger(arguments[1]); i > 0 && begin < text.size(); --i)
    begin = NextCharacter(text, begin);
  std::size_t end = begin;
  for (std::int64_t i = ToInteger(arguments[2]); i > 0 && end < text.size(); --i)
    end = NextCharacter(text, end);
  return Value::Text(text.substr(begin, end - begin));
}

// Adds a piece to a list; false when there is no budget for it.
bool AddPiece(Workspace& work, std::string_view piece, std::vector<Value>& pieces) {
  if (!work.Charge(1)) return false;
  pieces.push_back(Value::Text(piece));
  return true;
}

// The pieces between at most `most` separators. An empty separator stands before, between and after
// all characters.
std::vector<Value> Pieces(Workspace& work, std::string_view text, std::string_view separator,
                          std::size_t most) {
  std::vector<Value> pieces;
  std::size_t begin = 0;
  std::size_t from = 0;  // where the next separator is looked for
  while (pieces.size() < most && from <= text.size()) {
    const std::size_t found = text.find(separator, from);
    if (found == std::string_view::npos) break;
    if (!AddPiece(work, text.substr(begin, found - begin), pieces)) return {};
    begin = found + separator.size();
    from = !separator.empty()    ? begin
           : found < text.size() ? NextCharacter(text, found)
                                 : text.size() + 1;
  }
  if (!AddPiece(work, text.substr(begin), pieces)) return {};
  return pieces;
}

Value Finish(Workspace& work, std::vector<Value> pieces) {
  return work.ChargeArray(pieces.size()) ? work.Array(std::move(pieces)) : Value();
}

Value Split(Workspace& work, std::string_view text, std::string_view separator) {
  return Finish(work, Pieces(work, text, separator, text.size() + 2));
}

Value Rsplit(Workspace& work, std::string_view text, std::string_view separator) {
  std::vector<Value> pieces = Pieces(work, text, separator, text.size() + 2);
  std::ranges::reverse(pieces);
  return Finish(work, std::move(pieces));
}

Value SplitN(FunctionCall& call, Arguments arguments) {
  const std::string_view text = call.work.ToText(arguments[0]);
  const std::string_view separator = call.work.ToText(arguments[1]);
  const std::int64_t most = std::max<std::int64_t>(ToInteger(arguments[2]), 0);
  if (!ChargeSearch(call.work, text, separator)) return Value();
  return Finish(call.work, Pieces(call.work, text, separator, static_cast<std::size_t>(most)));
}

Value SplitAt(Workspace& work, std::string_view text, std::size_t at, std::size_t length) {
  if (at == std::string_view::npos) return Value();
  return Finish(work, {Value::Text(text.substr(0, at)), Value::Text(text.substr(at + length))});
}

Value SplitOnce(Workspace& work, std::string_view text, std::string_view separator) {
  return SplitAt(work, text, text.find(separator), separator.size());
}

Value RsplitOnce(Workspace& work, std::string_view text, std::string_view separator) {
  return SplitAt(work, text, text.rfind(separator), separator.size());
}

Value SplitWords(Workspace& work, std::string_view text) {
  std::vector<Value> words;
  text = TrimmedFront(text);
  while (!text.empty()) {
    std::size_t length = 0;
    while (length < text.size() && BlankAtFront(text.substr(length)) == 0) ++length;
    if (!AddPiece(work, text.substr(0, length), words)) return Value();
    text = TrimmedFront(text.substr(length));
  }
  return Finish(work, std::move(words));
}

// Lines end with LF or CRLF; the last one need not.
Value Lines(Workspace& work, std::string_view text) {
  std::vector<Value> lines;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, length);
    if (length < text.size() && line.ends_with('\r')) line.remove_suffix(1);
    if (!AddPiece(work, line, lines)) return Value();
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return Finish(work, std::move(lines));
}

Value Hash(Workspace& work, std::string_view text, std::string_view algorithm) {
  // A digest costs more than a look.
  if (!work.Charge(text.size() / 4) || !work.ChargeText(128)) return Value();
  return work.Text(DigestHex(algorithm, text));
}

constexpr TypeSet kText = kTextType;
constexpr TypeSet kTexts = kTextType | kArrayType;
constexpr TypeSet kScalar = kTextType | kNumberType;

// Functions of one argument, of two texts.
constexpr FunctionInfo OfOne(std::string_view name, std::string_view usage, TypeSet parameter,
                             TypeSet result, Function function, std::string_view meaning) {
  return {.name = name,
          .usage = usage,
          .arity = 1,
          .parameters = {parameter},
          .result = result,
          .function = function,
          .meaning = meaning};
}

constexpr FunctionInfo OfTwo(std::string_view name, std::string_view usage, TypeSet first,
                             TypeSet result, Function function, std::string_view meaning) {
  return {.name = name,
          .usage = usage,
          .arity = 2,
          .parameters = {first, kScalar},
          .result = result,
          .function = function,
          .meaning = meaning};
}

constexpr FunctionInfo kTable[] = {
    OfOne("trim", "trim(text)", kAnyType, kTexts, Each<Trim>, "without blanks at both ends"),
    OfOne("trim_start", "trim_start(text)", kAnyType, kTexts, Each<TrimStart>,
          "without blanks at its start"),
    OfOne("trim_end", "trim_end(text)", kAnyType, kTexts, Each<TrimEnd>,
          "without blanks at its end"),
    OfOne("to_lowercase", "to_lowercase(text)", kAnyType, kTexts, Each<ToLower>,
          "in lower case (ASCII)"),
    OfOne("to_uppercase", "to_uppercase(text)", kAnyType, kTexts, Each<ToUpper>,
          "in upper case (ASCII)"),
    OfOne("is_uppercase", "is_uppercase(text)", kAnyType, kIntegerType | kArrayType,
          Each<IsUppercase>, "whether it has no lower-case letter"),
    OfOne("is_lowercase", "is_lowercase(text)", kAnyType, kIntegerType | kArrayType,
          Each<IsLowercase>, "whether it has no upper-case letter"),
    OfOne("has_digits", "has_digits(text)", kAnyType, kIntegerType | kArrayType, Each<HasDigits>,
          "whether there is a digit in it"),
    OfOne("len", "len(value)", kAnyType, kIntegerType, Len, "octets of a text, items of an array"),
    OfOne("count_chars", "count_chars(text)", kScalar, kIntegerType, Whole<CountChars>,
          "how many characters it has"),
    OfOne("count_spaces", "count_spaces(text)", kScalar, kIntegerType, Whole<CountSpaces>,
          "how many blanks it has"),
    OfOne("count_uppercase", "count_uppercase(text)", kScalar, kIntegerType, Whole<CountUppercase>,
          "how many upper-case letters it has"),
    OfOne("count_lowercase", "count_lowercase(text)", kScalar, kIntegerType, Whole<CountLowercase>,
          "how many lower-case letters it has"),
    OfTwo("contains", "contains(text or array, wanted)", kAnyType, kIntegerType, Contains,
          "whether the text has this part, or the array this item"),
    OfTwo("contains_ignore_case", "contains_ignore_case(text or array, wanted)", kAnyType,
          kIntegerType, ContainsIgnoreCase, "as contains, upper and lower case alike"),
    OfTwo("eq_ignore_case", "eq_ignore_case(text, text)", kScalar, kIntegerType, Ends<EqIgnoreCase>,
          "whether they are equal, upper and lower case alike"),
    OfTwo("starts_with", "starts_with(text, prefix)", kScalar, kIntegerType, Ends<StartsWith>,
          "whether it begins so"),
    OfTwo("ends_with", "ends_with(text, suffix)", kScalar, kIntegerType, Ends<EndsWith>,
          "whether it ends so"),
    OfOne("lines", "lines(text)", kScalar, kArrayType, Whole<Lines>, "its lines"),
    {.name = "substring",
     .usage = "substring(text, start, length)",
     .arity = 3,
     .parameters = {kScalar, kNumberType, kNumberType},
     .result = kText,
     .function = Substring,
     .meaning = "so many characters from the one at start (0 is the first)"},
    OfTwo("strip_prefix", "strip_prefix(text, prefix)", kScalar, kText, Ends<StripPrefix>,
          "what follows the prefix; '' when it does not begin so"),
    OfTwo("strip_suffix", "strip_suffix(text, suffix)", kScalar, kText, Ends<StripSuffix>,
          "what is before the suffix; '' when it does not end so"),
    OfTwo("split", "split(text, separator)", kScalar, kArrayType, Both<Split>,
          "its parts between the separators"),
    OfTwo("rsplit", "rsplit(text, separator)", kScalar, kArrayType, Both<Rsplit>,
          "the same, the last part first"),
    OfTwo("split_once", "split_once(text, separator)", kScalar, kTexts, Both<SplitOnce>,
          "[before, after] the first separator; '' when there is none"),
    OfTwo("rsplit_once", "rsplit_once(text, separator)", kScalar, kTexts, Both<RsplitOnce>,
          "[before, after] the last separator; '' when there is none"),
    {.name = "split_n",
     .usage = "split_n(text, separator, most)",
     .arity = 3,
     .parameters = {kScalar, kScalar, kNumberType},
     .result = kArrayType,
     .function = SplitN,
     .meaning = "as split, at so many separators at most"},
    OfOne("split_words", "split_words(text)", kScalar, kArrayType, Whole<SplitWords>,
          "its words: what stands between blanks"),
    OfTwo("hash", "hash(text, algorithm)", kScalar, kText, Ends<Hash>,
          "its md5, sha1, sha256 or sha512 in hexadecimal digits; '' for any other algorithm"),
};

}  // namespace

std::span<const FunctionInfo> TextFunctions() { return kTable; }

}  // namespace postern::strategy
