#ifndef POSTERN_TESTS_FAKES_AIOSMTPD_SERVER_H_
#define POSTERN_TESTS_FAKES_AIOSMTPD_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/fakes/child_process.h"

namespace postern::fakes {

// A real aiosmtpd (Python), which takes mail for everybody on loopback. Made and owned by a test;
// one thread. Throws a sentence when it does not start.
class AiosmtpdServer {
 public:
  // `flags` are further ones of aiosmtpd, such as {"-s", "1000"} (the largest message).
  explicit AiosmtpdServer(const std::vector<std::string>& flags = {});

  std::uint16_t port() const { return port_; }
  // The one message that it has taken: the headers that it adds and what it was sent, with LF as
  // line ends. Throws a sentence when there is none, or more.
  std::string Mail() const;

 private:
  bool TryStart(const std::vector<std::string>& flags);

  const TempFolder folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_AIOSMTPD_SERVER_H_
