#include "tests/client/net/net_lab.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "client/net/connector.h"
#include "client/net/tcp_transport.h"

namespace postern::client {
namespace {

using boost::asio::awaitable;
using boost::asio::ip::tcp;

[[noreturn]] void ThrowErrno(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

Endpoint Loopback() { return {IpAddress::V4({127, 0, 0, 1}), 0}; }

std::optional<Endpoint> LocalOf(int fd) {
  tcp::endpoint local;
  auto size = static_cast<socklen_t>(local.capacity());
  if (getsockname(fd, local.data(), &size) != 0) return std::nullopt;
  if (local.data()->sa_family != AF_INET && local.data()->sa_family != AF_INET6) {
    return std::nullopt;
  }
  local.resize(size);
  return FromAsio(local);
}

Descriptor BoundSocket() {
  Descriptor result(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (result.get() < 0) ThrowErrno("socket");
  const tcp::endpoint any_port = ToAsio(Loopback());
  if (bind(result.get(), any_port.data(), static_cast<socklen_t>(any_port.size())) != 0) {
    ThrowErrno("bind");
  }
  return result;
}

// Begins to connect; whether that came through. On loopback it does at once or never.
bool Connects(const Descriptor& socket, const Endpoint& target) {
  const tcp::endpoint remote = ToAsio(target);
  if (connect(socket.get(), remote.data(), static_cast<socklen_t>(remote.size())) == 0) return true;
  if (errno != EINPROGRESS) ThrowErrno("connect");
  pollfd ready{.fd = socket.get(), .events = POLLOUT, .revents = 0};
  return poll(&ready, 1, 200) == 1;
}

}  // namespace

void Settle(EventLoop& loop) {
  std::promise<void> reached;
  std::future<void> future = reached.get_future();
  loop.Post([&reached] { reached.set_value(); });
  Await(std::move(future));
}

Endpoint EndpointOf(const fakes::ScriptedServer& server) {
  return {server.address(), server.port()};
}

std::unique_ptr<Transport> Dial(EventLoop& loop, const fakes::ScriptedServer& server) {
  ConnectResult connected = RunOn<ConnectResult>(loop, [&server]() -> awaitable<ConnectResult> {
    TcpConnector connector;
    co_return co_await connector.Connect(EndpointOf(server), std::nullopt, Late(), nullptr);
  });
  if (connected.status != ConnectStatus::kOk) throw std::runtime_error(connected.error);
  return std::move(connected.transport);
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

ClosedPort::ClosedPort() : socket_(BoundSocket()), endpoint_(LocalOf(socket_.get()).value()) {}

BlackHole::BlackHole() : socket_(BoundSocket()), endpoint_(LocalOf(socket_.get()).value()) {
  if (listen(socket_.get(), 0) != 0) ThrowErrno("listen");
  do {
    if (queue_.size() == 100) throw std::runtime_error("the queue does not get full");
    queue_.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  } while (Connects(queue_.back(), endpoint_));
}

std::optional<int> SocketOption(const Endpoint& local, int level, int option) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    if (LocalOf(fd) != local) continue;
    int value = 0;
    socklen_t size = sizeof value;
    if (getsockopt(fd, level, option, &value, &size) != 0) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

}  // namespace postern::client
