#include "cli/cli.h"

#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>
#include <sysexits.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <istream>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <string_view>

#include "cli/explanation.h"
#include "cli/help.h"
#include "cli/issues.h"
#include "cli/options.h"
#include "cli/refusal.h"
#include "cli/report.h"
#include "postern/v1/delivery_service.grpc.pb.h"
#include "postern/v1/policy_service.grpc.pb.h"
#include "postern/v1/policy_text.pb.h"

namespace postern::cli {
namespace {

std::optional<std::string> ReadAll(std::istream& from) {
  std::string text{std::istreambuf_iterator<char>(from), {}};
  if (from.bad()) return std::nullopt;
  return text;
}

// Reading a folder opens well and then fails.
std::optional<std::string> ReadFile(const std::string& path, std::istream& in) {
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
  request.mutable_envelope()->set_smtp_utf8(options.smtp_utf8);
  request.set_transcript(options.transcript);
  for (const std::string& to : options.to) {
    request.mutable_envelope()->add_recipients()->set_address(to);
  }
  if (!options.route.empty()) request.mutable_override()->set_route(options.route);
  if (!options.connection.empty()) request.mutable_override()->set_connection(options.connection);
  request.set_validate_only(options.validate_only);
  request.set_raw(WithCrlf(message));
  return request;
}

// Says why there is no answer, and gives the exit status.
int NoAnswer(const std::string& server, const grpc::Status& status, std::ostream& err) {
  err << "postern: " << server << ": " << RefusalText(status);
  return RefusalExitStatus(status);
}

std::shared_ptr<grpc::Channel> Connect(const CallOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(options.server, grpc::InsecureChannelCredentials(), arguments);
}

int CannotRead(const std::string& path, std::ostream& err) {
  err << "postern: cannot read " << Printable(path) << "\n";
  return EX_NOINPUT;
}

int Deliver(const DeliverOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
  const std::optional<std::string> message = ReadFile(options.file, in);
  if (!message) return CannotRead(options.file, err);
  const auto stub = v1::DeliveryService::NewStub(Connect(options.call));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + options.call.timeout);
  v1::DeliverResponse response;
  const grpc::Status status = stub->Deliver(&context, MakeRequest(options, *message), &response);
  if (!status.ok()) return NoAnswer(options.call.server, status, err);
  out << Report(response);
  return ExitStatus(response);
}

// The answer with the names of the .proto files.
int PrintJson(const google::protobuf::Message& response, std::ostream& out, std::ostream& err) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(response, &text, options);
  if (!status.ok()) {
    err << "postern: the answer cannot be written as JSON: " << status.ToString() << "\n";
    return EX_SOFTWARE;
  }
  out << text;
  return EXIT_SUCCESS;
}

// Policies under the names that the command line gives them. The first file that cannot be read, if
// any.
std::optional<std::string> ReadPolicies(
    const std::vector<std::string>& paths, std::istream& in,
    google::protobuf::RepeatedPtrField<v1::PolicyText>& policies) {
  for (const std::string& path : paths) {
    std::optional<std::string> text = ReadFile(path, in);
    if (!text) return path;
    v1::PolicyText& policy = *policies.Add();
    policy.set_name(path);
    policy.set_text(*std::move(text));
  }
  return std::nullopt;
}

int Check(const CheckOptions& options, std::istream& in, std::ostream& out, std::ostream& err,
          const Terminal& terminal) {
  v1::CheckPolicyRequest request;
  const auto unread = ReadPolicies(options.files, in, *request.mutable_policies());
  if (unread) return CannotRead(*unread, err);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + options.call.timeout);
  v1::CheckPolicyResponse response;
  const auto stub = v1::PolicyService::NewStub(Connect(options.call));
  const grpc::Status status = stub->CheckPolicy(&context, request, &response);
  if (!status.ok()) return NoAnswer(options.call.server, status, err);
  if (!options.json) {
    out << IssuesText(request, response, terminal);
  } else if (const int failed = PrintJson(response, out, err); failed != EXIT_SUCCESS) {
    return failed;
  }
  return response.valid() ? EXIT_SUCCESS : EX_DATAERR;
}

int Explain(ExplainOptions options, std::istream& in, std::ostream& out, std::ostream& err,
            const Terminal& terminal) {
  const auto unread =
      ReadPolicies(options.policy_files, in, *options.request.mutable_candidate_policy());
  if (unread) return CannotRead(*unread, err);
  const auto stub = v1::DeliveryService::NewStub(Connect(options.call));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + options.call.timeout);
  v1::ResolveStrategyResponse response;
  const grpc::Status status = stub->ResolveStrategy(&context, options.request, &response);
  if (!status.ok()) return NoAnswer(options.call.server, status, err);
  if (options.json) return PrintJson(response, out, err);
  out << Explanation(response, terminal);
  return EXIT_SUCCESS;
}

// Where the help for this command line is.
std::string HelpHint(const std::vector<std::string>& arguments) {
  const bool known = !arguments.empty() && IsCommand(arguments[0]);
  return known ? "help " + arguments[0] : "help";
}

}  // namespace

int RunCli(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
           std::ostream& err, const Terminal& terminal) {
  const auto options = ParseOptions(arguments);
  if (const auto* error = std::get_if<UsageError>(&options)) {
    err << "postern: " << Printable(error->sentence) << "; see postern " << HelpHint(arguments)
        << "\n";
    return EX_USAGE;
  }
  if (const auto* help = std::get_if<ShowHelp>(&options)) {
    out << HelpText(help->command);
    return EXIT_SUCCESS;
  }
  if (const auto* explain = std::get_if<ExplainOptions>(&options)) {
    return Explain(*explain, in, out, err, terminal);
  }
  if (const auto* check = std::get_if<CheckOptions>(&options)) {
    return Check(*check, in, out, err, terminal);
  }
  return Deliver(std::get<DeliverOptions>(options), in, out, err);
}

}  // namespace postern::cli
