#include "tests/integration/service_process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <utility>

#include "tests/fakes/eventually.h"

namespace postern::integration {
namespace {

// From the root of the workspace, where Bazel runs tests.
constexpr char kPosternd[] = "server/posternd";

std::vector<std::string> Command(std::vector<std::string> flags) {
  flags.insert(flags.begin(), kPosternd);
  return flags;
}

// The same under a limit that the program cannot raise.
std::vector<std::string> WithDescriptors(std::optional<std::size_t> descriptors,
                                         std::vector<std::string> command) {
  if (!descriptors) return command;
  const std::string limit = "ulimit -n " + std::to_string(*descriptors) + " && exec \"$@\"";
  const std::vector<std::string> shell = {"bash", "-c", limit, "bash"};
  command.insert(command.begin(), shell.begin(), shell.end());
  return command;
}

// The flags that name the policies, each in a file of its own.
std::vector<std::string> FlagsFor(const std::string& folder,
                                  const std::vector<std::string>& policies) {
  std::vector<std::string> flags = {"--listen", "127.0.0.1:0"};
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const std::string path = folder + "/policy" + std::to_string(i) + ".toml";
    fakes::WriteFile(path, policies[i]);
    flags.insert(flags.end(), {"--config", path});
  }
  return flags;
}

// The address in "... listening on 127.0.0.1:34567"; empty when the log does not say it yet.
std::string AddressIn(const std::string& log) {
  constexpr std::string_view kPhrase = " listening on ";
  const std::size_t at = log.find(kPhrase);
  if (at == std::string::npos) return "";
  const std::size_t start = at + kPhrase.size();
  const std::size_t end = log.find('\n', start);
  return end == std::string::npos ? "" : log.substr(start, end - start);
}

// Large answers and requests are the service's to limit, not this client's.
grpc::ChannelArguments WithoutLimits() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  return arguments;
}

void LimitTo(grpc::ClientContext& context, Duration limit) {
  context.set_deadline(std::chrono::system_clock::now() + limit);
}

}  // namespace

ServiceProcess::ServiceProcess(const std::vector<std::string>& policies,
                               std::optional<std::size_t> descriptors)
    : process_(WithDescriptors(descriptors, Command(FlagsFor(folder_.path(), policies)))) {
  fakes::Eventually([this] {
    address_ = AddressIn(process_.err());
    return !address_.empty() || process_.WaitForExit(Duration(0)).has_value();
  });
  if (address_.empty()) throw std::runtime_error("posternd did not start: " + process_.err());
  channel_ =
      grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), WithoutLimits());
  stub_ = v1::DeliveryService::NewStub(channel_);
}

void ServiceProcess::RewritePolicy(const std::string& policy) {
  fakes::WriteFile(folder_.path() + "/policy0.toml", policy);
}

v1::DeliverResponse ServiceProcess::Deliver(const v1::DeliverRequest& request, Duration limit) {
  grpc::ClientContext context;
  LimitTo(context, limit);
  v1::DeliverResponse response;
  const grpc::Status status = stub_->Deliver(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message() << "\n" << process_.err();
  return response;
}

v1::ResolveStrategyResponse ServiceProcess::Resolve(const v1::ResolveStrategyRequest& request) {
  grpc::ClientContext context;
  LimitTo(context, std::chrono::seconds(30));
  v1::ResolveStrategyResponse response;
  const grpc::Status status = stub_->ResolveStrategy(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message() << "\n" << process_.err();
  return response;
}

Ended RunPosternd(const std::vector<std::string>& flags) {
  fakes::ChildProcess process(Command(flags));
  const std::optional<int> status = process.WaitForExit();
  return {status, process.out(), process.err()};
}

}  // namespace postern::integration
