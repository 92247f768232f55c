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
           Case{"\xC3\xBC@example.org", "at offset 0; set smtp_utf8"},
           Case{"\"\xC3\xBC\"@example.org", "at offset 1; set smtp_utf8"},
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

// --- With SMTPUTF8 -------------------------------------------------------------------------------

TEST(Utf8MailboxTest, TheTextIsKeptAndTheDestinationHasALabels) {
  struct Case {
    std::string text;
    std::string local_part;
    std::string domain;
    bool ascii = false;
  };
  for (const Case& c : {
           Case{"jürgen@example.org", "jürgen", "example.org"},
           Case{"j.ü.r@example.org", "j.ü.r", "example.org"},
           Case{"\"jürgen @ home\"@example.org", "\"jürgen @ home\"", "example.org"},
           Case{"用户@例子.example", "用户", "xn--fsqu00a.example"},
           Case{"\xF0\x9F\x93\xA7@example.org", "\xF0\x9F\x93\xA7", "example.org"},
           Case{"user@bücher.example", "user", "xn--bcher-kva.example"},
           Case{"user@Bücher.EXAMPLE", "user", "xn--bcher-kva.example"},
           Case{"user@straße.example", "user", "xn--strae-oqa.example"},
           Case{"user@xn--bcher-kva.bücher.example", "user", "xn--bcher-kva.xn--bcher-kva.example"},
           Case{"jürgen@[192.0.2.1]", "jürgen", "[192.0.2.1]"},
           Case{"User@XN--BCHER-KVA.example", "User", "xn--bcher-kva.example", true},
           Case{"user@example.org", "user", "example.org", true},
       }) {
    const absl::StatusOr<Mailbox> mailbox = Mailbox::Parse(c.text, AddressForm::kUtf8);
    ASSERT_TRUE(mailbox.ok()) << c.text << ": " << mailbox.status();
    EXPECT_EQ(mailbox->text(), c.text);
    EXPECT_EQ(mailbox->local_part(), c.local_part);
    EXPECT_EQ(mailbox->domain_text(), c.domain);
    EXPECT_EQ(mailbox->is_ascii(), c.ascii) << c.text;
  }
}

TEST(Utf8MailboxTest, WrongAddressesAreRefusedWithTheReason) {
  struct Case {
    std::string text;
    std::string why;
  };
  for (const Case& c : {
           Case{"us\x80@example.org", "no valid UTF-8 at offset 2"},
           Case{"us\xC3@example.org", "no valid UTF-8 at offset 2"},
           Case{"us\xC0\xAF@example.org", "no valid UTF-8 at offset 2"},
           Case{"us\xED\xA0\x80@example.org", "no valid UTF-8 at offset 2"},
           Case{"user@example.\xFF", "no valid UTF-8 at offset 13"},
           Case{"\"ü\xC0\x80\"@example.org", "no valid UTF-8 at offset 3"},
           Case{"us\xC2\x80@example.org", "a control character (U+0080) at offset 2"},
           Case{"ü\xC2\x85@example.org", "a control character (U+0085) at offset 2"},
           Case{"\"\xC2\x9F\"@example.org", "a control character (U+009F) at offset 1"},
           Case{"ü\r\n@example.org", "a control octet (0x0d) at offset 2"},
           Case{"ü\x7F@example.org", "a control octet (0x7f) at offset 2"},
           Case{"ü ü@example.org", "the local part holds ' '"},
           Case{"\"\\ü\"@example.org", "only ASCII may follow a backslash"},
           Case{"ü..ü@example.org", "empty element"},
           Case{"ü@", "no domain after"},
           Case{"ü＠example.org", "there is no \"@\""},  // full-width
           Case{"üser@bücher.example.", "ends with a dot"},
           Case{"user@bü_cher.example", "not a host name"},
           Case{"user@-ü.example", "not a host name"},
           Case{"user@ü..example", "empty label"},
           Case{"user@ü.xn--\x7A.example", "not a host name"},
           // What IDNA would map: the text would be read differently by whoever does not map alike.
           Case{"user@BÜCHER.example", "the name that it stands for is xn--bcher-kva.example"},
           Case{"user@bu\xCC\x88"
                "cher.example",
                "not in Unicode NFC format; the name that it stands for is xn--bcher-kva.example"},
           Case{"user@evil。example", "the name that it stands for is evil.example"},
           Case{"user@exam\xC2\xADple.org", "the name that it stands for is example.org"},
           Case{"user@ｅxample.org", "the name that it stands for is example.org"},
           Case{"user@[１92.0.2.1]", "an address literal must be"},
           // Octets are counted, not characters.
           Case{std::string(63, 'l') + "ü@example.org", "local part is longer than 64"},
           Case{"ü@" + std::string(260, 'd'), "longer than 254 octets"},
       }) {
    const absl::StatusOr<Mailbox> mailbox = Mailbox::Parse(c.text, AddressForm::kUtf8);
    ASSERT_FALSE(mailbox.ok()) << c.text;
    EXPECT_EQ(mailbox.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(mailbox.status().message()), HasSubstr(c.why)) << c.text;
  }
  EXPECT_TRUE(Mailbox::Parse(std::string(62, 'l') + "ü@example.org", AddressForm::kUtf8).ok());
}

// A label that is short in UTF-8 can be too long for DNS.
TEST(Utf8MailboxTest, TheALabelsMustFitIntoDns) {
  std::string label;
  for (int i = 0; i < 60; ++i) label += i % 2 == 0 ? "ü" : "例";
  EXPECT_THAT(
      std::string(Mailbox::Parse("u@" + label + ".example", AddressForm::kUtf8).status().message()),
      HasSubstr("not a host name"));
}

TEST(Utf8MailboxTest, AsciiAddressesMeanTheSameInBothForms) {
  for (const std::string base : {"us@ex.org", "\"us\"@ex.org", "u@[192.0.2.1]"}) {
    for (std::size_t at = 0; at <= base.size(); ++at) {
      for (int octet = 0; octet < 256; ++octet) {
        std::string text = base;
        text.insert(at, 1, static_cast<char>(octet));
        // One octet above 0x7F is never valid UTF-8.
        ASSERT_EQ(Mailbox::Parse(text, AddressForm::kUtf8).ok(), Mailbox::Parse(text).ok()) << text;
      }
    }
  }
}

// --- Values --------------------------------------------------------------------------------------

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
