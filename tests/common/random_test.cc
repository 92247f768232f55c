#include "common/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace postern {
namespace {

// Answers from a list, and remembers the bounds it was asked with.
class ListedRandom final : public Random {
 public:
  explicit ListedRandom(std::vector<std::uint64_t> answers) : answers_(std::move(answers)) {}
  std::uint64_t Below(std::uint64_t bound) override {
    bounds.push_back(bound);
    return answers_.at(bounds.size() - 1);
  }
  std::vector<std::uint64_t> bounds;

 private:
  std::vector<std::uint64_t> answers_;
};

TEST(RandomTest, ShuffleIsFisherYatesFromTheEnd) {
  ListedRandom random({0, 1, 0});
  std::vector<int> items = {1, 2, 3, 4};
  random.Shuffle(std::span(items));
  EXPECT_EQ(items, (std::vector<int>{3, 4, 2, 1}));
  EXPECT_EQ(random.bounds, (std::vector<std::uint64_t>{4, 3, 2}));
}

TEST(RandomTest, ShufflingNothingOrOneItemAsksForNoRandomness) {
  ListedRandom random({});
  std::vector<int> items;
  random.Shuffle(std::span(items));
  items = {7};
  random.Shuffle(std::span(items));
  EXPECT_EQ(items, std::vector<int>{7});
}

TEST(SystemRandomTest, EveryValueBelowTheBoundComesUpAboutEquallyOften) {
  SystemRandom random;
  for (const std::uint64_t bound : {1u, 2u, 3u, 7u, 10u}) {
    constexpr std::uint64_t kDrawsPerValue = 10'000;
    std::vector<std::uint64_t> counts(bound);
    for (std::uint64_t i = 0; i < bound * kDrawsPerValue; ++i) {
      const std::uint64_t value = random.Below(bound);
      ASSERT_LT(value, bound);
      ++counts[value];
    }
    // 10 % is ten standard deviations: a right generator never gets there.
    for (const std::uint64_t count : counts) EXPECT_NEAR(count, kDrawsPerValue, 1'000) << bound;
  }
}

TEST(SystemRandomTest, HugeBoundsAreHonoured) {
  SystemRandom random;
  constexpr std::uint64_t kBound = (std::uint64_t{1} << 63) + 1;  // the most rejections there are
  for (int i = 0; i < 1'000; ++i) ASSERT_LT(random.Below(kBound), kBound);
  ASSERT_LT(random.Below(std::numeric_limits<std::uint64_t>::max()),
            std::numeric_limits<std::uint64_t>::max());
}

TEST(SystemRandomTest, TwoGeneratorsDiffer) {
  SystemRandom a;
  SystemRandom b;
  const auto draw = [](SystemRandom& random) {
    std::array<std::uint64_t, 4> values;
    for (std::uint64_t& value : values) value = random.Below(std::uint64_t{1} << 62);
    return values;
  };
  EXPECT_NE(draw(a), draw(b));
}

}  // namespace
}  // namespace postern
