#ifndef POSTERN_TESTS_CLIENT_NET_NET_LAB_H_
#define POSTERN_TESTS_CLIENT_NET_NET_LAB_H_

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "client/net/event_loop.h"
#include "client/net/transport.h"
#include "common/clock.h"
#include "tests/fakes/scripted_server.h"

namespace postern::client {

// How long anything that must happen may take.
constexpr std::chrono::seconds kLimit(30);

inline TimePoint In(Duration duration) { return std::chrono::steady_clock::now() + duration; }
// A deadline that no test reaches.
inline TimePoint Late() { return In(2 * kLimit); }

// The result of a future that is known to come; fails the test when it does not.
template <typename T>
T Await(std::future<T> future) {
  if (future.wait_for(kLimit) != std::future_status::ready) {
    throw std::runtime_error("what the test waits for did not happen");
  }
  return future.get();
}

// Runs a coroutine on the loop; its result comes in the future. A loop that is stopped first breaks
// the promise.
template <typename T>
std::future<T> Start(EventLoop& loop, std::function<boost::asio::awaitable<T>()> work) {
  auto promise = std::make_shared<std::promise<T>>();
  std::future<T> future = promise->get_future();
  loop.Spawn(
      "test",
      [promise = std::move(promise), work = std::move(work)]() -> boost::asio::awaitable<void> {
        T result = co_await work();
        promise->set_value(std::move(result));
      });
  return future;
}

// The same, to its end.
template <typename T>
T RunOn(EventLoop& loop, std::function<boost::asio::awaitable<T>()> work) {
  return Await(Start<T>(loop, std::move(work)));
}

// Waits until the loop has done all that was posted before.
void Settle(EventLoop& loop);

Endpoint EndpointOf(const fakes::ScriptedServer& server);

// A connection to the server, made by TcpConnector; the test fails when it cannot be made.
std::unique_ptr<Transport> Dial(EventLoop& loop, const fakes::ScriptedServer& server);

// A file descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;

  int get() const { return fd_; }

 private:
  int fd_;
};

// Binds 127.0.0.1 and a port that nobody listens at: who connects is refused.
class ClosedPort {
 public:
  ClosedPort();
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  Descriptor socket_;
  Endpoint endpoint_;
};

// Listens at 127.0.0.1 with a queue that is full: who connects hears nothing.
class BlackHole {
 public:
  BlackHole();
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  Descriptor socket_;
  Endpoint endpoint_;
  std::vector<Descriptor> queue_;
};

// An option of this process's socket that is bound to `local` (its value as an int); nullopt when
// there is no such socket or option.
std::optional<int> SocketOption(const Endpoint& local, int level, int option);

}  // namespace postern::client

#endif  // POSTERN_TESTS_CLIENT_NET_NET_LAB_H_
