#ifndef POSTERN_COMMON_CLOCK_H_
#define POSTERN_COMMON_CLOCK_H_

#include <chrono>

namespace postern {

using Duration = std::chrono::milliseconds;
using TimePoint = std::chrono::steady_clock::time_point;

// Where time comes from, so that tests can set it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint Now() const = 0;
};

class SteadyClock final : public Clock {
 public:
  TimePoint Now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace postern

#endif  // POSTERN_COMMON_CLOCK_H_
