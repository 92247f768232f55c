#include "tests/fakes/real_dns_server.h"

// knotd lives in a folder of its own, where it is started, and knows that folder as /proc/self/cwd:
// the path of its control socket would be too long for a socket under Bazel's TEST_TMPDIR.
//
// The port is chosen by a TCP socket that is bound and never listens. Any other RealDnsServer, in
// whatever process, is given another port while it stands; knotd can share it as both allow reuse.
// knotd binds UDP with SO_REUSEPORT, so without that two servers could share one port unnoticed.
//
// That it is this server that answers is known by a zone of its own with a random name.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace postern::fakes {
namespace {

constexpr const char* kProgram = "/usr/sbin/knotd";
constexpr std::chrono::seconds kLimit(20);       // until it answers
constexpr std::chrono::milliseconds kRetry(10);  // between two questions whether it does
constexpr int kPorts = 5;                        // how many are tried

[[noreturn]] void Fail(const std::string& what) {
  throw std::runtime_error("RealDnsServer: " + what);
}

[[noreturn]] void FailWithErrno(const std::string& what) {
  Fail(what + ": " + std::strerror(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { Reset(-1); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void Reset(int fd) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Bound without leave to reuse, so that the kernel gives it a port that is nobody's; then with it.
std::uint16_t ReservePort(Descriptor& reservation) {
  reservation.Reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof address;
  const int on = 1;
  if (bind(reservation.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      getsockname(reservation.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
      setsockopt(reservation.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    FailWithErrno("cannot reserve a port");
  }
  return ntohs(address.sin_port);
}

std::filesystem::path MakeFolder() {
  const char* base = std::getenv("TEST_TMPDIR");
  std::string name = std::string(base != nullptr ? base : "/tmp") + "/knotd-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) FailWithErrno("cannot make a folder like " + name);
  return name;
}

std::string RandomLabel() {
  std::random_device random;
  return "ready-" + std::to_string(random()) + "-" + std::to_string(random());
}

void WriteFile(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) Fail("cannot write " + path.string());
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string ZoneFile(const DnsZone& zone) {
  std::string text = "$ORIGIN " + zone.name +
                     ".\n$TTL 60\n"
                     "@ SOA ns hostmaster 1 60 60 60 1\n"
                     "@ NS ns\n"
                     "ns A 127.0.0.1\n";
  for (const std::string& line : zone.lines) text += line + "\n";
  return text;
}

std::string Config(std::uint16_t port, const std::vector<DnsZone>& zones) {
  std::string text = "server:\n  rundir: /proc/self/cwd\n  listen: 127.0.0.1@" +
                     std::to_string(port) +
                     "\n"
                     "  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n"
                     "database:\n  storage: /proc/self/cwd\n"
                     "log:\n  - target: stderr\n    any: warning\n"
                     "template:\n  - id: default\n    storage: /proc/self/cwd\n"
                     "    semantic-checks: off\n    journal-content: none\n"
                     "    zonefile-sync: -1\n    zonefile-load: whole\n"
                     "zone:\n";
  for (std::size_t i = 0; i < zones.size(); ++i) {
    text += "  - domain: " + zones[i].name + "\n    file: zone" + std::to_string(i) + "\n";
  }
  return text;
}

// The question for the SOA of `name`, as a packet (RFC 1035 4.1).
std::string SoaQuestion(std::string_view name) {
  std::string packet("\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    packet += static_cast<char>(label.size());
    packet += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return packet + std::string("\x00\x00\x06\x00\x01", 5);
}

}  // namespace

class RealDnsServer::Impl {
 public:
  explicit Impl(std::vector<DnsZone> zones)
      : folder_(MakeFolder()), own_zone_(RandomLabel()), zones_(std::move(zones)) {
    zones_.push_back({own_zone_, {}});
    try {
      StartOnSomePort();
    } catch (...) {
      CleanUp();
      throw;
    }
  }
  ~Impl() { CleanUp(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::uint16_t port() const { return port_; }

  void Replace(std::vector<DnsZone> zones) {
    zones.push_back({own_zone_, {}});
    zones_ = std::move(zones);
  }

  void Start() {
    Stop();
    WriteFiles();
    Launch();
    WaitUntilItAnswers();
  }

  void Stop() {
    if (child_ < 0) return;
    kill(child_, SIGKILL);
    Reap();
  }

 private:
  void CleanUp() {
    Stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // Another program may take the UDP port before knotd does; knotd ends then.
  void StartOnSomePort() {
    for (int attempt = 1;; ++attempt) {
      port_ = ReservePort(reservation_);
      try {
        Start();
        return;
      } catch (const std::runtime_error&) {
        const bool taken = ReadFile(folder_ / "log").find("cannot bind") != std::string::npos;
        if (!taken || attempt == kPorts) throw;
      }
    }
  }

  // A zone without its file is answered with SERVFAIL.
  void WriteFiles() {
    WriteFile(folder_ / "knot.conf", Config(port_, zones_));
    for (std::size_t i = 0; i < zones_.size(); ++i) {
      const std::filesystem::path file = folder_ / ("zone" + std::to_string(i));
      std::filesystem::remove(file);
      if (!zones_[i].broken) WriteFile(file, ZoneFile(zones_[i]));
    }
  }

  void Launch() {
    const std::string folder = folder_.string();
    const pid_t parent = getpid();
    child_ = fork();
    if (child_ < 0) FailWithErrno("cannot fork");
    if (child_ == 0) RunServer(folder.c_str(), parent);
    pidfd_.Reset(static_cast<int>(syscall(SYS_pidfd_open, child_, 0)));
    if (pidfd_.get() < 0) FailWithErrno("cannot watch knotd");
  }

  // In the child, with other threads of the parent possibly stopped in malloc: system calls only.
  [[noreturn]] static void RunServer(const char* folder, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || chdir(folder) != 0) _exit(126);
    const int log = open("log", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (log < 0 || nothing < 0) _exit(126);
    dup2(nothing, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execl(kProgram, kProgram, "-c", "knot.conf", static_cast<char*>(nullptr));
    _exit(127);
  }

  void Reap() {
    int status = 0;
    while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
    exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    pidfd_.Reset(-1);
  }

  // knotd answers nothing before it has loaded what zones it can.
  void WaitUntilItAnswers() {
    const auto deadline = std::chrono::steady_clock::now() + kLimit;
    while (!Answers(own_zone_, kRetry)) {
      if (std::chrono::steady_clock::now() > deadline) FailWithLog("knotd does not answer");
      WaitFor(-1, kRetry);
    }
    for (const DnsZone& zone : zones_) {
      if (!zone.broken && !Answers(zone.name, kLimit)) FailWithLog("no zone " + zone.name);
    }
  }

  // Whether it answers, within `limit`, with authority for `zone`.
  bool Answers(const std::string& zone, std::chrono::milliseconds limit) {
    const Descriptor udp(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_in server = Loopback(port_);
    const std::string question = SoaQuestion(zone);
    if (connect(udp.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0 ||
        send(udp.get(), question.data(), question.size(), 0) < 0) {
      FailWithErrno("cannot ask knotd");
    }
    if (!WaitFor(udp.get(), limit)) return false;
    std::array<unsigned char, 512> answer;
    if (recv(udp.get(), answer.data(), answer.size(), 0) < 12) return false;
    return (answer[2] & 0x04) != 0 && (answer[3] & 0x0F) == 0;
  }

  // Waits for `fd`, at most `limit`; throws when knotd ends meanwhile.
  bool WaitFor(int fd, std::chrono::milliseconds limit) {
    std::array<pollfd, 2> fds{{{.fd = fd, .events = POLLIN, .revents = 0},
                               {.fd = pidfd_.get(), .events = POLLIN, .revents = 0}}};
    poll(fds.data(), fds.size(), static_cast<int>(limit.count()));
    if (fds[1].revents != 0) {
      Reap();
      FailWithLog(exit_status_ == 127
                      ? std::string(kProgram) + " cannot be run; is the package knot installed?"
                      : "knotd ended");
    }
    return fds[0].revents != 0;
  }

  [[noreturn]] void FailWithLog(const std::string& what) {
    Fail(what + "; its log:\n" + ReadFile(folder_ / "log"));
  }

  const std::filesystem::path folder_;
  const std::string own_zone_;
  std::vector<DnsZone> zones_;
  Descriptor reservation_;
  std::uint16_t port_ = 0;
  pid_t child_ = -1;
  Descriptor pidfd_;
  int exit_status_ = 0;
};

RealDnsServer::RealDnsServer(std::initializer_list<DnsZone> zones)
    : RealDnsServer(std::vector<DnsZone>(zones)) {}
RealDnsServer::RealDnsServer(std::vector<DnsZone> zones)
    : impl_(std::make_unique<Impl>(std::move(zones))) {}
RealDnsServer::~RealDnsServer() = default;

IpAddress RealDnsServer::address() const { return IpAddress::V4({127, 0, 0, 1}); }
std::uint16_t RealDnsServer::port() const { return impl_->port(); }
void RealDnsServer::Stop() { impl_->Stop(); }
void RealDnsServer::Start() { impl_->Start(); }
void RealDnsServer::Start(std::vector<DnsZone> zones) {
  impl_->Replace(std::move(zones));
  impl_->Start();
}

}  // namespace postern::fakes
