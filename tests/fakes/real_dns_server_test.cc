#include "tests/fakes/real_dns_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>

namespace postern::fakes {
namespace {

// What the server says to "example.test A": the answer's RCODE, or minus errno.
int Ask(const RealDnsServer& server) {
  static constexpr std::string_view kQuestion(
      "\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07"
      "example\x04"
      "test\x00\x00\x01\x00\x01",
      30);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::array<unsigned char, 512> answer{};
  int result = 0;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      send(fd, kQuestion.data(), kQuestion.size(), 0) < 0 ||
      recv(fd, answer.data(), answer.size(), 0) < 12) {
    result = -errno;
  } else {
    result = answer[3] & 0x0F;
  }
  close(fd);
  return result;
}

TEST(RealDnsServer, AnswersForItsZonesAndRefusesTheRest) {
  const RealDnsServer server{{"example.test", {"@ A 192.0.2.1"}}};
  EXPECT_EQ(server.address().ToString(), "127.0.0.1");
  EXPECT_EQ(Ask(server), 0);
  const RealDnsServer other{{"example.org", {}}};
  EXPECT_NE(other.port(), server.port());
  EXPECT_EQ(Ask(other), 5);
  const RealDnsServer broken{{"example.test", {}, /*broken=*/true}};
  EXPECT_EQ(Ask(broken), 2);
}

TEST(RealDnsServer, StopsAndStartsOnTheSamePort) {
  RealDnsServer server{{"example.test", {}}};
  const std::uint16_t port = server.port();
  server.Stop();
  server.Stop();
  EXPECT_EQ(Ask(server), -ECONNREFUSED);
  server.Start({{"example.org", {}}});
  EXPECT_EQ(server.port(), port);
  EXPECT_EQ(Ask(server), 5);
}

TEST(RealDnsServer, SaysInKnotsWordsWhatIsWrongWithAZone) {
  try {
    const RealDnsServer server{{"example.test", {"@ MX ten mx1"}}};
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("[example.test.]"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace postern::fakes
