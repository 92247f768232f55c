#include "client/net/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/client/net/net_lab.h"

namespace postern::client {
namespace {

using boost::asio::awaitable;
using testing::HasSubstr;
using testing::Not;

// Waits for what never comes: only the end of its loop ends it.
awaitable<void> WaitForever() {
  boost::asio::steady_timer never(co_await boost::asio::this_coro::executor, TimePoint::max());
  co_await never.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

// What `act` writes to standard error.
template <typename Act>
std::string Logged(Act act) {
  testing::internal::CaptureStderr();
  act();
  return testing::internal::GetCapturedStderr();
}

// --- Post and Spawn ------------------------------------------------------------------------------

TEST(EventLoop, RunsWhatIsPostedInOrderOnOneThreadOfItsOwn) {
  EventLoop loop;
  std::vector<int> order;
  std::vector<std::thread::id> threads;
  for (int i = 0; i < 100; ++i) {
    loop.Post([&order, &threads, i] {
      order.push_back(i);
      threads.push_back(std::this_thread::get_id());
    });
  }
  Settle(loop);
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(order[i], i);
    EXPECT_EQ(threads[i], threads[0]);
  }
  EXPECT_NE(threads[0], std::this_thread::get_id());
}

TEST(EventLoop, RunsWhatAnyThreadPosts) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 500;
  EventLoop loop;
  int count = 0;  // of the loop's thread alone
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        if (round % 2 == 0) {
          loop.Post([&count] { ++count; });
        } else {
          loop.Spawn("counting", [&count]() -> awaitable<void> {
            ++count;
            co_return;
          });
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // What was spawned begins a few at a time.
  for (int i = 0; i < kThreads * kRounds; ++i) Settle(loop);
  EXPECT_EQ(count, kThreads * kRounds);
}

TEST(EventLoop, WhatIsUnderWayGoesOnBeforeAllElseBegins) {
  constexpr int kCoroutines = 200;
  EventLoop loop;
  std::promise<void> release;
  loop.Post([&release] { release.get_future().wait(); });
  int begun = 0, ended = 0, most = 0;
  for (int i = 0; i < kCoroutines; ++i) {
    loop.Spawn("in steps", [&]() -> awaitable<void> {
      most = std::max(most, ++begun - ended);
      for (int step = 0; step < 3; ++step) {
        co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                                   boost::asio::use_awaitable);
      }
      ++ended;
    });
  }
  release.set_value();
  while (true) {
    std::promise<int> now;
    loop.Post([&] { now.set_value(ended); });
    if (now.get_future().get() == kCoroutines) break;
  }
  EXPECT_LT(most, kCoroutines / 4);
}

TEST(EventLoop, WhatHasNotBegunGoesWithItsLoop) {
  auto captured = std::make_shared<int>(0);
  {
    EventLoop loop;
    std::promise<void> release;
    std::promise<void> stopped;
    loop.Post([&] {
      release.get_future().wait();
      loop.Stop();
      stopped.set_value();
    });
    for (int i = 0; i < 100; ++i) {
      loop.Spawn("never begun", [captured]() -> awaitable<void> {
        ++*captured;
        co_return;
      });
    }
    release.set_value();
    stopped.get_future().wait();
  }
  EXPECT_EQ(*captured, 0);
  EXPECT_EQ(captured.use_count(), 1);
}

TEST(EventLoop, SpawnOnTheLoopRunsNothingWithinTheCall) {
  EventLoop loop;
  std::string order;
  loop.Post([&] {
    loop.Spawn("inner", [&]() -> awaitable<void> {
      order += "inner ";
      co_return;
    });
    SpawnOn(loop.context().get_executor(), "other", [&]() -> awaitable<void> {
      order += "other ";
      co_return;
    });
    order += "outer ";
  });
  Settle(loop);
  Settle(loop);
  EXPECT_EQ(order, "outer inner other ");
}

TEST(EventLoop, KeepsWhatACoroutineCapturedUntilItHasEnded) {
  EventLoop loop;
  auto captured = std::make_shared<std::string>(100, 'x');
  const std::weak_ptr<std::string> watcher = captured;
  std::promise<std::string> seen;
  std::future<std::string> future = seen.get_future();
  loop.Spawn("captures", [captured = std::move(captured), &seen]() -> awaitable<void> {
    boost::asio::steady_timer soon(co_await boost::asio::this_coro::executor, In(Duration(1)));
    co_await soon.async_wait(boost::asio::use_awaitable);
    seen.set_value(*captured);
  });
  EXPECT_EQ(Await(std::move(future)), std::string(100, 'x'));
  Settle(loop);
  EXPECT_TRUE(watcher.expired());
}

// --- Exceptions ----------------------------------------------------------------------------------

TEST(EventLoop, AnExceptionFromPostedWorkIsLoggedAndEndsOnlyThatPiece) {
  EventLoop loop;
  int after = 0;
  const std::string log = Logged([&] {
    loop.Post([] { throw std::runtime_error("the disk is full"); });
    loop.Post([&after] { ++after; });
    loop.Post([] { throw 42; });
    loop.Post([&after] { ++after; });
    Settle(loop);
  });
  EXPECT_EQ(after, 2);
  EXPECT_THAT(log, HasSubstr(" error work on the event loop threw, which is a bug to report: "
                             "the disk is full\n"));
  EXPECT_THAT(log, HasSubstr(" error work on the event loop threw, which is a bug to report\n"));
}

TEST(EventLoop, AnExceptionFromACoroutineIsLoggedUnderItsNameAndEndsOnlyThatOne) {
  EventLoop loop;
  int after = 0;
  const std::string log = Logged([&] {
    loop.Spawn("delivery 7", []() -> awaitable<void> {
      throw std::runtime_error("no such thing");
      co_return;
    });
    loop.Spawn("delivery 8", []() -> awaitable<void> {
      throw 42;
      co_return;
    });
    loop.Spawn("delivery 9", [&after]() -> awaitable<void> {
      ++after;
      co_return;
    });
    Settle(loop);
    Settle(loop);
  });
  EXPECT_EQ(after, 1);
  EXPECT_THAT(log, HasSubstr(" error delivery 7 ended by an exception, which is a bug to report: "
                             "no such thing\n"));
  EXPECT_THAT(log, HasSubstr(" error delivery 8 ended by an exception of unknown type, which is a "
                             "bug to report\n"));
  EXPECT_THAT(log, Not(HasSubstr("delivery 9")));
}

TEST(EventLoop, AnExceptionBeforeTheFirstCoroutineFrameIsLoggedToo) {
  EventLoop loop;
  const std::string log = Logged([&] {
    loop.Spawn("plain function", []() -> awaitable<void> { throw std::runtime_error("early"); });
    Settle(loop);
    Settle(loop);
  });
  EXPECT_THAT(log, HasSubstr(" error plain function ended by an exception"));
}

// --- Stop ----------------------------------------------------------------------------------------

TEST(EventLoop, StopWaitsForWhatIsRunning) {
  EventLoop loop;
  std::promise<void> began;
  std::future<void> has_begun = began.get_future();
  std::atomic<bool> stopping = false;
  std::atomic<bool> ended = false;
  loop.Post([&] {
    began.set_value();
    // Until Stop is about to be called at least; whether it then waits is what the end shows.
    const TimePoint limit = In(kLimit);
    while (!(stopping && loop.context().stopped()) && std::chrono::steady_clock::now() < limit) {
      std::this_thread::yield();
    }
    ended = true;
  });
  Await(std::move(has_begun));
  stopping = true;
  loop.Stop();
  EXPECT_TRUE(ended);
}

TEST(EventLoop, StopRunsNothingThatStillWaits) {
  EventLoop loop;
  bool ran = false;
  std::promise<void> stopped;
  std::future<void> future = stopped.get_future();
  loop.Post([&] {
    loop.Post([&ran] { ran = true; });
    loop.Stop();
    stopped.set_value();
  });
  Await(std::move(future));
  loop.Stop();  // joins
  loop.Post([&ran] { ran = true; });
  EXPECT_FALSE(ran);
}

TEST(EventLoop, StopFromACoroutineOnTheLoopReturnsAndThatCoroutineGoesOnToItsNextWait) {
  std::string steps;
  {
    EventLoop loop;
    std::promise<void> stopped;
    std::future<void> future = stopped.get_future();
    loop.Spawn("stops its own loop", [&]() -> awaitable<void> {
      loop.Stop();
      steps += "stopped ";
      stopped.set_value();
      co_await WaitForever();
      steps += "resumed ";
    });
    Await(std::move(future));
  }
  EXPECT_EQ(steps, "stopped ");
}

TEST(EventLoop, StopMayComeFromSeveralThreadsAndMoreThanOnce) {
  EventLoop loop;
  loop.Post([] {});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&loop] { loop.Stop(); });
  for (std::thread& thread : threads) thread.join();
  loop.Stop();
  EXPECT_TRUE(loop.context().stopped());
}

TEST(EventLoop, AfterAnExceptionStopStillStops) {
  const std::string log = Logged([] {
    EventLoop loop;
    std::promise<void> reached;
    std::future<void> future = reached.get_future();
    loop.Post([&] {
      loop.Stop();
      reached.set_value();
      throw std::runtime_error("too late");
    });
    Await(std::move(future));
  });
  EXPECT_THAT(log, HasSubstr("too late"));
}

TEST(EventLoop, TheDestructorDestroysSuspendedCoroutinesWithoutResumingThem) {
  auto kept = std::make_shared<int>(0);
  const std::weak_ptr<int> watcher = kept;
  bool resumed = false;
  {
    EventLoop loop;
    loop.Spawn("suspended", [&resumed, kept = std::move(kept)]() -> awaitable<void> {
      co_await WaitForever();
      resumed = true;
    });
    Settle(loop);
    Settle(loop);
    EXPECT_FALSE(watcher.expired());
  }
  EXPECT_TRUE(watcher.expired());
  EXPECT_FALSE(resumed);
}

TEST(EventLoop, TheDestructorDestroysWhatNeverBegan) {
  auto kept = std::make_shared<int>(0);
  const std::weak_ptr<int> watcher = kept;
  {
    EventLoop loop;
    loop.Stop();
    loop.Post([kept] {});
    loop.Spawn("never", [kept]() -> awaitable<void> { co_return; });
    kept.reset();
    EXPECT_FALSE(watcher.expired());
  }
  EXPECT_TRUE(watcher.expired());
}

}  // namespace
}  // namespace postern::client
