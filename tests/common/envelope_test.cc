#include "common/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace postern {
namespace {

using ::testing::HasSubstr;

const std::string kLocal64(64, 'l');
const std::string kLabel63(63, 'd');

TEST(MailboxTest, TheTextIsKeptAndTheDestinationIsLowerCase) {
  struct Case {
    std::string text;
    std::string local_part;
    std::string domain;
  };
  for (const Case& c : {
           Case{"user@example.org", "user", "example.org"},
           Case{"User@EXAMPLE.Org", "User", "example.org"},
           Case{"a.b.c@d", "a.b.c", "d"},
           Case{"!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~", "example.org"},
           Case{"a!b%c@example.org", "a!b%c", "example.org"},
           Case{"\"john doe\"@example.org", "\"john doe\"", "example.org"},
           Case{"\"\"@example.org", "\"\"", "example.org"},
           Case{"\".a..b.\"@example.org", "\".a..b.\"", "example.org"},
           // None of these is the separating "@": quoted, after an escaped quote, escaped itself.
           Case{"\"a@evil.example\"@example.org", "\"a@evil.example\"", "example.org"},
           Case{R"("a\"@evil.example,"@example.org)", R"("a\"@evil.example,")", "example.org"},
           Case{R"("a\@b"@example.org)", R"("a\@b")", "example.org"},
           Case{R"("a\\"@example.org)", R"("a\\")", "example.org"},
           Case{"\"<a>(b),;:[c]\"@example.org", "\"<a>(b),;:[c]\"", "example.org"},
           Case{"u@[192.0.2.1]", "u", "[192.0.2.1]"},
           Case{"u@[ipv6:2001:DB8::1]", "u", "[IPv6:2001:db8::1]"},
           Case{"u@xn--bcher-kva.example", "u", "xn--bcher-kva.example"},
           Case{kLocal64 + "@example.org", kLocal64, "example.org"},
       }) {
    const absl::StatusOr<Mailbox> mailbox = Mailbox::Parse(c.text);
    ASSERT_TRUE(mailbox.ok()) << c.text << ": " << mailbox.status();
    EXPECT_EQ(mailbox->text(), c.text);
    EXPECT_EQ(mailbox->local_part(), c.local_part);
    EXPECT_EQ(mailbox->domain_text(), c.domain);
  }
}

TEST(MailboxTest, WrongAddressesAreRefusedWithTheReason) {
  struct Case {
    std::string text;
    std::string why;
  };
  using namespace std::string_literals;
  for (const Case& c : {
           Case{"", "the address is empty"},
           Case{"user", "there is no \"@\""},
           Case{"\"user\"", "there is no \"@\""},
           Case{"\"user@example.org", "no closing quote"},
           Case{"\"user\\\"@example.org", "no closing quote"},
           Case{"\"", "no closing quote"},
           Case{"\"\\", "no closing quote"},
           Case{"\"a\"b@example.org", "between the closing quote and the \"@\""},
           Case{"\"a\".b@example.org", "between the closing quote and the \"@\""},
           Case{"\"a\" @example.org", "between the closing quote and the \"@\""},
           Case{"a\"b\"@example.org", "the local part holds '\"'"},
           Case{"a b@example.org", "the local part holds ' '"},
           Case{" user@example.org", "the local part holds ' '"},
           Case{"a(comment)@example.org", "the local part holds '('"},
           Case{"a,b@example.org", "the local part holds ','"},
           Case{"a\\@b@example.org", "the local part holds '\\'"},
           Case{".a@example.org", "empty element"},
           Case{"a..b@example.org", "empty element"},
           Case{"a.@example.org", "ends with a dot"},
           Case{"@", "source routes"},
           Case{"@example.org", "source routes"},
           Case{"@relay.example:user@example.org", "source routes"},
           Case{"@a,@b:user@example.org", "source routes"},
           Case{"<user@example.org>", "without angle brackets"},
           Case{"user@example.org>", "without angle brackets"},
           Case{"<>", "without angle brackets"},
           Case{"user@", "no domain after"},
           Case{"a@b@example.org", "not a host name"},
           Case{"user@example.org ", "not a host name"},
           Case{"user@example.org(comment)", "not a host name"},
           Case{"user@example.org> SIZE=1", "not a host name"},
           Case{"user@-a.example", "begins or ends with a hyphen"},
           Case{"user@a..example", "empty label"},
           Case{"user@192.0.2.1", "an IP address is not a name"},
           Case{"user@example.org.", "ends with a dot"},
           Case{"user@.", "ends with a dot"},
           Case{"user@[", "an address literal must be"},
           Case{"user@[]", "an address literal must be"},
           Case{"user@[192.0.2.1", "an address literal must be"},
           Case{"user@[192.0.2.1]x", "an address literal must be"},
           Case{"user@[192.0.2.256]", "an address literal must be"},
           Case{"user@[2001:db8::1]", "an address literal must be"},
           Case{"user@[IPv6:::1%lo]", "an address literal must be"},
           Case{"u\0ser@example.org"s, "a control octet (0x00) at offset 1"},
           Case{"user@example.org\r\nDATA", "a control octet (0x0d) at offset 16"},
           Case{"user@example.org\n", "a control octet (0x0a) at offset 16"},
           Case{"\"a\tb\"@example.org", "a control octet (0x09) at offset 2"},
           Case{"us\x7F@example.org", "a control octet (0x7f) at offset 2"},
           Case{"\"\\\r\"@example.org", "a control octet (0x0d) at offset 2"},
           Case{"\xC3\xBC@example.org", "SMTPUTF8, which is not offered yet"},
           Case{"\"\xC3\xBC\"@example.org", "SMTPUTF8, which is not offered yet"},
           Case{"us\x80@example.org", "an octet above 0x7E at offset 2"},
           Case{"user@b\xC3\xBC"
                "cher.example",
                "its A-label form"},
           Case{kLocal64 + "l@example.org", "local part is longer than 64"},
           Case{"\"" + kLocal64 + "\"@example.org", "local part is longer than 64"},
           Case{"user@" + kLabel63 + "d.example", "is longer than 63 octets"},
           Case{std::string(100000, 'a') + "@example.org", "longer than 254 octets"},
       }) {
    const absl::StatusOr<Mailbox> mailbox = Mailbox::Parse(c.text);
    ASSERT_FALSE(mailbox.ok()) << c.text;
    EXPECT_EQ(mailbox.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(mailbox.status().message()), HasSubstr(c.why)) << c.text;
  }
}

TEST(MailboxTest, TheWholeMayHave254OctetsAndNoMore) {
  const std::string domain = kLabel63 + "." + kLabel63 + "." + kLabel63 + ".";
  const std::string fits = "l@" + domain + std::string(60, 'd');
  ASSERT_EQ(fits.size(), 254u);
  EXPECT_TRUE(Mailbox::Parse(fits).ok());
  EXPECT_EQ(Mailbox::Parse(fits + "d").status().message(), "the address is longer than 254 octets");
}

// No octet but printable ASCII gets through, wherever it stands: what is accepted goes on the wire.
TEST(MailboxTest, EveryOctetInEveryPlaceIsEitherPrintableOrRefused) {
  for (const std::string base : {"us@ex.org", "\"us\"@ex.org", "u@[192.0.2.1]"}) {
    for (std::size_t at = 0; at <= base.size(); ++at) {
      for (int octet = 0; octet < 256; ++octet) {
        std::string text = base;
        text.insert(at, 1, static_cast<char>(octet));
        const bool printable = octet >= 0x20 && octet <= 0x7E;
        const absl::StatusOr<Mailbox> mailbox = Mailbox::Parse(text);
        ASSERT_FALSE(mailbox.ok() && !printable) << text;
        if (!mailbox.ok()) continue;
        ASSERT_EQ(mailbox->text(), text);
        // Outside its quotes an accepted address has nothing that ends a path or an argument.
        if (text[0] == '"') continue;
        ASSERT_EQ(text.find_first_of(" <>\"\\"), std::string::npos) << text;
      }
    }
  }
}

TEST(MailboxTest, TheDestinationIsANameOrAnAddress) {
  const Mailbox name = Mailbox::Parse("u@MX.example").value();
  EXPECT_EQ(std::get<DomainName>(name.destination()).text(), "mx.example");
  const Mailbox literal = Mailbox::Parse("u@[IPv6:::1]").value();
  EXPECT_EQ(std::get<IpAddress>(literal.destination()), IpAddress::Parse("::1").value());
}

TEST(MailboxTest, EqualMeansTheSameText) {
  EXPECT_EQ(Mailbox::Parse("u@example.org").value(), Mailbox::Parse("u@example.org").value());
  EXPECT_FALSE(Mailbox::Parse("u@example.org").value() == Mailbox::Parse("U@example.org").value());
}

TEST(DsnNotifyTest, AnyIsWhetherSomethingWasAskedFor) {
  EXPECT_FALSE(DsnNotify{}.any());
  EXPECT_TRUE(DsnNotify{.never = true}.any());
  EXPECT_TRUE(DsnNotify{.success = true}.any());
  EXPECT_TRUE(DsnNotify{.failure = true}.any());
  EXPECT_TRUE(DsnNotify{.delay = true}.any());
}

}  // namespace
}  // namespace postern
