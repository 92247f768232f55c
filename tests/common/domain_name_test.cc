#include "common/domain_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace postern {
namespace {

using ::testing::HasSubstr;

const std::string kLabel63(63, 'a');
// 253 octets, the most there may be: 63 + 63 + 63 + 61 and three dots.
const std::string kLongest =
    kLabel63 + "." + kLabel63 + "." + kLabel63 + "." + std::string(61, 'b');

TEST(DomainNameTest, NamesComeOutInLowerCaseALabels) {
  struct Case {
    std::string text;
    std::string name;
  };
  for (const Case& c : {
           Case{"example.org", "example.org"},
           Case{"EXAMPLE.Org", "example.org"},
           Case{"example.org.", "example.org"},
           Case{"localhost", "localhost"},
           Case{"a", "a"},
           Case{"3com.com", "3com.com"},
           Case{"1.2.3.4a", "1.2.3.4a"},
           Case{"a--b.example", "a--b.example"},
           Case{"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
           Case{"b\xC3\xBC"
                "cher.example",
                "xn--bcher-kva.example"},
           Case{"B\xC3\x9C"
                "CHER.Example.",
                "xn--bcher-kva.example"},
           // Sharp s is kept (IDNA 2008), not turned into ss.
           Case{"stra\xC3\x9F"
                "e.example",
                "xn--strae-oqa.example"},
           // An ideographic full stop separates labels too.
           Case{"\xE4\xBE\x8B\xE3\x80\x82"
                "example",
                "xn--fsq.example"},
           Case{kLabel63 + ".example", kLabel63 + ".example"},
           Case{kLongest, kLongest},
           Case{kLongest + ".", kLongest},
       }) {
    const absl::StatusOr<DomainName> name = DomainName::Parse(c.text);
    ASSERT_TRUE(name.ok()) << c.text << ": " << name.status();
    EXPECT_EQ(name->text(), c.name);
  }
}

TEST(DomainNameTest, WrongNamesAreRefusedWithTheReason) {
  struct Case {
    std::string text;
    std::string why;
  };
  using namespace std::string_literals;
  for (const Case& c : {
           Case{"", "it is empty"},
           Case{".", "empty label"},
           Case{"..", "empty label"},
           Case{".example", "empty label"},
           Case{"a..example", "empty label"},
           Case{"example..", "empty label"},
           Case{"-a.example", "the label '-a' begins or ends with a hyphen"},
           Case{"a-.example", "the label 'a-' begins or ends with a hyphen"},
           Case{"a_b.example", "the label 'a_b' may hold only"},
           Case{"a b.example", "may hold only"},
           Case{" example", "may hold only"},
           Case{"example\r\n", "may hold only"},
           Case{"a/b", "may hold only"},
           Case{"a@b", "may hold only"},
           Case{"[192.0.2.1]", "may hold only"},
           Case{"::1", "may hold only"},
           Case{"a\0.example"s, "it has a NUL"},
           Case{"example\0"s, "it has a NUL"},
           Case{"192.0.2.1", "its last label is a number"},
           Case{"example.1", "its last label is a number"},
           Case{"25", "its last label is a number"},
           // Full-width digits are digits once IDNA has mapped them.
           Case{"127.0.0.\xEF\xBC\x91", "its last label is a number"},
           Case{"\xC2\xAD", "nothing in it can stand in a name"},
           Case{"\xFF.example", "not a host name"},
           Case{"\xC3.example", "not a host name"},
           Case{"a\xE2\x80\xAE"
                "b.example",
                "not a host name"},
           Case{"a\xEF\xBC\x8F"
                "b.example",
                "not a host name"},
           Case{kLabel63 + "a.example", "is longer than 63 octets"},
           Case{kLongest + "b", "longer than 253 octets"},
           Case{std::string(100000, 'a'), "longer than 253 octets"},
       }) {
    const absl::StatusOr<DomainName> name = DomainName::Parse(c.text);
    ASSERT_FALSE(name.ok()) << c.text;
    EXPECT_EQ(name.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(name.status().message()), HasSubstr(c.why));
    EXPECT_LT(name.status().message().size(), 500u);
  }
}

TEST(DomainNameTest, AnErrorQuotesTheNameWithControlOctetsEscaped) {
  EXPECT_THAT(std::string(DomainName::Parse("a\x1B[2Jb").status().message()),
              HasSubstr("'a\\x1B[2Jb' is not a host name"));
}

TEST(DomainNameTest, OneLabelIsNotFullyQualified) {
  EXPECT_FALSE(DomainName::Parse("localhost.")->is_fully_qualified());
  EXPECT_TRUE(DomainName::Parse("mx.example")->is_fully_qualified());
}

TEST(DomainNameTest, NamesThatDifferOnlyInSpellingAreEqual) {
  EXPECT_EQ(DomainName::Parse("Example.ORG.").value(), DomainName::Parse("example.org").value());
  EXPECT_LT(DomainName::Parse("a.example").value(), DomainName::Parse("b.example").value());
}

TEST(ParseULabelsTest, WhatIsOutsideAsciiMustBeULabelsAsTheyAre) {
  struct Case {
    std::string text;
    std::string name;  // empty: refused, though Parse takes it
  };
  for (const Case& c : {
           Case{"EXAMPLE.org", "example.org"},
           Case{"Bücher.Example", "xn--bcher-kva.example"},
           Case{"XN--BCHER-KVA.bücher.example", "xn--bcher-kva.xn--bcher-kva.example"},
           Case{"straße.example", "xn--strae-oqa.example"},
           Case{"BÜCHER.example", ""},
           Case{"bu\xCC\x88"
                "cher.example",
                ""},
           Case{"例。example", ""},
           Case{"exam\xC2\xADple.org", ""},
           Case{"ｅxample.org", ""},
       }) {
    EXPECT_TRUE(DomainName::Parse(c.text).ok()) << c.text;
    const absl::StatusOr<DomainName> name = DomainName::ParseULabels(c.text);
    EXPECT_EQ(name.ok() ? name->text() : "", c.name) << c.text;
  }
  EXPECT_FALSE(DomainName::ParseULabels("-ü.example").ok());
  EXPECT_FALSE(DomainName::ParseULabels("ü\xFF").ok());
}

TEST(ParseEhloHostnameTest, TakesANameOrAnAddressLiteral) {
  struct Case {
    std::string_view text;
    std::string_view sent;  // empty: refused
  };
  for (const Case& c : {
           Case{"MX.Example.org.", "mx.example.org"},
           Case{"[192.0.2.1]", "[192.0.2.1]"},
           Case{"[ipv6:2001:DB8:0::1]", "[IPv6:2001:db8::1]"},
           Case{"[192.0.2.1", ""},
           Case{"[]", ""},
           Case{"[2001:db8::1]", ""},
           Case{"[IPv6:192.0.2.1]", ""},
           Case{"[192.0.2.1]\r\nQUIT", ""},
           Case{"192.0.2.1", ""},
           Case{"mx.example.org QUIT", ""},
           Case{"", ""},
       }) {
    const absl::StatusOr<std::string> sent = ParseEhloHostname(c.text);
    EXPECT_EQ(sent.ok() ? *sent : "", c.sent) << c.text;
  }
}

}  // namespace
}  // namespace postern
