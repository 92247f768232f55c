#ifndef POSTERN_SERVER_RPC_ENCODED_PARTS_H_
#define POSTERN_SERVER_RPC_ENCODED_PARTS_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/container/node_hash_map.h"
#include "common/mutex.h"
#include "strategy/resolver/strategy_resolver.h"

namespace postern::server {

// What answers contain of one policy (plans, rules, choices that are always the same) as octets,
// each part encoded when it is first asked for: it never changes, and to write it anew takes longer
// than to choose it. Keeps the policy, and so the parts, which it knows by their addresses. Any
// thread.
class EncodedParts {
 public:
  explicit EncodedParts(std::shared_ptr<const strategy::StrategyResolver> strategies)
      : strategies_(std::move(strategies)) {}

  const std::shared_ptr<const strategy::StrategyResolver>& strategies() const {
    return strategies_;
  }

  // `part` is one that a resolver's answers share; `encode` makes its octets, and may ask for those
  // of others. What is returned lives as long as this.
  template <typename Part, typename Encode>
  const std::string& Of(const Part& part, const Encode& encode) {
    {
      const MutexLock lock(mutex_);
      const auto known = octets_.find(&part);
      if (known != octets_.end()) return known->second;
    }
    std::string octets = encode(part);
    const MutexLock lock(mutex_);
    return octets_.try_emplace(&part, std::move(octets)).first->second;
  }

 private:
  const std::shared_ptr<const strategy::StrategyResolver> strategies_;
  Mutex mutex_;
  absl::node_hash_map<const void*, std::string> octets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_ENCODED_PARTS_H_
