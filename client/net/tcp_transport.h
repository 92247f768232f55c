#ifndef POSTERN_CLIENT_NET_TCP_TRANSPORT_H_
#define POSTERN_CLIENT_NET_TCP_TRANSPORT_H_

#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "client/net/cut_off.h"
#include "client/net/transport.h"

namespace postern::client {

boost::asio::ip::tcp::endpoint ToAsio(const Endpoint& endpoint);
Endpoint FromAsio(const boost::asio::ip::tcp::endpoint& endpoint);

// A connected TCP socket, without blocking. Made by TcpConnector (or a test).
class TcpTransport final : public Transport {
 public:
  // `place`, whatever it is, is let go of with the transport.
  explicit TcpTransport(boost::asio::ip::tcp::socket socket, std::shared_ptr<void> place = nullptr);

  boost::asio::awaitable<IoResult> ReadSome(char* buffer, std::size_t size, TimePoint deadline,
                                            Interrupt* interrupt) override;
  boost::asio::awaitable<IoResult> WriteSome(std::string_view data, TimePoint deadline,
                                             Interrupt* interrupt) override;
  IoResult ReadAvailable(char* buffer, std::size_t size) override;
  void Close() override;
  void WriteAndClose(std::string_view data) override;

  const Endpoint& local() const override { return local_; }
  const Endpoint& remote() const override { return remote_; }

 private:
  const std::shared_ptr<void> place_;
  boost::asio::ip::tcp::socket socket_;
  CutOff read_cut_off_;
  CutOff write_cut_off_;
  Endpoint local_;
  Endpoint remote_;
  bool at_end_ = false;  // the end of the stream was read
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_NET_TCP_TRANSPORT_H_
