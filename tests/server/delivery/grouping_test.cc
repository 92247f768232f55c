#include "server/delivery/grouping.h"

#include <gtest/gtest.h>

#include "tests/server/delivery/delivery_fixture.h"

namespace postern::server {
namespace {

// "example.org: a@example.org[0,2] b@example.org[1]"
std::string Describe(const Group& group) {
  std::string text = group.domain + ":";
  for (const GroupRecipient& member : group.recipients) {
    text += " " + member.recipient.address.text() + "[";
    for (std::size_t i = 0; i < member.indices.size(); ++i) {
      text += (i == 0 ? "" : ",") + std::to_string(member.indices[i]);
    }
    text += "]";
  }
  return text;
}

struct Case {
  const char* name;
  std::vector<std::string> recipients;
  std::vector<std::string> groups;
};

class GroupingTest : public ::testing::TestWithParam<Case> {};

TEST_P(GroupingTest, GroupsByDomainInTheOrderOfTheRequest) {
  const Envelope envelope = EnvelopeTo(GetParam().recipients);
  FactSheet facts(envelope, 10, {});
  std::vector<std::string> groups;
  std::vector<strategy::DnsQuestion> missing;
  const auto strategies = Strategies(MxPolicy(25));
  for (const Group& group : GroupRecipients(envelope, facts, "", *strategies, missing)) {
    groups.push_back(Describe(group));
    EXPECT_EQ(group.route.plan->route_id, "mx");
  }
  EXPECT_EQ(groups, GetParam().groups);
}

INSTANTIATE_TEST_SUITE_P(
    All, GroupingTest,
    ::testing::Values(Case{"One", {"a@x.example"}, {"x.example: a@x.example[0]"}},
                      Case{"TwoDomainsMixed",
                           {"a@x.example", "b@y.example", "c@x.example"},
                           {"x.example: a@x.example[0] c@x.example[2]",
                            "y.example: b@y.example[1]"}},
                      Case{"RepeatedAddressTravelsOnce",
                           {"a@x.example", "b@x.example", "a@x.example"},
                           {"x.example: a@x.example[0,2] b@x.example[1]"}},
                      Case{"DomainsCompareWithoutCase",
                           {"a@x.example", "a@X.Example"},
                           {"x.example: a@x.example[0,1]"}},
                      Case{"LocalPartsCompareWithCase",
                           {"a@x.example", "A@x.example"},
                           {"x.example: a@x.example[0] A@x.example[1]"}},
                      Case{"LiteralsAreDomainsOfTheirOwn",
                           {"a@[192.0.2.1]", "a@[192.0.2.2]"},
                           {"[192.0.2.1]: a@[192.0.2.1][0]", "[192.0.2.2]: a@[192.0.2.2][1]"}}),
    [](const auto& info) { return info.param.name; });

TEST(FactSheetTest, HoldsTheEnvelopeAndTheTarget) {
  Envelope envelope = EnvelopeTo({"A@X.Example", "b@y.example"});
  envelope.mail_from = Mailbox::Parse("S@Sender.Example").value();
  envelope.priority = 3;
  strategy::QueueContext context;
  context.retry_num = 2;
  FactSheet sheet(envelope, 1234, context);

  const strategy::Facts& facts =
      sheet.ForTarget(envelope.recipients[0].address, "mx.x.example", "192.0.2.1");
  EXPECT_EQ(facts.rcpt, "A@x.example");
  EXPECT_EQ(facts.rcpt_domain, "x.example");
  EXPECT_EQ(facts.recipients, (std::vector<std::string>{"A@x.example", "b@y.example"}));
  EXPECT_EQ(facts.sender, "S@sender.example");
  EXPECT_EQ(facts.sender_domain, "sender.example");
  EXPECT_EQ(facts.priority, 3);
  EXPECT_EQ(facts.size, 1234);
  EXPECT_EQ(facts.context.retry_num, 2);
  EXPECT_EQ(facts.mx, "mx.x.example");
  EXPECT_EQ(facts.remote_ip, "192.0.2.1");

  EXPECT_EQ(sheet.ForRecipient(envelope.recipients[1].address).rcpt, "b@y.example");
  EXPECT_EQ(facts.mx, "") << "a route is chosen without a target";
}

TEST(FactSheetTest, ThePriorityOfTheQueueOutranksTheEnvelopes) {
  Envelope envelope = EnvelopeTo({"a@x.example"});
  envelope.priority = 3;
  strategy::QueueContext context;
  context.priority = 5;
  FactSheet sheet(envelope, 0, context);
  EXPECT_EQ(sheet.ForRecipient(envelope.recipients[0].address).priority, 5);
}

TEST(FactSheetTest, TheNullReversePathIsAnEmptySender) {
  Envelope envelope = EnvelopeTo({"a@x.example"});
  envelope.mail_from.reset();
  FactSheet sheet(envelope, 0, {});
  EXPECT_EQ(sheet.ForRecipient(envelope.recipients[0].address).sender, "");
}

}  // namespace
}  // namespace postern::server
