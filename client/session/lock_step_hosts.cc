#include "client/session/lock_step_hosts.h"

namespace postern::client {

void LockStepHosts::Remember(const IpAddress& host) {
  const TimePoint now = clock_.Now();
  const MutexLock lock(mutex_);
  until_[host] = now + kPeriod;
  order_.emplace_back(host, now + kPeriod);
  while (order_.size() > kMost || order_.front().second <= now) {
    const auto [oldest, until] = order_.front();
    order_.pop_front();
    // Unless it was renewed since.
    if (const auto place = until_.find(oldest); place != until_.end() && place->second == until)
      until_.erase(place);
  }
}

bool LockStepHosts::Holds(const IpAddress& host) const {
  const TimePoint now = clock_.Now();
  const MutexLock lock(mutex_);
  const auto place = until_.find(host);
  return place != until_.end() && now < place->second;
}

}  // namespace postern::client
