#ifndef POSTERN_STRATEGY_CONFIG_POLICY_FILES_H_
#define POSTERN_STRATEGY_CONFIG_POLICY_FILES_H_

#include <cstddef>
#include <optional>
#include <string>

#include "strategy/config/macros.h"
#include "strategy/diagnostics/issue.h"
#include "strategy/diagnostics/source_text.h"

namespace postern::strategy {

// Reads a whole file into memory. An Issue, and nullopt, for a file that is missing, unreadable, no
// regular file (a folder, a pipe or a device, none of which is waited for) or larger than
// `max_octets`, which is found out without reading it. Blocks on the file system.
std::optional<SourceText> ReadPolicyFile(const std::string& path, std::size_t max_octets,
                                         IssueList& issues);

// This process's environment and files: of a file at most 64 KiB, without a NUL, and without the
// line end that it may end with.
class SystemMacros final : public MacroSource {
 public:
  MacroText Environment(const std::string& name) const override;
  MacroText File(const std::string& path) const override;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_POLICY_FILES_H_
