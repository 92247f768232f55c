#ifndef POSTERN_STRATEGY_SOURCE_IP_SOURCE_SELECTOR_H_
#define POSTERN_STRATEGY_SOURCE_IP_SOURCE_SELECTOR_H_

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/clock.h"
#include "common/ip_address.h"
#include "common/mutex.h"
#include "common/plan/connection_plan.h"
#include "common/random.h"

namespace postern::strategy {

// Remembers source addresses that could not be bound, so that they are tried last for a while:
// kFirstPeriod, and twice as long each time that they fail again after it, up to kLongestPeriod.
// Owned by the service, shared by all deliveries; thread-safe.
class SourceQuarantine {
 public:
  static constexpr Duration kFirstPeriod = std::chrono::seconds(30);
  static constexpr Duration kLongestPeriod = std::chrono::minutes(16);

  explicit SourceQuarantine(const Clock& clock) : clock_(clock) {}

  // It could not be bound. For how long it is now tried last, if it was not already; a failure
  // meanwhile begins the period anew.
  std::optional<Duration> Report(const IpAddress& source);
  bool Holds(const IpAddress& source) const;
  // A bind that worked ends it, and the next period is the first again. Whether there was anything
  // to end.
  bool Release(const IpAddress& source);

 private:
  struct Entry {
    TimePoint until;
    Duration period{};
  };

  const Clock& clock_;
  mutable Mutex mutex_;
  absl::flat_hash_map<IpAddress, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

// The sources of `family`, in the order in which to try them for one new connection: the first is
// drawn at random by weight, then the next from the rest, and so on; quarantined ones come after
// all others. Empty: the plan has none of that family, and the target must be skipped (never the
// system's default address). Only for plans that name sources. The pointers point into `sources`.
std::vector<const SourceAddress*> OrderSources(std::span<const SourceAddress> sources,
                                               IpFamily family, const SourceQuarantine& quarantine,
                                               Random& random);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_SOURCE_IP_SOURCE_SELECTOR_H_
