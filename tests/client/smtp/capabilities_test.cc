#include "client/smtp/capabilities.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace postern::client {
namespace {

using Strings = std::vector<std::string>;

// Of a reply whose first line is the server's name.
Capabilities Offered(Strings keyword_lines) {
  keyword_lines.insert(keyword_lines.begin(), "mx.example.org at your service");
  return ParseCapabilities(std::move(keyword_lines));
}

TEST(CapabilitiesTest, EachKeywordSetsItsFlagAndNoOther) {
  const struct {
    const char* line;
    bool Capabilities::* flag;
  } kRows[] = {
      {"PIPELINING", &Capabilities::pipelining},
      {"8BITMIME", &Capabilities::eight_bit_mime},
      {"SMTPUTF8", &Capabilities::smtp_utf8},
      {"DSN", &Capabilities::dsn},
      {"ENHANCEDSTATUSCODES", &Capabilities::enhanced_status_codes},
      {"STARTTLS", &Capabilities::start_tls},
      {"CHUNKING", &Capabilities::chunking},
      {"MT-PRIORITY MIXER", &Capabilities::mt_priority},
      {"SIZE", &Capabilities::size_offered},
  };
  for (const auto& offered : kRows) {
    const Capabilities capabilities = Offered({offered.line});
    for (const auto& row : kRows) {
      EXPECT_EQ(capabilities.*row.flag, row.flag == offered.flag) << offered.line << row.line;
    }
  }
}

TEST(CapabilitiesTest, SloppyLinesAreRead) {  // C8
  const Capabilities capabilities =
      Offered({"pipelining", "8BitMime  ", "dsn\t", "AUTH=LOGIN", "auth plain Login CRAM-MD5 ",
               "PIPELINING", "", "  ", "="});
  EXPECT_TRUE(capabilities.pipelining);
  EXPECT_TRUE(capabilities.eight_bit_mime);
  EXPECT_TRUE(capabilities.dsn);
  EXPECT_EQ(capabilities.auth_mechanisms, (Strings{"LOGIN", "PLAIN", "CRAM-MD5"}));
}

TEST(CapabilitiesTest, WordsThatOnlyBeginLikeAKeywordAreNone) {
  const Capabilities capabilities = Offered(
      {"PIPELININGX", "8BITMIME-NOT", "XDSN", "AUTHENTICATE PLAIN", "X SIZE 5", "STARTTLS2"});
  EXPECT_FALSE(capabilities.pipelining);
  EXPECT_FALSE(capabilities.eight_bit_mime);
  EXPECT_FALSE(capabilities.dsn);
  EXPECT_FALSE(capabilities.start_tls);
  EXPECT_FALSE(capabilities.size_offered);
  EXPECT_TRUE(capabilities.auth_mechanisms.empty());
}

TEST(CapabilitiesTest, TheFirstLineIsNoKeyword) {  // C9
  EXPECT_FALSE(ParseCapabilities({"PIPELINING"}).pipelining);
  EXPECT_TRUE(ParseCapabilities({"PIPELINING"}).lines.empty());
  EXPECT_TRUE(ParseCapabilities({}).lines.empty()) << "no line at all";
}

TEST(CapabilitiesTest, OnlyASensibleSizeIsALimit) {  // C10
  const struct {
    const char* line;
    std::optional<std::uint64_t> limit;
  } kRows[] = {
      {"SIZE 52428800", 52428800},
      {"size=1000", 1000},
      {"SIZE  1000  ", 1000},
      {"SIZE 1000 more", 1000},
      {"SIZE 9999999999999999999", 9999999999999999999u},  // nineteen digits
      {"SIZE", std::nullopt},
      {"SIZE 0", std::nullopt},
      {"SIZE 00", std::nullopt},
      {"SIZE unlimited", std::nullopt},
      {"SIZE 1000k", std::nullopt},
      {"SIZE -1", std::nullopt},
      {"SIZE +1", std::nullopt},
      {"SIZE 0x10", std::nullopt},
      {"SIZE 1.5", std::nullopt},
      {"SIZE 10000000000000000000", std::nullopt},  // twenty
      {"SIZE 99999999999999999999999999", std::nullopt},
  };
  for (const auto& row : kRows) {
    const Capabilities capabilities = Offered({row.line});
    EXPECT_TRUE(capabilities.size_offered) << row.line;
    EXPECT_EQ(capabilities.max_size, row.limit) << row.line;
  }
  EXPECT_FALSE(Offered({"DSN"}).size_offered);
}

TEST(CapabilitiesTest, OfTwoSizesTheLargerCounts) {  // C8
  EXPECT_EQ(Offered({"SIZE 1000", "SIZE 2000"}).max_size, 2000u);
  EXPECT_EQ(Offered({"SIZE 2000", "SIZE 1000"}).max_size, 2000u);
  EXPECT_EQ(Offered({"SIZE 1000", "SIZE"}).max_size, 1000u);
}

TEST(CapabilitiesTest, OnlySensibleLimitsAreLimits) {  // RFC 9422 4
  const struct {
    const char* line;
    std::optional<std::size_t> mails;
    std::optional<std::size_t> recipients;
  } kRows[] = {
      {"LIMITS RCPTMAX=20 MAILMAX=5 RCPTDOMAINMAX=3", 5, 20},
      {"limits  rcptmax=1\tmailmax=999999 ", 999999, 1},
      {"LIMITS", std::nullopt, std::nullopt},
      {"LIMITS RCPTMAX", std::nullopt, std::nullopt},
      {"LIMITS RCPTMAX=", std::nullopt, std::nullopt},
      {"LIMITS RCPTMAX=0 MAILMAX=000", std::nullopt, std::nullopt},
      {"LIMITS RCPTMAX=-1 MAILMAX=+1", std::nullopt, std::nullopt},
      {"LIMITS RCPTMAX=1k MAILMAX=0x5", std::nullopt, std::nullopt},
      {"LIMITS RCPTMAX=1000000 MAILMAX=5", 5, std::nullopt},  // seven digits
      {"LIMITS RCPTMAX=5=6 MAILMAX==7", std::nullopt, std::nullopt},
      {"LIMITS RCPTMAX 20 MAILMAX = 5", std::nullopt, std::nullopt},
      {"LIMITS XRCPTMAX=20 MAILMAXX=5 =5 =", std::nullopt, std::nullopt},
      {"XLIMITS RCPTMAX=20", std::nullopt, std::nullopt},
      {"RCPTMAX=20", std::nullopt, std::nullopt},
      {"LIMITS RCPTMAX=20 RCPTMAX=10 RCPTMAX=30 RCPTMAX=x", std::nullopt, 10},
  };
  for (const auto& row : kRows) {
    const Capabilities capabilities = Offered({row.line});
    EXPECT_EQ(capabilities.max_mails, row.mails) << row.line;
    EXPECT_EQ(capabilities.max_recipients, row.recipients) << row.line;
  }
  EXPECT_EQ(Offered({"LIMITS RCPTMAX=20", "LIMITS RCPTMAX=30 MAILMAX=2"}).max_recipients, 20u);
}

TEST(CapabilitiesTest, TheLinesAreKeptAsSentAndAtMostAHundred) {
  EXPECT_EQ(Offered({"size 10 ", "X-\x1b", ""}).lines, (Strings{"size 10 ", "X-\x1b"}));
  const Capabilities many = Offered(Strings(5000, "DSN"));
  EXPECT_EQ(many.lines.size(), 100u);
}

TEST(CapabilitiesTest, MechanismsAreBounded) {
  std::string line = "AUTH";
  for (int i = 0; i < 5000; ++i) line += " M" + std::to_string(i);
  EXPECT_EQ(Offered({line}).auth_mechanisms.size(), 100u);
}

}  // namespace
}  // namespace postern::client
