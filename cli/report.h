#ifndef POSTERN_CLI_REPORT_H_
#define POSTERN_CLI_REPORT_H_

#include <string>

#include "postern/v1/delivery_service.pb.h"

// The answer of Deliver for people and for scripts. Pure.
namespace postern::cli {

// One line per recipient, then every attempt with its connection and stage timings.
std::string Report(const v1::DeliverResponse& response);

// By sysexits.h; see HelpText().
int ExitStatus(const v1::DeliverResponse& response);

}  // namespace postern::cli

#endif  // POSTERN_CLI_REPORT_H_
