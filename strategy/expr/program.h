#ifndef POSTERN_STRATEGY_EXPR_PROGRAM_H_
#define POSTERN_STRATEGY_EXPR_PROGRAM_H_

#include <cstdint>
#include <vector>

#include "strategy/expr/ast.h"
#include "strategy/expr/checker.h"
#include "strategy/expr/environment.h"
#include "strategy/expr/evaluation.h"
#include "strategy/expr/functions.h"
#include "strategy/expr/regex.h"
#include "strategy/expr/value.h"
#include "strategy/expr/variables.h"
#include "strategy/expr/workspace.h"

namespace postern::strategy {

// What programs that are run one after another share: the condition of a branch and its result.
struct RunState {
  const Variables& variables;
  const EvaluateOptions& options;
  Workspace& work;
  // What the last matches() captured; set only when `wants_captures`, which makes it dearer.
  bool wants_captures = false;
  Captures captures{};
};

// An expression without errors, compiled: instructions for a stack machine, without loops, so that
// it ends. Owns its tree (constants are views of it). Immutable; any thread.
class Program {
 public:
  // `ast` must have been checked without errors.
  Program(Ast ast, CheckedParts parts);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Runs it; the value, or why there is none, goes to `result`, whose arena `state.work` uses.
  void Run(RunState& state, EvaluationResult& result) const;

  const Ast& ast() const { return ast_; }
  bool reads_captures() const { return reads_captures_; }
  // The most groups that are captured when it has run; -1 without a matches().
  int groups() const { return parts_.groups; }

  struct Instruction {
    enum class Op : std::uint8_t {
      kConstant,     // push constants[index]
      kVariable,     // push the variable `index`
      kLabel,        // the label named by the top
      kCapture,      // push $index
      kArray,        // an array of the `index` topmost values
      kUnary,        // op top
      kBinary,       // second op top
      kIndex,        // second[top]
      kAnd,          // top, as 0 or 1: the left operand was true
      kOr,           // the same: the left operand was false
      kSkipIfFalse,  // jump to `index`, keeping the top, when it is false; else drop it
      kSkipIfTrue,   // the same when it is true
      kCall,         // function(the `arity` topmost values)
      kMatches,      // search in the top with regex `index`
      kHostname,     // push config_get('server.hostname')
      kDns,          // dns_query(second, top)
    };

    Op op = Op::kConstant;
    Operator of = Operator::kOr;  // kUnary, kBinary
    std::uint8_t arity = 0;
    std::uint32_t index = 0;
    Function function = nullptr;
  };

 private:
  Ast ast_;
  CheckedParts parts_;
  bool reads_captures_ = false;
  std::vector<Value> constants_;
  std::vector<Instruction> code_;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_PROGRAM_H_
