#include "server/rpc/rpc_server.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "postern/v1/delivery_service.grpc.pb.h"
#include "postern/v1/policy_service.grpc.pb.h"
#include "server/rpc/listen.h"

namespace postern::server {
namespace {

// A thousand recipients with all their parameters, and a full context.
constexpr std::size_t kEnvelopeHeadroom = std::size_t{4} << 20;

// The libraries' own lines go where ours go. What Protobuf has to say is about octets of callers,
// who are told; at a level that is shown, anyone could fill the log.
void RouteLibraryLogs() {
  gpr_set_log_function([](gpr_log_func_args* line) {
    const bool error = line->severity == GPR_LOG_SEVERITY_ERROR;
    Log(error ? LogLevel::kWarning : LogLevel::kDebug, absl::StrCat("gRPC: ", line->message));
  });
  google::protobuf::SetLogHandler(
      [](google::protobuf::LogLevel, const char*, int, const std::string& message) {
        Log(LogLevel::kDebug, absl::StrCat("Protobuf: ", message));
      });
}

// Why an address cannot be listened on: gRPC does not say, so the system is asked once more.
std::string WhyNot(const client::Endpoint& endpoint) {
  namespace asio = boost::asio;
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(endpoint.ip.ToString(), error);
  const asio::ip::tcp::endpoint local(address, endpoint.port);
  if (!error) acceptor.open(local.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(local, error);
  if (!error) acceptor.listen(1, error);
  if (error == asio::error::address_in_use) {
    return "the port is in use; stop the program that has it, or choose another with --listen";
  }
  return error ? error.message() : "gRPC gave no reason";
}

}  // namespace

class RpcServer::Impl {
 public:
  Impl(std::unique_ptr<grpc::Server> server, client::Endpoint listening_on)
      : server_(std::move(server)), listening_on_(listening_on) {}

  grpc::Server& server() { return *server_; }
  const client::Endpoint& listening_on() const { return listening_on_; }

 private:
  std::unique_ptr<grpc::Server> server_;
  client::Endpoint listening_on_;
};

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(DeliveryService& deliveries,
                                                            PolicyService& policies,
                                                            Options options) {
  RouteLibraryLogs();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  int port = 0;
  grpc::ServerBuilder builder;
  // With SO_REUSEPORT, gRPC's default, a second server on the port would start and take half of the
  // calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(ToText(options.listen), grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes + kEnvelopeHeadroom));
  // What was done must always be told.
  builder.SetMaxSendMessageSize(-1);
  builder.RegisterService(&deliveries.grpc_service());
  builder.RegisterService(&policies.grpc_service());
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port <= 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", ToText(options.listen), ": ", WhyNot(options.listen)));
  }
  options.listen.port = static_cast<std::uint16_t>(port);
  auto result = std::unique_ptr<RpcServer>(
      new RpcServer(std::make_unique<Impl>(std::move(server), options.listen)));
  result->SetServing(true);
  return result;
}

RpcServer::RpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RpcServer::~RpcServer() { Shutdown(Duration(0)); }

const client::Endpoint& RpcServer::listening_on() const { return impl_->listening_on(); }

void RpcServer::SetServing(bool serving) {
  auto* health = impl_->server().GetHealthCheckService();
  health->SetServingStatus(serving);
  health->SetServingStatus(v1::DeliveryService::service_full_name(), serving);
  health->SetServingStatus(v1::PolicyService::service_full_name(), serving);
}

void RpcServer::Shutdown(Duration grace) {
  impl_->server().Shutdown(std::chrono::system_clock::now() + grace);
}

}  // namespace postern::server
