#ifndef POSTERN_TESTS_FAKES_LOOPBACK_H_
#define POSTERN_TESTS_FAKES_LOOPBACK_H_

#include <cstdint>
#include <memory>
#include <string>

// What tests need to know and do on the loopback interface.
namespace postern::fakes {

// A port that nothing listens on at `address`, an IPv4 or IPv6 address of this machine. Another
// program may take it before the caller does: whoever uses it must be ready to try again.
std::uint16_t FreePort(const std::string& address);

// Whether a TCP socket listens at exactly this address and port; makes no connection.
bool IsListening(const std::string& address, std::uint16_t port);

// A black hole: a port on 127.0.0.1 where connections are neither made nor refused. (The queue of
// a listening socket is full, and the kernel drops every further SYN.)
class BlackHole {
 public:
  BlackHole();
  ~BlackHole();
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;

  std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_LOOPBACK_H_
