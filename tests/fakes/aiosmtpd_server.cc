#include "tests/fakes/aiosmtpd_server.h"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/eventually.h"
#include "tests/fakes/loopback.h"
#include "tests/fakes/maildir.h"

namespace postern::fakes {
namespace {

constexpr int kTries = 5;
constexpr char kAddress[] = "127.0.0.1";

}  // namespace

AiosmtpdServer::AiosmtpdServer(const std::vector<std::string>& flags) {
  for (int i = 0; i < kTries; ++i) {
    if (TryStart(flags)) return;
  }
  throw std::runtime_error("aiosmtpd does not start: " + process_->err());
}

std::string AiosmtpdServer::Mail() const { return OnlyMessageIn(folder_.path() + "/mail"); }

bool AiosmtpdServer::TryStart(const std::vector<std::string>& flags) {
  port_ = FreePort(kAddress);
  // -n: as the user who starts it; -u: with SMTPUTF8.
  std::vector<std::string> arguments = {"/usr/bin/python3", "-m", "aiosmtpd", "-n", "-u"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  arguments.insert(arguments.end(), {"-l", std::string(kAddress) + ":" + std::to_string(port_),
                                     "-c", "aiosmtpd.handlers.Mailbox", folder_.path() + "/mail"});
  process_ = std::make_unique<ChildProcess>(std::move(arguments));
  const bool decided = Eventually([&] {
    return IsListening(kAddress, port_) || process_->WaitForExit(Duration(0)).has_value();
  });
  return decided && !process_->WaitForExit(Duration(0)).has_value();
}

}  // namespace postern::fakes
