#include "server/rpc/delivery_service.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "postern/v1/delivery_service.grpc.pb.h"
#include "tests/fakes/eventually.h"
#include "tests/fakes/scripted_server.h"
#include "tests/server/rpc/service_lab.h"
#include "tests/server/rpc/status_details.h"

namespace postern::server {
namespace {

using fakes::Script;
using fakes::ScriptedServer;
using std::chrono::milliseconds;
using std::chrono::seconds;

v1::DeliverRequest RequestTo(const std::vector<std::string>& recipients) {
  v1::DeliverRequest request;
  request.mutable_envelope()->set_mail_from("from@example.org");
  for (const auto& to : recipients) request.mutable_envelope()->add_recipients()->set_address(to);
  request.set_text("Subject: x\n\n.hello\n");
  return request;
}

// A service whose mail goes to a scripted server, and a client of it.
class DeliveryServiceTest : public ::testing::Test {
 protected:
  void Play(std::vector<Script> scripts, ServiceLab::Limits limits = {}) {
    smtp_ = std::make_unique<ScriptedServer>(std::move(scripts));
    lab_ = std::make_unique<ServiceLab>(RelayPolicy(smtp_->port()), limits);
    channel_ = grpc::CreateChannel(lab_->address(), grpc::InsecureChannelCredentials());
    stub_ = v1::DeliveryService::NewStub(channel_);
  }

  grpc::Status Deliver(const v1::DeliverRequest& request, milliseconds limit = seconds(20)) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + limit);
    return stub_->Deliver(&context, request, &response_);
  }

  // A call with octets that are no message of ours.
  grpc::Status CallRaw(const std::string& method, const std::string& octets) {
    grpc::GenericStub stub(channel_);
    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    const grpc::Slice slice(octets);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    auto call =
        stub.PrepareUnaryCall(&context, "/postern.v1.DeliveryService/" + method, request, &queue);
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    const auto end = std::chrono::system_clock::now() + seconds(10);
    EXPECT_EQ(queue.AsyncNext(&tag, &ok, end), grpc::CompletionQueue::GOT_EVENT);
    return status;
  }

  std::unique_ptr<ScriptedServer> smtp_;
  std::unique_ptr<ServiceLab> lab_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::DeliveryService::Stub> stub_;
  v1::DeliverResponse response_;
};

TEST_F(DeliveryServiceTest, AMessageIsDeliveredAndTheAnswerSaysHow) {
  Play({fakes::GoodDialogue()});
  const grpc::Status status = Deliver(RequestTo({"To@Example.com"}));
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(smtp_->Finish(), "");
  EXPECT_TRUE(response_.all_delivered());
  ASSERT_EQ(response_.outcomes_size(), 1);
  EXPECT_EQ(response_.outcomes(0).recipient(), "To@Example.com");
  EXPECT_EQ(response_.outcomes(0).disposition(), v1::DISPOSITION_DELIVERED);
  EXPECT_EQ(response_.outcomes(0).stage(), v1::STAGE_FINAL_REPLY);
  EXPECT_EQ(response_.outcomes(0).error_kind(), v1::ERROR_KIND_NONE);
  EXPECT_EQ(response_.outcomes(0).reply().code(), 250u);
  ASSERT_TRUE(response_.outcomes(0).has_attempt());
  ASSERT_EQ(response_.attempts_size(), 1);
  const v1::Attempt& attempt = response_.attempts(0);
  EXPECT_EQ(attempt.remote_ip(), "127.0.0.1");
  EXPECT_EQ(attempt.remote_port(), smtp_->port());
  EXPECT_EQ(attempt.source_ip(), "127.0.0.2");
  EXPECT_EQ(attempt.ehlo_hostname(), "out.example.org");
  EXPECT_EQ(attempt.route(), "relay");
  EXPECT_EQ(attempt.connection_strategy(), "pool");
  EXPECT_TRUE(attempt.timings().has_connect());
  EXPECT_TRUE(attempt.timings().has_final_reply());
  const auto connections = smtp_->connections();
  ASSERT_EQ(connections.size(), 1u);
  EXPECT_EQ(connections[0].peer.ToString(), "127.0.0.2");
  EXPECT_EQ(connections[0].bodies.at(0), "Subject: x\r\n\r\n..hello\r\n");
}

TEST_F(DeliveryServiceTest, OutcomesKeepTheOrderOfTheRequest) {
  Play({fakes::Greeting() + fakes::Ehlo() + fakes::Mail() +
        fakes::Rcpt("550 5.1.1 no \x1b[31m such user\r\n") + fakes::Rcpt() + fakes::Data() +
        fakes::Quit()});
  ASSERT_TRUE(Deliver(RequestTo({"bad@example.com", "good@example.com"})).ok());
  EXPECT_FALSE(response_.all_delivered());
  ASSERT_EQ(response_.outcomes_size(), 2);
  EXPECT_EQ(response_.outcomes(0).disposition(), v1::DISPOSITION_PERMANENT_FAILURE);
  EXPECT_EQ(response_.outcomes(0).scope(), v1::SCOPE_RECIPIENT);
  EXPECT_EQ(response_.outcomes(0).reply().enhanced_code(), "5.1.1");
  EXPECT_EQ(response_.outcomes(0).reply().lines(0), "5.1.1 no \\x1B[31m such user");
  EXPECT_EQ(response_.outcomes(1).disposition(), v1::DISPOSITION_DELIVERED);
}

TEST_F(DeliveryServiceTest, WhatIsMalformedIsRefusedAndNothingIsDialled) {
  Play({});
  v1::DeliverRequest request = RequestTo({"a@example.com", "b@example.com", "c", "d@example.com"});
  request.set_raw("a: b\n");
  request.set_request_id("1");
  const grpc::Status status = Deliver(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const StatusDetails details = Unpack(status.error_details());
  EXPECT_EQ(details.info.domain(), "postern");
  EXPECT_EQ(details.fields(), "request_id envelope.recipients[2].address raw");
  EXPECT_EQ(smtp_->accepted(), 0u);
  EXPECT_TRUE(lab_->BecomesIdle());
}

TEST_F(DeliveryServiceTest, WhatIsNotSupportedYetSaysSo) {
  Play({});
  v1::DeliverRequest request = RequestTo({"a@example.com"});
  request.mutable_envelope()->set_require_tls(true);
  const StatusDetails details = Unpack(Deliver(request).error_details());
  EXPECT_EQ(details.info.reason(), "UNSUPPORTED");
  EXPECT_EQ(details.fields(), "envelope.require_tls");
}

TEST_F(DeliveryServiceTest, ATranscriptComesWhenItIsAskedFor) {
  for (const auto level : {v1::TRANSCRIPT_LEVEL_NONE, v1::TRANSCRIPT_LEVEL_COMMANDS}) {
    Play({fakes::GoodDialogue()});
    v1::DeliverRequest request = RequestTo({"a@example.com"});
    request.set_transcript(level);
    ASSERT_TRUE(Deliver(request).ok());
    ASSERT_EQ(response_.attempts_size(), 1);
    std::vector<std::string> said;
    for (const auto& line : response_.attempts(0).transcript()) {
      EXPECT_GE(line.at().nanos(), 0);
      if (line.direction() == v1::TranscriptLine::DIRECTION_CLIENT) said.push_back(line.text());
    }
    if (level == v1::TRANSCRIPT_LEVEL_NONE) {
      EXPECT_TRUE(said.empty());
    } else {
      ASSERT_EQ(said.size(), 4u);
      EXPECT_TRUE(said[0].starts_with("EHLO ")) << said[0];
      EXPECT_EQ(said[1], "MAIL FROM:<from@example.org>");
      EXPECT_EQ(said[2], "RCPT TO:<a@example.com>");
      EXPECT_EQ(said[3], "DATA");
    }
  }
}

// On the wire both members of a oneof can be there; a parser keeps the last.
TEST_F(DeliveryServiceTest, BothFormsOfTheMessageAreRefused) {
  Play({});
  v1::DeliverRequest raw;
  raw.set_raw("Subject: y\r\n\r\n");
  const std::string octets =
      RequestTo({"a@example.com"}).SerializeAsString() + raw.SerializeAsString();
  const grpc::Status status = CallRaw("Deliver", octets);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Unpack(status.error_details()).fields(), "message");
}

TEST_F(DeliveryServiceTest, OctetsThatAreNoRequestAreInvalidArgument) {
  Play({});
  v1::DeliverRequest request = RequestTo({"a@example.com"});
  const std::string cut = request.SerializeAsString().substr(0, 20);
  std::string not_utf8 = request.SerializeAsString();
  not_utf8[not_utf8.find("hello")] = '\xff';
  for (const char* method : {"Deliver", "ResolveStrategy"}) {
    const grpc::Status status = CallRaw(method, cut);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method;
    EXPECT_EQ(Unpack(status.error_details()).info.reason(), "UNPARSABLE") << method;
  }
  EXPECT_EQ(CallRaw("Deliver", not_utf8).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(lab_->BecomesIdle());
}

TEST_F(DeliveryServiceTest, ALargeBodyArrivesWhole) {
  Play({fakes::GoodDialogue()});
  v1::DeliverRequest request = RequestTo({"to@example.com"});
  std::string body = "Subject: large\r\n\r\n";
  while (body.size() < (std::size_t{20} << 20)) body += std::string(900, 'x') + "\r\n";
  request.set_raw(body);
  ASSERT_TRUE(Deliver(request).ok());
  EXPECT_TRUE(response_.all_delivered());
  EXPECT_TRUE(smtp_->connections().at(0).bodies.at(0) == body);
}

TEST_F(DeliveryServiceTest, TheAnswerComesBeforeTheCallersDeadline) {
  Play({Script{fakes::Stall()}});
  const grpc::Status status = Deliver(RequestTo({"to@example.com"}), seconds(1));
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response_.outcomes(0).disposition(), v1::DISPOSITION_TRANSIENT_FAILURE);
  EXPECT_EQ(response_.outcomes(0).stage(), v1::STAGE_GREETING);
}

TEST_F(DeliveryServiceTest, CancellingTheCallEndsTheSession) {
  Play({Script{fakes::Stall()}});
  grpc::ClientContext context;
  auto done = std::async(std::launch::async, [&] {
    return stub_->Deliver(&context, RequestTo({"to@example.com"}), &response_);
  });
  ASSERT_TRUE(IsDialled(*smtp_));
  context.TryCancel();
  EXPECT_EQ(done.get().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(lab_->BecomesIdle());
  EXPECT_EQ(smtp_->Finish(), "");
}

TEST_F(DeliveryServiceTest, MoreCallsThanTheLimitAreToldToComeBack) {
  Play({Script{fakes::Stall()}}, {.calls = 1});
  grpc::ClientContext context;
  v1::DeliverResponse first;
  auto done = std::async(std::launch::async, [&] {
    return stub_->Deliver(&context, RequestTo({"to@example.com"}), &first);
  });
  ASSERT_TRUE(IsDialled(*smtp_));
  const grpc::Status status = Deliver(RequestTo({"to@example.com"}));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_GT(Unpack(status.error_details()).retry.retry_delay().seconds(), 0);
  lab_->service().CancelAll();
  const grpc::Status cancelled = done.get();
  ASSERT_TRUE(cancelled.ok()) << cancelled.error_message();
  EXPECT_FALSE(first.all_delivered());
}

// What still waits for a final reply holds its message and its connection, and counts.
TEST_F(DeliveryServiceTest, ASessionInTheBackgroundCountsUntilItsFinalReply) {
  fakes::Gate gate;
  Play({fakes::Greeting() + fakes::Ehlo() + fakes::Mail() + fakes::Rcpt() +
            Script{fakes::Expect("DATA"), fakes::Send("354 go\r\n"), fakes::ReadBody(),
                   fakes::WaitFor(gate), fakes::Send("250 2.0.0 queued\r\n"), fakes::ReadToEnd()},
        fakes::GoodDialogue()},
       {.calls = 1});
  ASSERT_TRUE(Deliver(RequestTo({"to@example.com"}), milliseconds(1500)).ok());
  EXPECT_EQ(response_.outcomes(0).disposition(), v1::DISPOSITION_OUTCOME_UNKNOWN);
  EXPECT_EQ(Deliver(RequestTo({"to@example.com"})).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  gate.Open();
  EXPECT_TRUE(lab_->BecomesIdle());
  // The coroutine that held the message has still to be destroyed.
  EXPECT_TRUE(fakes::Eventually([this] { return Deliver(RequestTo({"to@example.com"})).ok(); }));
}

TEST_F(DeliveryServiceTest, CallsOneAfterTheOtherFindTheirPlaceFree) {
  Play(std::vector<Script>(20, fakes::GoodDialogue()), {.calls = 1});
  for (int i = 0; i < 20; ++i) {
    const grpc::Status status = Deliver(RequestTo({"to@example.com"}));
    ASSERT_TRUE(status.ok()) << "call " << i << ": " << status.error_message();
  }
}

TEST_F(DeliveryServiceTest, AResolutionThatFitsNoAnswerSaysSo) {
  Play({});
  v1::ResolveStrategyRequest request;
  request.mutable_envelope()->set_mail_from("from@example.org");
  const std::string domain = std::string(60, 'x') + "." + std::string(60, 'y') + ".example";
  for (int i = 0; i < 1000; ++i) {
    request.mutable_envelope()->add_recipients()->set_address("u" + std::to_string(i) + "@" +
                                                              domain);
  }
  const std::string long_id(60, 'c');
  std::string policy = RelayPolicy(25) + "\n[queue.connection." + long_id + "]\nsource-ips = [";
  for (int i = 1; i < 250; ++i) policy += "\"127.0.1." + std::to_string(i) + "\", ";
  policy += "]\n";
  request.mutable_override()->set_connection(long_id);
  request.add_candidate_policy()->set_text(policy);
  grpc::ClientContext context;
  v1::ResolveStrategyResponse response;
  const grpc::Status status = stub_->ResolveStrategy(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_EQ(Unpack(status.error_details()).info.reason(), "RESOLUTION_TOO_LARGE");
  request.mutable_envelope()->mutable_recipients()->DeleteSubrange(100, 900);
  grpc::ClientContext second;
  EXPECT_TRUE(stub_->ResolveStrategy(&second, request, &response).ok());
  EXPECT_EQ(response.resolutions_size(), 100);
}

TEST_F(DeliveryServiceTest, MoreOctetsThanTheLimitAreToldToComeBack) {
  Play({Script{fakes::Stall()}}, {.bytes = 1000});
  grpc::ClientContext context;
  v1::DeliverResponse first;
  v1::DeliverRequest large = RequestTo({"to@example.com"});
  large.set_raw("a: b\r\n\r\n" + std::string(900, 'x') + "\r\n" + std::string(900, 'x') + "\r\n");
  auto done =
      std::async(std::launch::async, [&] { return stub_->Deliver(&context, large, &first); });
  ASSERT_TRUE(IsDialled(*smtp_));
  const grpc::Status status = Deliver(RequestTo({"to@example.com"}));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Unpack(status.error_details()).info.reason(), "TOO_MANY_BYTES_IN_FLIGHT");
  lab_->service().CancelAll();
  EXPECT_TRUE(done.get().ok());
}

TEST_F(DeliveryServiceTest, AMessageOverTheLimitIsRefused) {
  Play({fakes::GoodDialogue()}, {.message_bytes = 1000});
  v1::DeliverRequest request = RequestTo({"to@example.com"});
  request.set_raw(std::string(999, 'x') + "\r\n");
  const grpc::Status status = Deliver(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Unpack(status.error_details()).fields(), "message");
  request.set_raw("a: b\r\n\r\n" + std::string(988, 'x') + "\r\n");
  EXPECT_TRUE(Deliver(request).ok());
}

TEST_F(DeliveryServiceTest, WhileDrainingCallsAreRefused) {
  Play({});
  lab_->service().Drain();
  const grpc::Status status = Deliver(RequestTo({"to@example.com"}));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  const StatusDetails details = Unpack(status.error_details());
  EXPECT_EQ(details.info.reason(), "DRAINING");
  EXPECT_GT(details.retry.retry_delay().seconds(), 0);
}

TEST_F(DeliveryServiceTest, AbandonedCallsAreAnswered) {
  Play({Script{fakes::Stall()}});
  auto done =
      std::async(std::launch::async, [&] { return Deliver(RequestTo({"to@example.com"})); });
  ASSERT_TRUE(IsDialled(*smtp_));
  lab_->service().AbandonAll();
  const grpc::Status status = done.get();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(Unpack(status.error_details()).info.reason(), "ANSWER_LOST");
}

TEST_F(DeliveryServiceTest, ValidateOnlyOpensNoConnection) {
  Play({});
  v1::DeliverRequest request = RequestTo({"to@example.com"});
  request.set_validate_only(true);
  ASSERT_TRUE(Deliver(request).ok());
  EXPECT_EQ(response_.outcomes(0).disposition(), v1::DISPOSITION_NOT_ATTEMPTED);
  EXPECT_EQ(response_.outcomes(0).reason(), "VALIDATED");
  EXPECT_EQ(response_.attempts_size(), 0);
  EXPECT_EQ(smtp_->accepted(), 0u);
}

TEST_F(DeliveryServiceTest, ResolveStrategySaysHowAMessageWouldLeave) {
  Play({});
  v1::ResolveStrategyRequest request;
  *request.mutable_envelope() = RequestTo({"a@example.com", "b@example.net"}).envelope();
  request.set_lookup_dns(true);
  request.mutable_override()->set_connection("default");
  v1::ResolveStrategyResponse response;
  grpc::ClientContext context;
  const grpc::Status status = stub_->ResolveStrategy(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.policy_version().size(), 16u);
  ASSERT_EQ(response.resolutions_size(), 2);
  const v1::Resolution& first = response.resolutions(0);
  EXPECT_EQ(first.recipient(), "a@example.com");
  EXPECT_EQ(first.route().strategy_id(), "relay");
  EXPECT_EQ(first.route().trace(0).rule(), "queue.strategy.route");
  EXPECT_GT(first.route().trace(0).line(), 0u);
  EXPECT_EQ(first.connection().strategy_id(), "default");
  EXPECT_EQ(first.connection_plan().ehlo_hostname(), "mail.example.org");
  EXPECT_EQ(first.connection_plan().ehlo_origin(), v1::EHLO_ORIGIN_SERVER);
  ASSERT_EQ(first.targets_size(), 1);
  EXPECT_EQ(first.targets(0).addresses(0), "127.0.0.1");
  EXPECT_EQ(first.targets(0).port(), smtp_->port());
  EXPECT_EQ(smtp_->accepted(), 0u);
}

}  // namespace
}  // namespace postern::server
