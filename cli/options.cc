#include "cli/options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace postern::cli {
namespace {

using Parsed = std::variant<DeliverOptions, ExplainOptions, CheckOptions, ShowHelp, UsageError>;

constexpr std::array<std::string_view, 3> kCommands = {"deliver", "explain", "check"};

void Append(std::vector<Flag> more, std::vector<Flag>& flags) {
  for (Flag& flag : more) flags.push_back(std::move(flag));
}

// A number of the request, from `least` to `most`.
Flag NumberFlag(std::string_view name, std::int64_t least, std::int64_t most,
                std::string_view wants, std::function<void(std::int64_t)> set) {
  return {name,
          [least, most, set = std::move(set)](const std::string& value) {
            const auto number = ParseNumber(value, least, most);
            if (number) set(*number);
            return number.has_value();
          },
          wants};
}

Flag DurationFlag(std::string_view name, google::protobuf::Duration* (*field)(v1::DeliveryContext*),
                  v1::DeliveryContext* context) {
  return {name,
          [field, context](const std::string& value) {
            const auto time = ParseTime(value);
            if (time) field(context)->set_seconds(time->count() / 1000);
            return time.has_value();
          },
          "a time such as 90s, 5m, 2h or 3d"};
}

// "unexpected-reply", as expressions write it, is ERROR_KIND_UNEXPECTED_REPLY.
Flag LastErrorFlag(v1::DeliveryContext* context) {
  return {"--last-error",
          [context](const std::string& value) {
            std::string name = "ERROR_KIND_";
            for (const char c : value) {
              if (std::isupper(static_cast<unsigned char>(c)) != 0) return false;
              name +=
                  c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            }
            v1::ErrorKind kind{};
            if (!v1::ErrorKind_Parse(name, &kind) || kind == v1::ERROR_KIND_UNSPECIFIED) {
              return false;
            }
            context->set_last_error(kind);
            return true;
          },
          "one of none, dns, unexpected-reply, connection, tls, dane, mta-sts, rate, concurrency, "
          "io"};
}

Flag TranscriptFlag(v1::TranscriptLevel* level) {
  return {"--transcript",
          [level](const std::string& value) {
            if (value == "none") *level = v1::TRANSCRIPT_LEVEL_NONE;
            if (value == "commands") *level = v1::TRANSCRIPT_LEVEL_COMMANDS;
            if (value == "full") *level = v1::TRANSCRIPT_LEVEL_FULL;
            return value == "none" || value == "commands" || value == "full";
          },
          "none, commands or full"};
}

// KEY=VALUE, each key once.
Flag LabelFlag(v1::DeliveryContext* context) {
  return {"--label",
          [context](const std::string& value) {
            const std::size_t equals = value.find('=');
            if (equals == std::string::npos || equals == 0) return false;
            return context->mutable_labels()
                ->insert({value.substr(0, equals), value.substr(equals + 1)})
                .second;
          },
          "KEY=VALUE, each key once"};
}

std::vector<Flag> CallFlags(CallOptions& call) {
  return {TextFlag("--server", &call.server), TimeFlag("--timeout", &call.timeout)};
}

// What only the queue knows.
std::vector<Flag> ContextFlags(v1::DeliveryContext* context) {
  constexpr std::int64_t kMost32 = std::numeric_limits<std::uint32_t>::max();
  constexpr std::string_view kCount = "a whole number from 0 to 4294967295";
  return {
      NumberFlag(
          "--retry-num", 0, kMost32, kCount,
          [context](std::int64_t n) { context->set_retry_num(static_cast<std::uint32_t>(n)); }),
      NumberFlag(
          "--notify-num", 0, kMost32, kCount,
          [context](std::int64_t n) { context->set_notify_num(static_cast<std::uint32_t>(n)); }),
      NumberFlag("--received-via-port", 1, 65535, "a port from 1 to 65535",
                 [context](std::int64_t n) {
                   context->set_received_via_port(static_cast<std::uint32_t>(n));
                 }),
      NumberFlag(
          "--priority", -9, 9, "a whole number from -9 to 9",
          [context](std::int64_t n) { context->set_priority(static_cast<std::int32_t>(n)); }),
      DurationFlag(
          "--expires-in", [](v1::DeliveryContext* c) { return c->mutable_expires_in(); }, context),
      DurationFlag(
          "--queue-age", [](v1::DeliveryContext* c) { return c->mutable_queue_age(); }, context),
      LastErrorFlag(context),
      LabelFlag(context),
      TextFlag("--last-status", context->mutable_last_status()),
      TextFlag("--queue-name", context->mutable_queue_name()),
      TextFlag("--source", context->mutable_source()),
      TextFlag("--received-from-ip", context->mutable_received_from_ip()),
  };
}

// What if.
std::vector<Flag> RequestFlags(v1::ResolveStrategyRequest& request) {
  return {
      NumberFlag(
          "--size", 0, std::numeric_limits<std::int64_t>::max(), "a number of octets",
          [&request](std::int64_t n) { request.set_message_size(static_cast<std::uint64_t>(n)); }),
      TextFlag("--route", request.mutable_override()->mutable_route()),
      TextFlag("--connection", request.mutable_override()->mutable_connection()),
      TextFlag("--tls", request.mutable_override()->mutable_tls()),
      TextFlag("--mx", request.mutable_mx()),
      TextFlag("--remote-ip", request.mutable_remote_ip()),
  };
}

// Who it is from and to, which every command needs: the null sender is written out, so that a
// forgotten --from is never taken for it.
std::optional<UsageError> MissingAddress(const std::optional<std::string>& from,
                                         const std::vector<std::string>& to) {
  if (!from) return UsageError{"--from is missing (--from \"\" is the null sender)"};
  if (to.empty()) return UsageError{"--to is missing"};
  return std::nullopt;
}

Flag FromFlag(std::optional<std::string>& from) {
  return {"--from",
          [&from](const std::string& value) {
            from = value;
            return true;
          },
          "an address"};
}

Parsed ParseDeliver(const std::vector<std::string>& arguments) {
  DeliverOptions options;
  std::optional<std::string> from;
  std::vector<Flag> flags = CallFlags(options.call);
  Append(
      {FromFlag(from), ListFlag("--to", &options.to), TextFlag("--file", &options.file),
       TextFlag("--route", &options.route), TextFlag("--connection", &options.connection),
       SwitchFlag("--smtp-utf8", &options.smtp_utf8),
       SwitchFlag("--validate-only", &options.validate_only), TranscriptFlag(&options.transcript)},
      flags);
  if (auto error = ReadFlags(arguments, flags)) return *std::move(error);
  if (auto error = MissingAddress(from, options.to)) return *std::move(error);
  options.from = *std::move(from);
  return options;
}

Parsed ParseExplain(const std::vector<std::string>& arguments) {
  ExplainOptions options;
  std::optional<std::string> from;
  std::vector<std::string> to;
  bool smtp_utf8 = false;
  bool lookup_dns = false;
  std::vector<Flag> flags = CallFlags(options.call);
  Append({FromFlag(from), ListFlag("--to", &to), SwitchFlag("--smtp-utf8", &smtp_utf8),
          SwitchFlag("--dns", &lookup_dns), SwitchFlag("--json", &options.json),
          ListFlag("--policy", &options.policy_files)},
         flags);
  Append(ContextFlags(options.request.mutable_context()), flags);
  Append(RequestFlags(options.request), flags);
  if (auto error = ReadFlags(arguments, flags)) return *std::move(error);
  if (auto error = MissingAddress(from, to)) return *std::move(error);
  options.request.mutable_envelope()->set_mail_from(*from);
  options.request.mutable_envelope()->set_smtp_utf8(smtp_utf8);
  for (const std::string& address : to) {
    options.request.mutable_envelope()->add_recipients()->set_address(address);
  }
  options.request.set_lookup_dns(lookup_dns);
  return options;
}

Parsed ParseCheck(const std::vector<std::string>& arguments) {
  CheckOptions options;
  std::vector<Flag> flags = CallFlags(options.call);
  flags.push_back(SwitchFlag("--json", &options.json));
  if (auto error = ReadFlags(arguments, flags, &options.files)) return *std::move(error);
  if (options.files.empty()) return UsageError{"say which files are the policy"};
  return options;
}

Parsed ParseHelp(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2 || arguments[1] == "--help") return ShowHelp{};
  if (!IsCommand(arguments[1])) return UsageError{"unknown command " + arguments[1]};
  return ShowHelp{arguments[1]};
}

}  // namespace

bool IsCommand(std::string_view word) {
  return std::find(kCommands.begin(), kCommands.end(), word) != kCommands.end();
}

std::variant<DeliverOptions, ExplainOptions, CheckOptions, ShowHelp, UsageError> ParseOptions(
    const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    return UsageError{
        "say what to do: postern deliver ..., postern explain ... or postern check ..."};
  }
  const std::string& command = arguments[0];
  if (command == "help") return ParseHelp(arguments);
  if (std::find(arguments.begin(), arguments.end(), "--help") != arguments.end()) {
    return ShowHelp{IsCommand(command) ? command : ""};
  }
  const std::vector<std::string> flags(arguments.begin() + 1, arguments.end());
  if (command == "deliver") return ParseDeliver(flags);
  if (command == "explain") return ParseExplain(flags);
  if (command == "check") return ParseCheck(flags);
  return UsageError{"unknown command " + command};
}

}  // namespace postern::cli
