#ifndef POSTERN_STRATEGY_EXPR_OPERATORS_H_
#define POSTERN_STRATEGY_EXPR_OPERATORS_H_

#include <cstdint>
#include <string_view>

namespace postern::strategy {

enum class Operator : std::uint8_t {
  kOr,
  kAnd,
  kXor,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kNot,
  kNegate,
};

// How tightly a binary operator binds, 1 (||) to 7 (* and /); all of them from the left. 0 for the
// unary ones, which bind tighter than any.
constexpr int Precedence(Operator op) {
  constexpr int kPrecedence[] = {1, 2, 3, 4, 4, 5, 5, 5, 5, 6, 6, 7, 7, 0, 0};
  return kPrecedence[static_cast<int>(op)];
}

// As it is best written: "&&", "==".
constexpr std::string_view OperatorText(Operator op) {
  constexpr std::string_view kText[] = {"||", "&&", "^", "==", "!=", "<", "<=", ">",
                                        ">=", "+",  "-", "*",  "/",  "!", "-"};
  return kText[static_cast<int>(op)];
}

constexpr bool IsComparison(Operator op) {
  return op >= Operator::kEqual && op <= Operator::kGreaterEqual;
}

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_OPERATORS_H_
