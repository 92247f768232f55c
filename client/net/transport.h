#ifndef POSTERN_CLIENT_NET_TRANSPORT_H_
#define POSTERN_CLIENT_NET_TRANSPORT_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "client/net/interrupt.h"
#include "common/clock.h"
#include "common/ip_address.h"

namespace postern::client {

// How one read or write ended.
enum class IoStatus : std::uint8_t {
  kOk,
  kClosed,       // end of file, reset, broken pipe
  kTimeout,      // the deadline passed first
  kInterrupted,  // the delivery's Interrupt was triggered
};

struct IoResult {
  IoStatus status = IoStatus::kOk;
  std::size_t octets = 0;  // transferred, also when the status is not kOk
};

struct Endpoint {
  IpAddress ip;
  std::uint16_t port = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// A byte stream to one remote host. Owned by its session; used on one event loop. One read and one
// write may be under way at a time. Every call has a deadline; nothing throws for what the network
// does.
class Transport {
 public:
  virtual ~Transport() = default;

  // Reads at least one octet into `buffer`. With an interrupt, its trigger ends the wait; nullptr:
  // only the deadline does.
  virtual boost::asio::awaitable<IoResult> ReadSome(char* buffer, std::size_t size,
                                                    TimePoint deadline, Interrupt* interrupt) = 0;
  // Writes at least one octet of `data`.
  virtual boost::asio::awaitable<IoResult> WriteSome(std::string_view data, TimePoint deadline,
                                                     Interrupt* interrupt) = 0;
  // What can be read without waiting, kOk with 0 octets if nothing; kClosed at end of file. For R7.
  virtual IoResult ReadAvailable(char* buffer, std::size_t size) = 0;
  // At once; pending operations end with kClosed. Idempotent.
  virtual void Close() = 0;
  // Close, with `data` ahead of the end of the stream, as far as it can be handed over without
  // waiting.
  virtual void WriteAndClose(std::string_view data) = 0;

  virtual const Endpoint& local() const = 0;
  virtual const Endpoint& remote() const = 0;
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_NET_TRANSPORT_H_
