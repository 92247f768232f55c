#include "server/rpc/encoded_parts.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace postern::server {
namespace {

std::shared_ptr<const strategy::StrategyResolver> Strategies() {
  return std::make_shared<const strategy::StrategyResolver>(std::make_shared<strategy::Policy>(),
                                                            strategy::SystemIdentity());
}

TEST(EncodedPartsTest, APartIsEncodedOnce) {
  EncodedParts encoded(Strategies());
  const int part = 1;
  int times = 0;
  const auto encode = [&times](int) { return std::to_string(++times); };
  const std::string* const first = &encoded.Of(part, encode);
  EXPECT_EQ(*first, "1");
  EXPECT_EQ(&encoded.Of(part, encode), first);
  EXPECT_EQ(times, 1);
}

// More parts than there are lists, asked for by all threads at once, in two orders.
TEST(EncodedPartsTest, ThreadsThatAskForTheSamePartsGetTheRightOnes) {
  constexpr std::size_t kParts = 1000;
  constexpr int kThreads = 8;
  EncodedParts encoded(Strategies());
  std::array<std::size_t, kParts> parts;
  for (std::size_t i = 0; i < kParts; ++i) parts[i] = i;
  std::latch start(kThreads);
  const auto ask = [&](bool backwards) {
    start.arrive_and_wait();
    for (std::size_t i = 0; i < kParts; ++i) {
      const std::size_t& part = parts[backwards ? kParts - 1 - i : i];
      const auto encode = [](std::size_t number) { return std::to_string(number); };
      ASSERT_EQ(encoded.Of(part, encode), std::to_string(part));
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(ask, i % 2 == 1);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace postern::server
