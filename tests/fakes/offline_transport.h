#ifndef POSTERN_TESTS_FAKES_OFFLINE_TRANSPORT_H_
#define POSTERN_TESTS_FAKES_OFFLINE_TRANSPORT_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "client/net/transport.h"
#include "common/clock.h"

namespace postern::fakes {

// A clock that stands still until somebody waits in vain.
struct OfflineClock final : Clock {
  TimePoint Now() const override { return now; }
  TimePoint now{};
};

// Both sides of one dialogue without a network.
struct OfflineDialogue {
  // What may stand in `server`.
  static constexpr char kSegmentEnd = '\xFF';  // what follows comes only when it is waited for
  static constexpr char kReset = '\xFE';       // the connection is lost
  static constexpr char kSilence = '\xFD';     // nothing comes until the limit of a wait

  std::string_view server;      // what the server still has to say; its end is the connection's end
  std::string_view terminator;  // what the last octets of a message on the wire are
  std::string written;          // what was said to it
  std::size_t messages = 0;     // how often `written` came to end in `terminator`
  std::string after_message;    // what was handed out since then the last time
  bool closed = false;          // by us
};

// A transport that plays one. Exact where sockets are not: what is read together is what stands
// between two marks, so that every way to cut a dialogue can be played. Nothing is ever waited for.
// One thread; both arguments must outlive it.
class OfflineTransport final : public client::Transport {
 public:
  OfflineTransport(OfflineDialogue& dialogue, OfflineClock& clock,
                   std::size_t octets_per_write = SIZE_MAX)
      : dialogue_(dialogue), clock_(clock), octets_per_write_(octets_per_write) {}

  boost::asio::awaitable<client::IoResult> ReadSome(char* buffer, std::size_t size,
                                                    TimePoint deadline,
                                                    client::Interrupt* interrupt) override;
  // Aborts the program after Close(): nothing may be written then.
  boost::asio::awaitable<client::IoResult> WriteSome(std::string_view data, TimePoint deadline,
                                                     client::Interrupt* interrupt) override;
  client::IoResult ReadAvailable(char* buffer, std::size_t size) override;
  void Close() override { dialogue_.closed = true; }
  // As much as WriteSome, and not after Close() either.
  void WriteAndClose(std::string_view data) override;
  const client::Endpoint& local() const override { return endpoint_; }
  const client::Endpoint& remote() const override { return endpoint_; }

 private:
  std::size_t Write(std::string_view data);

  OfflineDialogue& dialogue_;
  OfflineClock& clock_;
  const std::size_t octets_per_write_;
  client::Endpoint endpoint_;
};

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_OFFLINE_TRANSPORT_H_
