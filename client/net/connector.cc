#include "client/net/connector.h"

#include <netinet/in.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/detail/socket_option.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/net/connect_errors.h"
#include "client/net/cut_off.h"
#include "client/net/tcp_transport.h"

namespace postern::client {

namespace asio = boost::asio;

using asio::ip::tcp;
using boost::system::error_code;

namespace {

ConnectResult Failure(ConnectStatus status, std::string error) {
  return {status, nullptr, std::move(error)};
}

ConnectResult FailureOf(ConnectCall call, const error_code& error) {
  return Failure(StatusOfError(call, error.value()), error.message());
}

ConnectResult FailureOf(IoStatus cut) {
  if (cut == IoStatus::kTimeout) {
    return Failure(ConnectStatus::kTimeout, "no answer within the time for connecting");
  }
  return Failure(ConnectStatus::kInterrupted, "interrupted while connecting");
}

// With the option, the kernel picks the port when it knows the remote: one port can then serve many
// remotes. Where it cannot be set, the bind takes a port of its own, which works too.
void LeavePortToConnect(tcp::socket& socket) {
  const asio::detail::socket_option::boolean<IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT> no_port(true);
  error_code ignored;
  socket.set_option(no_port, ignored);
}

// Opens the socket and binds it; kOk, without a transport, when it is ready to connect.
ConnectResult Prepare(tcp::socket& socket, const tcp::endpoint& remote,
                      const std::optional<IpAddress>& source) {
  error_code error;
  socket.open(remote.protocol(), error);
  if (error) return FailureOf(ConnectCall::kOpen, error);
  socket.set_option(tcp::no_delay(true), error);
  if (source.has_value()) {
    const tcp::endpoint local = ToAsio({*source, 0});
    if (local.protocol() != remote.protocol()) {
      return Failure(ConnectStatus::kBindFailed,
                     absl::StrCat(source->ToString(), " is of another family than the target ",
                                  remote.address().to_string()));
    }
    LeavePortToConnect(socket);
    socket.bind(local, error);
    if (error) return FailureOf(ConnectCall::kBind, error);
  }
  return Failure(ConnectStatus::kOk, "");
}

// One of the connections that a connector may have, until it is let go of.
class Place {
 public:
  explicit Place(std::shared_ptr<std::atomic<std::size_t>> open) : open_(std::move(open)) {
    ++*open_;
  }
  ~Place() { --*open_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  const std::shared_ptr<std::atomic<std::size_t>> open_;
};

}  // namespace

// socket.async_connect, never asio::async_connect over a range: that one reopens the socket and so
// loses the bind.
asio::awaitable<ConnectResult> TcpConnector::Connect(Endpoint target,
                                                     std::optional<IpAddress> source,
                                                     TimePoint deadline, Interrupt* interrupt) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  CutOff cut_off(executor);
  const CutOff::Watch watch(cut_off, deadline, interrupt);
  if (watch.cut() != IoStatus::kOk) co_return FailureOf(watch.cut());
  if (open_->load() >= most_) {
    co_return Failure(ConnectStatus::kLocalResources,
                      absl::StrCat("this service has ", most_,
                                   " connections open, which is the most that its limit of "
                                   "descriptors allows"));
  }
  auto place = std::make_shared<Place>(open_);
  const tcp::endpoint remote = ToAsio(target);
  tcp::socket socket(executor);
  ConnectResult result = Prepare(socket, remote, source);
  if (result.status != ConnectStatus::kOk) co_return result;
  const auto [error] = co_await socket.async_connect(
      remote, asio::bind_cancellation_slot(watch.slot(), asio::as_tuple(asio::use_awaitable)));
  if (error == asio::error::operation_aborted && watch.cut() != IoStatus::kOk) {
    co_return FailureOf(watch.cut());
  }
  if (error) co_return FailureOf(ConnectCall::kConnect, error);
  result.transport = std::make_unique<TcpTransport>(std::move(socket), std::move(place));
  co_return result;
}

}  // namespace postern::client
