#include "client/net/tcp_transport.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <tuple>
#include <utility>

namespace postern::client {

namespace asio = boost::asio;

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kAwaitTuple = asio::as_tuple(asio::use_awaitable);

// What was transferred counts, even when the deadline passed meanwhile.
IoResult ResultOf(const error_code& error, std::size_t octets, IoStatus cut) {
  if (!error) return {IoStatus::kOk, octets};
  if (error == asio::error::operation_aborted && cut != IoStatus::kOk) return {cut, octets};
  return {IoStatus::kClosed, octets};
}

}  // namespace

tcp::endpoint ToAsio(const Endpoint& endpoint) {
  const auto octets = endpoint.ip.octets();
  if (endpoint.ip.is_v4()) {
    asio::ip::address_v4::bytes_type bytes;
    std::ranges::copy(octets, bytes.begin());
    return {asio::ip::address_v4(bytes), endpoint.port};
  }
  asio::ip::address_v6::bytes_type bytes;
  std::ranges::copy(octets, bytes.begin());
  return {asio::ip::address_v6(bytes), endpoint.port};
}

Endpoint FromAsio(const tcp::endpoint& endpoint) {
  const asio::ip::address address = endpoint.address();
  const IpAddress ip = address.is_v4() ? IpAddress::V4(address.to_v4().to_bytes())
                                       : IpAddress::V6(address.to_v6().to_bytes());
  return {ip, endpoint.port()};
}

TcpTransport::TcpTransport(tcp::socket socket, std::shared_ptr<void> place)
    : place_(std::move(place)),
      socket_(std::move(socket)),
      read_cut_off_(socket_.get_executor()),
      write_cut_off_(socket_.get_executor()) {
  // A failure shows at the first read or write: the remote has gone already.
  error_code ignored;
  local_ = FromAsio(socket_.local_endpoint(ignored));
  remote_ = FromAsio(socket_.remote_endpoint(ignored));
}

asio::awaitable<IoResult> TcpTransport::ReadSome(char* buffer, std::size_t size, TimePoint deadline,
                                                 Interrupt* interrupt) {
  const CutOff::Watch watch(read_cut_off_, deadline, interrupt);
  if (watch.cut() != IoStatus::kOk) co_return IoResult{watch.cut(), 0};
  // Asio would wait for news, and after the end there is none.
  if (at_end_) co_return IoResult{IoStatus::kClosed, 0};
  const auto [error, octets] = co_await socket_.async_read_some(
      asio::buffer(buffer, size), asio::bind_cancellation_slot(watch.slot(), kAwaitTuple));
  at_end_ = error == asio::error::eof;
  co_return ResultOf(error, octets, watch.cut());
}

asio::awaitable<IoResult> TcpTransport::WriteSome(std::string_view data, TimePoint deadline,
                                                  Interrupt* interrupt) {
  const CutOff::Watch watch(write_cut_off_, deadline, interrupt);
  if (watch.cut() != IoStatus::kOk) co_return IoResult{watch.cut(), 0};
  const auto [error, octets] = co_await socket_.async_write_some(
      asio::buffer(data), asio::bind_cancellation_slot(watch.slot(), kAwaitTuple));
  co_return ResultOf(error, octets, watch.cut());
}

IoResult TcpTransport::ReadAvailable(char* buffer, std::size_t size) {
  const ssize_t octets = recv(socket_.native_handle(), buffer, size, MSG_DONTWAIT);
  if (octets > 0) return {IoStatus::kOk, static_cast<std::size_t>(octets)};
  const bool nothing_yet =
      octets < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return {nothing_yet || size == 0 ? IoStatus::kOk : IoStatus::kClosed, 0};
}

void TcpTransport::Close() {
  error_code ignored;
  socket_.close(ignored);
}

// MSG_MORE: the octets and the end of the stream are one segment.
void TcpTransport::WriteAndClose(std::string_view data) {
  send(socket_.native_handle(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE);
  Close();
}

}  // namespace postern::client
