#include "client/dns/rdata.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/domain_name.h"
#include "common/ip_address.h"

namespace postern::client {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::string Label(std::string_view octets) {
  return static_cast<char>(octets.size()) + std::string(octets);
}

// An MX of preference 10 with these octets as its name.
std::string Mx(std::string_view name) { return "\x00\x0A"s + std::string(name); }

std::string Root() { return std::string(1, '\0'); }

TEST(ParseMx, ReadsPreferenceAndLowerCaseName) {
  const std::string name = Label("Mx1") + Label("EXAMPLE") + Label("test") + Root();
  EXPECT_EQ(ParseMx(Mx(name)), (MxRecord{10, "mx1.example.test"}));
  EXPECT_EQ(ParseMx("\xFF\xFE\x01"
                    "a\0"sv),
            (MxRecord{65534, "a"}));
  EXPECT_EQ(ParseMx("\0\0\0"sv), (MxRecord{0, ""})) << "A5: the null MX";
}

TEST(ParseMx, TakesTheLongestNameAndNoLongerOne) {
  const std::string label = Label(std::string(63, 'a'));
  const std::string longest = label + label + label + Label(std::string(61, 'b')) + Root();
  ASSERT_EQ(longest.size(), 255u);
  const std::optional<MxRecord> record = ParseMx(Mx(longest));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->exchange.size(), 253u);
  EXPECT_TRUE(DomainName::Parse(record->exchange).ok());
  EXPECT_FALSE(ParseMx(Mx(label + label + label + Label(std::string(62, 'b')) + Root())));
}

TEST(ParseMx, RefusesWhatIsNoRecord) {
  struct Case {
    std::string_view what;
    std::string rdata;
  };
  const std::string good = Label("mx") + Root();
  for (const Case& c : {
           Case{"nothing", ""},
           Case{"half a preference", "\0"s},
           Case{"no name", Mx("")},
           Case{"no end of name", Mx(Label("mx"))},
           Case{"a label that is cut", Mx("\x05mx")},
           Case{"octets after the root", Mx(good + "x")},
           Case{"a second root", Mx(good + Root())},
           Case{"a compression pointer", Mx("\xC0\x0C")},
           Case{"a compression pointer behind a label", Mx(Label("mx") + "\xC0\x0C")},
           Case{"a pointer to itself", Mx("\xC0\x02" + Root())},
           Case{"an extended label", Mx("\x41" + std::string(65, 'a') + Root())},
           Case{"a label of 64", Mx("\x40" + std::string(64, 'a') + Root())},
           Case{"65,535 zeros", std::string(65535, '\0')},
           Case{"65,535 times 0x3F", std::string(65535, '\x3F')},
           Case{"65,535 times 0xFF", std::string(65535, '\xFF')},
           Case{"32,766 labels", Mx([] {
                  std::string name;
                  for (int i = 0; i < 32766; ++i) name += Label("a");
                  return name + Root();
                }())},
       }) {
    EXPECT_FALSE(ParseMx(c.rdata)) << c.what;
  }
}

TEST(ParseMx, AnOctetThatNoHostNameHasCannotMakeOne) {
  struct Case {
    std::string name;
    std::string_view text;
  };
  for (const Case& c : {
           Case{Label("mx.example") + Label("test") + Root(), "mx\\.example.test"},
           Case{Label("192.0.2.1") + Root(), "192\\.0\\.2\\.1"},
           Case{Label(".") + Root(), "\\."},
           Case{Label("mx\0"s) + Label("test") + Root(), "mx\\000.test"},
           Case{Label("\0"s) + Root(), "\\000"},
           Case{Label("mx\r\n") + Root(), "mx\\013\\010"},
           Case{Label("m x") + Root(), "m\\032x"},
           Case{Label("mx\x7F") + Root(), "mx\\127"},
           Case{Label("mx\\") + Root(), "mx\\\\"},
           // What would be a U-label, were it text: octets of DNS are not UTF-8.
           Case{Label("b\xC3\xBC") + Label("test") + Root(), "b\\195\\188.test"},
           Case{Label("\xEF\xBC\x8E") + Root(), "\\239\\188\\142"},
           Case{Label("\xFF") + Root(), "\\255"},
       }) {
    const std::optional<MxRecord> record = ParseMx(Mx(c.name));
    ASSERT_TRUE(record) << c.text;
    EXPECT_EQ(record->exchange, c.text);
    EXPECT_FALSE(DomainName::Parse(record->exchange).ok()) << c.text;
  }
}

TEST(ParseMx, NoSingleOctetOfALabelMakesTwoLabels) {
  for (int octet = 0; octet < 256; ++octet) {
    const std::string label = "a"s + static_cast<char>(octet) + "b";
    const std::optional<MxRecord> record = ParseMx(Mx(Label(label) + Root()));
    ASSERT_TRUE(record) << octet;
    const absl::StatusOr<DomainName> name = DomainName::Parse(record->exchange);
    const bool ldh = octet < 128 && (std::isalnum(octet) != 0 || octet == '-');
    EXPECT_EQ(name.ok(), ldh) << octet;
    EXPECT_FALSE(name.ok() && name->is_fully_qualified()) << octet;
  }
}

TEST(ParseTxt, PutsItsTextsTogether) {
  EXPECT_EQ(ParseTxt(std::string_view("\x03"
                                      "abc"
                                      "\x00"
                                      "\x02"
                                      "de",
                                      8)),
            "abcde");
  EXPECT_EQ(ParseTxt(std::string_view("\x02"
                                      "\x00\xFF",
                                      3)),
            std::string("\x00\xFF", 2));
  EXPECT_EQ(ParseTxt(std::string_view("\x00", 1)), "");
}

TEST(ParseTxt, RefusesWhatIsNoRecord) {
  EXPECT_FALSE(ParseTxt(""));
  EXPECT_FALSE(
      ParseTxt("\x04"
               "abc"))
      << "longer than it is";
  EXPECT_FALSE(
      ParseTxt("\x01"
               "a"
               "\x05"
               "b"));
}

TEST(ReverseName, IsTheNameThatPtrRecordsHave) {
  EXPECT_EQ(ReverseName(IpAddress::Parse("192.0.2.10").value()), "10.2.0.192.in-addr.arpa");
  EXPECT_EQ(ReverseName(IpAddress::Parse("2001:db8::567:89ab").value()),
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

TEST(ParseAddress, TakesExactlyTheOctetsOfItsFamily) {
  EXPECT_EQ(ParseAddress(IpFamily::kIpv4, "\xC0\x00\x02\xFF"sv), IpAddress::Parse("192.0.2.255"));
  EXPECT_EQ(ParseAddress(IpFamily::kIpv6, "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01"sv),
            IpAddress::Parse("2001:db8::1"));
  for (const std::size_t size : {0u, 1u, 3u, 4u, 5u, 15u, 16u, 17u, 65535u}) {
    const std::string rdata(size, '\xFF');
    EXPECT_EQ(ParseAddress(IpFamily::kIpv4, rdata).has_value(), size == 4) << size;
    EXPECT_EQ(ParseAddress(IpFamily::kIpv6, rdata).has_value(), size == 16) << size;
  }
}

}  // namespace
}  // namespace postern::client
