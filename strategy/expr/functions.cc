// The table of functions (docs/policy-language.md): its parts, and the functions that only the
// program can carry out, or nobody.

#include "strategy/expr/functions.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "strategy/expr/function_tables.h"

namespace postern::strategy {
namespace {

using Kind = FunctionInfo::Kind;

constexpr TypeSet kText = kTextType;

constexpr FunctionInfo kSpecial[] = {
    {"matches",
     "matches('regex', text)",
     2,
     {kText, kText},
     kIntegerType,
     nullptr,
     Kind::kMatches,
     "whether the regular expression is found in the text; $0 to $9 are what it found"},
    {"config_get",
     "config_get('server.hostname')",
     1,
     {kText},
     kText,
     nullptr,
     Kind::kConfigGet,
     "a setting of this policy"},
    {"dns_query",
     "dns_query(name, type)",
     2,
     {kText, kText},
     kText | kArrayType,
     nullptr,
     Kind::kDnsQuery,
     "what DNS says about the name: ip, ipv4, ipv6, mx, txt or ptr"},
    {"key_get", "key_get(store, key)", 2, {}, kAnyType, nullptr, Kind::kStore},
    {"key_exists", "key_exists(store, key)", 2, {}, kAnyType, nullptr, Kind::kStore},
    {"key_set", "key_set(store, key, value)", 3, {}, kAnyType, nullptr, Kind::kStore},
    {"counter_incr", "counter_incr(store, key, by)", 3, {}, kAnyType, nullptr, Kind::kStore},
    {"counter_get", "counter_get(store, key)", 2, {}, kAnyType, nullptr, Kind::kStore},
    {"sql_query", "sql_query(store, query, arguments)", 3, {}, kAnyType, nullptr, Kind::kStore},
};

std::vector<FunctionInfo> Together() {
  std::vector<FunctionInfo> all;
  for (const std::span<const FunctionInfo> part :
       {ArrayFunctions(), TextFunctions(), MailFunctions(),
        std::span<const FunctionInfo>(kSpecial)})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

std::span<const FunctionInfo> AllFunctions() {
  static const std::vector<FunctionInfo>& all = *new std::vector<FunctionInfo>(Together());
  return all;
}

const FunctionInfo* FindFunction(std::string_view name) {
  const std::span<const FunctionInfo> all = AllFunctions();
  const auto found =
      std::ranges::find_if(all, [&](const FunctionInfo& info) { return info.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace postern::strategy
