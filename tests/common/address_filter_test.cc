#include "common/address_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace postern {
namespace {

// The text of the network that denies `address`; empty when it may be dialled.
std::string DeniedBy(const AddressFilter& filter, std::string_view address) {
  const std::optional<Cidr> network = filter.DeniedBy(IpAddress::Parse(address).value());
  return network ? network->ToString() : "";
}

struct Case {
  std::string_view address;
  std::string_view network;  // empty: may be dialled
};

TEST(AddressFilterTest, EveryRangeIsDeniedFromItsFirstAddressToItsLastAndNoFurther) {
  for (const Case& c : {
           Case{"0.0.0.0", "0.0.0.0/8"},
           Case{"0.255.255.255", "0.0.0.0/8"},
           Case{"1.0.0.0", ""},
           Case{"9.255.255.255", ""},
           Case{"10.0.0.0", "10.0.0.0/8"},
           Case{"10.255.255.255", "10.0.0.0/8"},
           Case{"11.0.0.0", ""},
           Case{"100.63.255.255", ""},
           Case{"100.64.0.0", "100.64.0.0/10"},
           Case{"100.127.255.255", "100.64.0.0/10"},
           Case{"100.128.0.0", ""},
           Case{"126.255.255.255", ""},
           Case{"127.0.0.1", "127.0.0.0/8"},
           Case{"127.255.255.255", "127.0.0.0/8"},
           Case{"128.0.0.0", ""},
           Case{"169.253.255.255", ""},
           Case{"169.254.169.254", "169.254.0.0/16"},
           Case{"169.255.0.0", ""},
           Case{"172.15.255.255", ""},
           Case{"172.16.0.0", "172.16.0.0/12"},
           Case{"172.31.255.255", "172.16.0.0/12"},
           Case{"172.32.0.0", ""},
           Case{"192.0.0.255", "192.0.0.0/24"},
           Case{"192.0.1.0", ""},
           Case{"192.0.2.255", "192.0.2.0/24"},
           Case{"192.0.3.0", ""},
           Case{"192.167.255.255", ""},
           Case{"192.168.0.0", "192.168.0.0/16"},
           Case{"192.169.0.0", ""},
           Case{"198.17.255.255", ""},
           Case{"198.18.0.0", "198.18.0.0/15"},
           Case{"198.19.255.255", "198.18.0.0/15"},
           Case{"198.20.0.0", ""},
           Case{"198.51.100.7", "198.51.100.0/24"},
           Case{"203.0.113.7", "203.0.113.0/24"},
           Case{"203.0.114.0", ""},
           Case{"223.255.255.255", ""},
           Case{"224.0.0.0", "224.0.0.0/3"},
           Case{"255.255.255.255", "224.0.0.0/3"},
           Case{"::", "::/128"},
           Case{"::1", "::1/128"},
           Case{"::2", ""},
           Case{"fbff:ffff::1", ""},
           Case{"fc00::", "fc00::/7"},
           Case{"fdff:ffff::1", "fc00::/7"},
           Case{"fe00::", ""},
           Case{"fe80::1", "fe80::/10"},
           Case{"febf::1", "fe80::/10"},
           Case{"ff02::1", "ff00::/8"},
           Case{"2001:db8::1", "2001:db8::/32"},
           Case{"2001:db9::", ""},
           Case{"2606:4700::1111", ""},
       }) {
    EXPECT_EQ(DeniedBy(AddressFilter::NotGloballyRoutable(), c.address), c.network) << c.address;
  }
}

TEST(AddressFilterTest, AnIpv4AddressInsideAnIpv6OneIsJudgedByTheIpv4List) {
  for (const Case& c : {
           Case{"::ffff:127.0.0.1", "127.0.0.0/8"},
           Case{"::ffff:8.8.8.8", ""},
           Case{"2002:a9fe:a9fe::1", "169.254.0.0/16"},
           Case{"2002:808:808::1", ""},
           Case{"64:ff9b::192.168.0.1", "192.168.0.0/16"},
           Case{"64:ff9b::8.8.8.8", ""},
       }) {
    EXPECT_EQ(DeniedBy(AddressFilter::NotGloballyRoutable(), c.address), c.network) << c.address;
  }
}

TEST(AddressFilterTest, AListOfOnesOwnDeniesWhatItNames) {
  const AddressFilter filter(
      {Cidr::Parse("8.8.8.0/24").value(), Cidr::Parse("64:ff9b::/96").value()});
  EXPECT_EQ(DeniedBy(filter, "8.8.8.8"), "8.8.8.0/24");
  EXPECT_EQ(DeniedBy(filter, "::ffff:8.8.8.8"), "8.8.8.0/24");
  EXPECT_EQ(DeniedBy(filter, "64:ff9b::1.1.1.1"), "64:ff9b::/96");
  EXPECT_EQ(DeniedBy(filter, "127.0.0.1"), "");
}

TEST(AddressFilterTest, AnEmptyListDeniesNothing) {
  const AddressFilter filter;
  EXPECT_EQ(DeniedBy(filter, "127.0.0.1"), "");
  EXPECT_EQ(DeniedBy(filter, "::"), "");
  EXPECT_NE(filter, AddressFilter::NotGloballyRoutable());
}

}  // namespace
}  // namespace postern
