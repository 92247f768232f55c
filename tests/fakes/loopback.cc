#include "tests/fakes/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace postern::fakes {
namespace {

// A socket that is closed at the end.
class Socket {
 public:
  explicit Socket(int family) : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    if (fd_ < 0) Fail("cannot make a socket");
  }
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(Socket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Socket& operator=(Socket&&) = delete;

  [[noreturn]] static void Fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  Address(const std::string& text, std::uint16_t port) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
      v4->sin_family = AF_INET;
      v4->sin_port = htons(port);
      length = sizeof *v4;
    } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
      v6->sin6_family = AF_INET6;
      v6->sin6_port = htons(port);
      length = sizeof *v6;
    } else {
      throw std::invalid_argument("not an IP address: " + text);
    }
  }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  bool is_v6() const { return storage.ss_family == AF_INET6; }
  std::uint16_t port() const {
    return ntohs(is_v6() ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                         : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  }
};

std::uint16_t Bind(const Socket& socket, Address address) {
  if (bind(socket.fd(), address.get(), address.length) != 0 ||
      getsockname(socket.fd(), address.get(), &address.length) != 0) {
    Socket::Fail("cannot bind a loopback address");
  }
  return address.port();
}

std::string Hex(const char* format, std::uint32_t number) {
  std::array<char, 16> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), format, number);
  return {buffer.data(), static_cast<std::size_t>(size)};
}

// As /proc/net/tcp writes it: words of four octets in the machine's order.
std::string ProcText(const Address& address) {
  std::vector<std::uint32_t> words;
  if (address.is_v6()) {
    words.resize(4);
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    std::memcpy(words.data(), &v6->sin6_addr, 16);
  } else {
    words = {reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr.s_addr};
  }
  std::string result;
  for (const std::uint32_t word : words) result += Hex("%08X", word);
  return result + Hex(":%04X", address.port());
}

}  // namespace

std::uint16_t FreePort(const std::string& address) {
  const Address any(address, 0);
  const Socket socket(any.is_v6() ? AF_INET6 : AF_INET);
  return Bind(socket, any);
}

bool IsListening(const std::string& address, std::uint16_t port) {
  const Address wanted(address, port);
  const std::string local = ProcText(wanted);
  std::ifstream table(wanted.is_v6() ? "/proc/net/tcp6" : "/proc/net/tcp");
  std::string number;
  std::string from;
  std::string to;
  std::string state;
  for (std::string rest; table >> number >> from >> to >> state && std::getline(table, rest);) {
    if (from == local && state == "0A") return true;
  }
  return false;
}

class BlackHole::Impl {
 public:
  Impl() : listener_(AF_INET), port_(Bind(listener_, Address("127.0.0.1", 0))) {
    if (listen(listener_.fd(), 0) != 0) Socket::Fail("cannot listen");
    // One more than the queue holds: the last one does not get through.
    while (Fill()) {
      if (fillers_.size() > 16) throw std::runtime_error("the queue of a listener does not fill");
    }
  }

  std::uint16_t port() const { return port_; }

 private:
  // Whether there was room for one more.
  bool Fill() {
    Address address("127.0.0.1", port_);
    const Socket& filler = fillers_.emplace_back(AF_INET);
    connect(filler.fd(), address.get(), address.length);
    pollfd connected{.fd = filler.fd(), .events = POLLOUT, .revents = 0};
    return poll(&connected, 1, 200) == 1;
  }

  Socket listener_;
  std::uint16_t port_;
  std::vector<Socket> fillers_;
};

BlackHole::BlackHole() : impl_(std::make_unique<Impl>()) {}
BlackHole::~BlackHole() = default;
std::uint16_t BlackHole::port() const { return impl_->port(); }

}  // namespace postern::fakes
