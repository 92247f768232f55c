#include "strategy/source_ip/source_selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

IpAddress Ip(std::string_view text) { return IpAddress::Parse(text).value(); }

class ManualClock : public Clock {
 public:
  TimePoint Now() const override { return now_; }
  void Advance(Duration by) { now_ += by; }

 private:
  TimePoint now_{};
};

// Gives these numbers, one after the other, and keeps the bounds that it was asked for.
class ScriptedRandom : public Random {
 public:
  explicit ScriptedRandom(std::vector<std::uint64_t> numbers) : numbers_(std::move(numbers)) {}

  std::uint64_t Below(std::uint64_t bound) override {
    bounds_.push_back(bound);
    const std::uint64_t number = numbers_.at(bounds_.size() - 1);
    EXPECT_LT(number, bound);
    return number;
  }
  const std::vector<std::uint64_t>& bounds() const { return bounds_; }

 private:
  std::vector<std::uint64_t> numbers_;
  std::vector<std::uint64_t> bounds_;
};

std::vector<SourceAddress> Sources(
    const std::vector<std::pair<std::string_view, std::uint32_t>>& weighted) {
  std::vector<SourceAddress> sources;
  for (const auto& [text, weight] : weighted)
    sources.push_back({Ip(text), "", EhloOrigin::kAddressLiteral, weight});
  return sources;
}

class OrderSourcesTest : public ::testing::Test {
 protected:
  std::vector<std::string> Order(const std::vector<SourceAddress>& sources, IpFamily family,
                                 Random& random) const {
    std::vector<std::string> order;
    for (const SourceAddress* source : OrderSources(sources, family, quarantine_, random))
      order.push_back(source->ip.ToString());
    return order;
  }
  std::vector<std::string> Order(const std::vector<SourceAddress>& sources,
                                 std::vector<std::uint64_t> numbers,
                                 IpFamily family = IpFamily::kIpv4) const {
    ScriptedRandom random(std::move(numbers));
    return Order(sources, family, random);
  }

  ManualClock clock_;
  SourceQuarantine quarantine_{clock_};
  const std::vector<SourceAddress> three_ =
      Sources({{"192.0.2.1", 1}, {"192.0.2.2", 1}, {"192.0.2.3", 1}});
};

TEST_F(OrderSourcesTest, EveryOrderIsDrawnByItsNumbers) {
  EXPECT_THAT(Order(three_, {0, 0}), ElementsAre("192.0.2.1", "192.0.2.2", "192.0.2.3"));
  EXPECT_THAT(Order(three_, {0, 1}), ElementsAre("192.0.2.1", "192.0.2.3", "192.0.2.2"));
  EXPECT_THAT(Order(three_, {1, 0}), ElementsAre("192.0.2.2", "192.0.2.1", "192.0.2.3"));
  EXPECT_THAT(Order(three_, {1, 1}), ElementsAre("192.0.2.2", "192.0.2.3", "192.0.2.1"));
  EXPECT_THAT(Order(three_, {2, 0}), ElementsAre("192.0.2.3", "192.0.2.1", "192.0.2.2"));
  EXPECT_THAT(Order(three_, {2, 1}), ElementsAre("192.0.2.3", "192.0.2.2", "192.0.2.1"));
}

TEST_F(OrderSourcesTest, EachIsFirstOneTimeInThree) {
  std::map<std::string, int> firsts;
  for (std::uint64_t ticket = 0; ticket < 3; ++ticket) ++firsts[Order(three_, {ticket, 0})[0]];
  for (const auto& [ip, count] : firsts) EXPECT_EQ(count, 1) << ip;
  EXPECT_EQ(firsts.size(), 3u);

  SystemRandom random;
  std::map<std::string, int> drawn;
  for (int i = 0; i < 30'000; ++i) ++drawn[Order(three_, IpFamily::kIpv4, random)[0]];
  for (const auto& [ip, count] : drawn) EXPECT_NEAR(count, 10'000, 1'000) << ip;
}

TEST_F(OrderSourcesTest, AWeightIsThatManyTickets) {
  const std::vector<SourceAddress> weighted =
      Sources({{"192.0.2.1", 2}, {"192.0.2.2", 1}, {"192.0.2.3", 3}});
  std::map<std::string, int> firsts;
  for (std::uint64_t ticket = 0; ticket < 6; ++ticket) ++firsts[Order(weighted, {ticket, 0})[0]];
  EXPECT_EQ(firsts["192.0.2.1"], 2);
  EXPECT_EQ(firsts["192.0.2.2"], 1);
  EXPECT_EQ(firsts["192.0.2.3"], 3);
}

TEST_F(OrderSourcesTest, WhatIsDrawnTakesAllOfItsTicketsAlong) {
  const std::vector<SourceAddress> weighted =
      Sources({{"192.0.2.1", 2}, {"192.0.2.2", 1}, {"192.0.2.3", 3}});
  ScriptedRandom random({5, 2});
  EXPECT_THAT(Order(weighted, IpFamily::kIpv4, random),
              ElementsAre("192.0.2.3", "192.0.2.2", "192.0.2.1"));
  EXPECT_THAT(random.bounds(), ElementsAre(6, 3));
}

TEST_F(OrderSourcesTest, AWeightOfNothingCountsAsOne) {
  EXPECT_THAT(Order(Sources({{"192.0.2.1", 0}, {"192.0.2.2", 1}}), {1}),
              ElementsAre("192.0.2.2", "192.0.2.1"));
}

TEST_F(OrderSourcesTest, OnlyTheFamilyOfTheRemoteIsThere) {
  const std::vector<SourceAddress> both =
      Sources({{"192.0.2.1", 1}, {"2001:db8::1", 1}, {"192.0.2.2", 1}, {"::ffff:192.0.2.3", 1}});
  EXPECT_THAT(Order(both, {0}, IpFamily::kIpv4), ElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_THAT(Order(both, {1}, IpFamily::kIpv6), ElementsAre("::ffff:192.0.2.3", "2001:db8::1"));
}

TEST_F(OrderSourcesTest, NoneOfTheFamilyIsNone) {
  EXPECT_THAT(Order(three_, {}, IpFamily::kIpv6), IsEmpty());
  EXPECT_THAT(Order({}, {}, IpFamily::kIpv4), IsEmpty());
}

TEST_F(OrderSourcesTest, OneAloneNeedsNoLuck) {
  ScriptedRandom random({});
  EXPECT_THAT(Order(Sources({{"192.0.2.1", 9}}), IpFamily::kIpv4, random),
              ElementsAre("192.0.2.1"));
  EXPECT_THAT(random.bounds(), IsEmpty());
}

TEST_F(OrderSourcesTest, AQuarantinedSourceComesAfterAllOthersAndIsNotLost) {
  quarantine_.Report(Ip("192.0.2.1"));
  EXPECT_THAT(Order(three_, {0}), ElementsAre("192.0.2.2", "192.0.2.3", "192.0.2.1"));
  quarantine_.Report(Ip("192.0.2.2"));
  EXPECT_THAT(Order(three_, {1}), ElementsAre("192.0.2.3", "192.0.2.2", "192.0.2.1"));
  quarantine_.Report(Ip("192.0.2.3"));
  EXPECT_THAT(Order(three_, {2, 0}), ElementsAre("192.0.2.3", "192.0.2.1", "192.0.2.2"));
}

TEST_F(OrderSourcesTest, AHundredThousandSourcesAreEachThereOnce) {
  std::vector<SourceAddress> many;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const auto octet = [i](int shift) { return static_cast<std::uint8_t>(i >> shift); };
    many.push_back({IpAddress::V4({10, octet(16), octet(8), octet(0)}), "",
                    EhloOrigin::kAddressLiteral, i % 7});
  }
  SystemRandom random;
  const auto order = OrderSources(many, IpFamily::kIpv4, quarantine_, random);
  std::vector<bool> seen(many.size());
  for (const SourceAddress* source : order)
    seen[static_cast<std::size_t>(source - many.data())] = true;
  EXPECT_EQ(order.size(), many.size());
  EXPECT_THAT(seen, ::testing::Each(true));
}

TEST(SourceQuarantineTest, ItHoldsForItsPeriodAndNoLonger) {
  ManualClock clock;
  SourceQuarantine quarantine(clock);
  EXPECT_FALSE(quarantine.Holds(Ip("192.0.2.1")));
  quarantine.Report(Ip("192.0.2.1"));
  EXPECT_TRUE(quarantine.Holds(Ip("192.0.2.1")));
  EXPECT_FALSE(quarantine.Holds(Ip("192.0.2.2")));
  clock.Advance(SourceQuarantine::kFirstPeriod - Duration(1));
  EXPECT_TRUE(quarantine.Holds(Ip("192.0.2.1")));
  clock.Advance(Duration(1));
  EXPECT_FALSE(quarantine.Holds(Ip("192.0.2.1")));
}

TEST(SourceQuarantineTest, AFurtherFailureStartsThePeriodAnew) {
  ManualClock clock;
  SourceQuarantine quarantine(clock);
  quarantine.Report(Ip("192.0.2.1"));
  clock.Advance(SourceQuarantine::kFirstPeriod / 2);
  quarantine.Report(Ip("192.0.2.1"));
  clock.Advance(SourceQuarantine::kFirstPeriod / 2 + Duration(1));
  EXPECT_TRUE(quarantine.Holds(Ip("192.0.2.1")));
}

TEST(SourceQuarantineTest, EachFailureAfterItsPeriodIsHeldTwiceAsLong) {
  ManualClock clock;
  SourceQuarantine quarantine(clock);
  Duration expected = SourceQuarantine::kFirstPeriod;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(quarantine.Report(Ip("192.0.2.1")), expected);
    EXPECT_EQ(quarantine.Report(Ip("192.0.2.1")), std::nullopt) << "it is held already";
    clock.Advance(expected - Duration(1));
    EXPECT_TRUE(quarantine.Holds(Ip("192.0.2.1")));
    clock.Advance(Duration(1));
    EXPECT_FALSE(quarantine.Holds(Ip("192.0.2.1")));
    expected = std::min(2 * expected, SourceQuarantine::kLongestPeriod);
  }
  EXPECT_EQ(expected, SourceQuarantine::kLongestPeriod);
  EXPECT_TRUE(quarantine.Release(Ip("192.0.2.1")));
  EXPECT_FALSE(quarantine.Release(Ip("192.0.2.1")));
  EXPECT_EQ(quarantine.Report(Ip("192.0.2.1")), SourceQuarantine::kFirstPeriod);
}

TEST(SourceQuarantineTest, ABindThatWorkedEndsItForThatAddressAlone) {
  ManualClock clock;
  SourceQuarantine quarantine(clock);
  quarantine.Report(Ip("192.0.2.1"));
  quarantine.Report(Ip("192.0.2.2"));
  quarantine.Release(Ip("192.0.2.1"));
  quarantine.Release(Ip("192.0.2.3"));
  EXPECT_FALSE(quarantine.Holds(Ip("192.0.2.1")));
  EXPECT_TRUE(quarantine.Holds(Ip("192.0.2.2")));
}

}  // namespace
}  // namespace postern::strategy
