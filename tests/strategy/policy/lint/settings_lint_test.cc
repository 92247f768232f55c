// The rules about single settings.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/strategy/policy/lint/lint_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(DuplicateSourceIpTest, AnAddressThatIsListedTwiceIsFoundInEverySpelling) {
  EXPECT_THAT(Found("duplicate-source-ip",
                    "[queue.connection.a]\n"
                    "source-ips = [\"2001:db8::1\", \"192.0.2.1\", \"2001:DB8:0::1\"]\n"
                    "[queue.connection.b]\nsource-ips = \"192.0.2.1\"\n"),
              ElementsAre("2:43 warning: 2001:db8::1 is listed more than once in 'a': it is drawn "
                          "that much more often"));
}

TEST(UnusedSourceIpTest, AnAddressThatNoStrategyLeavesFromIsFound) {
  EXPECT_THAT(
      Found("unused-source-ip",
            "[queue.connection.a]\nsource-ips = \"192.0.2.1\"\n"
            "[queue.source-ip.\"192.0.2.1\"]\nehlo-hostname = \"a.example.org\"\n"
            "[queue.source-ip.\"192.0.2.2\"]\nehlo-hostname = \"b.example.org\"\n"),
      ElementsAre("5:18 warning: 192.0.2.2 is in the source-ips of no connection strategy"));
}

TEST(ShortTimeoutTest, WhatIsUnderTheMinimumOfTheRfcIsFound) {
  EXPECT_THAT(Found("short-timeout",
                    "[queue.connection.a.timeout]\nconnect = \"1s\"\ngreeting = \"4m59s\"\n"
                    "ehlo = \"1s\"\nmail-from = \"5m\"\nrcpt-to = \"1m\"\ndata = \"9m\"\n"),
              ElementsAre("3:12 warning: servers may take 5m here (RFC 5321 4.5.3.2): with less, "
                          "mail to slow ones fails",
                          "6:11 warning: servers may take 5m here (RFC 5321 4.5.3.2): with less, "
                          "mail to slow ones fails",
                          "7:8 warning: servers may take 10m here (RFC 5321 4.5.3.2): with less, "
                          "mail may be delivered twice"));
}

constexpr char kRelay[] = "[queue.route.mx]\ntype = \"relay\"\naddress = \"a.example\"\n";

TEST(LiteralSecretTest, ASecretThatIsWrittenOutIsFoundAndNotShown) {
  const std::string policy =
      std::string(kRelay) + "auth.username = \"u\"\nauth.secret = \"s3cret-word\"\n";
  EXPECT_THAT(Found("literal-secret", policy),
              ElementsAre("5:15 warning: the secret of the relay 'mx' stands in the policy, where "
                          "everybody who reads the policy sees it"));
  std::vector<SourceText> sources;
  sources.emplace_back("p.toml", policy);
  const std::string rendered = LoadPolicyTexts(std::move(sources)).rendered;
  EXPECT_THAT(rendered, HasSubstr("5 | auth.secret..."));
  EXPECT_THAT(rendered, Not(HasSubstr("s3cret-word")));
}

// However it is spelt, and whatever else is wrong beside it.
TEST(LiteralSecretTest, NoIssueShowsASecret) {
  struct Case {
    const char* file;
    std::string auth;
  };
  for (const Case& c : {
           Case{"p.toml", "auth = { username = \"u\", secret = \"s3cret-word\" }\n"},
           Case{"p.toml", "auth = { username = \"u\", secret = \"s3cret-word\", x = 1 }\n"},
           Case{"p.toml", "auth.username = \"u\"\nauth.secert = \"s3cret-word\"\n"},
           Case{"p.toml", "auth.username = \"u\"\nauth.password = \"s3cret-word\"\n"},
           Case{"p.toml", "auth.username = \"u\"\nauth.secret = \"s3cret-word\n"},
           Case{"p.toml", "auth.username = \"u\"\nauth.secret = [\"s3cret-word\"]\n"},
           Case{"p.yaml", "      auth: {username: u, secret: s3cret-word}\n"},
           Case{"p.yaml",
                "      auth:\n        username: u\n        secret:\n          s3cret-word\n"},
           Case{"p.yaml", "      auth:\n        username: u\n        secret: [s3cret-word]\n"},
           Case{"p.yaml", "      auth:\n        username: u\n        secret: \"s3cret-word\n"},
       }) {
    const bool is_toml = std::string(c.file) == "p.toml";
    const std::string relay =
        is_toml ? kRelay
                : "queue:\n  route:\n    mx:\n      type: relay\n      address: a.example\n";
    std::vector<SourceText> sources;
    sources.emplace_back(c.file, relay + c.auth);
    const std::string rendered = LoadPolicyTexts(std::move(sources)).rendered;
    EXPECT_THAT(rendered, Not(HasSubstr("s3cret-word"))) << c.auth << rendered;
    EXPECT_THAT(rendered, HasSubstr("secret")) << c.auth << rendered;
  }
}

TEST(LimiterNotEnforcedTest, EveryLimiterInUseIsFound) {
  EXPECT_THAT(Found("limiter-not-enforced",
                    "[queue.limiter.outbound.a]\nrate = \"1/1s\"\n"
                    "[queue.limiter.outbound.b]\nrate = \"1/1s\"\nenable = false\n"),
              ElementsAre("1:25 warning: the limiter 'a' is read, but this version does not limit "
                          "anything"));
}

TEST(TlsConflictTest, TlsThatIsRequiredAndDisabledIsFound) {
  EXPECT_THAT(Found("tls-conflict",
                    "[queue.tls.a]\nstarttls = \"disable\"\ndane = \"require\"\n"
                    "[queue.tls.b]\nstarttls = \"disable\"\nmta-sts = \"require\"\n"
                    "[queue.tls.c]\nstarttls = \"disable\"\n"
                    "[queue.tls.d]\nstarttls = \"require\"\ndane = \"disable\"\n"),
              ElementsAre(HasSubstr("1:12 warning: the TLS strategy 'a' disables STARTTLS and "
                                    "requires dane"),
                          HasSubstr("requires mta-sts")));
}

TEST(ImplicitTlsPortTest, APortThatDoesNotGoWithItsTlsIsFound) {
  EXPECT_THAT(Found("implicit-tls-port", kRelay), SizeIs(1)) << "port 25, and TLS by default";
  EXPECT_THAT(Found("implicit-tls-port", std::string(kRelay) + "port = 587\n"), SizeIs(1));
  EXPECT_THAT(
      Found("implicit-tls-port", std::string(kRelay) + "port = 465\ntls.implicit = false\n"),
      SizeIs(1));
  EXPECT_THAT(Found("implicit-tls-port", std::string(kRelay) + "port = 465\n"), IsEmpty());
  EXPECT_THAT(Found("implicit-tls-port", std::string(kRelay) + "port = 2525\n"), IsEmpty());
  EXPECT_THAT(Found("implicit-tls-port", std::string(kRelay) + "tls.implicit = false\n"),
              IsEmpty());
}

TEST(LmtpPortTest, LmtpOnThePortOfSmtpIsFound) {
  const std::string relay = std::string(kRelay) + "tls.implicit = false\n";
  EXPECT_THAT(Found("lmtp-port", relay + "protocol = 'lmtp'\n"), SizeIs(1)) << "port 25";
  EXPECT_THAT(Found("lmtp-port", relay + "protocol = 'lmtp'\nport = 24\n"), IsEmpty());
  EXPECT_THAT(Found("lmtp-port", relay), IsEmpty());
}

}  // namespace
}  // namespace postern::strategy
