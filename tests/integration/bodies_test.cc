// What arrives is what was handed over, octet by octet, and nothing else is said.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/scripted_server.h"
#include "tests/fakes/smtp_sink.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

using fakes::Script;
using fakes::ScriptedServer;

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr char kHeader[] = "Subject: test\r\n\r\n";

struct Case {
  std::string name;
  std::string raw;
};

// Lines of many lengths, every seventh of which starts with a dot; not random, so that a failure
// comes back.
std::string Large(std::size_t octets) {
  std::string result = kHeader;
  result.reserve(octets + 1000);
  for (std::size_t i = 0; result.size() < octets; ++i) {
    if (i % 7 == 0) result += '.';
    result.append(i * 37 % 990, static_cast<char>('a' + i % 26));
    result += "\r\n";
  }
  return result;
}

// Wherever a body is cut into pieces, it is next to a dot, a CR or an LF.
std::string NothingButDots(std::size_t lines) {
  std::string result = kHeader;
  for (std::size_t i = 0; i < lines; ++i) result += ".\r\n";
  return result;
}

std::vector<Case> Cases() {
  const std::string header = kHeader;
  return {
      {"LeadingDots", header + ".one\r\n..two\r\n...three\r\nnot.this\r\n"},
      {"LinesOfOneDot", header + ".\r\n.\r\n\r\n.\r\n"},
      {"BeginsWithADot", ".\r\n"},
      {"EmptyLines", header + "\r\n\r\n\r\nx\r\n\r\n\r\n"},
      {"OnlyAnEmptyLine", "\r\n"},
      {"LinesOf998Octets",
       header + std::string(998, 'x') + "\r\n." + std::string(997, 'y') + "\r\n"},
      {"TrailingBlanks", header + "x  \t\r\n  \r\n\t\r\n"},
      {"ControlCharacters", header + "a\x01\x07\x08\x0b\x0c\x1b[31m\x7f\r\n"},
      {"NothingButDots", NothingButDots(kMiB / 4)},
      {"OneMiB", Large(kMiB)},
      {"TwentyMiB", Large(20 * kMiB)},
  };
}

v1::DeliverRequest RequestWith(std::string raw) {
  v1::DeliverRequest request = RequestTo({"to@example.com"});
  request.set_raw(std::move(raw));
  return request;
}

// Every octet of a session that carries one message.
std::string WholeSession(const std::string& message, const std::string& mail_parameters = "") {
  return "EHLO mail.example.org\r\nMAIL FROM:<from@example.org>" + mail_parameters +
         "\r\nRCPT TO:<to@example.com>\r\nDATA\r\n" + Stuffed(message) + ".\r\nQUIT\r\n";
}

// As EXPECT_EQ, but does not print megabytes.
void ExpectSame(const std::string& got, const std::string& want, const std::string& name) {
  if (got == want) return;
  const auto [at, unused] = std::ranges::mismatch(got, want);
  const auto offset = static_cast<std::size_t>(at - got.begin());
  ADD_FAILURE() << name << ": " << got.size() << " octets in place of " << want.size()
                << "; they differ at " << offset << ": got \"" << got.substr(offset, 60)
                << "\", want \"" << want.substr(offset, 60) << "\"";
}

// Delivers one message to a server that offers these extensions; gives all that the server got.
std::string SessionWith(const v1::DeliverRequest& request, const std::string& extensions = "") {
  ScriptedServer server({fakes::Greeting() + fakes::Ehlo(extensions) + fakes::Mail() +
                         fakes::Rcpt() + fakes::Data() + fakes::Quit()});
  ServiceProcess service(RelayPolicy(server.port()));
  const v1::DeliverResponse answer = service.Deliver(request);
  EXPECT_TRUE(answer.all_delivered()) << answer.ShortDebugString();
  EXPECT_EQ(server.Finish(), "");
  return server.connections().at(0).received;
}

TEST(BodiesTest, TheWholeSessionIsAsItMustBeToTheLastOctet) {
  const std::vector<Case> cases = Cases();
  ScriptedServer server(std::vector<Script>(cases.size(), fakes::GoodDialogue()));
  ServiceProcess service(RelayPolicy(server.port()));
  for (const Case& c : cases) {
    const v1::DeliverResponse answer = service.Deliver(RequestWith(c.raw));
    EXPECT_TRUE(answer.all_delivered()) << c.name << answer.ShortDebugString();
  }
  ASSERT_EQ(server.Finish(), "");
  const auto connections = server.connections();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    ExpectSame(connections.at(i).received, WholeSession(cases[i].raw), cases[i].name);
  }
}

TEST(BodiesTest, PostfixsSinkGetsTheSameLines) {
  const std::vector<Case> cases = Cases();
  fakes::SmtpSink sink(cases.size());
  ServiceProcess service(RelayPolicy(sink.port()));
  for (const Case& c : cases) {
    v1::DeliverRequest request = RequestWith(c.raw);
    request.mutable_envelope()->set_mail_from(c.name + "@example.org");
    const v1::DeliverResponse answer = service.Deliver(request);
    EXPECT_TRUE(answer.all_delivered()) << c.name << answer.ShortDebugString();
  }
  const std::vector<fakes::SinkMessage> messages = sink.Finish();
  ASSERT_EQ(messages.size(), cases.size());
  for (const Case& c : cases) {
    const auto message = std::ranges::find_if(messages, [&c](const fakes::SinkMessage& m) {
      return m.mail.starts_with("<" + c.name + "@");
    });
    ASSERT_NE(message, messages.end()) << c.name;
    ExpectSame(message->message, WithLf(c.raw), c.name);
  }
}

TEST(BodiesTest, OnlyAMissingFinalLineEndIsAdded) {
  ExpectSame(SessionWith(RequestWith("Subject: x\r\n\r\nno end")),
             WholeSession("Subject: x\r\n\r\nno end\r\n"), "raw");
}

TEST(BodiesTest, TextGetsTheLineEndsOfMail) {
  v1::DeliverRequest request = RequestTo({"to@example.com"});
  request.set_text("Subject: x\n\n.one\r\ntwo\rthree");
  ExpectSame(SessionWith(request), WholeSession("Subject: x\r\n\r\n.one\r\ntwo\r\nthree\r\n"),
             "text");
}

TEST(BodiesTest, EightBitOctetsAreDeclaredAndArriveUnchanged) {
  std::string message = kHeader;
  for (int c = 0x80; c <= 0xFF; ++c) message += static_cast<char>(c);
  message += "\r\n";
  ExpectSame(SessionWith(RequestWith(message), "250-8BITMIME\r\n"),
             WholeSession(message, " BODY=8BITMIME"), "8-bit");
}

TEST(BodiesTest, TheSizeThatIsDeclaredIsTheMessagesOwn) {
  const std::string message = std::string(kHeader) + ".\r\n.\r\n";
  ExpectSame(SessionWith(RequestWith(message), "250-SIZE 1000000\r\n"),
             WholeSession(message, " SIZE=" + std::to_string(message.size())), "SIZE");
}

TEST(BodiesTest, ALineOfMoreThan998OctetsIsRefusedForAllAndNothingIsDialled) {
  ScriptedServer server({});
  ServiceProcess service(RelayPolicy(server.port()));
  v1::DeliverRequest request = RequestTo({"a@example.com", "b@example.net"});
  request.set_raw(kHeader + std::string(999, 'x') + "\r\n");
  const v1::DeliverResponse answer = service.Deliver(request);
  ASSERT_EQ(answer.outcomes_size(), 2);
  for (const v1::RecipientOutcome& outcome : answer.outcomes()) {
    EXPECT_EQ(outcome.disposition(), v1::DISPOSITION_PERMANENT_FAILURE);
    EXPECT_EQ(outcome.scope(), v1::SCOPE_MESSAGE);
    EXPECT_EQ(outcome.reply().enhanced_code(), "5.6.0");
  }
  EXPECT_EQ(answer.attempts_size(), 0);
  EXPECT_EQ(server.accepted(), 0u);
}

}  // namespace
}  // namespace postern::integration
