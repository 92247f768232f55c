#ifndef POSTERN_TESTS_FAKES_EVENTUALLY_H_
#define POSTERN_TESTS_FAKES_EVENTUALLY_H_

#include <chrono>
#include <thread>

#include "common/clock.h"

namespace postern::fakes {

// What a test waits for at most, unless it says otherwise: far more than anything here takes.
inline constexpr Duration kPatience = std::chrono::seconds(15);

// Whether `condition` becomes true within `limit`. For what other processes do, of which nothing
// but looking tells; it looks every few milliseconds.
template <typename Condition>
bool Eventually(Condition condition, Duration limit = kPatience) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  return true;
}

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_EVENTUALLY_H_
