#ifndef POSTERN_STRATEGY_EXPR_TYPES_H_
#define POSTERN_STRATEGY_EXPR_TYPES_H_

#include <cstdint>

namespace postern::strategy {

// The types that a construct can have when it is evaluated, as far as it can be told before.
using TypeSet = std::uint8_t;
inline constexpr TypeSet kIntegerType = 1;
inline constexpr TypeSet kFloatType = 2;
inline constexpr TypeSet kTextType = 4;
inline constexpr TypeSet kArrayType = 8;
inline constexpr TypeSet kNumberType = kIntegerType | kFloatType;
inline constexpr TypeSet kAnyType = 15;

// Whether every type in `types` is one of `others`.
constexpr bool IsOnly(TypeSet types, TypeSet others) { return (types & ~others) == 0; }

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_TYPES_H_
