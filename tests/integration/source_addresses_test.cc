// Many deliveries, seen from the receiving side: where each came from and under which name.

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/fakes/scripted_server.h"
#include "tests/fakes/smtp_sink.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

using fakes::SinkMessage;
using fakes::SmtpSink;

constexpr std::size_t kDeliveries = 60;
constexpr std::size_t kAtOnce = 6;

// Names come from the address, from the strategy, and (strategy "bare") from the server.
constexpr char kSources[] = R"(
[queue.connection.pool]
source-ips = ["127.0.0.2", "127.0.0.3", "127.0.0.4", "::1"]
ehlo-hostname = "pool.example.org"
[queue.connection.bare]
source-ips = ["127.0.0.5", "127.0.0.3"]
[queue.source-ip."127.0.0.2"]
ehlo-hostname = "out-2.example.org"
[queue.source-ip."127.0.0.3"]
ehlo-hostname = "out-3.example.org"
[queue.source-ip."::1"]
ehlo-hostname = "out-v6.example.org"
)";

std::string PolicyFor(const SmtpSink& sink) {
  return "queue.strategy.connection = \"'pool'\"\n" + RelayPolicy(sink.port(), sink.address()) +
         kSources;
}

// One answer for each sender, whose name ties it to what the sink got.
using Answers = std::map<std::string, v1::DeliverResponse>;

// `count` deliveries by one strategy, several at a time.
Answers DeliverMany(ServiceProcess& service, std::size_t count, const std::string& strategy) {
  Answers answers;
  std::vector<std::future<Answers>> callers;
  callers.reserve(kAtOnce);
  for (std::size_t caller = 0; caller < kAtOnce; ++caller) {
    callers.push_back(std::async(std::launch::async, [&service, count, strategy, caller] {
      Answers mine;
      for (std::size_t i = caller; i < count; i += kAtOnce) {
        const std::string sender = strategy + "-" + std::to_string(i) + "@example.org";
        v1::DeliverRequest request = RequestTo({"to@example.com"});
        request.mutable_envelope()->set_mail_from(sender);
        request.mutable_override()->set_connection(strategy);
        mine["<" + sender + ">"] = service.Deliver(request);
      }
      return mine;
    }));
  }
  for (auto& caller : callers) answers.merge(caller.get());
  return answers;
}

// Address -> name, of all that the sink got; checks each against its answer on the way.
std::map<std::string, std::set<std::string>> NamesByAddress(
    const std::vector<SinkMessage>& messages, const Answers& answers) {
  std::map<std::string, std::set<std::string>> names;
  for (const SinkMessage& message : messages) {
    names[message.client].insert(message.helo);
    const std::string sender = message.mail.substr(0, message.mail.find('>') + 1);
    const auto answer = answers.find(sender);
    if (answer == answers.end() || answer->second.attempts_size() != 1) {
      ADD_FAILURE() << "no answer with one attempt for " << sender;
      continue;
    }
    EXPECT_TRUE(answer->second.all_delivered()) << answer->second.DebugString();
    EXPECT_EQ(answer->second.attempts(0).source_ip(), message.client) << sender;
    EXPECT_EQ(answer->second.attempts(0).ehlo_hostname(), message.helo) << sender;
  }
  return names;
}

using Names = std::map<std::string, std::set<std::string>>;

TEST(SourceAddressesTest, EachAddressIsUsedEachWithItsOwnName) {
  SmtpSink sink(kDeliveries);
  ServiceProcess service(PolicyFor(sink));
  const Answers answers = DeliverMany(service, kDeliveries, "pool");
  const std::vector<SinkMessage> messages = sink.Finish();
  EXPECT_EQ(messages.size(), kDeliveries);
  // A fair draw leaves one of three out in 60 once in ten thousand million runs.
  EXPECT_EQ(NamesByAddress(messages, answers), (Names{{"127.0.0.2", {"out-2.example.org"}},
                                                      {"127.0.0.3", {"out-3.example.org"}},
                                                      {"127.0.0.4", {"pool.example.org"}}}));
}

TEST(SourceAddressesTest, WithoutAnyOtherTheNameIsTheServers) {
  SmtpSink sink(kDeliveries);
  ServiceProcess service(PolicyFor(sink));
  const Answers answers = DeliverMany(service, kDeliveries, "bare");
  EXPECT_EQ(NamesByAddress(sink.Finish(), answers),
            (Names{{"127.0.0.3", {"out-3.example.org"}}, {"127.0.0.5", {"mail.example.org"}}}));
}

TEST(SourceAddressesTest, AnIpv6RemoteIsReachedFromTheIpv6Addresses) {
  if (!fakes::HasIpv6Loopback()) GTEST_SKIP() << "this machine has no ::1";
  SmtpSink sink(12, "::1");
  ServiceProcess service(PolicyFor(sink));
  const Answers answers = DeliverMany(service, 12, "pool");
  // The sink writes IPv6 addresses as Received headers do.
  std::set<std::string> names;
  for (const SinkMessage& message : sink.Finish()) {
    EXPECT_TRUE(message.client.ends_with("::1")) << message.client;
    names.insert(message.helo);
  }
  EXPECT_EQ(names, std::set<std::string>{"out-v6.example.org"});
  for (const auto& [sender, answer] : answers) {
    ASSERT_EQ(answer.attempts_size(), 1) << sender;
    EXPECT_EQ(answer.attempts(0).source_ip(), "::1");
    EXPECT_EQ(answer.attempts(0).ehlo_hostname(), "out-v6.example.org");
  }
}

TEST(SourceAddressesTest, TheAnswerNamesStrategiesHostAndTimings) {
  SmtpSink sink(1);
  ServiceProcess service(PolicyFor(sink));
  const v1::DeliverResponse answer = service.Deliver(RequestTo({"To@Example.com"}));
  ASSERT_EQ(answer.attempts_size(), 1);
  const v1::Attempt& attempt = answer.attempts(0);
  EXPECT_EQ(attempt.host(), "127.0.0.1");
  EXPECT_EQ(attempt.remote_ip(), "127.0.0.1");
  EXPECT_EQ(attempt.remote_port(), sink.port());
  EXPECT_EQ(attempt.route(), "relay");
  EXPECT_EQ(attempt.connection_strategy(), "pool");
  EXPECT_EQ(attempt.tls_strategy(), "default");
  EXPECT_FALSE(attempt.has_tls());
  EXPECT_FALSE(attempt.reused_connection());
  EXPECT_GE(attempt.capabilities_size(), 5);
  EXPECT_EQ(attempt.reply().code(), 250u);
  EXPECT_EQ(attempt.stage(), v1::STAGE_FINAL_REPLY);
  EXPECT_TRUE(attempt.timings().has_connect());
  EXPECT_TRUE(attempt.timings().has_greeting());
  EXPECT_TRUE(attempt.timings().has_ehlo());
  EXPECT_TRUE(attempt.timings().has_mail_from());
  EXPECT_TRUE(attempt.timings().has_rcpt_to());
  EXPECT_TRUE(attempt.timings().has_data());
  EXPECT_TRUE(attempt.timings().has_body());
  EXPECT_TRUE(attempt.timings().has_final_reply());
  EXPECT_FALSE(attempt.timings().has_starttls());
  const std::vector<SinkMessage> messages = sink.Finish();
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].recipients, std::vector<std::string>{"<To@Example.com>"});
}

}  // namespace
}  // namespace postern::integration
