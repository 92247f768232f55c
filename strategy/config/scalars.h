#ifndef POSTERN_STRATEGY_CONFIG_SCALARS_H_
#define POSTERN_STRATEGY_CONFIG_SCALARS_H_

#include <optional>
#include <string>
#include <string_view>

#include "strategy/config/document.h"

namespace postern::strategy {

// The canonical decimal text of a float: the shortest that reads back as the same number, always
// with a point or an exponent ("72.0"), or "inf", "-inf", "nan".
std::string FloatText(double value);

// A scalar without its place.
struct Scalar {
  DocumentNode::Kind kind = DocumentNode::Kind::kString;
  std::string text;
};

// What a plain YAML scalar means by the core schema (YAML 1.2.2 10.3.2), null aside: true/false, an
// integer (decimal, 0o octal, 0x hexadecimal), a float, else a string. nullopt: a number that fits
// no 64-bit integer or no double.
std::optional<Scalar> ReadCoreScalar(std::string_view plain);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_SCALARS_H_
