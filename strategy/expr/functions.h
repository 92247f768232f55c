#ifndef POSTERN_STRATEGY_EXPR_FUNCTIONS_H_
#define POSTERN_STRATEGY_EXPR_FUNCTIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "strategy/expr/environment.h"
#include "strategy/expr/types.h"
#include "strategy/expr/value.h"
#include "strategy/expr/workspace.h"

namespace postern::strategy {

// What a function may use besides its arguments.
struct FunctionCall {
  Workspace& work;
  const EvaluateOptions& options;
};

// Pure but for what `call` gives. Any argument may have any type: it is taken as the type that the
// function works on. Pays for its work; once over budget the result does not matter.
using Function = Value (*)(FunctionCall& call, std::span<const Value> arguments);

// A function of the expression language: one row of the table.
struct FunctionInfo {
  enum class Kind : std::uint8_t {
    kPlain,      // `function`
    kMatches,    // the program searches, and keeps the captures
    kConfigGet,  // a constant of the policy
    kDnsQuery,   // a fact; the program asks for it
    kStore,      // needs Stalwart's stores: there is none here
  };

  static constexpr std::size_t kMaxArity = 3;

  std::string_view name;
  // As the reference shows it: "sort(array, ascending)".
  std::string_view usage;
  std::size_t arity = 0;
  // What each argument is meant to be; anything else is coerced, which is worth a warning.
  std::array<TypeSet, kMaxArity> parameters = {};
  TypeSet result = kAnyType;
  Function function = nullptr;
  Kind kind = Kind::kPlain;
  // In one sentence, for the reference.
  std::string_view meaning = {};
};

// Every function, those of the stores included, in the order of the reference.
std::span<const FunctionInfo> AllFunctions();

// nullptr for a name that is none.
const FunctionInfo* FindFunction(std::string_view name);

// 0 <= bucket < `buckets`; 0 when `buckets` is less than 1. The same on every machine and in every
// version: FNV-1a (64 bits) over the octets of `text`, then the finalizer of MurmurHash3
// (h ^= h >> 33; h *= 0xFF51AFD7ED558CCD; h ^= h >> 33; h *= 0xC4CEB9FE1A85EC53; h ^= h >> 33),
// then the upper 64 bits of the 128-bit product with `buckets`. Not for secrets.
std::int64_t HashBucket(std::string_view text, std::int64_t buckets);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_FUNCTIONS_H_
