#ifndef POSTERN_SERVER_RPC_ENCODED_PLANS_H_
#define POSTERN_SERVER_RPC_ENCODED_PLANS_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/container/node_hash_map.h"
#include "common/mutex.h"
#include "strategy/resolver/strategy_resolver.h"

namespace postern::server {

// The plans of one policy as the octets that answers contain, each encoded when it is first asked
// for: a plan never changes, and to write one anew takes longer than to choose it. Keeps the
// policy, and so the plans that it knows by their addresses. Any thread.
class EncodedPlans {
 public:
  explicit EncodedPlans(std::shared_ptr<const strategy::StrategyResolver> strategies)
      : strategies_(std::move(strategies)) {}

  const std::shared_ptr<const strategy::StrategyResolver>& strategies() const {
    return strategies_;
  }

  // `plan` is one that a resolver's answer shares; `encode` makes its octets. What is returned
  // lives as long as this.
  template <typename Plan, typename Encode>
  const std::string& Of(const Plan& plan, const Encode& encode) {
    const MutexLock lock(mutex_);
    const auto [place, is_new] = octets_.try_emplace(&plan);
    if (is_new) place->second = encode(plan);
    return place->second;
  }

 private:
  const std::shared_ptr<const strategy::StrategyResolver> strategies_;
  Mutex mutex_;
  absl::node_hash_map<const void*, std::string> octets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_ENCODED_PLANS_H_
