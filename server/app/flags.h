#ifndef POSTERN_SERVER_APP_FLAGS_H_
#define POSTERN_SERVER_APP_FLAGS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/net/transport.h"
#include "common/log.h"

namespace postern::server {

// What the command line says. Plain data.
struct Flags {
  enum class Action { kServe, kCheck, kHelp, kVersion };
  enum class Format { kText, kJson };
  enum class WithColour { kAuto, kAlways, kNever };

  Action action = Action::kServe;
  std::vector<std::string> config;  // none: the built-in policy
  client::Endpoint listen;
  std::optional<client::Endpoint> ops_listen;
  std::size_t max_message_bytes = std::size_t{64} << 20;
  bool insecure = false;
  // Of --check.
  bool strict = false;
  Format format = Format::kText;
  WithColour colour = WithColour::kAuto;  // kAuto: on a terminal, unless NO_COLOR is set
  LogLevel log_level = LogLevel::kInfo;
};

// Reads the arguments, the program's own name first. The error is a sentence that names the flag.
// By getopt_long, whose state is global: not to be called from two threads at once.
absl::StatusOr<Flags> ParseFlags(const std::vector<std::string>& arguments);

// The text of --help.
std::string HelpText();

// Whether an address can be reached from this machine only.
bool IsLoopback(const IpAddress& address);

}  // namespace postern::server

#endif  // POSTERN_SERVER_APP_FLAGS_H_
