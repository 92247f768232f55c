#include "strategy/config/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace postern::strategy {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;
using namespace std::string_literals;

// A text that is no such value, and what its author is told.
struct Wrong {
  std::string text;
  std::string message;  // a part of it
  std::string suggestion;
};

template <typename T>
void ExpectWrong(const Parsed<T>& parsed, const Wrong& wrong) {
  ASSERT_FALSE(parsed.ok()) << wrong.text;
  EXPECT_THAT(parsed.error().message, HasSubstr(wrong.message)) << wrong.text;
  EXPECT_EQ(parsed.error().suggestion, wrong.suggestion) << wrong.text;
}

TEST(ParseDurationTest, WholeNumbersWithUnitsAddUp) {
  struct Case {
    std::string_view text;
    Duration duration;
  };
  for (const Case& c : {
           Case{"5ms", 5ms},
           Case{"5s", 5s},
           Case{"5m", 5min},
           Case{"5h", 5h},
           Case{"5d", 120h},
           Case{"1m30s", 90s},  // Stalwart 0.15.5 takes this for 130 ms
           Case{"1d2h3m4s5ms", 26h + 3min + 4s + 5ms},
           Case{"30s1m", 90s},
           Case{"1s1s", 2s},
           Case{"10 s", 10s},
           Case{"1m 30s", 90s},
           Case{" 1 m\t30 s ", 90s},
           Case{"3M", 3min},
           Case{"7MS", 7ms},
           Case{"007s", 7s},
           Case{"0m30s", 30s},
           Case{"90000ms", 90s},
           Case{"30d", kMaxDuration},
           Case{"2592000000ms", kMaxDuration},
       }) {
    const Parsed<Duration> parsed = ParseDuration(c.text);
    ASSERT_TRUE(parsed.ok()) << c.text << ": " << parsed.error().message;
    EXPECT_EQ((*parsed).count(), c.duration.count()) << c.text;
  }
}

TEST(ParseDurationTest, AnythingElseIsRefusedWithWhatToWrite) {
  const std::string form = "write whole numbers with units, as in \"1m30s\"";
  const std::string units = "the units are ms, s, m, h and d";
  const std::string positive = "write more than zero, as in \"5m\"";
  const std::string most = "write at most \"30d\"";
  for (const Wrong& wrong : {
           Wrong{"", "it is empty", form},
           Wrong{"  ", "it is empty", form},
           Wrong{"5", "a number needs its unit",
                 "write \"5s\" for seconds or \"5ms\" for milliseconds"},
           Wrong{"1m30", "a number needs its unit",
                 "write \"30s\" for seconds or \"30ms\" for milliseconds"},
           Wrong{"5 ", "a number needs its unit",
                 "write \"5s\" for seconds or \"5ms\" for milliseconds"},
           Wrong{"0", "it is zero", positive},
           Wrong{"0s", "it is zero", positive},
           Wrong{"0d0ms", "it is zero", positive},
           Wrong{"-5s", "it is negative", positive},
           Wrong{"-5", "it is negative", positive},
           Wrong{"+5s", "'+' stands where a number should", form},
           Wrong{"1.5s", "'.' stands where a unit should", form},
           Wrong{"1,5s", "',' stands where a unit should", form},
           Wrong{"5m-3s", "'-' stands where a number should", form},
           Wrong{"soon", "'s' stands where a number should", form},
           Wrong{"s", "'s' stands where a number should", form},
           Wrong{"5w", "there is no unit 'w'", units},
           Wrong{"5us", "there is no unit 'us'", units},
           Wrong{"5min", "there is no unit 'min'", units},
           Wrong{"5 minutes", "there is no unit 'minutes'", units},
           Wrong{"5s\n", "'\\x0A' stands where a number should", form},
           Wrong{"5\xC2\xB5s", "stands where a unit should", form},
           Wrong{"31d", "longer than 30 days", most},
           Wrong{"30d1ms", "longer than 30 days", most},
           Wrong{"20d20d", "longer than 30 days", most},
           Wrong{"9223372036854775807ms", "longer than 30 days", most},
           Wrong{"9223372036854775808d", "longer than 30 days", most},
           Wrong{std::string(100'000, '9') + "s", "longer than 30 days", most},
       }) {
    ExpectWrong(ParseDuration(wrong.text), wrong);
  }
}

TEST(ParseDurationTest, AMessageQuotesALongTextInPart) {
  const Parsed<Duration> parsed = ParseDuration(std::string(100'000, '9'));
  ASSERT_FALSE(parsed.ok());
  EXPECT_LT(parsed.error().message.size(), 300u);
  EXPECT_LT(parsed.error().suggestion.size(), 300u);
}

TEST(ParseIntegerTest, TakesDecimalNumbersWithinTheBounds) {
  EXPECT_EQ(*ParseInteger("1", 1, 65535), 1);
  EXPECT_EQ(*ParseInteger("65535", 1, 65535), 65535);
  EXPECT_EQ(*ParseInteger("0025", 1, 65535), 25);
  EXPECT_EQ(*ParseInteger("-9", -9, 9), -9);
}

TEST(ParseIntegerTest, AnythingElseIsRefusedWithTheBounds) {
  const std::string bounds = "write a whole number from 1 to 65535";
  for (const Wrong& wrong : {
           Wrong{"", "'' is not a whole number", bounds},
           Wrong{"-", "'-' is not a whole number", bounds},
           Wrong{"smtp", "'smtp' is not a whole number", bounds},
           Wrong{"25 ", "'25 ' is not a whole number", bounds},
           Wrong{"+25", "'+25' is not a whole number", bounds},
           Wrong{"2.5", "'2.5' is not a whole number", bounds},
           Wrong{"0x19", "'0x19' is not a whole number", bounds},
           Wrong{"0", "'0' is out of range", bounds},
           Wrong{"-1", "'-1' is out of range", bounds},
           Wrong{"65536", "'65536' is out of range", bounds},
           Wrong{"18446744073709551617", "is out of range", bounds},
       }) {
    ExpectWrong(ParseInteger(wrong.text, 1, 65535), wrong);
  }
}

TEST(ParseBooleanTest, TakesTheTwoWordsAsStalwartWritesThem) {
  EXPECT_TRUE(*ParseBoolean("true"));
  EXPECT_FALSE(*ParseBoolean("false"));
  for (const std::string text : {"", "True", "yes", "1", "true "}) {
    ExpectWrong(ParseBoolean(text), {text, "neither true nor false", "write true or false"});
  }
}

TEST(ParseChoiceTest, TakesAWordInAnyCaseAndMendsASlip) {
  constexpr std::string_view kChoices[] = {"mx", "relay"};
  EXPECT_EQ(*ParseChoice("mx", kChoices), 0u);
  EXPECT_EQ(*ParseChoice("Relay", kChoices), 1u);
  ExpectWrong(ParseChoice("rellay", kChoices),
              {"rellay", "'rellay' is none of: mx, relay", "did you mean 'relay'?"});
  ExpectWrong(ParseChoice("smarthost", kChoices),
              {"smarthost", "'smarthost' is none of: mx, relay", "write one of: mx, relay"});
  ExpectWrong(ParseChoice("", kChoices), {"", "'' is none of", "write one of: mx, relay"});
}

TEST(ParseSourceAddressTest, TakesAnAddressThatOneMachineCanHave) {
  for (const std::string_view text :
       {"192.0.2.1", "127.0.0.2", "10.0.0.1", "2001:db8::1", "2001:DB8:0:0::1", "::1", "fe80::1"}) {
    const Parsed<IpAddress> parsed = ParseSourceAddress(text);
    ASSERT_TRUE(parsed.ok()) << text << ": " << parsed.error().message;
    EXPECT_EQ(*parsed, IpAddress::Parse(text).value());
  }
}

TEST(ParseSourceAddressTest, AnythingElseIsRefusedWithWhatToWrite) {
  const std::string form = "write one such as \"192.0.2.1\" or \"2001:db8::1\"";
  const std::string ours =
      "write an address of this machine, or leave source-ips out to let the system choose";
  for (const Wrong& wrong : {
           Wrong{"", "'' is not an IP address", form},
           Wrong{"192.0.2.256", "'192.0.2.256' is not an IP address", form},
           Wrong{"192.0.2.1 ", "is not an IP address", form},
           Wrong{"192.0.2.01", "is not an IP address", form},
           Wrong{"mail.example.org", "is not an IP address", form},
           Wrong{"192.0.2.1, 192.0.2.2", "is not an IP address", form},
           Wrong{"[192.0.2.1]", "it has brackets", "write it without them"},
           Wrong{"[2001:db8::1]", "it has brackets", "write it without them"},
           Wrong{"192.0.2.0/24", "but a network", "list the addresses one by one"},
           Wrong{"fe80::1%eth0", "zone ids cannot be used", "write a global address"},
           Wrong{"0.0.0.0", "cannot be the address of one machine", ours},
           Wrong{"::", "cannot be the address of one machine", ours},
           Wrong{"224.0.0.1", "cannot be the address of one machine", ours},
           Wrong{"255.255.255.255", "cannot be the address of one machine", ours},
           Wrong{"ff02::1", "cannot be the address of one machine", ours},
           Wrong{"::ffff:192.0.2.1", "IPv4 address in IPv6 clothes", "write \"192.0.2.1\""},
       }) {
    ExpectWrong(ParseSourceAddress(wrong.text), wrong);
  }
}

TEST(ParseRelayAddressTest, TakesANameOrAnAddressWithOrWithoutBrackets) {
  struct Case {
    std::string_view text;
    std::string_view name;     // empty: an address
    std::string_view address;  // empty: a name
  };
  for (const Case& c : {
           Case{"Relay.Example.ORG.", "relay.example.org", ""},
           Case{"localhost", "localhost", ""},
           Case{"b\xC3\xBC"
                "cher.example",
                "xn--bcher-kva.example", ""},
           Case{"192.0.2.1", "", "192.0.2.1"},
           Case{"2001:DB8::1", "", "2001:db8::1"},
           Case{"[192.0.2.1]", "", "192.0.2.1"},
           Case{"[2001:db8::1]", "", "2001:db8::1"},
           Case{"[IPv6:2001:db8::1]", "", "2001:db8::1"},
       }) {
    const auto parsed = ParseRelayAddress(c.text);
    ASSERT_TRUE(parsed.ok()) << c.text << ": " << parsed.error().message;
    if (const auto* name = std::get_if<DomainName>(&*parsed)) {
      EXPECT_EQ(name->text(), c.name);
    } else {
      EXPECT_EQ(std::get<IpAddress>(*parsed).ToString(), c.address);
    }
  }
}

TEST(ParseRelayAddressTest, AnythingElseIsRefusedWithWhatToWrite) {
  const std::string either = "write a host name or an IP address";
  for (const Wrong& wrong : {
           Wrong{"", "it is empty", either},
           Wrong{"a_b.example", "may hold only", either},
           Wrong{"192.0.2.256", "its last label is a number", either},
           Wrong{"smtp://relay.example", "may hold only", either},
           Wrong{"relay.example:2525", "is a host and a port",
                 "write the host alone, and port = 2525"},
           Wrong{"192.0.2.1:25", "is a host and a port", "write the host alone, and port = 25"},
           Wrong{"[2001:db8::1]:25", "is a host and a port", "write the host alone, and port = 25"},
           Wrong{"[relay.example]", "is not an IP address",
                 "write one such as \"192.0.2.1\" or \"2001:db8::1\""},
       }) {
    ExpectWrong(ParseRelayAddress(wrong.text), wrong);
  }
}

TEST(ParseNetworkTest, TakesANetworkOrOneAddress) {
  EXPECT_EQ((*ParseNetwork("192.0.2.7/24")).ToString(), "192.0.2.0/24");
  EXPECT_EQ((*ParseNetwork("2001:db8::/32")).ToString(), "2001:db8::/32");
  EXPECT_EQ((*ParseNetwork("192.0.2.7")).ToString(), "192.0.2.7/32");
  for (const std::string text : {"", "192.0.2.0/33", "192.0.2.0/", "private", "192.0.2.0-9"}) {
    ExpectWrong(ParseNetwork(text),
                {text, "is not a network",
                 "write one such as \"192.0.2.0/24\" or \"2001:db8::/32\", or one address"});
  }
}

TEST(ParseEhloNameTest, GivesTheNameAsItIsSent) {
  EXPECT_EQ(*ParseEhloName("Mail.Example.ORG."), "mail.example.org");
  EXPECT_EQ(*ParseEhloName("[192.0.2.1]"), "[192.0.2.1]");
  EXPECT_EQ(*ParseEhloName("[ipv6:2001:DB8::1]"), "[IPv6:2001:db8::1]");
}

TEST(ParseEhloNameTest, WhatCannotBeSentIsRefused) {
  const std::string name = "write a host name such as \"mail.example.org\"";
  for (const Wrong& wrong : {
           Wrong{"", "it is empty", name},
           Wrong{"mail example", "may hold only", name},
           Wrong{"mail.example\r\nQUIT", "may hold only", name},
           Wrong{"a\0.example"s, "it has a NUL", name},
           Wrong{"192.0.2.1", "is an address, not a name",
                 "write \"[192.0.2.1]\", or better a host name"},
           Wrong{"2001:db8::1", "is an address, not a name",
                 "write \"[IPv6:2001:db8::1]\", or better a host name"},
       }) {
    ExpectWrong(ParseEhloName(wrong.text), wrong);
  }
}

TEST(ParseUpstreamTest, TakesAnAddressWithTransportAndPortWhereThereAreAny) {
  using Transport = ResolverSettings::Transport;
  struct Case {
    std::string_view text;
    Transport transport;
    std::string_view address;
    std::uint16_t port;
  };
  for (const Case& c : {
           Case{"192.0.2.1", Transport::kUdp, "192.0.2.1", 53},
           Case{"192.0.2.1:5300", Transport::kUdp, "192.0.2.1", 5300},
           Case{"udp://192.0.2.1", Transport::kUdp, "192.0.2.1", 53},
           Case{"TCP://192.0.2.1:53", Transport::kTcp, "192.0.2.1", 53},
           Case{"2001:db8::1", Transport::kUdp, "2001:db8::1", 53},
           Case{"[2001:db8::1]", Transport::kUdp, "2001:db8::1", 53},
           Case{"tcp://[2001:db8::1]:5300", Transport::kTcp, "2001:db8::1", 5300},
       }) {
    const Parsed<ResolverSettings::Upstream> parsed = ParseUpstream(c.text);
    ASSERT_TRUE(parsed.ok()) << c.text << ": " << parsed.error().message;
    EXPECT_EQ((*parsed).transport, c.transport) << c.text;
    EXPECT_EQ((*parsed).address.ToString(), c.address) << c.text;
    EXPECT_EQ((*parsed).port, c.port) << c.text;
  }
}

TEST(ParseUpstreamTest, AnythingElseIsRefusedWithWhatToWrite) {
  const std::string form = "write \"udp://192.0.2.1:53\" or \"tcp://[2001:db8::1]:53\"";
  for (const Wrong& wrong : {
           Wrong{"", "is not an IP address", form},
           Wrong{"dns.example", "'dns.example' is not an IP address", form},
           Wrong{"udp://dns.example:53", "'dns.example' is not an IP address", form},
           Wrong{"192.0.2.1:0", "its port '0' is out of range", form},
           Wrong{"192.0.2.1:65536", "its port '65536' is out of range", form},
           Wrong{"192.0.2.1:", "its port '' is not a whole number", form},
           Wrong{"[2001:db8::1", "is not an IP address", form},
           Wrong{"[2001:db8::1]53", "is not an IP address", form},
           Wrong{"https://192.0.2.1", "there is no 'https' here", form},
           Wrong{"tls://192.0.2.1", "this resolver has no TLS",
                 "write udp:// or tcp://, or run a forwarder with TLS on this machine"},
       }) {
    ExpectWrong(ParseUpstream(wrong.text), wrong);
  }
}

}  // namespace
}  // namespace postern::strategy
