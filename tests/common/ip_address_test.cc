#include "common/ip_address.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace postern {
namespace {

IpAddress Ip(std::string_view text) { return IpAddress::Parse(text).value(); }

TEST(IpAddressTest, TextIsParsedAndWrittenInCanonicalForm) {
  struct Case {
    std::string_view text;
    IpFamily family;
    std::string_view canonical;
    std::string_view literal;
  };
  constexpr IpFamily k4 = IpFamily::kIpv4;
  constexpr IpFamily k6 = IpFamily::kIpv6;
  for (const Case& c : {
           Case{"0.0.0.0", k4, "0.0.0.0", "[0.0.0.0]"},
           Case{"255.255.255.255", k4, "255.255.255.255", "[255.255.255.255]"},
           Case{"::", k6, "::", "[IPv6:::]"},
           Case{"2001:DB8:0:0:0:0:0:1", k6, "2001:db8::1", "[IPv6:2001:db8::1]"},
           // RFC 5952 4.2.2 and 4.2.3: one zero field is not shortened; the longest run is, the
           // first of two equal ones.
           Case{"2001:db8:0:1:1:1:1:1", k6, "2001:db8:0:1:1:1:1:1", "[IPv6:2001:db8:0:1:1:1:1:1]"},
           Case{"2001:0:0:1:0:0:0:1", k6, "2001:0:0:1::1", "[IPv6:2001:0:0:1::1]"},
           Case{"2001:db8::1:0:0:1", k6, "2001:db8::1:0:0:1", "[IPv6:2001:db8::1:0:0:1]"},
           Case{"::ffff:192.0.2.1", k6, "::ffff:192.0.2.1", "[IPv6:::ffff:192.0.2.1]"},
           Case{"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", k6,
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "[IPv6:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]"},
       }) {
    const std::optional<IpAddress> ip = IpAddress::Parse(c.text);
    ASSERT_TRUE(ip) << c.text;
    EXPECT_EQ(ip->family(), c.family) << c.text;
    EXPECT_EQ(ip->octets().size(), c.family == k4 ? 4u : 16u) << c.text;
    EXPECT_EQ(ip->ToString(), c.canonical);
    EXPECT_EQ(ip->ToLiteral(), c.literal);
    EXPECT_EQ(IpAddress::ParseLiteral(c.literal), ip);
    EXPECT_EQ(IpAddress::Parse(c.canonical), ip);
  }
}

TEST(IpAddressTest, WhatOtherParsersAcceptIsRefused) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {
           ""sv,
           " 192.0.2.1"sv,
           "192.0.2.1 "sv,
           "192.0.2.1\n"sv,
           "192.0.2.1\0"sv,
           "192.0.2.1\0x"sv,
           "\0"sv,
           "192.0.2"sv,
           "192.0.2.1.1"sv,
           "192.0.2.256"sv,
           "192.0.2.01"sv,
           "010.0.0.1"sv,
           "0x7f.0.0.1"sv,
           "2130706433"sv,
           "127.1"sv,
           "192.0.2.-1"sv,
           "192.0.2.+1"sv,
           "192..2.1"sv,
           ".192.0.2.1"sv,
           "192.0.2.1."sv,
           "192.0.2.1/32"sv,
           "[192.0.2.1]"sv,
           "1:2:3:4:5:6:7"sv,
           "1:2:3:4:5:6:7:8:9"sv,
           "1::2::3"sv,
           ":::"sv,
           ":1"sv,
           "1:"sv,
           "::12345"sv,
           "::g"sv,
           "::1%lo"sv,
           "::1 "sv,
           "::1\0"sv,
           "[::1]"sv,
           "::ffff:127.0.0.01"sv,
           "::ffff:127.0.0.1.1"sv,
           "IPv6:::1"sv,
           "localhost"sv,
           "\xEF\xBC\x91.0.0.1"sv,
       }) {
    EXPECT_FALSE(IpAddress::Parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::Parse(std::string(100000, '1')));
}

TEST(IpAddressTest, AddressLiteralsNeedBracketsAndTheTagOfTheirFamily) {
  EXPECT_EQ(IpAddress::ParseLiteral("[192.0.2.1]"), Ip("192.0.2.1"));
  EXPECT_EQ(IpAddress::ParseLiteral("[IPV6:2001:DB8::1]"), Ip("2001:db8::1"));
  EXPECT_EQ(IpAddress::ParseLiteral("[ipv6:::1]"), Ip("::1"));
  for (const std::string_view text :
       {"", "[", "]", "[]", "][", "192.0.2.1", "[192.0.2.1", "192.0.2.1]", "[[192.0.2.1]]",
        "[ 192.0.2.1]", "[2001:db8::1]", "[IPv6:]", "[IPv6]", "[IPv6:192.0.2.1]",
        "[IPv4:192.0.2.1]", "[IPv6 ::1]", "[IPv6:::1]x", "[x-tag:text]"}) {
    EXPECT_FALSE(IpAddress::ParseLiteral(text)) << text;
  }
}

TEST(IpAddressTest, FamiliesAreNamedAndNeverEqual) {
  EXPECT_EQ(IpFamilyName(IpFamily::kIpv4), "IPv4");
  EXPECT_EQ(IpFamilyName(IpFamily::kIpv6), "IPv6");
  EXPECT_NE(Ip("0.0.0.0"), Ip("::"));
  EXPECT_EQ(IpAddress(), Ip("0.0.0.0"));
  EXPECT_NE(Ip("127.0.0.1"), Ip("::ffff:127.0.0.1"));
  EXPECT_LT(Ip("192.0.2.9"), Ip("192.0.2.10"));
}

TEST(EmbeddedIpv4Test, OnlyTheThreeFormsCarryAnIpv4Address) {
  struct Case {
    std::string_view address;
    std::string_view embedded;  // empty: none
  };
  for (const Case& c : {
           Case{"::ffff:127.0.0.1", "127.0.0.1"},
           Case{"::ffff:a00:1", "10.0.0.1"},
           Case{"2002:7f00:1::", "127.0.0.1"},
           Case{"2002:c0a8:101:5:6:7:8:9", "192.168.1.1"},
           Case{"64:ff9b::10.0.0.1", "10.0.0.1"},
           Case{"127.0.0.1", ""},
           Case{"::1", ""},
           Case{"::7f00:1", ""},
           Case{"::fffe:7f00:1", ""},
           Case{"1::ffff:127.0.0.1", ""},
           Case{"2003:7f00:1::", ""},
           Case{"64:ff9b::1:7f00:1", ""},
       }) {
    const std::optional<IpAddress> embedded = EmbeddedIpv4(Ip(c.address));
    EXPECT_EQ(embedded ? embedded->ToString() : "", c.embedded) << c.address;
  }
}

TEST(CidrTest, HostBitsAreClearedAndABareAddressIsItsOwnNetwork) {
  struct Case {
    std::string_view text;
    std::string_view canonical;
  };
  for (const Case& c : {
           Case{"192.0.2.77/24", "192.0.2.0/24"},
           Case{"192.0.2.77/25", "192.0.2.0/25"},
           Case{"192.0.2.255/31", "192.0.2.254/31"},
           Case{"192.0.2.77", "192.0.2.77/32"},
           Case{"255.255.255.255/0", "0.0.0.0/0"},
           Case{"2001:DB8:ffff::1/33", "2001:db8:8000::/33"},
           Case{"ffff::/0", "::/0"},
           Case{"::1", "::1/128"},
       }) {
    const std::optional<Cidr> network = Cidr::Parse(c.text);
    ASSERT_TRUE(network) << c.text;
    EXPECT_EQ(network->ToString(), c.canonical);
    EXPECT_EQ(Cidr::Parse(c.canonical), network);
  }
}

TEST(CidrTest, BrokenPrefixesAreRefused) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,
                                      "/"sv,
                                      "/8"sv,
                                      "10.0.0.0/"sv,
                                      "10.0.0.0/33"sv,
                                      "::/129"sv,
                                      "10.0.0.0/-1"sv,
                                      "10.0.0.0/+8"sv,
                                      "10.0.0.0/08"sv,
                                      "10.0.0.0/8 "sv,
                                      "10.0.0.0/ 8"sv,
                                      "10.0.0.0 /8"sv,
                                      "10.0.0.0/8/8"sv,
                                      "10.0.0.0//8"sv,
                                      "10.0.0.0/255.0.0.0"sv,
                                      "10/8"sv,
                                      "10.0.0.0/8\0"sv,
                                      "10.0.0.0/4294967304"sv,
                                      "10.0.0.0/99999999999999999999"sv,
                                      "example.org/8"sv}) {
    EXPECT_FALSE(Cidr::Parse(text)) << text;
  }
}

TEST(CidrTest, ANetworkContainsExactlyItsOwnAddresses) {
  struct Case {
    std::string_view network;
    std::string_view address;
    bool inside;
  };
  for (const Case& c : {
           Case{"192.0.2.0/24", "192.0.2.0", true},
           Case{"192.0.2.0/24", "192.0.2.255", true},
           Case{"192.0.2.0/24", "192.0.3.0", false},
           Case{"172.16.0.0/12", "172.31.255.255", true},
           Case{"172.16.0.0/12", "172.32.0.0", false},
           Case{"192.0.2.1/32", "192.0.2.1", true},
           Case{"192.0.2.1/32", "192.0.2.0", false},
           Case{"0.0.0.0/0", "255.1.2.3", true},
           Case{"0.0.0.0/0", "::", false},
           Case{"::/0", "0.0.0.0", false},
           Case{"::/0", "ffff::1", true},
           Case{"fe80::/10", "febf:ffff::1", true},
           Case{"fe80::/10", "fec0::", false},
           Case{"::1/128", "::1", true},
           Case{"::1/128", "::", false},
       }) {
    EXPECT_EQ(Cidr::Parse(c.network).value().Contains(Ip(c.address)), c.inside)
        << c.network << " " << c.address;
  }
}

}  // namespace
}  // namespace postern
