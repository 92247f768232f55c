#include "client/net/event_loop.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "common/log.h"

namespace postern::client {

namespace asio = boost::asio;

namespace {

// Deliveries that begin in one turn of the loop. With fewer, every turn is gRPC's, the loop's and
// the kernel's for little work; with more, deliveries that were asked for together stay together:
// fifty connect, then fifty say EHLO. Measured (deliver_benchmark).
constexpr std::size_t kStartsATurn = 5;

// `work` stays in this frame until its coroutine has ended, so a lambda's captures live as long as
// the coroutine that the lambda is.
asio::awaitable<void> RunFenced(std::string_view name,
                                std::function<asio::awaitable<void>()> work) {
  try {
    co_await work();
  } catch (const std::exception& error) {
    Log(LogLevel::kError,
        absl::StrCat(std::string(name),
                     " ended by an exception, which is a bug to report: ", error.what()));
  } catch (...) {
    Log(LogLevel::kError,
        absl::StrCat(std::string(name),
                     " ended by an exception of unknown type, which is a bug to report"));
  }
}

// What Post was given may throw; that ends only this piece of work.
void RunUntilStopped(asio::io_context& context) {
  while (!context.stopped()) {
    try {
      context.run();
    } catch (const std::exception& error) {
      Log(LogLevel::kError,
          absl::StrCat("work on the event loop threw, which is a bug to report: ", error.what()));
    } catch (...) {
      Log(LogLevel::kError, "work on the event loop threw, which is a bug to report");
    }
  }
}

}  // namespace

// The hint says that one thread runs the context; Spawn and Post may still come from any thread.
EventLoop::EventLoop() : context_(1), work_(asio::make_work_guard(context_)) {
  // Asio opens the loop's descriptors with its first timer or socket. Here rather than there: when
  // none are left, the first connection would throw.
  const asio::steady_timer first(context_);
  thread_ = std::thread([this] { RunUntilStopped(context_); });
}

EventLoop::~EventLoop() {
  Stop();
  // Gone while there still is a loop for what it may do then.
  const auto never_begun = [this] {
    const MutexLock lock(waiting_mutex_);
    return std::exchange(waiting_, {});
  }();
}

void EventLoop::Post(std::function<void()> work) { asio::post(context_, std::move(work)); }

void EventLoop::Spawn(std::string_view name, std::function<asio::awaitable<void>()> work) {
  {
    const MutexLock lock(waiting_mutex_);
    waiting_.push_back({name, std::move(work)});
    if (std::exchange(is_starting_, true)) return;
  }
  asio::post(context_, [this] { StartSome(); });
}

void EventLoop::StartSome() {
  absl::InlinedVector<Waiting, kStartsATurn> some;
  bool are_more = false;
  {
    const MutexLock lock(waiting_mutex_);
    while (some.size() < kStartsATurn && !waiting_.empty()) {
      some.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    are_more = is_starting_ = !waiting_.empty();
  }
  // Behind all that is ready by now, and all that is by the end of this turn.
  if (are_more) asio::post(context_, [this] { StartSome(); });
  for (Waiting& one : some)
    asio::co_spawn(context_, RunFenced(one.name, std::move(one.work)), asio::detached);
}

void EventLoop::Stop() {
  context_.stop();
  if (context_.get_executor().running_in_this_thread()) return;
  const MutexLock lock(join_mutex_);
  if (thread_.joinable()) thread_.join();
}

// Posted, so that nothing of it runs within the caller, not even when that is on the loop.
void SpawnOn(asio::any_io_executor executor, std::string_view name,
             std::function<asio::awaitable<void>()> work) {
  asio::post(executor, [executor, name, work = std::move(work)]() mutable {
    asio::co_spawn(executor, RunFenced(name, std::move(work)), asio::detached);
  });
}

}  // namespace postern::client
