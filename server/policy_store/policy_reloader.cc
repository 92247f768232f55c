#include "server/policy_store/policy_reloader.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"

// The thread waits for an inotify event, a task, or the end of the pause after a change. Watches
// are set before files are read, so that a change in between is seen. After each task it looks for
// changes, so that callers who always have another policy to check cannot hold an edit off.
namespace postern::server {
namespace {

using SteadyTime = std::chrono::steady_clock;

std::string Counted(const std::vector<strategy::Issue>& issues) {
  const auto errors = std::count_if(issues.begin(), issues.end(), [](const auto& issue) {
    return issue.severity == strategy::Severity::kError;
  });
  return absl::StrCat(errors, errors == 1 ? " error" : " errors");
}

void LogReload(const Reload& reload, const PolicyStatus& status) {
  const std::string in_force =
      status.in_force == nullptr ? "none" : status.in_force->policy().version;
  if (reload.loaded.policy == nullptr) {
    Log(LogLevel::kError, absl::StrCat("the policy has ", Counted(reload.loaded.issues),
                                       "; policy ", in_force, " stays in force"));
    LogLines(LogLevel::kError, reload.loaded.rendered);
    return;
  }
  if (!reload.is_changed) {
    Log(LogLevel::kInfo, absl::StrCat("policy ", in_force, " is in force as before"));
    return;
  }
  LogLines(LogLevel::kWarning, reload.loaded.rendered);
  Log(LogLevel::kInfo, absl::StrCat("policy ", in_force, " is in force now"));
  if (status.needs_restart) {
    Log(LogLevel::kWarning,
        "the policy's resolver settings are others than at the start; restart the service to use "
        "them");
  }
}

}  // namespace

PolicyReloader::PolicyReloader(PolicyStore& store)
    : store_(store), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this] { Run(); });
}

PolicyReloader::~PolicyReloader() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  Wake();
  thread_.join();
}

void PolicyReloader::Reload(std::function<void(const server::Reload&)> done) {
  Post([this, done = std::move(done)] { ReloadNow(done); });
}

void PolicyReloader::Post(std::function<void()> task) {
  {
    const MutexLock lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  Wake();
}

void PolicyReloader::Wake() {
  const std::uint64_t one = 1;
  // It fails only when the counter is full, which wakes just as well.
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof(one));
}

void PolicyReloader::Run() {
  absl::StatusOr<FileWatch> watch = FileWatch::Open();
  if (watch.ok()) {
    watch_ = *std::move(watch);
  } else if (!store_.paths().empty()) {
    Log(LogLevel::kWarning,
        absl::StrCat("changes of the policy files are not seen by themselves (",
                     watch.status().message(), "); SIGHUP and ReloadPolicy still work"));
  }
  Follow();
  // What changed between the first load and the watch.
  std::optional<SteadyTime::time_point> first = SteadyTime::now(), last = first;
  while (!HasEnded()) {
    RunTask();
    std::optional<Duration> limit;
    if (first) {
      const auto due = std::min(*last + kQuiet, *first + kMost);
      limit = std::max(std::chrono::ceil<Duration>(due - SteadyTime::now()), Duration(0));
      if (limit->count() == 0) {
        first.reset();
        Follow();
        const server::Reload reload = store_.Reload();
        if (reload.is_changed || reload.loaded.policy == nullptr)
          LogReload(reload, store_.status());
        continue;
      }
    }
    Wait(MustGoOn() ? Duration(0) : limit);
    if (watch_ && watch_->Drain()) {
      last = SteadyTime::now();
      if (!first) first = last;
    }
  }
}

void PolicyReloader::Wait(std::optional<Duration> limit) {
  std::array<pollfd, 2> waiting = {
      pollfd{wake_.get(), POLLIN, 0},
      pollfd{watch_ ? watch_->descriptor() : -1, POLLIN, 0},
  };
  poll(waiting.data(), waiting.size(), limit ? static_cast<int>(limit->count()) : -1);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = read(wake_.get(), &count, sizeof(count));
}

void PolicyReloader::RunTask() {
  std::function<void()> task;
  {
    const MutexLock lock(mutex_);
    if (tasks_.empty()) return;
    task = std::move(tasks_.front());
    tasks_.pop_front();
  }
  try {
    task();
  } catch (const std::exception& error) {
    Log(LogLevel::kError, absl::StrCat("work on a policy ended by an exception: ", error.what()));
  }
}

// The wake that told of the end may have been taken before the last task was run.
bool PolicyReloader::MustGoOn() {
  const MutexLock lock(mutex_);
  return ending_ || !tasks_.empty();
}

bool PolicyReloader::HasEnded() {
  const MutexLock lock(mutex_);
  return ending_ && tasks_.empty();
}

void PolicyReloader::ReloadNow(const std::function<void(const server::Reload&)>& done) {
  Follow();
  const server::Reload reload = store_.Reload();
  LogReload(reload, store_.status());
  if (done) done(reload);
}

void PolicyReloader::Follow() {
  if (!watch_ || store_.paths().empty()) return;
  const absl::Status status = watch_->Follow(store_.paths());
  if (status.ok()) {
    has_warned_ = false;
  } else if (!has_warned_) {
    has_warned_ = true;
    Log(LogLevel::kWarning,
        absl::StrCat("changes of the policy files may not be seen by themselves: ",
                     status.message(), "; SIGHUP and ReloadPolicy still work"));
  }
}

}  // namespace postern::server
