#include "tests/fakes/postfix_server.h"

// postfix_server.sh does the work, as root. This process may not be able to signal it (sudo), so
// its life hangs on its input: it ends when that is closed, also when this process is killed.

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/fakes/child_process.h"
#include "tests/fakes/eventually.h"
#include "tests/fakes/loopback.h"

namespace postern::fakes {
namespace {

constexpr int kTries = 5;
// Run from the root of the workspace, as Bazel does.
constexpr char kScript[] = "tests/fakes/postfix_server.sh";

// In a session of its own, so that what ends all processes of a test leaves it the time to clean
// up.
std::vector<std::string> AsRoot(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "setsid");
  if (geteuid() != 0) arguments.insert(arguments.begin(), {"sudo", "-n", "--"});
  return arguments;
}

}  // namespace

class PostfixServer::Impl {
 public:
  Impl(std::string local_part, Options options)
      : local_part_(std::move(local_part)), options_(std::move(options)) {
    for (int i = 0; i < kTries; ++i) {
      if (TryStart()) return;
    }
    throw std::runtime_error("Postfix does not start: " + process_->err() + log());
  }

  ~Impl() {
    if (process_ == nullptr) return;
    process_->CloseInput();
    process_->WaitForExit();
  }

  const std::string& address() const { return options_.address; }
  std::uint16_t port() const { return port_; }
  std::string log() const { return ReadFile(folder_ + "/log"); }

  std::string Queued(const std::string& id) {
    const std::string path = folder_ + "/read/" + id;
    process_->WriteLine(id);
    // It appears there whole.
    if (id.empty() || !Eventually([&] { return std::filesystem::exists(path); })) {
      throw std::runtime_error("no message \"" + id + "\" in Postfix's queue: " + process_->err() +
                               log());
    }
    return ReadFile(path);
  }

 private:
  bool TryStart() {
    port_ = FreePort(options_.address);
    ChildProcess::Options options;
    options.orphan_signal = SIGTERM;
    process_ = std::make_unique<ChildProcess>(
        AsRoot({"/bin/sh", kScript, options_.address, std::to_string(port_), local_part_,
                options_.smtp_utf8 ? "yes" : "no"}),
        options);
    // "folder DIR" comes when Postfix listens.
    std::string said;
    const bool decided = Eventually([&] {
      said = process_->out();
      return said.ends_with('\n') || process_->WaitForExit(Duration(0)).has_value();
    });
    if (!decided || !said.starts_with("folder ")) return false;
    folder_ = said.substr(7, said.find('\n') - 7);
    return true;
  }

  const std::string local_part_;
  const Options options_;
  std::uint16_t port_ = 0;
  std::string folder_;
  std::unique_ptr<ChildProcess> process_;
};

PostfixServer::PostfixServer(const std::string& local_part) : PostfixServer(local_part, {}) {}
PostfixServer::PostfixServer(const std::string& local_part, const Options& options)
    : impl_(std::make_unique<Impl>(local_part, options)) {}
PostfixServer::~PostfixServer() = default;

std::string PostfixServer::Obstacle() {
  if (geteuid() == 0) return "";
  ChildProcess attempt({"/bin/sh", "-c", "sudo -n true"});
  if (attempt.WaitForExit() == 0) return "";
  return "needs root, or a user who may sudo without a password: " + attempt.err();
}

const std::string& PostfixServer::address() const { return impl_->address(); }
std::uint16_t PostfixServer::port() const { return impl_->port(); }
std::string PostfixServer::Queued(const std::string& id) { return impl_->Queued(id); }
std::string PostfixServer::log() const { return impl_->log(); }

}  // namespace postern::fakes
