#include "tests/fakes/scripted_server.h"

// Blocking sockets, one thread per connection and one that accepts. Every wait is a poll() over the
// socket and an eventfd that the destructor raises, so nothing waits longer than the limit and the
// end of a test never hangs.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <list>
#include <mutex>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>

namespace postern::fakes {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// A step that could not be done; what() is the sentence.
struct ScriptFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The server is being destroyed.
struct Stopped {};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress ToSocketAddress(const IpAddress& ip, std::uint16_t port) {
  SocketAddress result;
  if (ip.is_v4()) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    std::memcpy(&v4->sin_addr, ip.octets().data(), 4);
    result.length = sizeof(sockaddr_in);
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    std::memcpy(&v6->sin6_addr, ip.octets().data(), 16);
    result.length = sizeof(sockaddr_in6);
  }
  return result;
}

std::pair<IpAddress, std::uint16_t> FromSocketAddress(const SocketAddress& address) {
  if (address.storage.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    std::array<std::uint8_t, 4> octets;
    std::memcpy(octets.data(), &v4->sin_addr, 4);
    return {IpAddress::V4(octets), ntohs(v4->sin_port)};
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
  std::array<std::uint8_t, 16> octets;
  std::memcpy(octets.data(), &v6->sin6_addr, 16);
  return {IpAddress::V6(octets), ntohs(v6->sin6_port)};
}

std::string Quote(std::string_view text) {
  std::string result = "\"";
  for (const char c : text.substr(0, 200)) {
    if (c == '\r') {
      result += "\\r";
    } else if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result + "\"";
}

// One accepted socket.
class SocketConversation final : public Conversation {
 public:
  SocketConversation(int fd, int stop_fd, Duration limit, Recorded& recorded, std::mutex& mutex)
      : fd_(fd), stop_fd_(stop_fd), limit_(limit), recorded_(recorded), mutex_(mutex) {
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~SocketConversation() override { Close(false); }

  void Send(std::string_view octets) override { SendAll(octets, 0); }

  // The kernel waits for more before it sends, and that is the FIN.
  void SendWithFin(std::string_view octets) override {
    SendAll(octets, MSG_MORE);
    ShutdownSend();
  }

  void SendAll(std::string_view octets, int flags) {
    const SteadyTime deadline = std::chrono::steady_clock::now() + limit_;
    while (!octets.empty()) {
      const ssize_t sent =
          send(fd_, octets.data(), octets.size(), flags | MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) {
        octets.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        if (!Wait(POLLOUT, deadline)) Fail("the client took nothing more of what is sent");
      } else {
        Fail(std::string("sending failed: ") + std::strerror(errno));
      }
    }
  }

  std::string ReadLine() override {
    const SteadyTime deadline = std::chrono::steady_clock::now() + limit_;
    for (;;) {
      const std::size_t end = pending_.find("\r\n", start_);
      if (end != std::string::npos) {
        std::string line = pending_.substr(start_, end - start_);
        start_ = end + 2;
        return line;
      }
      if (!Fill(deadline)) Fail("the client closed; unread is " + Quote(unread()));
    }
  }

  std::string Read(std::size_t limit) override {
    if (unread().empty() && !Fill(std::chrono::steady_clock::now() + limit_)) return "";
    std::string result(unread().substr(0, limit));
    start_ += result.size();
    return result;
  }

  bool WaitForPeer(Duration limit) override {
    // POLLRDHUP tells of a FIN also behind octets that nobody reads.
    return Wait(POLLRDHUP, std::chrono::steady_clock::now() + limit);
  }

  void ShutdownSend() override { shutdown(fd_, SHUT_WR); }

  void Close(bool reset) override {
    if (fd_ < 0) return;
    if (reset) {
      const linger hard{.l_onoff = 1, .l_linger = 0};
      setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    } else {
      // With unread octets close() would send a RST in place of the FIN. The FIN goes first: a
      // client that never stops would otherwise be read to its end.
      shutdown(fd_, SHUT_WR);
      std::array<char, 4096> rest;
      while (recv(fd_, rest.data(), rest.size(), MSG_DONTWAIT) > 0) {
      }
    }
    close(fd_);
    fd_ = -1;
  }

  Recorded& recorded() override { return recorded_; }
  std::mutex& mutex() { return mutex_; }
  Duration limit() const override { return limit_; }
  void Fail(const std::string& sentence) override { throw ScriptFailure(sentence); }

 private:
  // False when the deadline passed first.
  bool Wait(short events, SteadyTime deadline) {
    std::array<pollfd, 2> fds{{{.fd = fd_, .events = events, .revents = 0},
                               {.fd = stop_fd_, .events = POLLIN, .revents = 0}}};
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const int ready =
        poll(fds.data(), fds.size(), static_cast<int>(std::max<long>(0, left.count())));
    if (fds[1].revents != 0) throw Stopped();
    return ready > 0 && fds[0].revents != 0;
  }

  std::string_view unread() const { return std::string_view(pending_).substr(start_); }

  // Waits for octets; false at end of file.
  bool Fill(SteadyTime deadline) {
    if (!Wait(POLLIN, deadline)) {
      Fail("the client sent nothing more within the limit; unread is " + Quote(unread()));
    }
    std::array<char, 65536> buffer;
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) return false;
    pending_.erase(0, std::exchange(start_, 0));
    pending_.append(buffer.data(), static_cast<std::size_t>(got));
    const std::lock_guard lock(mutex_);
    recorded_.received.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }

  int fd_;
  const int stop_fd_;
  const Duration limit_;
  Recorded& recorded_;
  std::mutex& mutex_;
  std::string pending_;  // received; what lies before start_ was read by a step
  std::size_t start_ = 0;
};

// The server is the only maker of conversations, so steps of this file may know which kind it is.
void Record(Conversation& conversation, const std::function<void(Recorded&)>& change) {
  auto& mine = static_cast<SocketConversation&>(conversation);
  const std::lock_guard lock(mine.mutex());
  change(mine.recorded());
}

std::string TakeCommand(Conversation& conversation) {
  std::string line = conversation.ReadLine();
  Record(conversation, [&](Recorded& recorded) { recorded.commands.push_back(line); });
  return line;
}

void TakeBody(Conversation& conversation) {
  std::string body;
  for (;;) {
    const std::string line = conversation.ReadLine();
    if (line == ".") break;
    body += line;
    body += "\r\n";
  }
  Record(conversation, [&](Recorded& recorded) { recorded.bodies.push_back(std::move(body)); });
}

void Sleep(Conversation& conversation, Duration how_long) { conversation.WaitForPeer(how_long); }

}  // namespace

Step Send(std::string octets) {
  return [octets = std::move(octets)](Conversation& c) { c.Send(octets); };
}

Step SendByteByByte(std::string octets, Duration interval) {
  return [octets = std::move(octets), interval](Conversation& c) {
    for (const char octet : octets) {
      c.Send(std::string_view(&octet, 1));
      if (interval.count() > 0) Sleep(c, interval);
    }
  };
}

Step Expect(std::string line) {
  return [line = std::move(line)](Conversation& c) {
    const std::string got = TakeCommand(c);
    if (got != line) c.Fail("expected " + Quote(line) + ", got " + Quote(got));
  };
}

Step ExpectPrefix(std::string prefix) {
  return [prefix = std::move(prefix)](Conversation& c) {
    const std::string got = TakeCommand(c);
    if (!got.starts_with(prefix)) c.Fail("expected " + Quote(prefix) + "..., got " + Quote(got));
  };
}

Step ReadBody() { return TakeBody; }

Step ReadOctets(std::size_t count) {
  return [count](Conversation& c) {
    for (std::size_t left = count; left > 0;) {
      const std::string got = c.Read(left);
      if (got.empty()) c.Fail("the client closed " + std::to_string(left) + " octets too early");
      left -= got.size();
    }
  };
}

Step ReadOneBytePerInterval(Duration interval) {
  return [interval](Conversation& c) {
    while (!c.Read(1).empty()) Sleep(c, interval);
  };
}

Step ReadToEnd() {
  return [](Conversation& c) {
    while (!c.Read(65536).empty()) {
    }
  };
}

Step ExpectClose() {
  return [](Conversation& c) {
    const std::string got = c.Read(200);
    if (!got.empty()) c.Fail("expected the client to close, got " + Quote(got));
  };
}

Step Stall() {
  return [](Conversation& c) {
    if (!c.WaitForPeer(c.limit())) c.Fail("the client did not go away while the server stalled");
  };
}

Step Pause(Duration how_long) {
  return [how_long](Conversation& c) { Sleep(c, how_long); };
}

Step SendWithFin(std::string octets) {
  return [octets = std::move(octets)](Conversation& c) { c.SendWithFin(octets); };
}
Step CloseFin() {
  return [](Conversation& c) { c.ShutdownSend(); };
}
Step CloseBoth() {
  return [](Conversation& c) { c.Close(false); };
}
Step Reset() {
  return [](Conversation& c) { c.Close(true); };
}
struct Gate::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
};

Gate::Gate() : state_(std::make_shared<State>()) {}
// A test that ends early must not keep the server waiting.
Gate::~Gate() { Open(); }
void Gate::Open() {
  const std::lock_guard lock(state_->mutex);
  state_->open = true;
  state_->changed.notify_all();
}

Step WaitFor(Gate& gate) {
  return [state = gate.state_](Conversation& c) {
    std::unique_lock lock(state->mutex);
    if (!state->changed.wait_for(lock, c.limit(), [&] { return state->open; })) {
      c.Fail("the test did not open the gate");
    }
  };
}

Step Do(std::function<void()> action) {
  return [action = std::move(action)](Conversation&) { action(); };
}

Script Greeting() { return {Send("220 fake.example ESMTP\r\n")}; }

Script Ehlo(std::string extra_lines) {
  const auto hello = [](Conversation& c) {
    const std::string got = TakeCommand(c);
    if (!got.starts_with("EHLO ") && !got.starts_with("HELO ")) {
      c.Fail("expected \"EHLO ...\", got " + Quote(got));
    }
  };
  return {hello, Send("250-fake.example\r\n" + extra_lines + "250 ENHANCEDSTATUSCODES\r\n")};
}

Script Mail() { return {ExpectPrefix("MAIL FROM:<"), Send("250 2.1.0 ok\r\n")}; }

Script Rcpt(std::string reply) { return {ExpectPrefix("RCPT TO:<"), Send(std::move(reply))}; }

Script Data() {
  return {Expect("DATA"), Send("354 go on\r\n"), ReadBody(), Send("250 2.0.0 queued as 1\r\n")};
}

Script Quit() { return {Expect("QUIT"), Send("221 2.0.0 bye\r\n")}; }

Script GoodDialogue(std::size_t recipients) {
  Script script = Greeting() + Ehlo() + Mail();
  for (std::size_t i = 0; i < recipients; ++i) script = std::move(script) + Rcpt();
  return std::move(script) + Data() + Quit();
}

Script operator+(Script first, const Script& second) {
  first.steps.insert(first.steps.end(), second.steps.begin(), second.steps.end());
  return first;
}

Script operator+(Script first, Step last) {
  first.steps.push_back(std::move(last));
  return first;
}

class ScriptedServer::Impl {
 public:
  Impl(std::vector<Script> scripts, Options options)
      : scripts_(std::move(scripts)),
        options_(std::move(options)),
        stop_fd_(eventfd(0, EFD_CLOEXEC)) {
    Listen();
    acceptor_ = std::thread([this] { Accept(); });
  }

  ~Impl() {
    const std::uint64_t one = 1;
    if (write(stop_fd_, &one, sizeof one) != sizeof one) std::abort();
    acceptor_.join();
    for (std::thread& player : players_) player.join();
    close(listen_fd_);
    close(stop_fd_);
  }

  IpAddress address() const { return address_; }
  std::uint16_t port() const { return port_; }

  std::string Finish() {
    std::unique_lock lock(mutex_);
    const auto all_played = [this] {
      return !problem_.empty() ||
             (options_.repeat_last ? finished_ == records_.size() : finished_ >= scripts_.size());
    };
    // Longer than a step may take, so that the step's own sentence comes first.
    if (!changed_.wait_for(lock, 2 * options_.limit, all_played)) {
      return "only " + std::to_string(finished_) + " of " + std::to_string(scripts_.size()) +
             " scripts were played to the end within the limit; " +
             std::to_string(records_.size()) + " connections came";
    }
    return problem_;
  }

  std::vector<Recorded> connections() const {
    const std::lock_guard lock(mutex_);
    return {records_.begin(), records_.end()};
  }

  std::size_t accepted() const {
    const std::lock_guard lock(mutex_);
    return records_.size();
  }

 private:
  void Listen() {
    const std::optional<IpAddress> ip = IpAddress::Parse(options_.address);
    if (!ip) throw std::invalid_argument("not an IP address: " + options_.address);
    address_ = *ip;
    listen_fd_ = socket(ip->is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listen_fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (options_.receive_buffer > 0) {
      const int size = static_cast<int>(options_.receive_buffer);
      setsockopt(listen_fd_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    SocketAddress bound = ToSocketAddress(*ip, options_.port);
    if (bind(listen_fd_, bound.get(), bound.length) != 0 || listen(listen_fd_, 128) != 0 ||
        getsockname(listen_fd_, bound.get(), &bound.length) != 0) {
      throw std::runtime_error("cannot listen on " + options_.address + ": " +
                               std::strerror(errno));
    }
    port_ = FromSocketAddress(bound).second;
  }

  void Accept() {
    for (;;) {
      std::array<pollfd, 2> fds{{{.fd = listen_fd_, .events = POLLIN, .revents = 0},
                                 {.fd = stop_fd_, .events = POLLIN, .revents = 0}}};
      poll(fds.data(), fds.size(), -1);
      if (fds[1].revents != 0) return;
      SocketAddress peer;
      peer.length = sizeof peer.storage;
      const int fd = accept4(listen_fd_, peer.get(), &peer.length, SOCK_CLOEXEC);
      if (fd >= 0) Start(fd, peer);
    }
  }

  void Start(int fd, const SocketAddress& peer) {
    const std::lock_guard lock(mutex_);
    const std::size_t number = records_.size();
    Recorded& recorded = records_.emplace_back();
    std::tie(recorded.peer, recorded.peer_port) = FromSocketAddress(peer);
    if (number >= scripts_.size() && !(options_.repeat_last && !scripts_.empty())) {
      close(fd);
      Report("connection " + std::to_string(number + 1) + " is not in the script");
      return;
    }
    const Script& script = scripts_[std::min(number, scripts_.size() - 1)];
    players_.emplace_back(
        [this, fd, number, &script, &recorded] { Play(fd, number, script, recorded); });
  }

  void Play(int fd, std::size_t number, const Script& script, Recorded& recorded) {
    std::string problem;
    {
      SocketConversation conversation(fd, stop_fd_, options_.limit, recorded, mutex_);
      std::size_t step = 0;
      try {
        for (; step < script.steps.size(); ++step) script.steps[step](conversation);
      } catch (const ScriptFailure& failure) {
        problem = "connection " + std::to_string(number + 1) + ", step " +
                  std::to_string(step + 1) + ": " + failure.what();
        conversation.Close(true);
      } catch (const Stopped&) {
        conversation.Close(true);
      }
    }
    const std::lock_guard lock(mutex_);
    ++finished_;
    Report(problem);
  }

  // With mutex_ held.
  void Report(const std::string& problem) {
    if (problem_.empty()) problem_ = problem;
    changed_.notify_all();
  }

  const std::vector<Script> scripts_;
  const Options options_;
  const int stop_fd_;
  int listen_fd_ = -1;
  IpAddress address_;
  std::uint16_t port_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> players_;  // acceptor_ adds; joined after it

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Recorded> records_;  // a list: players hold references
  std::size_t finished_ = 0;
  std::string problem_;
};

ScriptedServer::ScriptedServer(std::vector<Script> scripts)
    : ScriptedServer(std::move(scripts), Options()) {}
ScriptedServer::ScriptedServer(std::vector<Script> scripts, Options options)
    : impl_(std::make_unique<Impl>(std::move(scripts), std::move(options))) {}
ScriptedServer::~ScriptedServer() = default;

IpAddress ScriptedServer::address() const { return impl_->address(); }
std::uint16_t ScriptedServer::port() const { return impl_->port(); }
std::string ScriptedServer::Finish() { return impl_->Finish(); }
std::vector<Recorded> ScriptedServer::connections() const { return impl_->connections(); }
std::size_t ScriptedServer::accepted() const { return impl_->accepted(); }

bool HasIpv6Loopback() {
  const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  SocketAddress loopback = ToSocketAddress(*IpAddress::Parse("::1"), 0);
  const bool has = bind(fd, loopback.get(), loopback.length) == 0;
  close(fd);
  return has;
}

std::string Unstuff(std::string_view body) {
  std::string result;
  result.reserve(body.size());
  bool line_start = true;
  for (const char c : body) {
    if (!(line_start && c == '.')) result += c;
    line_start = c == '\n';
  }
  return result;
}

}  // namespace postern::fakes
