#include "server/app/flags.h"

#include <getopt.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/rpc/listen.h"

namespace postern::server {
namespace {

enum Option : int {
  kConfig = 256,
  kListen,
  kOpsListen,
  kCheck,
  kStrict,
  kFormat,
  kColour,
  kMaxMessageBytes,
  kInsecure,
  kLogLevel,
  kHelp,
  kVersion,
};

constexpr std::array<option, 13> kOptions = {{
    {"config", required_argument, nullptr, kConfig},
    {"listen", required_argument, nullptr, kListen},
    {"ops-listen", required_argument, nullptr, kOpsListen},
    {"check", no_argument, nullptr, kCheck},
    {"strict", no_argument, nullptr, kStrict},
    {"format", required_argument, nullptr, kFormat},
    {"color", required_argument, nullptr, kColour},
    {"max-message-bytes", required_argument, nullptr, kMaxMessageBytes},
    {"insecure", no_argument, nullptr, kInsecure},
    {"log-level", required_argument, nullptr, kLogLevel},
    {"help", no_argument, nullptr, kHelp},
    {"version", no_argument, nullptr, kVersion},
    {nullptr, 0, nullptr, 0},
}};

absl::Status Wrong(const std::string& sentence) {
  return absl::InvalidArgumentError(absl::StrCat(sentence, "; see posternd --help"));
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "127.0.0.1:50051", "[::1]:0", "localhost:0".
absl::StatusOr<client::Endpoint> ParseEndpoint(const std::string& flag, const std::string& text) {
  absl::Status wrong = Wrong(
      absl::StrCat(flag, " ", text,
                   ": write an IP address (or localhost) and a port, such as 127.0.0.1:50051 or "
                   "[::1]:50051"));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return wrong;
  std::string host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  const auto ip = IpAddress::Parse(host);
  const auto port = ParseNumber<std::uint16_t>(std::string_view(text).substr(colon + 1));
  if (!ip || !port || ip->is_v4() == bracketed) return wrong;
  return client::Endpoint{*ip, *port};
}

absl::StatusOr<std::size_t> ParseMaxMessageBytes(const std::string& text) {
  const auto bytes = ParseNumber<std::size_t>(text);
  if (!bytes || *bytes == 0 || *bytes > kLargestMessageLimit) {
    return Wrong(absl::StrCat("--max-message-bytes ", text, ": write a number of octets from 1 to ",
                              kLargestMessageLimit));
  }
  return *bytes;
}

absl::StatusOr<LogLevel> ParseLogLevel(const std::string& text) {
  if (text == "debug") return LogLevel::kDebug;
  if (text == "info") return LogLevel::kInfo;
  if (text == "warning") return LogLevel::kWarning;
  if (text == "error") return LogLevel::kError;
  return Wrong(absl::StrCat("--log-level ", text, ": write debug, info, warning or error"));
}

absl::StatusOr<Flags::Format> ParseFormat(const std::string& text) {
  if (text == "text") return Flags::Format::kText;
  if (text == "json") return Flags::Format::kJson;
  return Wrong(absl::StrCat("--format ", text, ": write text or json"));
}

absl::StatusOr<Flags::WithColour> ParseColour(const std::string& text) {
  if (text == "auto") return Flags::WithColour::kAuto;
  if (text == "always") return Flags::WithColour::kAlways;
  if (text == "never") return Flags::WithColour::kNever;
  return Wrong(absl::StrCat("--color ", text, ": write auto, always or never"));
}

template <typename Value, typename Field>
absl::Status Set(absl::StatusOr<Value> value, Field& field) {
  POSTERN_RETURN_IF_ERROR(value.status());
  field = *std::move(value);
  return absl::OkStatus();
}

absl::Status Apply(int code, const std::string& value, Flags& flags) {
  switch (code) {
    case kConfig:
      flags.config.push_back(value);
      break;
    case kListen:
      return Set(ParseEndpoint("--listen", value), flags.listen);
    case kOpsListen:
      return Set(ParseEndpoint("--ops-listen", value), flags.ops_listen);
    case kCheck:
      flags.action = Flags::Action::kCheck;
      break;
    case kStrict:
      flags.strict = true;
      break;
    case kFormat:
      return Set(ParseFormat(value), flags.format);
    case kColour:
      return Set(ParseColour(value), flags.colour);
    case kMaxMessageBytes:
      return Set(ParseMaxMessageBytes(value), flags.max_message_bytes);
    case kInsecure:
      flags.insecure = true;
      break;
    case kLogLevel:
      return Set(ParseLogLevel(value), flags.log_level);
    case kHelp:
      flags.action = Flags::Action::kHelp;
      break;
    case kVersion:
      flags.action = Flags::Action::kVersion;
      break;
    default:
      break;
  }
  return absl::OkStatus();
}

absl::Status CheckTogether(const Flags& flags) {
  const bool is_about_check = flags.strict || flags.format != Flags::Format::kText ||
                              flags.colour != Flags::WithColour::kAuto;
  if (flags.action == Flags::Action::kServe && is_about_check)
    return Wrong("--strict, --format and --color are for --check");
  if (flags.action != Flags::Action::kServe || flags.insecure || IsLoopback(flags.listen.ip)) {
    return absl::OkStatus();
  }
  return Wrong(absl::StrCat("--listen ", ToText(flags.listen),
                            " can be reached from other machines, and whoever reaches it may send "
                            "mail: listen on 127.0.0.1 or [::1], or add --insecure to allow it"));
}

}  // namespace

bool IsLoopback(const IpAddress& address) {
  static const Cidr kV4 = *Cidr::Parse("127.0.0.0/8");
  static const Cidr kV6 = *Cidr::Parse("::1");
  return kV4.Contains(address) || kV6.Contains(address);
}

absl::StatusOr<Flags> ParseFlags(const std::vector<std::string>& arguments) {
  std::vector<std::string> copy = arguments;
  std::vector<char*> argv;
  argv.reserve(copy.size() + 1);
  for (std::string& argument : copy) argv.push_back(argument.data());
  argv.push_back(nullptr);
  Flags flags;
  flags.listen = {IpAddress::V4({127, 0, 0, 1}), 50051};
  optind = 0;  // glibc: from the start, whatever was parsed before
  opterr = 0;
  const int argc = static_cast<int>(arguments.size());
  while (true) {
    const int code = getopt_long(argc, argv.data(), "+:", kOptions.data(), nullptr);
    if (code == -1) break;
    const std::string at = argv[static_cast<std::size_t>(optind) - 1];
    if (code == ':') return Wrong(absl::StrCat(at, " needs a value"));
    if (code == '?')
      return Wrong(absl::StrCat("unknown or ambiguous flag, or one value too many: ", at));
    POSTERN_RETURN_IF_ERROR(Apply(code, optarg != nullptr ? optarg : "", flags));
  }
  if (optind < argc)
    return Wrong(absl::StrCat("unexpected argument ", argv[static_cast<std::size_t>(optind)]));
  POSTERN_RETURN_IF_ERROR(CheckTogether(flags));
  return flags;
}

std::string HelpText() {
  return R"(posternd: delivers outbound mail by policy, over gRPC.

  posternd [--config PATH]... [--listen HOST:PORT] [flags]
  posternd --check [--strict] [--format json] [--config PATH]...

  --config PATH            a policy file, TOML or (.yaml, .yml) YAML; may be repeated: all files
                           together are the policy. Without any, the built-in policy is in force:
                           mail goes to the MX hosts of its domain.
  --check                  reads the policy as a start would, prints every issue, and exits: 0 when
                           it may be used, 1 when not.
  --strict                 with --check: a warning makes the exit status 1 too.
  --format text|json       with --check: json puts one array of issues on standard output, and
                           nothing else; text (unless given) goes to standard error.
  --color auto|always|never  with --check: whether text is coloured; auto, unless given, colours it
                           on a terminal unless NO_COLOR is set.
  --listen HOST:PORT       where gRPC is served; 127.0.0.1:50051 unless given. Port 0 takes a free
                           one, which the log names.
  --insecure               allows --listen beyond this machine, without TLS: whoever reaches the
                           port may send mail.
  --ops-listen HOST:PORT   serves GET /livez and GET /readyz over HTTP; off unless given.
  --max-message-bytes N    the largest message that is taken, in octets; 67108864 (64 MiB) unless given.
  --log-level LEVEL        debug, info, warning or error; info unless given.
  --help, --version        say so, and exit.

The policy files are read again when they change, and at SIGHUP; one with errors changes nothing,
and the log says what is wrong with it. SIGTERM and SIGINT end it: no new calls are taken, those in flight have 25 s. A second signal ends
it at once. Exit status: 0 after a signal; 1 when it cannot start or the policy has errors; 64 when
the command line is wrong.
)";
}

}  // namespace postern::server
