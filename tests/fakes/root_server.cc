#include "tests/fakes/root_server.h"

// The script does the work, as root. This process may not be able to signal it (sudo), so its life
// hangs on its input: it ends when that is closed, also when this process is killed.

#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <utility>

#include "tests/fakes/eventually.h"
#include "tests/fakes/loopback.h"

namespace postern::fakes {
namespace {

constexpr int kTries = 5;

// In a session of its own, so that what ends all processes of a test leaves it the time to clean
// up.
std::vector<std::string> AsRoot(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "setsid");
  if (geteuid() != 0) arguments.insert(arguments.begin(), {"sudo", "-n", "--"});
  return arguments;
}

}  // namespace

RootServer::RootServer(const std::string& script, std::vector<std::string> before,
                       std::string address, std::vector<std::string> after)
    : address_(std::move(address)) {
  for (int i = 0; i < kTries; ++i) {
    if (TryStart(script, before, after)) return;
  }
  throw std::runtime_error(script + ": the server does not start: " + process_->err());
}

RootServer::~RootServer() {
  if (process_ == nullptr) return;
  process_->CloseInput();
  process_->WaitForExit();
}

std::string RootServer::Obstacle() {
  if (geteuid() == 0) return "";
  ChildProcess attempt({"/bin/sh", "-c", "sudo -n true"});
  if (attempt.WaitForExit() == 0) return "";
  return "needs root, or a user who may sudo without a password: " + attempt.err();
}

bool RootServer::TryStart(const std::string& script, const std::vector<std::string>& before,
                          const std::vector<std::string>& after) {
  port_ = FreePort(address_);
  ChildProcess::Options options;
  options.orphan_signal = SIGTERM;
  // Run from the root of the workspace, as Bazel does.
  std::vector<std::string> arguments = {"/bin/sh", "tests/fakes/" + script};
  arguments.insert(arguments.end(), before.begin(), before.end());
  arguments.insert(arguments.end(), {address_, std::to_string(port_)});
  arguments.insert(arguments.end(), after.begin(), after.end());
  process_ = std::make_unique<ChildProcess>(AsRoot(std::move(arguments)), options);
  std::string said;
  const bool decided = Eventually([&] {
    said = process_->out();
    return said.ends_with('\n') || process_->WaitForExit(Duration(0)).has_value();
  });
  if (!decided || !said.starts_with("folder ")) return false;
  folder_ = said.substr(7, said.find('\n') - 7);
  return true;
}

}  // namespace postern::fakes
