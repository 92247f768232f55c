#include "client/smtp/command.h"

#include <gtest/gtest.h>

namespace postern::client {
namespace {

using namespace std::string_literals;

Mailbox Box(const std::string& text) { return Mailbox::Parse(text).value(); }

Mailbox Utf8Box(const std::string& text) {
  return Mailbox::Parse(text, AddressForm::kUtf8).value();
}

std::string Mail(const MailParameters& parameters) {
  return MailCommand(Box("a@example.org"), parameters).value();
}

std::string Rcpt(const RcptParameters& parameters) {
  return RcptCommand(Box("b@example.org"), parameters).value();
}

// --- EHLO ----------------------------------------------------------------------------------------

TEST(EhloCommandTest, HostNamesAndAddressLiteralsAreWritten) {
  const struct {
    const char* name;
    const char* written;
  } kRows[] = {
      {"mail.example.org", "mail.example.org"},
      {"MAIL.Example.ORG", "mail.example.org"},
      {"localhost", "localhost"},
      {"b\xC3\xBC"
       "cher.example",
       "xn--bcher-kva.example"},
      {"[192.0.2.1]", "[192.0.2.1]"},
      {"[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(EhloCommand(row.name).value(), "EHLO " + std::string(row.written) + "\r\n");
    EXPECT_EQ(HeloCommand(row.name).value(), "HELO " + std::string(row.written) + "\r\n");
  }
}

TEST(EhloCommandTest, WhatIsNoNameIsRefused) {
  for (const std::string& name :
       {""s, "-a.example"s, "a b"s, "a.example SIZE=1"s, "a_b.example"s, "192.0.2.1"s,
        "[192.0.2.256]"s, "[x]"s, std::string(64, 'a') + ".example", std::string(300, 'a')}) {
    EXPECT_FALSE(EhloCommand(name).ok()) << name;
    EXPECT_FALSE(HeloCommand(name).ok()) << name;
  }
}

// No octet outside 0x20-0x7E gets onto the command channel, wherever it stands in the EHLO name.
TEST(EhloCommandTest, EveryBadOctetInEveryPlaceIsRefused) {
  for (const std::string base : {"mx.example", "[192.0.2.1]"}) {
    for (std::size_t at = 0; at <= base.size(); ++at) {
      for (int octet = 0; octet < 256; ++octet) {
        if (octet >= 0x20 && octet <= 0x7E) continue;
        std::string name = base;
        name.insert(at, 1, static_cast<char>(octet));
        ASSERT_FALSE(EhloCommand(name).ok()) << octet << " at " << at;
      }
    }
  }
}

TEST(EhloCommandTest, ACommandInsideTheNameIsRefused) {  // GHSA-vvjj-xcjg-gr5g
  EXPECT_FALSE(EhloCommand("evil\r\nMAIL FROM:<x@example.org>").ok());
  EXPECT_FALSE(EhloCommand("mx.example\r\n").ok());
  EXPECT_FALSE(EhloCommand("mx.example\nRSET").ok());
}

// --- MAIL ----------------------------------------------------------------------------------------

TEST(MailCommandTest, CarriesTheSenderOrNone) {
  EXPECT_EQ(Mail({}), "MAIL FROM:<a@example.org>\r\n");
  EXPECT_EQ(MailCommand(std::nullopt, {}).value(), "MAIL FROM:<>\r\n");
  EXPECT_EQ(MailCommand(Box("\"a> b\"@example.org"), {}).value(),
            "MAIL FROM:<\"a> b\"@example.org>\r\n");
}

TEST(MailCommandTest, CarriesTheParametersThatAreSet) {
  EXPECT_EQ(Mail({.size = 0}), "MAIL FROM:<a@example.org> SIZE=0\r\n");
  EXPECT_EQ(Mail({.body = BodyType::kSevenBit}), "MAIL FROM:<a@example.org> BODY=7BIT\r\n");
  EXPECT_EQ(Mail({.body = BodyType::kEightBitMime}), "MAIL FROM:<a@example.org> BODY=8BITMIME\r\n");
  EXPECT_EQ(Mail({.dsn_return = DsnReturn::kFull}), "MAIL FROM:<a@example.org> RET=FULL\r\n");
  EXPECT_EQ(Mail({.dsn_return = DsnReturn::kHeaders, .envelope_id = "x+y=z"}),
            "MAIL FROM:<a@example.org> RET=HDRS ENVID=x+2By+3Dz\r\n");
  EXPECT_EQ(Mail({.smtp_utf8 = true}), "MAIL FROM:<a@example.org> SMTPUTF8\r\n");
  EXPECT_EQ(Mail({.priority = 9}), "MAIL FROM:<a@example.org> MT-PRIORITY=9\r\n");
  EXPECT_EQ(Mail({.priority = -9}), "MAIL FROM:<a@example.org> MT-PRIORITY=-9\r\n");
  EXPECT_EQ(Mail({.size = 1,
                  .body = BodyType::kEightBitMime,
                  .envelope_id = "id",
                  .smtp_utf8 = true,
                  .priority = 1}),
            "MAIL FROM:<a@example.org> SIZE=1 BODY=8BITMIME SMTPUTF8 ENVID=id MT-PRIORITY=1\r\n");
  EXPECT_EQ(MailCommand(std::nullopt,
                        {18446744073709551615u, BodyType::kEightBitMime, DsnReturn::kFull, "id"})
                .value(),
            "MAIL FROM:<> SIZE=18446744073709551615 BODY=8BITMIME RET=FULL ENVID=id\r\n");
}

TEST(MailCommandTest, NothingInAnEnvelopeIdBreaksOut) {
  EXPECT_EQ(Mail({.envelope_id = "a b\r\nDATA\0\xff"s}),
            "MAIL FROM:<a@example.org> ENVID=a+20b+0D+0ADATA+00+FF\r\n");
}

TEST(MailCommandTest, ALineMayHave2048OctetsAndNoMore) {
  const std::size_t rest = Mail({.envelope_id = "x"}).size() - 1;
  EXPECT_EQ(Mail({.envelope_id = std::string(2048 - rest, 'x')}).size(), 2048u);
  EXPECT_FALSE(
      MailCommand(Box("a@example.org"), {.envelope_id = std::string(2049 - rest, 'x')}).ok());
}

// --- RCPT ----------------------------------------------------------------------------------------

TEST(RcptCommandTest, CarriesTheParametersThatAreSet) {
  EXPECT_EQ(Rcpt({}), "RCPT TO:<b@example.org>\r\n");
  EXPECT_EQ(Rcpt({.notify = {.never = true}}), "RCPT TO:<b@example.org> NOTIFY=NEVER\r\n");
  EXPECT_EQ(Rcpt({.notify = {.failure = true}}), "RCPT TO:<b@example.org> NOTIFY=FAILURE\r\n");
  EXPECT_EQ(Rcpt({.notify = {.success = true, .failure = true, .delay = true}}),
            "RCPT TO:<b@example.org> NOTIFY=SUCCESS,FAILURE,DELAY\r\n");
  EXPECT_EQ(Rcpt({.notify = {.delay = true}, .original_recipient = "rfc822;a+b@example.org"}),
            "RCPT TO:<b@example.org> NOTIFY=DELAY ORCPT=rfc822;a+2Bb@example.org\r\n");
}

TEST(RcptCommandTest, NeverStandsAlone) {  // RFC 3461 4.1
  EXPECT_EQ(Rcpt({.notify = {.never = true, .success = true}}),
            "RCPT TO:<b@example.org> NOTIFY=NEVER\r\n");
}

TEST(RcptCommandTest, TheAddressOfAnOriginalRecipientIsEncodedAndItsTypeIsChecked) {
  EXPECT_EQ(Rcpt({.original_recipient = "rfc822;a;b c\r\n"}),
            "RCPT TO:<b@example.org> ORCPT=rfc822;a;b+20c+0D+0A\r\n");
  for (const std::string& text :
       {"user@example.org"s, ";user@example.org"s, "rfc 822;x"s, "x NOTIFY=NEVER;y"s,
        "a\r\nRSET;x"s, "a=b;x"s, "a+b;x"s, "\xff;x"s, "a\0;x"s}) {
    EXPECT_FALSE(RcptCommand(Box("b@example.org"), {.original_recipient = text}).ok()) << text;
  }
}

TEST(RcptCommandTest, ALineMayHave2048OctetsAndNoMore) {
  const std::size_t rest = Rcpt({.original_recipient = "x;"}).size();
  EXPECT_EQ(Rcpt({.original_recipient = "x;" + std::string(2048 - rest, 'y')}).size(), 2048u);
  const RcptParameters longer = {.original_recipient = "x;" + std::string(2049 - rest, 'y')};
  EXPECT_FALSE(RcptCommand(Box("b@example.org"), longer).ok());
}

// --- SMTPUTF8 ------------------------------------------------------------------------------------

TEST(Utf8CommandTest, AddressesStandAsTheyAreWritten) {
  for (const char* text : {"jürgen@bücher.example", "用户@例子.example", "\"ü ü\"@example.org"}) {
    const std::string path = "<" + std::string(text) + ">";
    EXPECT_EQ(MailCommand(Utf8Box(text), {.smtp_utf8 = true}).value(),
              "MAIL FROM:" + path + " SMTPUTF8\r\n");
    EXPECT_EQ(RcptCommand(Utf8Box(text), {.smtp_utf8 = true}).value(), "RCPT TO:" + path + "\r\n");
  }
}

TEST(Utf8CommandTest, WithoutTheParameterTheyAreRefused) {
  for (const char* text : {"jürgen@example.org", "a@bücher.example"}) {
    EXPECT_FALSE(MailCommand(Utf8Box(text), {}).ok());
    EXPECT_FALSE(RcptCommand(Utf8Box(text), {}).ok());
  }
}

// Only the address may be UTF-8: parameters stay ASCII.
TEST(Utf8CommandTest, ParametersStayEncoded) {
  EXPECT_EQ(MailCommand(Utf8Box("ü@example.org"), {.envelope_id = "ü", .smtp_utf8 = true}).value(),
            "MAIL FROM:<ü@example.org> SMTPUTF8 ENVID=+C3+BC\r\n");
  EXPECT_EQ(RcptCommand(Utf8Box("ü@example.org"),
                        {.original_recipient = "utf-8;\\x{FC}@example.org", .smtp_utf8 = true})
                .value(),
            "RCPT TO:<ü@example.org> ORCPT=utf-8;\\x{FC}@example.org\r\n");
  EXPECT_EQ(
      RcptCommand(Utf8Box("ü@example.org"), {.original_recipient = "rfc822;ü", .smtp_utf8 = true})
          .value(),
      "RCPT TO:<ü@example.org> ORCPT=rfc822;+C3+BC\r\n");
  EXPECT_FALSE(
      RcptCommand(Utf8Box("ü@example.org"), {.original_recipient = "ü;x", .smtp_utf8 = true}).ok());
}

// --- The rest ------------------------------------------------------------------------------------

TEST(CommandTest, TheOthersAreConstant) {
  EXPECT_EQ(DataCommand(), "DATA\r\n");
  EXPECT_EQ(EmptyMessage(), ".\r\n");
  EXPECT_EQ(RsetCommand(), "RSET\r\n");
  EXPECT_EQ(QuitCommand(), "QUIT\r\n");
}

TEST(XtextTest, OnlyPlainOctetsStayAsTheyAre) {  // RFC 3461 4
  for (int octet = 0; octet < 256; ++octet) {
    const std::string text(1, static_cast<char>(octet));
    const bool plain = octet >= '!' && octet <= '~' && octet != '+' && octet != '=';
    static constexpr char kDigits[] = "0123456789ABCDEF";
    const std::string encoded = {'+', kDigits[octet / 16], kDigits[octet % 16]};
    EXPECT_EQ(EncodeXtext(text), plain ? text : encoded) << octet;
  }
  EXPECT_EQ(EncodeXtext(""), "");
}

}  // namespace
}  // namespace postern::client
