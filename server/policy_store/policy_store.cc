#include "server/policy_store/policy_store.h"

#include <utility>

namespace postern::server {

PolicyStore::PolicyStore(std::vector<std::string> paths, strategy::SystemIdentity system)
    : paths_(std::move(paths)), system_(std::move(system)) {}

strategy::LoadedPolicy PolicyStore::Load() {
  strategy::LoadedPolicy loaded = strategy::LoadPolicyFiles(paths_);
  if (loaded.policy != nullptr) {
    auto next = std::make_shared<const strategy::StrategyResolver>(loaded.policy, system_);
    const MutexLock lock(mutex_);
    snapshot_.swap(next);
  }
  return loaded;
}

std::shared_ptr<const strategy::StrategyResolver> PolicyStore::snapshot() const {
  const MutexLock lock(mutex_);
  return snapshot_;
}

}  // namespace postern::server
