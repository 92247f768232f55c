#ifndef POSTERN_CLI_REFUSAL_H_
#define POSTERN_CLI_REFUSAL_H_

#include <grpcpp/support/status.h>

#include <string>

// A call that the server, or the way to it, refused: for people and for scripts. Pure.
namespace postern::cli {

// The message; under it, field by field, what is wrong with the request, if that is said. Ends its
// last line. What has several lines, as the issues of a policy have, keeps them.
std::string RefusalText(const grpc::Status& status);

// By sysexits.h; see HelpText().
int RefusalExitStatus(const grpc::Status& status);

}  // namespace postern::cli

#endif  // POSTERN_CLI_REFUSAL_H_
