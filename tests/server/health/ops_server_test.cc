#include "server/health/ops_server.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <vector>

namespace postern::server {
namespace {

using Tcp = boost::asio::ip::tcp;

class OpsServerTest : public ::testing::Test {
 protected:
  OpsServerTest() {
    auto server = OpsServer::Start(loop_, {*IpAddress::Parse("127.0.0.1"), 0},
                                   [this] { return ready_.load(); });
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  ~OpsServerTest() override {
    server_.reset();
    loop_.Stop();
  }

  Tcp::socket Connect() {
    Tcp::socket socket(context_);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->listening_on().port});
    return socket;
  }

  // What the server says until it closes; "(silence)" when it does not within 5 s.
  static std::string ReadAll(Tcp::socket& socket) {
    std::string text;
    while (true) {
      pollfd descriptor{socket.native_handle(), POLLIN, 0};
      if (poll(&descriptor, 1, 5000) <= 0) return text + "(silence)";
      char buffer[4096];
      boost::system::error_code error;
      const std::size_t size = socket.read_some(boost::asio::buffer(buffer), error);
      if (error) return text;
      text.append(buffer, size);
    }
  }

  std::string Ask(const std::string& request) {
    Tcp::socket socket = Connect();
    boost::system::error_code ignored;
    boost::asio::write(socket, boost::asio::buffer(request), ignored);
    return ReadAll(socket);
  }

  std::atomic<bool> ready_ = true;
  boost::asio::io_context context_;
  client::EventLoop loop_;
  std::unique_ptr<OpsServer> server_;
};

std::string Head(const std::string& response) { return response.substr(0, response.find("\r\n")); }

TEST_F(OpsServerTest, AnswersByPathAndMethod) {
  struct Case {
    std::string request;
    std::string first_line;
    std::string end;
  };
  for (const Case& c :
       {Case{"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK", "\r\n\r\nok\n"},
        Case{"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK", "\r\n\r\nok\n"},
        Case{"HEAD /readyz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK", "\r\n\r\n"},
        Case{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 Not Found", "are served\n"},
        Case{"POST /livez HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405 Method Not Allowed",
             "only GET is served\n"}}) {
    const std::string response = Ask(c.request);
    EXPECT_EQ(Head(response), c.first_line) << c.request;
    EXPECT_TRUE(response.ends_with(c.end)) << response;
  }
}

TEST_F(OpsServerTest, WhileDrainingItIsAliveButNotReady) {
  ready_ = false;
  EXPECT_EQ(Head(Ask("GET /readyz HTTP/1.1\r\n\r\n")), "HTTP/1.1 503 Service Unavailable");
  EXPECT_EQ(Head(Ask("GET /livez HTTP/1.1\r\n\r\n")), "HTTP/1.1 200 OK");
}

TEST_F(OpsServerTest, WhatIsNoRequestIsClosedWithoutAnAnswer) {
  EXPECT_EQ(Ask("\x16\x03\x01 this is not HTTP\r\n\r\n"), "");
  EXPECT_EQ(Ask("GET /livez HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n"), "");
  EXPECT_EQ(Ask("GET /livez HTTP/1.1\r\nContent-Length: 100000\r\n\r\n"), "");
}

TEST_F(OpsServerTest, TheHundredAndFirstConnectionIsClosed) {
  std::vector<Tcp::socket> idle;
  for (int i = 0; i < 100; ++i) idle.push_back(Connect());
  EXPECT_EQ(Ask("GET /livez HTTP/1.1\r\n\r\n"), "");
}

TEST_F(OpsServerTest, APortInUseIsASentence) {
  const auto second = OpsServer::Start(loop_, server_->listening_on(), [] { return true; });
  ASSERT_FALSE(second.ok());
  EXPECT_NE(std::string(second.status().message()).find("Address already in use"),
            std::string::npos)
      << second.status();
}

}  // namespace
}  // namespace postern::server
