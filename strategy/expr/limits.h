#ifndef POSTERN_STRATEGY_EXPR_LIMITS_H_
#define POSTERN_STRATEGY_EXPR_LIMITS_H_

#include <cstddef>

namespace postern::strategy {

// What an expression may ask for when it is loaded. Exceeding one is an issue, "over-budget".
struct ExpressionLimits {
  // Octets of text; room for the longest honest expression (the text is kept and shown in traces).
  std::size_t source = 64 * 1024;
  // Levels of brackets and calls inside each other.
  std::size_t nesting = 64;
  // Height of the syntax tree: nesting, and operators in a row (a + b + c has three levels).
  std::size_t height = 512;
  // Nodes of the syntax tree: constants, names, operators and calls.
  std::size_t nodes = 10'000;
  // Items of an array that is written out.
  std::size_t array = 1'000;
  // Instructions of one compiled regular expression, and octets of memory to compile and run it.
  std::size_t regex_program = 10'000;
  std::size_t regex_memory = 2 * 1024 * 1024;
  // Branches of an if/then/else list.
  std::size_t branches = 1'000;
};

// What one evaluation may use. Exceeding one ends it without a value.
struct EvaluationLimits {
  // An instruction is a step, and so are an item and 16 octets that it reads or makes.
  std::size_t steps = 200'000;
  // Octets of a text that is made.
  std::size_t text = 256 * 1024;
  // Items of an array that is made.
  std::size_t array = 10'000;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_LIMITS_H_
