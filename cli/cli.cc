#include "cli/cli.h"

#include <grpcpp/grpcpp.h>
#include <sysexits.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <istream>
#include <iterator>
#include <optional>
#include <ostream>
#include <string_view>

#include "cli/options.h"
#include "cli/report.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "postern/v1/delivery_service.grpc.pb.h"

namespace postern::cli {
namespace {

std::optional<std::string> ReadAll(std::istream& from) {
  std::string text{std::istreambuf_iterator<char>(from), {}};
  if (from.bad()) return std::nullopt;
  return text;
}

// Reading a folder opens well and then fails.
std::optional<std::string> ReadMessage(const std::string& path, std::istream& in) {
  if (path == "-") return ReadAll(in);
  std::ifstream file(path, std::ios::binary);
  if (!file || (file.peek(), file.bad())) return std::nullopt;
  return ReadAll(file);
}

// Every line end made CRLF. Sent as octets: a `text` must be UTF-8, which mail need not be.
std::string WithCrlf(const std::string& text) {
  std::string result;
  result.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool line_end = text[i] == '\n' || text[i] == '\r';
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    result.append(line_end ? "\r\n" : std::string_view(&text[i], 1));
  }
  return result;
}

v1::DeliverRequest MakeRequest(const DeliverOptions& options, const std::string& message) {
  v1::DeliverRequest request;
  request.mutable_envelope()->set_mail_from(options.from);
  for (const std::string& to : options.to) {
    request.mutable_envelope()->add_recipients()->set_address(to);
  }
  if (!options.route.empty()) request.mutable_override()->set_route(options.route);
  if (!options.connection.empty()) request.mutable_override()->set_connection(options.connection);
  request.set_validate_only(options.validate_only);
  request.set_raw(WithCrlf(message));
  return request;
}

int Explain(const std::string& server, const grpc::Status& status, std::ostream& err) {
  err << "postern: " << server << ": " << status.error_message() << "\n";
  google::rpc::Status details;
  google::rpc::BadRequest bad;
  if (details.ParseFromString(status.error_details())) {
    for (const auto& detail : details.details()) {
      if (!detail.UnpackTo(&bad)) continue;
      for (const auto& violation : bad.field_violations()) {
        err << "  " << violation.field() << ": " << violation.description() << "\n";
      }
    }
  }
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT:
      return EX_DATAERR;
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return EX_TEMPFAIL;
    default:
      return EX_SOFTWARE;
  }
}

int Deliver(const DeliverOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
  const std::optional<std::string> message = ReadMessage(options.file, in);
  if (!message) {
    err << "postern: cannot read " << options.file << "\n";
    return EX_NOINPUT;
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  const auto channel =
      grpc::CreateCustomChannel(options.server, grpc::InsecureChannelCredentials(), arguments);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + options.timeout);
  v1::DeliverResponse response;
  const grpc::Status status = v1::DeliveryService::NewStub(channel)->Deliver(
      &context, MakeRequest(options, *message), &response);
  if (!status.ok()) return Explain(options.server, status, err);
  out << Report(response);
  return ExitStatus(response);
}

}  // namespace

int RunCli(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
           std::ostream& err) {
  const auto options = ParseOptions(arguments);
  if (const auto* error = std::get_if<UsageError>(&options)) {
    err << "postern: " << error->sentence << "; see postern --help\n";
    return EX_USAGE;
  }
  if (std::holds_alternative<ShowHelp>(options)) {
    out << HelpText();
    return EXIT_SUCCESS;
  }
  return Deliver(std::get<DeliverOptions>(options), in, out, err);
}

}  // namespace postern::cli
