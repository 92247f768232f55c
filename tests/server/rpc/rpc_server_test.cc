#include "server/rpc/rpc_server.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "grpc/health/v1/health.pb.h"
#include "tests/fakes/scripted_server.h"
#include "tests/server/rpc/service_lab.h"

namespace postern::server {
namespace {

using std::chrono::seconds;

constexpr char kServiceName[] = "postern.v1.DeliveryService";

// One request, one response, with the octets of both.
std::string Call(const std::string& address, const std::string& method, const std::string& octets,
                 grpc::Status* status) {
  grpc::GenericStub stub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + seconds(10));
  const grpc::Slice slice(octets);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
  call->StartCall();
  call->Finish(&response, status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  std::vector<grpc::Slice> slices;
  response.Dump(&slices);
  std::string result;
  for (const auto& part : slices) {
    result.append(reinterpret_cast<const char*>(part.begin()), part.size());
  }
  return result;
}

std::string HealthOf(const std::string& address, const std::string& service) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::Status status;
  grpc::health::v1::HealthCheckResponse response;
  response.ParseFromString(
      Call(address, "/grpc.health.v1.Health/Check", request.SerializeAsString(), &status));
  if (!status.ok()) return status.error_message();
  return grpc::health::v1::HealthCheckResponse::ServingStatus_Name(response.status());
}

TEST(RpcServerTest, HealthFollowsTheServing) {
  ServiceLab lab(RelayPolicy(1));
  EXPECT_EQ(HealthOf(lab.address(), ""), "SERVING");
  EXPECT_EQ(HealthOf(lab.address(), kServiceName), "SERVING");
  lab.server().SetServing(false);
  EXPECT_EQ(HealthOf(lab.address(), ""), "NOT_SERVING");
  EXPECT_EQ(HealthOf(lab.address(), kServiceName), "NOT_SERVING");
}

// grpc.reflection.v1alpha.ServerReflectionRequest { string file_containing_symbol = 4; }
std::string AskForSymbol(const std::string& symbol) {
  return std::string("\x22") + static_cast<char>(symbol.size()) + symbol;
}

TEST(RpcServerTest, ReflectionKnowsServicesHealthAndErrorDetails) {
  ServiceLab lab(RelayPolicy(1));
  struct Case {
    std::string symbol;
    std::string file;
  };
  for (const Case& c : {Case{kServiceName, "postern/v1/delivery_service.proto"},
                        Case{"grpc.health.v1.Health", "grpc/health/v1/health.proto"},
                        Case{"google.rpc.BadRequest", "google/rpc/error_details.proto"}}) {
    grpc::Status status;
    const std::string answer =
        Call(lab.address(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
             AskForSymbol(c.symbol), &status);
    EXPECT_TRUE(status.ok()) << status.error_message();
    // The file's own descriptor begins with its name; an error has no such thing.
    EXPECT_NE(answer.find(c.file), std::string::npos) << c.symbol;
  }
}

TEST(RpcServerTest, APortInUseIsASentence) {
  ServiceLab lab(RelayPolicy(1));
  const auto second =
      RpcServer::Start(lab.service(), lab.policies(), {lab.server().listening_on()});
  ASSERT_FALSE(second.ok());
  const std::string says(second.status().message());
  EXPECT_NE(says.find(lab.address()), std::string::npos) << says;
  EXPECT_NE(says.find("the port is in use"), std::string::npos) << says;
}

TEST(RpcServerTest, AnAddressOfAnotherMachineIsASentence) {
  ServiceLab lab(RelayPolicy(1));
  const auto other =
      RpcServer::Start(lab.service(), lab.policies(), {{*IpAddress::Parse("192.0.2.1"), 0}});
  ASSERT_FALSE(other.ok());
  EXPECT_NE(other.status().message().find("Cannot assign requested address"), std::string::npos)
      << other.status();
}

TEST(RpcServerTest, AMessageOverTheLimitIsRefused) {
  ServiceLab lab(RelayPolicy(1), {.message_bytes = 1000});
  grpc::Status status;
  Call(lab.address(), "/postern.v1.DeliveryService/Deliver", std::string(6 << 20, '\0'), &status);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
}

TEST(RpcServerTest, ItServesIpv6) {
  ServiceLab lab(RelayPolicy(1));
  if (!fakes::HasIpv6Loopback()) GTEST_SKIP() << "this machine has no ::1";
  const auto server =
      RpcServer::Start(lab.service(), lab.policies(), {{*IpAddress::Parse("::1"), 0}});
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(ToText((*server)->listening_on()).rfind("[::1]:", 0), 0u);
  EXPECT_EQ(HealthOf(ToText((*server)->listening_on()), ""), "SERVING");
}

}  // namespace
}  // namespace postern::server
