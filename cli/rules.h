#ifndef POSTERN_CLI_RULES_H_
#define POSTERN_CLI_RULES_H_

#include <string>
#include <string_view>

#include "cli/text.h"
#include "postern/v1/resolution.pb.h"

namespace postern::cli {

// How wide the labels at the left are: "  connection  ".
inline constexpr std::size_t kLabelColumns = 14;

// "  route       ": a label where it stands in the table.
std::string Label(std::string_view name);

// How one strategy was chosen: the id, and under it every rule in order. Pure.
//
//   route       mx                                          queue.strategy.route
//     no   [0] if retry_num > 3 then 'slow'                 policy.toml:6:10
//              read retry_num = 0
//     yes  [1] else 'mx'                                    policy.toml:7:12
std::string Rules(std::string_view name, const v1::StrategyChoice& choice,
                  const Terminal& terminal);

}  // namespace postern::cli

#endif  // POSTERN_CLI_RULES_H_
