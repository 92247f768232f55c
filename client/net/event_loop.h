#ifndef POSTERN_CLIENT_NET_EVENT_LOOP_H_
#define POSTERN_CLIENT_NET_EVENT_LOOP_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <string_view>
#include <thread>

#include "common/mutex.h"

namespace postern::client {

// One thread that runs every session, timer and DNS answer given to it. Made and owned by
// server/app (or a test). Spawn and Post are thread-safe; what they are given runs on the loop's
// thread. The destructor stops the loop and joins the thread; coroutines still suspended then are
// destroyed without being resumed.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  boost::asio::io_context& context() { return context_; }

  void Post(std::function<void()> work);
  // Runs a coroutine to its end. Whatever escapes from it is logged under `name`, a literal, and
  // ends only this coroutine. `work` is called on the loop, never within Spawn, and is kept until
  // its coroutine has ended; a lambda must own what it captures. Where many are spawned at once, a
  // few begin at a time, and what is under way goes on between them: it comes to its end sooner,
  // and those who are spoken to are not all spoken to at the same moment.
  void Spawn(std::string_view name, std::function<boost::asio::awaitable<void>()> work);
  // Runs nothing more, and waits until what is running now has returned, unless called from that.
  // Thread-safe, idempotent.
  void Stop();

 private:
  struct Waiting {
    std::string_view name;
    std::function<boost::asio::awaitable<void>()> work;
  };

  void StartSome();

  boost::asio::io_context context_;
  Mutex waiting_mutex_;
  // What Spawn was given and has not begun.
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(waiting_mutex_);
  // Whether StartSome is to run.
  bool is_starting_ ABSL_GUARDED_BY(waiting_mutex_) = false;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  Mutex join_mutex_;  // held while the thread is joined
  std::thread thread_;
};

// The same for code that is already on a loop and knows only its executor.
void SpawnOn(boost::asio::any_io_executor executor, std::string_view name,
             std::function<boost::asio::awaitable<void>()> work);

}  // namespace postern::client

#endif  // POSTERN_CLIENT_NET_EVENT_LOOP_H_
