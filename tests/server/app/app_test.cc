#include "server/app/app.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>

#include "postern/v1/delivery_service.grpc.pb.h"
#include "server/rpc/listen.h"
#include "tests/fakes/scripted_server.h"
#include "tests/server/rpc/service_lab.h"

namespace postern::server {
namespace {

using fakes::Script;
using fakes::ScriptedServer;

// The whole service in this process, with one call in flight to a mail server that says nothing.
class AppTest : public ::testing::Test {
 protected:
  AppTest() : smtp_({Script{fakes::Stall()}}) {
    Flags flags;
    flags.config = {WriteFile("app.toml", RelayPolicy(smtp_.port()))};
    flags.listen = {*IpAddress::Parse("127.0.0.1"), 0};
    auto app = App::Start(flags);
    EXPECT_TRUE(app.ok()) << app.status();
    app_ = *std::move(app);
    stub_ = v1::DeliveryService::NewStub(
        grpc::CreateChannel(ToText(app_->listening_on()), grpc::InsecureChannelCredentials()));
    call_ = std::async(std::launch::async, [this] { return Deliver(response_); });
    EXPECT_TRUE(IsDialled(smtp_));
  }

  grpc::Status Deliver(v1::DeliverResponse& response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::DeliverRequest request;
    request.mutable_envelope()->add_recipients()->set_address("to@example.com");
    request.set_text("Subject: x\n");
    return stub_->Deliver(&context, request, &response);
  }

  ScriptedServer smtp_;
  std::unique_ptr<App> app_;
  std::unique_ptr<v1::DeliveryService::Stub> stub_;
  v1::DeliverResponse response_;
  std::future<grpc::Status> call_;
};

TEST_F(AppTest, DrainingRefusesNewCallsAndKeepsTheOldOnes) {
  app_->Drain();
  v1::DeliverResponse refused;
  EXPECT_EQ(Deliver(refused).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(app_->idle());
  EXPECT_EQ(call_.wait_for(std::chrono::seconds(0)), std::future_status::timeout);

  app_->CancelAll();
  const grpc::Status status = call_.get();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response_.outcomes(0).disposition(), v1::DISPOSITION_TRANSIENT_FAILURE);
}

TEST_F(AppTest, EndingAtOnceAnswersWhatIsInFlight) {
  app_.reset();
  EXPECT_EQ(call_.get().error_code(), grpc::StatusCode::INTERNAL);
}

TEST(AppStartTest, APolicyWithErrorsIsNotStartedAndAllOfThemAreSaid) {
  Flags flags;
  flags.config = {
      WriteFile("bad.toml", "[server]\nhostnam = \"x\"\n[queue.strategy]\nroute = 5\n")};
  flags.listen = {*IpAddress::Parse("127.0.0.1"), 0};
  const auto app = App::Start(flags);
  ASSERT_FALSE(app.ok());
  const std::string says(app.status().message());
  EXPECT_NE(says.find("bad.toml:2:1: error"), std::string::npos) << says;
  EXPECT_NE(says.find("bad.toml:4:"), std::string::npos) << says;
}

}  // namespace
}  // namespace postern::server
