#ifndef POSTERN_TESTS_FAKES_ROOT_SERVER_H_
#define POSTERN_TESTS_FAKES_ROOT_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/fakes/child_process.h"

namespace postern::fakes {

// A mail server that only root can start, run by a script of this folder on one loopback address
// and a free port. The script says "folder DIR" (where all that the server reads and writes is)
// once it has started it, and ends it, and removes the folder, at the end of its input. Made and
// owned by a test; one thread. Throws a sentence when it does not start.
class RootServer {
 public:
  // Runs `script` with `before`, the address, the port, and `after` as arguments.
  RootServer(const std::string& script, std::vector<std::string> before, std::string address,
             std::vector<std::string> after);
  ~RootServer();
  RootServer(const RootServer&) = delete;
  RootServer& operator=(const RootServer&) = delete;

  // Why this user cannot run one; empty: it can.
  static std::string Obstacle();

  const std::string& address() const { return address_; }
  std::uint16_t port() const { return port_; }
  const std::string& folder() const { return folder_; }
  ChildProcess& script() { return *process_; }

 private:
  bool TryStart(const std::string& script, const std::vector<std::string>& before,
                const std::vector<std::string>& after);

  const std::string address_;
  std::uint16_t port_ = 0;
  std::string folder_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_ROOT_SERVER_H_
