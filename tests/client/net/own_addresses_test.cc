#include "client/net/own_addresses.h"

#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>

#include "common/ip_address.h"

namespace postern::client {
namespace {

bool IsOwn(const std::string& address) {
  return SystemAddresses().Has(IpAddress::Parse(address).value());
}

TEST(SystemAddressesTest, LoopbackIsOursAndTheDocumentationsAddressesAreNot) {
  EXPECT_TRUE(IsOwn("127.0.0.1"));
  EXPECT_TRUE(IsOwn("127.1.2.3")) << "routed to this machine as a whole network";
  EXPECT_FALSE(IsOwn("192.0.2.1"));
  EXPECT_FALSE(IsOwn("2001:db8::1"));
  EXPECT_FALSE(IsOwn("224.0.0.1"));
  EXPECT_FALSE(IsOwn("255.255.255.255"));
}

TEST(SystemAddressesTest, EachAddressOfAnInterfaceIsOurs) {
  ifaddrs* interfaces = nullptr;
  ASSERT_EQ(getifaddrs(&interfaces), 0);
  int checked = 0;
  for (const ifaddrs* entry = interfaces; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    const int family = entry->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    std::array<char, 128> text{};
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    ASSERT_EQ(
        getnameinfo(entry->ifa_addr, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST),
        0);
    // Link-local ones have a zone behind them; no mail goes there.
    const std::optional<IpAddress> address = IpAddress::Parse(text.data());
    if (!address) continue;
    EXPECT_TRUE(SystemAddresses().Has(*address)) << text.data();
    ++checked;
  }
  freeifaddrs(interfaces);
  EXPECT_GT(checked, 0);
}

}  // namespace
}  // namespace postern::client
