#ifndef POSTERN_CLI_EXPLANATION_H_
#define POSTERN_CLI_EXPLANATION_H_

#include <string>

#include "cli/text.h"
#include "postern/v1/delivery_service.pb.h"

namespace postern::cli {

// The answer of ResolveStrategy for people, to be read from top to bottom: for each recipient what
// stands in the way of delivery, if anything; how route, connection and TLS strategy were chosen,
// rule by rule; and what that comes to. Pure.
std::string Explanation(const v1::ResolveStrategyResponse& response, const Terminal& terminal);

}  // namespace postern::cli

#endif  // POSTERN_CLI_EXPLANATION_H_
