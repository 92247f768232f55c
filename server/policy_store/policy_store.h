#ifndef POSTERN_SERVER_POLICY_STORE_POLICY_STORE_H_
#define POSTERN_SERVER_POLICY_STORE_POLICY_STORE_H_

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "strategy/config/policy_loader.h"
#include "strategy/diagnostics/issue.h"
#include "strategy/resolver/strategy_resolver.h"

namespace postern::server {

// A load that found errors.
struct LoadFailure {
  std::chrono::system_clock::time_point at;
  std::vector<strategy::Issue> issues;
};

// What is in force, and what became of the last attempt to change it. Plain data.
struct PolicyStatus {
  std::shared_ptr<const strategy::StrategyResolver> in_force;
  std::chrono::system_clock::time_point loaded_at;
  // Of the latest load; nullopt: it worked.
  std::optional<LoadFailure> failure;
  // The policy in force has other `resolver` settings than the one that the service started with;
  // they are read at start only.
  bool needs_restart = false;
};

// What came of a reload.
struct Reload {
  strategy::LoadedPolicy loaded;  // without a policy: it failed, and the last good one stays
  // Another policy than before is in force.
  bool is_changed = false;
};

// Holds the policy in force as an immutable snapshot that each delivery pins to its end. Made and
// owned by server/app. All members are for any thread; Load() and Reload() read files and block, so
// they are for start-up and the reloader's thread. A load that fails leaves the last good policy in
// force.
class PolicyStore {
 public:
  // No paths: the built-in policy.
  PolicyStore(std::vector<std::string> paths, strategy::SystemIdentity system);

  // Reads the files, and puts their policy in force when they hold no error. Returns what came of
  // it, for people.
  strategy::LoadedPolicy Load() { return Reload().loaded; }
  // The same, and says whether anything is different now: files that say what they said before
  // leave the snapshot as it is.
  server::Reload Reload();

  // The policy in force; nullptr until the first load that worked.
  std::shared_ptr<const strategy::StrategyResolver> snapshot() const;
  // Whether `snapshot` still is what snapshot() gives. Waits for nobody.
  bool IsInForce(const strategy::StrategyResolver& snapshot) const {
    return in_force_.load(std::memory_order_acquire) == &snapshot;
  }
  PolicyStatus status() const;

  const std::vector<std::string>& paths() const { return paths_; }
  // What plans take from the machine; for policies that are only tried.
  const strategy::SystemIdentity& system() const { return system_; }

 private:
  // Returns whether another policy is in force now.
  bool Keep(const strategy::LoadedPolicy& loaded);

  const std::vector<std::string> paths_;
  const strategy::SystemIdentity system_;
  // One load at a time: the last one to begin decides.
  Mutex load_mutex_;
  mutable Mutex mutex_;
  PolicyStatus status_ ABSL_GUARDED_BY(mutex_);
  // status_.in_force
  std::atomic<const strategy::StrategyResolver*> in_force_ = nullptr;
  std::optional<strategy::ResolverSettings> first_resolver_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_POLICY_STORE_POLICY_STORE_H_
