#ifndef POSTERN_CLIENT_SESSION_BODY_RATE_H_
#define POSTERN_CLIENT_SESSION_BODY_RATE_H_

#include <chrono>
#include <cstddef>
#include <deque>

#include "common/clock.h"

namespace postern::client {

// Watches that a peer takes a body fast enough (I7): at least `minimum` octets over any minute,
// once the first has passed. Keeps sums of about a second each, so it is exact to a second and
// bounded in size. Pure; one per body, owned by its session.
class BodyRate {
 public:
  static constexpr Duration kWindow = std::chrono::seconds(60);

  BodyRate(std::size_t minimum, TimePoint start) : minimum_(minimum), start_(start) {}

  // So many octets were taken.
  void Add(TimePoint now, std::size_t octets);
  // Whether the last minute had too few.
  bool TooSlow(TimePoint now);

 private:
  struct Sum {
    TimePoint since;
    std::size_t octets;
  };

  std::size_t minimum_;
  TimePoint start_;
  std::deque<Sum> sums_;
  std::size_t total_ = 0;  // of all sums_
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SESSION_BODY_RATE_H_
