#include "server/delivery/ledger.h"

#include <gtest/gtest.h>

#include "server/delivery/outcomes.h"

namespace postern::server {
namespace {

using client::Disposition;
using client::Outcome;

Outcome Make(Disposition disposition, bool next_host, std::string detail) {
  Outcome outcome;
  outcome.verdict.disposition = disposition;
  outcome.verdict.next_host = next_host;
  outcome.detail = std::move(detail);
  return outcome;
}
Outcome Soft(std::string detail) {
  return Make(Disposition::kTransientFailure, true, std::move(detail));
}
Outcome SoftStop(std::string detail) {
  return Make(Disposition::kTransientFailure, false, std::move(detail));
}
Outcome HardHost(std::string detail) {
  return Make(Disposition::kPermanentFailure, true, std::move(detail));
}
Outcome Refused(std::string detail) {
  return Make(Disposition::kPermanentFailure, false, std::move(detail));
}
Outcome Delivered() { return Make(Disposition::kDelivered, false, "delivered"); }
Outcome Unknown() { return Make(Disposition::kUnknown, false, "unknown"); }

// A server's own words about the recipient; about the host.
Outcome WithReply(Outcome outcome, client::Scope scope) {
  outcome.verdict.scope = scope;
  outcome.reply = client::Reply{450, {"later"}, {}};
  return outcome;
}
Outcome Greylisted() { return WithReply(Soft("450"), client::Scope::kRecipient); }
Outcome HostBusy() { return WithReply(Soft("421"), client::Scope::kHost); }

struct Case {
  const char* name;
  std::vector<Outcome> hosts;  // what each host said, in order
  std::string detail;          // of what stays
  bool closed;
};

class LedgerTest : public ::testing::TestWithParam<Case> {};

TEST_P(LedgerTest, CombinesHosts) {
  Ledger ledger(1);
  for (std::size_t i = 0; i < GetParam().hosts.size(); ++i)
    ledger.Record(0, GetParam().hosts[i], i);
  EXPECT_EQ(ledger.result(0).outcome.detail, GetParam().detail);
  EXPECT_EQ(ledger.all_closed(), GetParam().closed);
  EXPECT_EQ(ledger.open().empty(), GetParam().closed);
}

INSTANTIATE_TEST_SUITE_P(
    All, LedgerTest,
    ::testing::Values(
        Case{"OfEqualsTheLaterStays", {Soft("1"), Soft("2")}, "2", false},
        Case{"SoftStaysBeforeHardHost", {Soft("1"), HardHost("2")}, "1", false},
        Case{"SoftOutranksHardHost", {HardHost("1"), Soft("2")}, "2", false},
        Case{"HardHostsAlone", {HardHost("1"), HardHost("2")}, "2", false},
        Case{"DeliveryCloses", {Soft("1"), Delivered()}, "delivered", true},
        Case{"RefusalOfTheRecipientStands", {Soft("1"), Refused("2")}, "2", true},
        Case{"UnknownStands", {HardHost("1"), Unknown(), Delivered()}, "unknown", true},
        Case{"NothingAfterARefusal", {Refused("1"), Delivered()}, "1", true},
        Case{"StoppingOutranksHardHost", {HardHost("1"), SoftStop("2")}, "2", true},
        Case{"AnAnswerOutlastsALostHost", {Greylisted(), Soft("refused")}, "450", false},
        Case{"AnAnswerOutlastsTheDeadline", {Greylisted(), SoftStop("deadline")}, "450", true},
        Case{"AnotherAnswerIsLater", {Greylisted(), HostBusy()}, "421", false},
        Case{"WhatIsSaidOfTheHostDoesNotOutlast",
             {HostBusy(), SoftStop("deadline")},
             "deadline",
             true},
        Case{"UnknownIsNeverHidden", {Greylisted(), Unknown()}, "unknown", true}),
    [](const auto& info) { return info.param.name; });

TEST(LedgerCloseTest, RecipientsAreKeptApart) {
  Ledger ledger(3);
  ledger.Record(0, Delivered(), 0);
  ledger.Record(1, Soft("greylisted"), 0);
  EXPECT_EQ(ledger.open(), (std::vector<std::size_t>{1, 2}));
  ledger.RecordAll(Refused("no"), 1);
  EXPECT_TRUE(ledger.all_closed());
  EXPECT_EQ(ledger.result(0).outcome.detail, "delivered");
  EXPECT_EQ(ledger.result(0).attempt, 0U);
  EXPECT_EQ(ledger.result(2).attempt, 1U);
}

TEST(LedgerCloseTest, ASkippedHostDoesNotDisplaceAnAnswer) {
  Ledger ledger(1);
  ledger.Record(0, Soft("answer"), 0);
  ledger.RecordSkipped(SoftStop("skipped"), 1);
  EXPECT_EQ(ledger.result(0).outcome.detail, "answer");
  EXPECT_FALSE(ledger.all_closed());
}

TEST(LedgerCloseTest, ASkippedHostStandsWhenThereIsNothingElse) {
  Ledger ledger(1);
  ledger.RecordSkipped(Refused("no address"), 0);
  EXPECT_FALSE(ledger.all_closed()) << "another host may have one";
  ledger.RecordSkipped(SoftStop("SERVFAIL"), 1);
  ledger.Close(Refused("nothing was tried"));
  EXPECT_EQ(ledger.result(0).outcome.detail, "SERVFAIL") << "temporary outranks permanent";
  EXPECT_EQ(ledger.result(0).attempt, 1U);
}

TEST(LedgerCloseTest, CloseDecidesOnlyTheUndecided) {
  Ledger ledger(2);
  ledger.Record(0, Soft("450"), 0);
  ledger.Close(SoftStop("deadline"));
  EXPECT_TRUE(ledger.all_closed());
  EXPECT_EQ(ledger.result(0).outcome.detail, "450");
  EXPECT_EQ(ledger.result(1).outcome.detail, "deadline");
  EXPECT_EQ(ledger.result(1).attempt, std::nullopt);
}

TEST(RepresentativeTest, ADeliveryStandsForTheAttempt) {
  const std::vector<Outcome> outcomes = {Refused("no"), Delivered(), Unknown()};
  EXPECT_EQ(Representative(outcomes).detail, "delivered");
}

TEST(RepresentativeTest, WithoutADeliveryAnUnknownThenTheSofter) {
  EXPECT_EQ(Representative(std::vector<Outcome>{Soft("s"), Unknown(), Refused("r")}).detail,
            "unknown");
  EXPECT_EQ(Representative(std::vector<Outcome>{Refused("r"), Soft("s")}).detail, "s");
  EXPECT_EQ(Representative(std::vector<Outcome>{Soft("s"), Refused("r")}).detail, "s");
}

}  // namespace
}  // namespace postern::server
