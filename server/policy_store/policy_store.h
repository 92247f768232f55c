#ifndef POSTERN_SERVER_POLICY_STORE_POLICY_STORE_H_
#define POSTERN_SERVER_POLICY_STORE_POLICY_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "strategy/config/policy_loader.h"
#include "strategy/resolver/strategy_resolver.h"

namespace postern::server {

// Holds the policy in force as an immutable snapshot that each delivery pins to its end. Made and
// owned by server/app. snapshot() is for any thread; Load() reads files and blocks, so it is for
// start-up and reload threads. A load that fails leaves the last good policy in force.
class PolicyStore {
 public:
  // No paths: the built-in policy.
  PolicyStore(std::vector<std::string> paths, strategy::SystemIdentity system);

  // Reads the files, and puts their policy in force when they hold no error. Returns what came of
  // it, for people.
  strategy::LoadedPolicy Load();

  // The policy in force; nullptr until the first Load() that worked.
  std::shared_ptr<const strategy::StrategyResolver> snapshot() const;

 private:
  const std::vector<std::string> paths_;
  const strategy::SystemIdentity system_;
  mutable Mutex mutex_;
  std::shared_ptr<const strategy::StrategyResolver> snapshot_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_POLICY_STORE_POLICY_STORE_H_
