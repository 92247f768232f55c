// What is malformed is refused with the field that is wrong, and nothing is dialled.

#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/fakes/scripted_server.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

struct Details {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
};

Details DetailsOf(const grpc::Status& status) {
  google::rpc::Status packed;
  EXPECT_TRUE(packed.ParseFromString(status.error_details()));
  EXPECT_EQ(packed.code(), static_cast<int>(status.error_code()));
  Details result;
  for (const auto& detail : packed.details()) {
    EXPECT_TRUE(detail.UnpackTo(&result.info) || detail.UnpackTo(&result.bad_request))
        << detail.type_url();
  }
  return result;
}

// One service for all tests: refusing a request must leave nothing behind.
class BadRequestsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = std::make_unique<fakes::ScriptedServer>(std::vector<fakes::Script>{});
    service = std::make_unique<ServiceProcess>(RelayPolicy(server->port()));
  }
  static void TearDownTestSuite() {
    service.reset();
    server.reset();
  }

  void TearDown() override { EXPECT_EQ(server->accepted(), 0u) << "something was dialled"; }

  static grpc::Status Deliver(const v1::DeliverRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::DeliverResponse response;
    return service->stub().Deliver(&context, request, &response);
  }

  static grpc::Status CallWithOctets(const std::string& octets) {
    grpc::GenericStub stub(service->channel());
    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    const grpc::Slice slice(octets);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::Status status(grpc::StatusCode::UNKNOWN, "no answer came");
    const auto call =
        stub.PrepareUnaryCall(&context, "/postern.v1.DeliveryService/Deliver", request, &queue);
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    const auto end = std::chrono::system_clock::now() + std::chrono::seconds(30);
    EXPECT_EQ(queue.AsyncNext(&tag, &ok, end), grpc::CompletionQueue::GOT_EVENT);
    return status;
  }

  inline static std::unique_ptr<fakes::ScriptedServer> server;
  inline static std::unique_ptr<ServiceProcess> service;
};

using Spoil = std::function<void(v1::DeliverRequest&)>;

struct Case {
  Case(std::string the_name, Spoil how, std::string the_field, std::string description = "",
       std::string the_reason = "INVALID_REQUEST")
      : name(std::move(the_name)),
        spoil(std::move(how)),
        field(std::move(the_field)),
        says(std::move(description)),
        reason(std::move(the_reason)) {}

  std::string name;
  Spoil spoil;  // makes a good request bad
  std::string field;
  std::string says;  // part of the description
  std::string reason;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

Case Sender(std::string name, const std::string& address) {
  return {std::move(name),
          [address](v1::DeliverRequest& r) { r.mutable_envelope()->set_mail_from(address); },
          "envelope.mail_from"};
}

Case Recipient(std::string name, const std::string& address) {
  return {std::move(name),
          [address](v1::DeliverRequest& r) {
            r.mutable_envelope()->add_recipients()->set_address(address);
          },
          "envelope.recipients[1].address"};
}

Case Raw(std::string name, const std::string& octets, std::string says) {
  return {std::move(name), [octets](v1::DeliverRequest& r) { r.set_raw(octets); }, "raw",
          std::move(says)};
}

Case Unsupported(std::string name, Spoil spoil, std::string field) {
  return {std::move(name), std::move(spoil), std::move(field), "not supported", "UNSUPPORTED"};
}

Case UnknownStrategy(std::string name, Spoil spoil, std::string field) {
  return {std::move(name), std::move(spoil), std::move(field), "nowhere", "UNKNOWN_STRATEGY"};
}

v1::Recipient& First(v1::DeliverRequest& r) { return *r.mutable_envelope()->mutable_recipients(0); }

using R = v1::DeliverRequest;

std::vector<Case> EnvelopeCases() {
  using namespace std::string_literals;
  return {
      {"NoRecipients", [](R& r) { r.mutable_envelope()->clear_recipients(); },
       "envelope.recipients"},
      {"NoEnvelope", [](R& r) { r.clear_envelope(); }, "envelope.recipients"},
      {"TooManyRecipients",
       [](R& r) {
         for (int i = 0; i < 1000; ++i) *r.mutable_envelope()->add_recipients() = First(r);
       },
       "envelope.recipients", "1001"},
      Sender("SenderWithoutAt", "from"),
      Sender("SenderWithCrLf", "a@example.org>\r\nRCPT TO:<b@example.org"),
      Sender("SenderWithLf", "a\nb@example.org"),
      Sender("SenderWithNul", "a\0b@example.org"s),
      Sender("SenderNotAscii", "j\u00fcrgen@example.org"),
      {"SenderWithC1",
       [](R& r) {
         r.mutable_envelope()->set_smtp_utf8(true);
         r.mutable_envelope()->set_mail_from("j\u0085rgen@example.org");
       },
       "envelope.mail_from"},
      Sender("SenderInBrackets", "<a@example.org>"),
      Recipient("RecipientEmpty", ""),
      Recipient("RecipientWithoutAt", "to"),
      Recipient("RecipientWithoutDomain", "to@"),
      Recipient("RecipientWithCr", "a\rb@example.org"),
      Recipient("RecipientWithCrLf", "a@example.org\r\nDATA"),
      Recipient("RecipientWithNul", "a@example.org\0"s),
      Recipient("RecipientWithEscape", "a\x1b[0m@example.org"),
      Recipient("RecipientWithCrLfInQuotes", "\"a\r\nb\"@example.org"),
      Recipient("RecipientNotAscii", "a@b\u00fccher.example"),
      Recipient("RecipientWithSourceRoute", "@relay.example:a@example.org"),
      Recipient("RecipientWithBadLiteral", "a@[192.0.2.256]"),
      Recipient("RecipientWithLongLocalPart", std::string(65, 'x') + "@example.org"),
      Recipient("RecipientTwice", "a@example.org, b@example.org"),
      {"EnvelopeIdWithCrLf", [](R& r) { r.mutable_envelope()->set_envelope_id("a\r\nDATA"); },
       "envelope.envelope_id"},
      {"EnvelopeIdTooLong",
       [](R& r) { r.mutable_envelope()->set_envelope_id(std::string(101, 'x')); },
       "envelope.envelope_id"},
      {"DsnReturnUnknown",
       [](R& r) { r.mutable_envelope()->set_dsn_return(static_cast<v1::DsnReturn>(9)); },
       "envelope.dsn_return"},
      {"PriorityOutOfRange", [](R& r) { r.mutable_envelope()->set_priority(10); },
       "envelope.priority"},
      {"NotifyNeverAmongOthers",
       [](R& r) {
         First(r).add_notify(v1::NOTIFY_NEVER);
         First(r).add_notify(v1::NOTIFY_DELAY);
       },
       "envelope.recipients[0].notify"},
      {"OriginalRecipientWithoutType", [](R& r) { First(r).set_original_recipient("a@b.example"); },
       "envelope.recipients[0].original_recipient"},
      {"OriginalRecipientWithLf",
       [](R& r) { First(r).set_original_recipient("rfc822;a\nb@c.example"); },
       "envelope.recipients[0].original_recipient"},
  };
}

std::vector<Case> MessageCases() {
  using namespace std::string_literals;
  return {
      {"NoMessage", [](R& r) { r.clear_message(); }, "message"},
      Raw("RawEmpty", "", "empty"),  // I19
      Raw("RawWithBareLf", "a: b\r\n\r\nx\ny\r\n", "LF at octet 9;"),
      Raw("RawWithBareCr", "a: b\r\n\r\nx\ry\r\n", "CR at octet 9;"),
      Raw("RawWithCrAtTheEnd", "a: b\r\n\r\nx\r", "CR at octet 9;"),
      Raw("RawWithTwoCrs", "a: b\r\r\n", "CR at octet 4;"),
      Raw("RawWithNul", "a: b\r\n\r\nx\0y\r\n"s, "NUL at octet 9;"),
      Raw("RawWithSmuggledEnd", "a: b\r\n\r\nx\n.\r\nMAIL FROM:<>\r\n", "LF at octet 9;"),
      {"TextEmpty", [](R& r) { r.set_text(""); }, "text"},
      {"TextWithNul", [](R& r) { r.set_text("a: b\n\nx\0y"s); }, "text"},
      {"EightBitDeclaredAsSeven",
       [](R& r) {
         r.set_raw("a: b\r\n\r\n\xff\r\n");
         r.mutable_envelope()->set_body(v1::BODY_TYPE_SEVEN_BIT);
       },
       "envelope.body"},
  };
}

std::vector<Case> OtherCases() {
  return {
      {"AddressOfContextInvalid",
       [](R& r) { r.mutable_context()->set_received_from_ip("192.0.2"); },
       "context.received_from_ip"},
      {"PortOfContextInvalid", [](R& r) { r.mutable_context()->set_received_via_port(65536); },
       "context.received_via_port"},
      UnknownStrategy(
          "UnknownRoute", [](R& r) { r.mutable_override()->set_route("nowhere"); },
          "override.route"),
      UnknownStrategy(
          "UnknownConnection", [](R& r) { r.mutable_override()->set_connection("nowhere"); },
          "override.connection"),
      UnknownStrategy(
          "UnknownTls", [](R& r) { r.mutable_override()->set_tls("nowhere"); }, "override.tls"),
      Unsupported(
          "RequestId", [](R& r) { r.set_request_id("1"); }, "request_id"),
      Unsupported(
          "RequireTls", [](R& r) { r.mutable_envelope()->set_require_tls(true); },
          "envelope.require_tls"),
      Unsupported(
          "BinaryMime", [](R& r) { r.mutable_envelope()->set_body(v1::BODY_TYPE_BINARY_MIME); },
          "envelope.body"),
  };
}

class RefusedRequestTest : public BadRequestsTest, public ::testing::WithParamInterface<Case> {};

TEST_P(RefusedRequestTest, NamesItsField) {
  R request = RequestTo({"to@example.com"});
  GetParam().spoil(request);
  const grpc::Status status = Deliver(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  const Details details = DetailsOf(status);
  EXPECT_EQ(details.info.domain(), "postern");
  EXPECT_EQ(details.info.reason(), GetParam().reason);
  ASSERT_EQ(details.bad_request.field_violations_size(), 1) << details.bad_request.DebugString();
  const auto& violation = details.bad_request.field_violations(0);
  EXPECT_EQ(violation.field(), GetParam().field);
  EXPECT_NE(violation.description(), "");
  EXPECT_NE(violation.description().find(GetParam().says), std::string::npos)
      << violation.description();
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Envelope, RefusedRequestTest, ::testing::ValuesIn(EnvelopeCases()),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Message, RefusedRequestTest, ::testing::ValuesIn(MessageCases()), NameOf);
INSTANTIATE_TEST_SUITE_P(Other, RefusedRequestTest, ::testing::ValuesIn(OtherCases()), NameOf);

// A parser keeps the last of the two; only the octets tell.
TEST_F(BadRequestsTest, BothFormsOfTheMessageAreRefused) {
  R text;
  text.set_text("Subject: y\n");
  const grpc::Status status =
      CallWithOctets(RequestTo({"to@example.com"}).SerializeAsString() + text.SerializeAsString());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  const Details details = DetailsOf(status);
  ASSERT_EQ(details.bad_request.field_violations_size(), 1);
  EXPECT_EQ(details.bad_request.field_violations(0).field(), "message");
}

TEST_F(BadRequestsTest, OctetsThatAreNoRequestAreRefused) {
  const grpc::Status status =
      CallWithOctets(RequestTo({"to@example.com"}).SerializeAsString().substr(0, 20));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  EXPECT_EQ(DetailsOf(status).info.domain(), "postern");
}

TEST_F(BadRequestsTest, AllViolationsAreToldAtOnce) {
  R request = RequestTo({"to@example.com", "no-domain"});
  request.mutable_envelope()->set_mail_from("also no domain");
  request.set_raw("a: b\n");
  const Details details = DetailsOf(Deliver(request));
  std::string fields;
  for (const auto& violation : details.bad_request.field_violations()) {
    fields += violation.field() + " ";
  }
  EXPECT_EQ(fields, "envelope.mail_from envelope.recipients[1].address raw ");
}

// Over about 8 KB, gRPC would turn the status into RESOURCE_EXHAUSTED.
TEST_F(BadRequestsTest, AThousandViolationsAreCountedAndTheFirstAreTold) {
  R request = RequestTo({});
  for (int i = 0; i < 1000; ++i) {
    request.mutable_envelope()->add_recipients()->set_address(std::string(300, '\x01'));
  }
  const grpc::Status status = Deliver(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  const Details details = DetailsOf(status);
  EXPECT_EQ(details.bad_request.field_violations_size(), 20);
  EXPECT_EQ(details.info.metadata().at("violations"), "1000");
}

TEST_F(BadRequestsTest, AnUnknownMethodIsUnimplemented) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  grpc::GenericStub stub(service->channel());
  grpc::CompletionQueue queue;
  grpc::ByteBuffer response;
  grpc::Status status;
  const auto call = stub.PrepareUnaryCall(&context, "/postern.v1.DeliveryService/Nothing",
                                          grpc::ByteBuffer(), &queue);
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace postern::integration
