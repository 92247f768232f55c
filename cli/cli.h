#ifndef POSTERN_CLI_CLI_H_
#define POSTERN_CLI_CLI_H_

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/text.h"

namespace postern::cli {

// `postern` from its arguments (without the program's name) to its exit status. Waits for the
// server, at most as long as --timeout says. `terminal` is what `out` is shown on.
int RunCli(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
           std::ostream& err, const Terminal& terminal = {});

}  // namespace postern::cli

#endif  // POSTERN_CLI_CLI_H_
