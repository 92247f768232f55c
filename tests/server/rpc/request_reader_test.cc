#include "server/rpc/request_reader.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "strategy/config/policy_loader.h"

namespace postern::server {
namespace {

const strategy::StrategyResolver& BuiltIn() {
  static const strategy::StrategyResolver resolver(strategy::LoadPolicyTexts({}).policy, {});
  return resolver;
}

v1::DeliverRequest GoodRequest() {
  v1::DeliverRequest request;
  request.mutable_envelope()->set_mail_from("from@example.org");
  request.mutable_envelope()->add_recipients()->set_address("to@example.com");
  request.set_text("Subject: x\n\nhello\n");
  return request;
}

// "field: description" of each violation, one per line.
std::string Said(const Violations& violations) {
  std::string text;
  for (const Violation& violation : violations.kept()) {
    text += violation.field + ": " + violation.description + "\n";
  }
  return text;
}

using Change = std::function<void(v1::DeliverRequest&)>;

struct BadCase {
  std::string name;
  Change change;
  std::string field;
  std::string says;  // within the description
  std::string_view reason = kInvalid;

  friend void PrintTo(const BadCase& bad, std::ostream* out) { *out << bad.name; }
};

class BadRequestTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadRequestTest, IsRefusedNamingTheField) {
  v1::DeliverRequest request = GoodRequest();
  GetParam().change(request);
  Violations violations;
  ReadDeliverRequest(request, BuiltIn(), violations);
  ASSERT_EQ(violations.total(), 1u) << Said(violations);
  EXPECT_EQ(violations.kept()[0].field, GetParam().field);
  EXPECT_EQ(violations.kept()[0].reason, GetParam().reason);
  EXPECT_NE(violations.kept()[0].description.find(GetParam().says), std::string::npos)
      << violations.kept()[0].description;
}

v1::Envelope& Env(v1::DeliverRequest& request) { return *request.mutable_envelope(); }
v1::Recipient& Rcpt(v1::DeliverRequest& request) { return *Env(request).mutable_recipients(0); }

std::string N(const char* text, std::size_t size) { return std::string(text, size); }

INSTANTIATE_TEST_SUITE_P(
    Envelopes, BadRequestTest,
    ::testing::Values(
        BadCase{"NoRecipients", [](auto& r) { Env(r).clear_recipients(); }, "envelope.recipients",
                "at least one"},
        BadCase{"TooManyRecipients",
                [](auto& r) {
                  for (int i = 0; i < 1000; ++i) *Env(r).add_recipients() = Rcpt(r);
                },
                "envelope.recipients", "1001 recipients"},
        BadCase{"NoEnvelope", [](auto& r) { r.clear_envelope(); }, "envelope.recipients", ""},
        BadCase{"SenderWithoutDomain", [](auto& r) { Env(r).set_mail_from("from"); },
                "envelope.mail_from", ""},
        BadCase{"SenderInBrackets", [](auto& r) { Env(r).set_mail_from("<>"); },
                "envelope.mail_from", ""},
        BadCase{"SenderWithCrLf",
                [](auto& r) { Env(r).set_mail_from("a@b.example>\r\nRCPT TO:<c@d.example"); },
                "envelope.mail_from", ""},
        BadCase{"SecondRecipientEmpty", [](auto& r) { Env(r).add_recipients(); },
                "envelope.recipients[1].address", ""},
        BadCase{"RecipientWithNul", [](auto& r) { Rcpt(r).set_address(N("a\0@b.example", 12)); },
                "envelope.recipients[0].address", ""},
        BadCase{"RecipientWithLf", [](auto& r) { Rcpt(r).set_address("a@b.example\n"); },
                "envelope.recipients[0].address", ""},
        BadCase{"RecipientNotAscii",
                [](auto& r) { Rcpt(r).set_address("j\xc3\xbcrgen@b.example"); },
                "envelope.recipients[0].address", "set smtp_utf8"},
        BadCase{"SenderNotAscii", [](auto& r) { Env(r).set_mail_from("a@b\xc3\xbc.example"); },
                "envelope.mail_from", "set smtp_utf8"},
        BadCase{"RecipientWithC1",
                [](auto& r) {
                  Env(r).set_smtp_utf8(true);
                  Rcpt(r).set_address("a\xc2\x85@b.example");
                },
                "envelope.recipients[0].address", "U+0085"},
        BadCase{"OriginalNotAscii",
                [](auto& r) {
                  Env(r).set_smtp_utf8(true);
                  Rcpt(r).set_original_recipient("utf-8;\xc3\xbc@b.example");
                },
                "envelope.recipients[0].original_recipient", "octet 6"},
        BadCase{"SourceRoute", [](auto& r) { Rcpt(r).set_address("@a.example:b@c.example"); },
                "envelope.recipients[0].address", ""},
        BadCase{"NotifyNeverAndMore",
                [](auto& r) {
                  Rcpt(r).add_notify(v1::NOTIFY_NEVER);
                  Rcpt(r).add_notify(v1::NOTIFY_DELAY);
                },
                "envelope.recipients[0].notify", "NEVER"},
        BadCase{"NotifyUnknown", [](auto& r) { Rcpt(r).add_notify(static_cast<v1::Notify>(77)); },
                "envelope.recipients[0].notify[0]", "not one of"},
        BadCase{"NotifyUnspecified", [](auto& r) { Rcpt(r).add_notify(v1::NOTIFY_UNSPECIFIED); },
                "envelope.recipients[0].notify[0]", "not one of"},
        BadCase{"OriginalWithoutType",
                [](auto& r) { Rcpt(r).set_original_recipient("a@b.example"); },
                "envelope.recipients[0].original_recipient", "type;address"},
        BadCase{"OriginalWithoutAddress",
                [](auto& r) { Rcpt(r).set_original_recipient("rfc822;"); },
                "envelope.recipients[0].original_recipient", "type;address"},
        BadCase{"OriginalWithCrLf",
                [](auto& r) { Rcpt(r).set_original_recipient("rfc822;a\r\nb"); },
                "envelope.recipients[0].original_recipient", "octet 8"},
        BadCase{"OriginalTooLong",
                [](auto& r) { Rcpt(r).set_original_recipient("rfc822;" + std::string(200, '+')); },
                "envelope.recipients[0].original_recipient", "longer than 500"},
        BadCase{"EnvelopeIdWithLf", [](auto& r) { Env(r).set_envelope_id("a\nb"); },
                "envelope.envelope_id", "octet 1"},
        BadCase{"EnvelopeIdTooLong", [](auto& r) { Env(r).set_envelope_id(std::string(101, 'x')); },
                "envelope.envelope_id", "longer than 100"},
        BadCase{"DsnReturnUnknown",
                [](auto& r) { Env(r).set_dsn_return(static_cast<v1::DsnReturn>(9)); },
                "envelope.dsn_return", "FULL"},
        BadCase{"BodyUnknown", [](auto& r) { Env(r).set_body(static_cast<v1::BodyType>(9)); },
                "envelope.body", "not one of"},
        BadCase{"PriorityTooHigh", [](auto& r) { Env(r).set_priority(10); }, "envelope.priority",
                "-9 to 9"},
        BadCase{"PriorityTooLow", [](auto& r) { Env(r).set_priority(-10); }, "envelope.priority",
                "-9 to 9"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Messages, BadRequestTest,
    ::testing::Values(
        BadCase{"None", [](auto& r) { r.clear_message(); }, "message", "either `raw` or `text`"},
        BadCase{"EmptyText", [](auto& r) { r.set_text(""); }, "text", ""},
        BadCase{"EmptyRaw", [](auto& r) { r.set_raw(""); }, "raw", ""},
        BadCase{"TextWithNul", [](auto& r) { r.set_text(N("ab\0c", 4)); }, "text", "2"},
        BadCase{"RawWithBareLf", [](auto& r) { r.set_raw("a: b\r\n\r\nline\nline\r\n"); }, "raw",
                "12"},
        BadCase{"RawWithBareCr", [](auto& r) { r.set_raw("a: b\r\n\rline\r\n"); }, "raw", "6"},
        BadCase{"RawWithNul", [](auto& r) { r.set_raw(N("a: b\r\n\r\n\0\r\n", 11)); }, "raw", "8"},
        BadCase{"SevenBitButEight",
                [](auto& r) {
                  r.set_text("caf\xc3\xa9\n");
                  Env(r).set_body(v1::BODY_TYPE_SEVEN_BIT);
                },
                "envelope.body", "above 127"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    ContextAndOverride, BadRequestTest,
    ::testing::Values(
        BadCase{"ReceivedFromNoIp",
                [](auto& r) { r.mutable_context()->set_received_from_ip("mail.example.org"); },
                "context.received_from_ip", "IPv4 or IPv6"},
        BadCase{"PortTooHigh", [](auto& r) { r.mutable_context()->set_received_via_port(65536); },
                "context.received_via_port", "65535"},
        BadCase{
            "LastErrorUnknown",
            [](auto& r) { r.mutable_context()->set_last_error(static_cast<v1::ErrorKind>(99)); },
            "context.last_error", "ErrorKind"},
        BadCase{"LabelWithNul",
                [](auto& r) { (*r.mutable_context()->mutable_labels())["tenant"] = N("a\0", 2); },
                "context.labels[\"tenant\"]", "octet 1"},
        BadCase{"QueueNameWithNul",
                [](auto& r) { r.mutable_context()->set_queue_name(N("\0", 1)); },
                "context.queue_name", "octet 0"},
        BadCase{"TranscriptLevel",
                [](auto& r) { r.set_transcript(static_cast<v1::TranscriptLevel>(9)); },
                "transcript", "NONE, COMMANDS and FULL", kInvalid},
        BadCase{"UnknownRoute", [](auto& r) { r.mutable_override()->set_route("nowhere"); },
                "override.route", "\"nowhere\"", kUnknownStrategy},
        BadCase{"UnknownConnection", [](auto& r) { r.mutable_override()->set_connection("none"); },
                "override.connection", "\"none\"", kUnknownStrategy},
        BadCase{"UnknownTls", [](auto& r) { r.mutable_override()->set_tls("strict"); },
                "override.tls", "\"strict\"", kUnknownStrategy}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    NotSupportedYet, BadRequestTest,
    ::testing::Values(BadCase{"RequestId", [](auto& r) { r.set_request_id("1"); }, "request_id", "",
                              kUnsupported},
                      BadCase{"RequireTls", [](auto& r) { Env(r).set_require_tls(true); },
                              "envelope.require_tls", "", kUnsupported},
                      BadCase{"BinaryMime",
                              [](auto& r) { Env(r).set_body(v1::BODY_TYPE_BINARY_MIME); },
                              "envelope.body", "", kUnsupported}),
    [](const auto& info) { return info.param.name; });

TEST(ReadDeliverRequestTest, AllViolationsAreTold) {
  v1::DeliverRequest request = GoodRequest();
  request.set_request_id("1");
  request.clear_message();
  Env(request).set_mail_from("x");
  Violations violations;
  ReadDeliverRequest(request, BuiltIn(), violations);
  EXPECT_EQ(violations.total(), 3u) << Said(violations);
}

TEST(ReadDeliverRequestTest, EverythingArrives) {
  v1::DeliverRequest request = GoodRequest();
  v1::Envelope& envelope = Env(request);
  envelope.set_envelope_id("id 1");
  envelope.set_dsn_return(v1::DSN_RETURN_HDRS);
  envelope.set_body(v1::BODY_TYPE_EIGHT_BIT_MIME);
  envelope.set_priority(-3);
  Rcpt(request).add_notify(v1::NOTIFY_SUCCESS);
  Rcpt(request).add_notify(v1::NOTIFY_FAILURE);
  Rcpt(request).set_original_recipient("rfc822;first@example.net");
  v1::DeliveryContext& context = *request.mutable_context();
  context.set_retry_num(2);
  context.set_notify_num(1);
  context.mutable_expires_in()->set_seconds(3600);
  context.set_last_error(v1::ERROR_KIND_UNEXPECTED_REPLY);
  context.set_last_status("450 busy");
  context.set_queue_name("bulk");
  context.mutable_queue_age()->set_seconds(60);
  context.set_received_from_ip("2001:db8::1");
  context.set_received_via_port(587);
  context.set_source("authenticated");
  context.set_priority(5);
  (*context.mutable_labels())["tenant"] = "a\tb";
  request.mutable_override()->set_connection("default");
  request.mutable_override()->set_route("mx");
  request.set_validate_only(true);
  request.set_transcript(v1::TRANSCRIPT_LEVEL_FULL);

  Violations violations;
  const DeliveryRequest read = ReadDeliverRequest(request, BuiltIn(), violations);
  ASSERT_TRUE(violations.empty()) << Said(violations);
  EXPECT_EQ(read.transcript, client::TranscriptLevel::kFull);
  EXPECT_EQ(read.envelope.mail_from->text(), "from@example.org");
  ASSERT_EQ(read.envelope.recipients.size(), 1u);
  EXPECT_EQ(read.envelope.recipients[0].address.text(), "to@example.com");
  EXPECT_EQ(read.envelope.recipients[0].notify, (DsnNotify{false, true, true, false}));
  EXPECT_EQ(read.envelope.recipients[0].original_recipient, "rfc822;first@example.net");
  EXPECT_EQ(read.envelope.envelope_id, "id 1");
  EXPECT_EQ(read.envelope.dsn_return, DsnReturn::kHeaders);
  EXPECT_EQ(read.envelope.body, BodyType::kEightBitMime);
  EXPECT_EQ(read.envelope.priority, -3);
  EXPECT_EQ(read.message->octets(), "Subject: x\r\n\r\nhello\r\n");
  EXPECT_EQ(read.context.retry_num, 2);
  EXPECT_EQ(read.context.notify_num, 1);
  EXPECT_EQ(read.context.expires_in, 3600);
  EXPECT_EQ(read.context.last_error, "unexpected-reply");
  EXPECT_EQ(read.context.last_status, "450 busy");
  EXPECT_EQ(read.context.queue_name, "bulk");
  EXPECT_EQ(read.context.queue_age, 60);
  EXPECT_EQ(read.context.received_from_ip, "2001:db8::1");
  EXPECT_EQ(read.context.received_via_port, 587);
  EXPECT_EQ(read.context.source, "authenticated");
  EXPECT_EQ(read.context.priority, 5);
  EXPECT_EQ(read.context.labels.at("tenant"), "a\tb");
  EXPECT_EQ(read.overrides.route, "mx");
  EXPECT_EQ(read.overrides.connection, "default");
  EXPECT_TRUE(read.validate_only);
}

TEST(ReadDeliverRequestTest, WithSmtpUtf8AddressesMayBeOutsideAscii) {
  v1::DeliverRequest request = GoodRequest();
  Env(request).set_smtp_utf8(true);
  Env(request).set_mail_from("jürgen@example.org");
  Rcpt(request).set_address("用户@bücher.example");
  Violations violations;
  const DeliveryRequest read = ReadDeliverRequest(request, BuiltIn(), violations);
  ASSERT_TRUE(violations.empty()) << Said(violations);
  EXPECT_TRUE(read.envelope.smtp_utf8);
  EXPECT_EQ(read.envelope.mail_from->text(), "jürgen@example.org");
  EXPECT_EQ(read.envelope.recipients.at(0).address.text(), "用户@bücher.example");
  EXPECT_EQ(read.envelope.recipients.at(0).address.domain_text(), "xn--bcher-kva.example");
}

TEST(ReadDeliverRequestTest, AnEmptySenderIsTheNullReversePath) {
  v1::DeliverRequest request = GoodRequest();
  Env(request).clear_mail_from();
  Violations violations;
  EXPECT_FALSE(ReadDeliverRequest(request, BuiltIn(), violations).envelope.mail_from.has_value());
  EXPECT_TRUE(violations.empty()) << Said(violations);
}

TEST(ReadDeliverRequestTest, AThousandRecipientsAreTaken) {
  v1::DeliverRequest request = GoodRequest();
  for (int i = 1; i < 1000; ++i) *Env(request).add_recipients() = Rcpt(request);
  Violations violations;
  EXPECT_EQ(ReadDeliverRequest(request, BuiltIn(), violations).envelope.recipients.size(), 1000u);
  EXPECT_TRUE(violations.empty()) << Said(violations);
}

TEST(ReadDeliverRequestTest, LastErrorWithoutAValueIsNone) {
  v1::DeliverRequest request = GoodRequest();
  Violations violations;
  EXPECT_EQ(ReadDeliverRequest(request, BuiltIn(), violations).context.last_error, "none");
}

TEST(ReadResolveRequestTest, FactsArriveAndWrongOnesAreRefused) {
  v1::ResolveStrategyRequest request;
  *request.mutable_envelope() = GoodRequest().envelope();
  request.set_message_size(1234);
  request.set_mx("mx1.example.com");
  request.set_remote_ip("192.0.2.1");
  request.set_lookup_dns(true);
  Violations none;
  ResolveRequest read;
  ReadResolveRequest(request, BuiltIn(), read, none);
  ASSERT_TRUE(none.empty()) << Said(none);
  EXPECT_EQ(read.message_size, 1234u);
  EXPECT_EQ(read.mx, "mx1.example.com");
  EXPECT_EQ(read.remote_ip, "192.0.2.1");
  EXPECT_TRUE(read.lookup_dns);

  request.set_mx("mx\n");
  request.set_remote_ip("192.0.2");
  request.mutable_override()->set_route("nowhere");
  Violations violations;
  ResolveRequest refused;
  ReadResolveRequest(request, BuiltIn(), refused, violations);
  EXPECT_EQ(violations.total(), 3u) << Said(violations);
}

}  // namespace
}  // namespace postern::server
