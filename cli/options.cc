#include "cli/options.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace postern::cli {
namespace {

// "60s", "2m", "500ms"; a bare number is seconds. At most a day.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  std::uint32_t number = 0;
  const char* const begin = text.data();
  const auto [end, error] = std::from_chars(begin, begin + text.size(), number);
  if (error != std::errc() || number == 0) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - begin));
  std::optional<std::chrono::milliseconds> duration;
  if (unit == "ms") duration = std::chrono::milliseconds(number);
  if (unit == "s" || unit.empty()) duration = std::chrono::seconds(number);
  if (unit == "m") duration = std::chrono::minutes(number);
  if (!duration || *duration > std::chrono::hours(24)) return std::nullopt;
  return duration;
}

// Takes one flag that has a value; false when there is no such flag, or the value is wrong.
bool Take(const std::string& flag, const std::string& value, DeliverOptions& options) {
  const std::pair<std::string_view, std::string*> texts[] = {
      {"--server", &options.server},
      {"--from", &options.from},
      {"--file", &options.file},
      {"--route", &options.route},
      {"--connection", &options.connection},
  };
  for (const auto& [name, field] : texts) {
    if (flag != name) continue;
    *field = value;
    return true;
  }
  if (flag == "--to") {
    options.to.push_back(value);
    return true;
  }
  if (flag != "--timeout") return false;
  const auto timeout = ParseDuration(value);
  if (timeout) options.timeout = *timeout;
  return timeout.has_value();
}

// "--flag=value" as two arguments.
std::vector<std::string> Split(const std::vector<std::string>& arguments) {
  std::vector<std::string> result;
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    if (argument.starts_with("--") && equals != std::string::npos) {
      result.push_back(argument.substr(0, equals));
      result.push_back(argument.substr(equals + 1));
    } else {
      result.push_back(argument);
    }
  }
  return result;
}

}  // namespace

std::variant<DeliverOptions, ShowHelp, UsageError> ParseOptions(
    const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--help" || argument == "help") return ShowHelp{};
  }
  if (arguments.empty()) return UsageError{"say what to do: postern deliver ..."};
  if (arguments[0] != "deliver") return UsageError{"unknown command " + arguments[0]};
  const std::vector<std::string> split = Split({arguments.begin() + 1, arguments.end()});
  DeliverOptions options;
  bool from_given = false;
  for (std::size_t i = 0; i < split.size(); ++i) {
    if (split[i] == "--validate-only") {
      options.validate_only = true;
      continue;
    }
    if (i + 1 == split.size()) return UsageError{"unknown flag, or no value: " + split[i]};
    if (!Take(split[i], split[i + 1], options)) {
      return UsageError{"unknown flag, or wrong value: " + split[i] + " " + split[i + 1]};
    }
    from_given |= split[i] == "--from";
    ++i;
  }
  if (!from_given) return UsageError{"--from is missing (--from \"\" is the null sender)"};
  if (options.to.empty()) return UsageError{"--to is missing"};
  return options;
}

std::string HelpText() {
  return R"(postern: talks to a Postern server.

  postern deliver --from ADDRESS --to ADDRESS [--to ADDRESS]... [flags]

Delivers one RFC 5322 message, read from a file or standard input; LF and CRLF line ends will both
do. Prints one line per recipient, and every connection that was tried.

  --server HOST:PORT       the server; 127.0.0.1:50051 unless given
  --from ADDRESS           the return path; "" is the null sender
  --to ADDRESS             a recipient; may be repeated
  --file PATH              the message; - is standard input, which is also the default
  --route ID               replaces the policy's choice of a route
  --connection ID          replaces the policy's choice of a connection strategy
  --validate-only          does everything up to, but not including, opening a connection
  --timeout TIME           how long it may take (500ms, 60s, 2m); 60s unless given

Exit status, the first that fits:
   0  every recipient has it (or, with --validate-only, could have it)
  64  the command line is wrong
  66  the message cannot be read
  65  the server refused the request as malformed
  75  no answer: the server cannot be reached, is busy, or is shutting down; try again later
  70  the server failed
  76  for a recipient, the outcome is not known: a retry may deliver twice
  75  for a recipient, a retry may help
  69  for a recipient, it was refused for good
)";
}

}  // namespace postern::cli
