#ifndef POSTERN_CLIENT_SESSION_LOCK_STEP_HOSTS_H_
#define POSTERN_CLIENT_SESSION_LOCK_STEP_HOSTS_H_

#include <cstddef>
#include <deque>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/clock.h"
#include "common/ip_address.h"
#include "common/mutex.h"

namespace postern::client {

// The servers that offer PIPELINING and cannot do it (G19, G20, G26): for an hour they are spoken
// to one command at a time. Owned by the service, shared by all deliveries; thread-safe.
class LockStepHosts {
 public:
  static constexpr Duration kPeriod = std::chrono::hours(1);
  // Beyond so many the oldest are forgotten.
  static constexpr std::size_t kMost = 10'000;

  explicit LockStepHosts(const Clock& clock) : clock_(clock) {}

  void Remember(const IpAddress& host);
  bool Holds(const IpAddress& host) const;

 private:
  const Clock& clock_;
  mutable Mutex mutex_;
  absl::flat_hash_map<IpAddress, TimePoint> until_ ABSL_GUARDED_BY(mutex_);
  // As they were remembered, the oldest first; one that was renewed is in it more than once.
  std::deque<std::pair<IpAddress, TimePoint>> order_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SESSION_LOCK_STEP_HOSTS_H_
