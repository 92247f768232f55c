#ifndef POSTERN_STRATEGY_EXPR_FUNCTION_TABLES_H_
#define POSTERN_STRATEGY_EXPR_FUNCTION_TABLES_H_

#include <span>

#include "strategy/expr/functions.h"

namespace postern::strategy {

// The parts that functions.cc puts together; a file each.
std::span<const FunctionInfo> ArrayFunctions();
std::span<const FunctionInfo> TextFunctions();
std::span<const FunctionInfo> MailFunctions();

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_FUNCTION_TABLES_H_
