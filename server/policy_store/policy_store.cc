#include "server/policy_store/policy_store.h"

#include <utility>

namespace postern::server {

PolicyStore::PolicyStore(std::vector<std::string> paths, strategy::SystemIdentity system)
    : paths_(std::move(paths)), system_(std::move(system)) {}

Reload PolicyStore::Reload() {
  const MutexLock one_at_a_time(load_mutex_);
  server::Reload reload;
  reload.loaded = strategy::LoadPolicyFiles(paths_);
  reload.is_changed = Keep(reload.loaded);
  return reload;
}

bool PolicyStore::Keep(const strategy::LoadedPolicy& loaded) {
  const auto now = std::chrono::system_clock::now();
  const auto before = snapshot();
  const bool is_failed = loaded.policy == nullptr;
  const bool is_same =
      !is_failed && before != nullptr && before->policy().version == loaded.policy->version;
  std::shared_ptr<const strategy::StrategyResolver> next;
  if (!is_failed && !is_same)
    next = std::make_shared<const strategy::StrategyResolver>(loaded.policy, system_);
  const MutexLock lock(mutex_);
  status_.failure.reset();
  if (is_failed) status_.failure = LoadFailure{now, loaded.issues};
  if (next == nullptr) return false;
  if (!first_resolver_) first_resolver_ = loaded.policy->resolver;
  status_.needs_restart = *first_resolver_ != loaded.policy->resolver;
  status_.loaded_at = now;
  status_.in_force.swap(next);  // the old one, if nobody has it, goes after the lock
  in_force_.store(status_.in_force.get(), std::memory_order_release);
  return true;
}

std::shared_ptr<const strategy::StrategyResolver> PolicyStore::snapshot() const {
  const MutexLock lock(mutex_);
  return status_.in_force;
}

PolicyStatus PolicyStore::status() const {
  const MutexLock lock(mutex_);
  return status_;
}

}  // namespace postern::server
