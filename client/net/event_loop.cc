#include "client/net/event_loop.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"

namespace postern::client {

namespace asio = boost::asio;

namespace {

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

EventLoop::~EventLoop() { Stop(); }

void EventLoop::Post(std::function<void()> work) { asio::post(context_, std::move(work)); }

void EventLoop::Spawn(std::string_view name, std::function<asio::awaitable<void>()> work) {
  SpawnOn(context_.get_executor(), name, std::move(work));
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
