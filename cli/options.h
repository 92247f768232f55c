#ifndef POSTERN_CLI_OPTIONS_H_
#define POSTERN_CLI_OPTIONS_H_

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/flags.h"
#include "postern/v1/delivery_service.pb.h"

namespace postern::cli {

// What every command may be told.
struct CallOptions {
  std::string server = "127.0.0.1:50051";
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
};

// What `postern deliver` was told. Plain data.
struct DeliverOptions {
  CallOptions call;
  std::string from;  // empty: the null reverse-path
  std::vector<std::string> to;
  std::string file = "-";
  std::string route;
  std::string connection;
  bool smtp_utf8 = false;
  bool validate_only = false;
  v1::TranscriptLevel transcript = v1::TRANSCRIPT_LEVEL_NONE;
};

// What `postern explain` was told. Plain data: most flags are a field of the request.
struct ExplainOptions {
  CallOptions call;
  v1::ResolveStrategyRequest request;
  std::vector<std::string> policy_files;  // still to be read into the request
  bool json = false;
};

// What `postern check` was told. Plain data.
struct CheckOptions {
  CallOptions call;
  std::vector<std::string> files;  // at least one
  bool json = false;
};

struct ShowHelp {
  std::string command;  // empty: all of them
};

// Whether there is such a command.
bool IsCommand(std::string_view word);

// Reads the arguments after the program's name. Pure.
std::variant<DeliverOptions, ExplainOptions, CheckOptions, ShowHelp, UsageError> ParseOptions(
    const std::vector<std::string>& arguments);

}  // namespace postern::cli

#endif  // POSTERN_CLI_OPTIONS_H_
