#ifndef POSTERN_CLI_CLI_H_
#define POSTERN_CLI_CLI_H_

#include <iosfwd>
#include <string>
#include <vector>

namespace postern::cli {

// `postern` from its arguments (without the program's name) to its exit status. Waits for the
// server, at most as long as --timeout says.
int RunCli(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
           std::ostream& err);

}  // namespace postern::cli

#endif  // POSTERN_CLI_CLI_H_
