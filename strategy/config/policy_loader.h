#ifndef POSTERN_STRATEGY_CONFIG_POLICY_LOADER_H_
#define POSTERN_STRATEGY_CONFIG_POLICY_LOADER_H_

#include <memory>
#include <string>
#include <vector>

#include "strategy/diagnostics/issue.h"
#include "strategy/policy/policy.h"

namespace postern::strategy {

// What came of loading: the policy, or the reasons why there is none, or both with warnings.
struct LoadedPolicy {
  // nullptr when any issue is an error.
  std::shared_ptr<const Policy> policy;
  std::vector<Issue> issues;
  // What RenderIssues makes of them; empty when there are none.
  std::string rendered;
};

// Builds a policy from texts already in memory (a file's name decides its format: .yaml and .yml
// are YAML, all others TOML). Pure: macros that read the environment or files are Issues. No texts
// at all: the built-in default policy; a text without any setting is a mistake.
LoadedPolicy LoadPolicyTexts(std::vector<SourceText> sources);

// Reads the files (at most DocumentLimits::max_octets each; a folder, a pipe, a missing or
// unreadable file is an Issue) and does the same. Blocks on the file system: start-up and reload
// threads only.
LoadedPolicy LoadPolicyFiles(const std::vector<std::string>& paths, Colour colour = Colour::kNo);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_POLICY_LOADER_H_
