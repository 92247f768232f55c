// The draw: weights in a Fenwick tree (a tree of partial sums in an array), so that each of n draws
// without putting back costs O(log n), and a list of 100,000 addresses is no hazard.

#include "strategy/source_ip/source_selector.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace postern::strategy {
namespace {

using Sources = std::vector<const SourceAddress*>;

std::uint64_t WeightOf(const SourceAddress& source) { return std::max(source.weight, 1U); }

// Tickets of each item, as many as its weight; drawing an item takes all of its tickets out.
class Urn {
 public:
  explicit Urn(const Sources& sources) : sums_(sources.size() + 1) {
    for (std::size_t i = 1; i < sums_.size(); ++i) {
      sums_[i] += WeightOf(*sources[i - 1]);
      total_ += WeightOf(*sources[i - 1]);
      if (const std::size_t parent = i + LowBit(i); parent < sums_.size())
        sums_[parent] += sums_[i];
    }
  }

  std::uint64_t total() const { return total_; }

  // Which item holds ticket number `ticket` of the tickets left.
  std::size_t Holder(std::uint64_t ticket) const {
    std::size_t before = 0;
    std::size_t step = 1;
    while (step * 2 < sums_.size()) step *= 2;
    for (; step > 0; step /= 2) {
      if (before + step >= sums_.size() || sums_[before + step] > ticket) continue;
      before += step;
      ticket -= sums_[before];
    }
    return before;
  }

  void Remove(std::size_t item, std::uint64_t weight) {
    total_ -= weight;
    for (std::size_t i = item + 1; i < sums_.size(); i += LowBit(i)) sums_[i] -= weight;
  }

 private:
  static std::size_t LowBit(std::size_t i) { return i & (~i + 1); }

  std::vector<std::uint64_t> sums_;
  std::uint64_t total_ = 0;
};

void AppendDrawn(const Sources& from, Random& random, Sources& order) {
  Urn urn(from);
  for (std::size_t left = from.size(); left > 0; --left) {
    // The last one needs no luck.
    const std::size_t item = urn.Holder(left == 1 ? 0 : random.Below(urn.total()));
    order.push_back(from[item]);
    urn.Remove(item, WeightOf(*from[item]));
  }
}

}  // namespace

std::optional<Duration> SourceQuarantine::Report(const IpAddress& source) {
  const TimePoint now = clock_.Now();
  const MutexLock lock(mutex_);
  // Those that nobody has tried for long go, so that a policy that keeps changing leaves nothing
  // behind.
  absl::erase_if(entries_,
                 [now](const auto& row) { return row.second.until + kLongestPeriod <= now; });
  const auto [place, is_new] = entries_.try_emplace(source);
  Entry& entry = place->second;
  const bool held = !is_new && now < entry.until;
  if (!held) entry.period = is_new ? kFirstPeriod : std::min(2 * entry.period, kLongestPeriod);
  entry.until = now + entry.period;
  if (held) return std::nullopt;
  return entry.period;
}

bool SourceQuarantine::Holds(const IpAddress& source) const {
  const MutexLock lock(mutex_);
  const auto place = entries_.find(source);
  return place != entries_.end() && clock_.Now() < place->second.until;
}

bool SourceQuarantine::Release(const IpAddress& source) {
  const MutexLock lock(mutex_);
  return entries_.erase(source) > 0;
}

std::vector<const SourceAddress*> OrderSources(std::span<const SourceAddress> sources,
                                               IpFamily family, const SourceQuarantine& quarantine,
                                               Random& random) {
  Sources free;
  Sources quarantined;
  for (const SourceAddress& source : sources) {
    if (source.ip.family() != family) continue;
    (quarantine.Holds(source.ip) ? quarantined : free).push_back(&source);
  }
  Sources order;
  order.reserve(free.size() + quarantined.size());
  AppendDrawn(free, random, order);
  AppendDrawn(quarantined, random, order);
  return order;
}

}  // namespace postern::strategy
