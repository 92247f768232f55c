#ifndef POSTERN_SERVER_POLICY_STORE_POLICY_RELOADER_H_
#define POSTERN_SERVER_POLICY_STORE_POLICY_RELOADER_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "common/clock.h"
#include "common/descriptor.h"
#include "common/mutex.h"
#include "server/policy_store/file_watch.h"
#include "server/policy_store/policy_store.h"

namespace postern::server {

// Keeps a PolicyStore up to date: reloads it when its files change and when told to, on a thread of
// its own, which may also do other work with policy texts that would hold up a loop. What a reload
// came to is logged. Made and owned by server/app after the store's first load; the members are for
// any thread. Its destructor finishes what was posted.
class PolicyReloader {
 public:
  // How long a change must be over before it is acted upon, and how long that is put off at most
  // while there are more.
  static constexpr Duration kQuiet = std::chrono::milliseconds(100);
  static constexpr Duration kMost = std::chrono::milliseconds(500);

  explicit PolicyReloader(PolicyStore& store);
  ~PolicyReloader();
  PolicyReloader(const PolicyReloader&) = delete;
  PolicyReloader& operator=(const PolicyReloader&) = delete;

  // Reloads now; `done` (may be empty) is called on the thread.
  void Reload(std::function<void(const server::Reload&)> done);
  // Runs `task` on the thread, after all that was posted before.
  void Post(std::function<void()> task);

 private:
  void Run();
  void Wait(std::optional<Duration> limit);
  // Runs the task that has waited longest, if one does.
  void RunTask();
  // Whether there is something to do without waiting for it: a task, or to end.
  bool MustGoOn();
  // Whether it is time to end.
  bool HasEnded();
  void ReloadNow(const std::function<void(const server::Reload&)>& done);
  void Follow();
  void Wake();

  PolicyStore& store_;
  Descriptor wake_;  // an eventfd
  Mutex mutex_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;

  // The thread's own.
  std::optional<FileWatch> watch_;
  bool has_warned_ = false;
  std::thread thread_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_POLICY_STORE_POLICY_RELOADER_H_
