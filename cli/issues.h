#ifndef POSTERN_CLI_ISSUES_H_
#define POSTERN_CLI_ISSUES_H_

#include <string>

#include "cli/text.h"
#include "postern/v1/policy_service.pb.h"

namespace postern::cli {

// What CheckPolicy found, as compilers write it: each issue with its place and the line that it is
// about, which is taken from the request; then how many there are. Pure.
std::string IssuesText(const v1::CheckPolicyRequest& request,
                       const v1::CheckPolicyResponse& response, const Terminal& terminal);

}  // namespace postern::cli

#endif  // POSTERN_CLI_ISSUES_H_
