#ifndef POSTERN_CLI_HELP_H_
#define POSTERN_CLI_HELP_H_

#include <string>
#include <string_view>

namespace postern::cli {

// The help of a command ("deliver", "explain", "check"), or with an empty name, of the program.
std::string HelpText(std::string_view command);

}  // namespace postern::cli

#endif  // POSTERN_CLI_HELP_H_
