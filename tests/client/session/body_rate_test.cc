#include "client/session/body_rate.h"

#include <gtest/gtest.h>

namespace postern::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kMinimum = 6000;

TEST(BodyRate, NothingIsTooSlowWithinTheFirstMinute) {
  BodyRate rate(kMinimum, TimePoint());
  EXPECT_FALSE(rate.TooSlow(TimePoint() + seconds(60)));
  EXPECT_TRUE(rate.TooSlow(TimePoint() + seconds(60) + milliseconds(1)));
}

TEST(BodyRate, ASteadyPeerJustAtTheMinimumIsKept) {
  BodyRate rate(kMinimum, TimePoint());
  for (int second = 1; second < 600; ++second) {
    rate.Add(TimePoint() + seconds(second), kMinimum / 60);
    EXPECT_FALSE(rate.TooSlow(TimePoint() + seconds(second))) << second;
  }
}

TEST(BodyRate, ASteadyPeerBelowTheMinimumIsDroppedAfterTheFirstMinute) {
  BodyRate rate(kMinimum, TimePoint());
  for (int second = 1; second <= 61; ++second) {
    rate.Add(TimePoint() + seconds(second), kMinimum / 60 - 2);
    EXPECT_EQ(rate.TooSlow(TimePoint() + seconds(second)), second > 60) << second;
  }
}

TEST(BodyRate, ABurstCountsForOneMinuteOnly) {
  BodyRate rate(kMinimum, TimePoint());
  rate.Add(TimePoint() + seconds(50), 100 * kMinimum);
  EXPECT_FALSE(rate.TooSlow(TimePoint() + seconds(110)));
  EXPECT_TRUE(rate.TooSlow(TimePoint() + seconds(111)));
}

}  // namespace
}  // namespace postern::client
