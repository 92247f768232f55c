#ifndef POSTERN_TESTS_FAKES_CHROOT_SERVER_H_
#define POSTERN_TESTS_FAKES_CHROOT_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

namespace postern::fakes {

// A real mail server that cannot be installed beside Postfix, in a root directory of its own: it
// takes mail for alice@example.com on loopback and refuses every other recipient. Needs root, or a
// user who may sudo without being asked, and what tools/setup --test unpacks. Made and owned by a
// test; one thread. Throws a sentence when it does not start.
class ChrootServer {
 public:
  enum class Kind { kExim, kOpenSmtpd };

  explicit ChrootServer(Kind kind);
  ~ChrootServer();
  ChrootServer(const ChrootServer&) = delete;
  ChrootServer& operator=(const ChrootServer&) = delete;

  // Why this user cannot run one; empty: it can.
  static std::string Obstacle();

  std::uint16_t port() const;
  // The one message in alice's mailbox: the headers that the server adds, then what it was sent,
  // with LF as line ends. Throws a sentence when there is none, or more.
  std::string Mail() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_CHROOT_SERVER_H_
