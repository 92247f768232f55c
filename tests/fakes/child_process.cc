#include "tests/fakes/child_process.h"

// Between fork and exec only what is async-signal-safe may be called: the test has other threads
// (gRPC's), which may have held any lock. So all that the child needs is made before.

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
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
#include <sstream>
#include <stdexcept>
#include <utility>

namespace postern::fakes {
namespace {

constexpr Duration kEndLimit = std::chrono::seconds(10);

[[noreturn]] void Throw(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

std::string TestFolder() {
  const char* folder = std::getenv("TEST_TMPDIR");
  return folder != nullptr ? folder : "/tmp";
}

// An open file that only this process has, and its path.
std::pair<int, std::string> OutputFile(const std::string& program, const std::string& what) {
  std::string path = TestFolder() + "/" + std::filesystem::path(program).filename().string() + "." +
                     what + ".XXXXXX";
  const int fd = mkostemp(path.data(), O_CLOEXEC | O_APPEND);
  if (fd < 0) Throw("cannot make " + path);
  return {fd, path};
}

std::string FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/sbin:/usr/bin:/sbin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string candidate = folder;
    candidate.append("/").append(name);
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw std::runtime_error("no program " + name + " in PATH; tools/setup --test installs it");
}

std::vector<std::string> Environment(const std::vector<std::string>& added) {
  std::vector<std::string> result = added;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const bool replaced =
        std::ranges::any_of(added, [name](const std::string& a) { return a.starts_with(name); });
    if (!replaced) result.emplace_back(text);
  }
  return result;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

struct Start {
  const char* program;
  char** arguments;
  char** environment;
  std::array<int, 3> files;
  pid_t parent;
  int orphan_signal;
};

[[noreturn]] void Become(const Start& start) {
  prctl(PR_SET_PDEATHSIG, start.orphan_signal);
  if (getppid() != start.parent) _exit(127);  // it died before the line above
  for (int i = 0; i < 3; ++i) dup2(start.files[static_cast<std::size_t>(i)], i);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  execve(start.program, start.arguments, start.environment);
  _exit(127);
}

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> arguments, const Options& options) {
  const std::string program = FindProgram(arguments.at(0));
  if (access(program.c_str(), X_OK) != 0) Throw("cannot run " + program);
  std::vector<std::string> environment = Environment(options.environment);
  std::vector<char*> argv = Pointers(arguments);
  std::vector<char*> envp = Pointers(environment);
  std::array<int, 2> input{};
  if (pipe2(input.data(), O_CLOEXEC) != 0) Throw("cannot make a pipe");
  const auto out = OutputFile(program, "out");
  const auto err = OutputFile(program, "err");
  out_path_ = out.second;
  err_path_ = err.second;
  input_ = input[1];
  const Start start{.program = program.c_str(),
                    .arguments = argv.data(),
                    .environment = envp.data(),
                    .files = {input[0], out.first, err.first},
                    .parent = getpid(),
                    .orphan_signal = options.orphan_signal};
  pid_ = fork();
  if (pid_ == 0) Become(start);
  for (const int fd : start.files) close(fd);
  if (pid_ < 0) Throw("cannot fork");
  pid_fd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (pid_fd_ < 0) Throw("cannot watch " + program);
}

ChildProcess::~ChildProcess() {
  CloseInput();
  Signal(SIGTERM);
  if (!WaitForExit(kEndLimit)) {
    Signal(SIGKILL);
    WaitForExit(kEndLimit);
  }
  close(pid_fd_);
}

void ChildProcess::Signal(int number) const {
  if (!status_) kill(pid_, number);
}

bool ChildProcess::WriteLine(const std::string& line) const {
  const std::string octets = line + "\n";
  struct sigaction ignore{};
  struct sigaction before{};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &before);
  const ssize_t written = write(input_, octets.data(), octets.size());
  sigaction(SIGPIPE, &before, nullptr);
  return written == static_cast<ssize_t>(octets.size());
}

void ChildProcess::CloseInput() {
  if (input_ >= 0) close(std::exchange(input_, -1));
}

std::optional<int> ChildProcess::WaitForExit(Duration limit) {
  if (status_) return status_;
  pollfd ended{.fd = pid_fd_, .events = POLLIN, .revents = 0};
  if (poll(&ended, 1, static_cast<int>(limit.count())) != 1) return std::nullopt;
  int status = 0;
  waitpid(pid_, &status, 0);  // it is ours and has ended: nothing to fail
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return status_;
}

std::string ChildProcess::out() const { return ReadFile(out_path_); }
std::string ChildProcess::err() const { return ReadFile(err_path_); }

bool ChildProcess::WaitForErr(std::string_view text, Duration limit) const {
  return Eventually([&] { return err().find(text) != std::string::npos; }, limit);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void WriteFile(const std::string& path, std::string_view octets) {
  std::ofstream file(path, std::ios::binary);
  file << octets;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
}

TempFolder::TempFolder() : path_("/tmp/postern-test.XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr) Throw("cannot make " + path_);
  if (chmod(path_.c_str(), 0755) != 0) Throw("cannot open up " + path_);
}

TempFolder::~TempFolder() {
  std::error_code ignored;  // the test has its verdict
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace postern::fakes
