#ifndef POSTERN_CLI_OPTIONS_H_
#define POSTERN_CLI_OPTIONS_H_

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace postern::cli {

// What `postern deliver` was told. Plain data.
struct DeliverOptions {
  std::string server = "127.0.0.1:50051";
  std::string from;  // empty: the null reverse-path
  std::vector<std::string> to;
  std::string file = "-";
  std::string route;
  std::string connection;
  bool validate_only = false;
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
};

struct ShowHelp {};
struct UsageError {
  std::string sentence;
};

// Reads the arguments after the program's name. Pure.
std::variant<DeliverOptions, ShowHelp, UsageError> ParseOptions(
    const std::vector<std::string>& arguments);

// The text of --help.
std::string HelpText();

}  // namespace postern::cli

#endif  // POSTERN_CLI_OPTIONS_H_
