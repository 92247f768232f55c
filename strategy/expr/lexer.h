#ifndef POSTERN_STRATEGY_EXPR_LEXER_H_
#define POSTERN_STRATEGY_EXPR_LEXER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "strategy/expr/operators.h"
#include "strategy/expr/reporter.h"

namespace postern::strategy {

struct Token {
  enum class Kind : std::uint8_t {
    kEnd,
    kInteger,  // also a duration, in milliseconds, and true and false
    kFloat,
    kText,
    kName,     // of a variable or a function
    kCapture,  // $0 to $9
    kGlobal,   // $name
    kOperator,
    kOpen,         // (
    kClose,        // )
    kOpenSquare,   // [
    kCloseSquare,  // ]
    kComma,
    kBroken,  // stands for an operand; was reported
  };

  Kind kind = Kind::kEnd;
  Span span;
  Operator op = Operator::kOr;  // kOperator
  std::int64_t integer = 0;     // kInteger, kCapture
  double number = 0;            // kFloat
  std::string text;             // kText: its value; kName, kGlobal: the name
};

// The tokens of an expression; the last one is kEnd. What is no token is reported and left out, so
// that the parser can go on. Pure.
std::vector<Token> Tokenize(Reporter& reporter);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_LEXER_H_
