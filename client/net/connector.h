#ifndef POSTERN_CLIENT_NET_CONNECTOR_H_
#define POSTERN_CLIENT_NET_CONNECTOR_H_

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "client/net/interrupt.h"
#include "client/net/transport.h"
#include "common/clock.h"
#include "common/ip_address.h"

namespace postern::client {

enum class ConnectStatus : std::uint8_t {
  kOk,
  kBindFailed,  // the source address is not ours (EADDRNOTAVAIL at bind and the like): try another
                // source
  kLocalResources,  // no ports, descriptors or buffers left (EADDRNOTAVAIL at connect, EMFILE,
                    // ENOBUFS ...)
  kFailed,          // the network or the remote said no
  kTimeout,
  kInterrupted,
};

struct ConnectResult {
  ConnectStatus status = ConnectStatus::kFailed;
  std::unique_ptr<Transport> transport;  // kOk only
  std::string error;                     // the system's words for people: "Connection refused"
};

// Dials TCP. An interface, so that the orchestrator can be tested without a network; stateless, any
// loop.
class Connector {
 public:
  virtual ~Connector() = default;

  // Dials `target`, from `source` when there is one (bound with IP_BIND_ADDRESS_NO_PORT), else from
  // where the system likes. TCP_NODELAY is set. Runs on the calling coroutine's loop.
  virtual boost::asio::awaitable<ConnectResult> Connect(Endpoint target,
                                                        std::optional<IpAddress> source,
                                                        TimePoint deadline,
                                                        Interrupt* interrupt) = 0;
};

// Real connections, at most so many at a time, those being made and those that sessions still hold
// together: a service without descriptors cannot even accept calls. One more is kLocalResources.
class TcpConnector final : public Connector {
 public:
  static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

  explicit TcpConnector(std::size_t most = kUnlimited) : most_(most) {}

  boost::asio::awaitable<ConnectResult> Connect(Endpoint target, std::optional<IpAddress> source,
                                                TimePoint deadline, Interrupt* interrupt) override;

 private:
  const std::size_t most_;
  // Shared with the transports, which may outlive this.
  const std::shared_ptr<std::atomic<std::size_t>> open_ =
      std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_NET_CONNECTOR_H_
