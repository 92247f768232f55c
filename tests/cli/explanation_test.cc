#include "cli/explanation.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace postern::cli {
namespace {

v1::ResolveStrategyResponse Parse(const std::string& text) {
  v1::ResolveStrategyResponse response;
  if (!google::protobuf::TextFormat::ParseFromString(text, &response)) {
    ADD_FAILURE() << "the test's own input is wrong: " << text;
  }
  return response;
}

// What the renderer says, without the line breaks around a raw string; on failure it can be pasted
// into the test as it is.
void ExpectTable(const std::string& actual, const std::string& expected) {
  EXPECT_EQ("\n" + actual, expected) << "paste:\nR\"text(\n" << actual << ")text\"";
}

// One resolution with nothing said but what `more` says.
v1::ResolveStrategyResponse With(const std::string& more) {
  return Parse("resolutions { recipient: 'a@b.example' " + more + " }");
}

bool Says(const v1::ResolveStrategyResponse& response, const std::string& part,
          Terminal terminal = {}) {
  const std::string text = Explanation(response, terminal);
  if (text.find(part) != std::string::npos) return true;
  ADD_FAILURE() << "'" << part << "' is not in\n" << text;
  return false;
}

constexpr const char* kWhole = R"text(
policy_version: "e97b258f5e0d99ed"
resolutions {
  recipient: "joe@example.com"
  route {
    strategy_id: "relay-eu"
    trace {
      rule: "queue.strategy.route[0].if" expression: "retry_num > 3" value: "0" evaluated: true
      then: "'slow'" reads { name: "retry_num" value: "1" }
      file: "policy.toml" line: 6 column: 10
    }
    trace {
      rule: "queue.strategy.route[1].if"
      expression: "labels['tenant'] == 'acme' && matches('^(.+)@example\\.(com|net|org)$', rcpt)" value
    : "1" matched : true evaluated : true then : "'relay-' + labels['region']" result
    : "relay-eu" reads{name : "labels['tenant']" value : "'acme'"}
      reads{name : "rcpt" value : "'joe@example.com'"}
      reads{name : "labels['region']" value : "'eu'"} file : "policy.toml" line : 7 column : 10
}
trace{
  rule : "queue.strategy.route[2].else" expression : "'mx'" file : "policy.toml" line : 8
  column : 12
}
}
connection {
strategy_id:
  "default" fallback : true fallback_reason : "there is no 'bulk-'" trace{
    rule : "queue.strategy.connection" expression : "'bulk-' + labels['pool']" value : "bulk-"
    matched : true evaluated : true problem : "there is no 'bulk-'"
    reads{name : "labels['pool']" value : "''"} file : "policy.toml" line : 10 column : 14
  } trace {
  rule:
    "built-in" value : "default" matched : true evaluated : true
  }
}
tls {
strategy_id:
  "default" trace {
  rule:
    "built-in" expression : "retry_num > 0 && last_error == 'tls'" value : "0" evaluated : true then
        : "'invalid-tls'" reads{name : "retry_num" value : "1"}
          reads{name : "last_error" value : "'dns'"}
  }
  trace {
  rule:
    "built-in" expression : "'default'" value : "default" matched : true evaluated : true
  }
}
connection_plan {
ehlo_hostname:
  "mail.example.org" ehlo_origin : EHLO_ORIGIN_SERVER sources{
    ip : "192.0.2.10" ehlo_hostname : "out-1.example.org" ehlo_origin : EHLO_ORIGIN_SOURCE_IP
    weight : 3 state : SOURCE_STATE_AVAILABLE
  } sources{
    ip : "2001:db8::10" ehlo_hostname : "mail.example.org" ehlo_origin : EHLO_ORIGIN_SERVER
    weight : 1 state : SOURCE_STATE_QUARANTINED
  } timeouts {
    connect{seconds : 90} greeting{seconds : 300} ehlo{seconds : 300} mail_from{seconds : 300}
    rcpt_to{seconds : 300} data{seconds : 600}
  }
}
tls_plan {
strategy_id:
  "default" dane : TLS_REQUIREMENT_REQUIRE mta_sts : TLS_REQUIREMENT_DISABLE starttls
      : TLS_REQUIREMENT_OPTIONAL tls_timeout{seconds : 180} mta_sts_timeout{seconds : 5}
}
route_plan {
route_id:
  "relay-eu" ip_lookup : IP_LOOKUP_IPV4_THEN_IPV6 port : 587 relay{
    address : "relay.example.org" protocol : RELAY_PROTOCOL_SMTP auth_username : "postern"
  }
}
targets{host : "relay.example.org" addresses : "192.0.2.25" addresses : "2001:db8::25" port : 587}
failure{
  disposition : DISPOSITION_TRANSIENT_FAILURE stage : STAGE_PLAN reason : "AUTH_NOT_SUPPORTED"
  enhanced_code : "4.7.0" detail : "the relay wants a login, which this version cannot do"
}
}
)text";

TEST(ExplanationTest, IsReadFromTopToBottom) {
  ExpectTable(Explanation(Parse(kWhole), {}), R"text(
policy e97b258f5e0d99ed

joe@example.com
  would be put off: the relay wants a login, which this version cannot do (PLAN,
    AUTH_NOT_SUPPORTED, 4.7.0)

  route       relay-eu                                                          queue.strategy.route
    no   [0] if retry_num > 3 then 'slow'                                           policy.toml:6:10
             read retry_num = 1
    yes  [1] if labels['tenant'] == 'acme'                                          policy.toml:7:10
             && matches('^(.+)@example\.(com|net|org)$', rcpt)
             then 'relay-' + labels['region']
             read labels['tenant'] = 'acme', rcpt = 'joe@example.com', labels['region'] = 'eu'
             gives relay-eu
    -    [2] else 'mx' (not reached)                                                policy.toml:8:12

  connection  default  FALLBACK: there is no 'bulk-'                       queue.strategy.connection
    yes  'bulk-' + labels['pool']                                                  policy.toml:10:14
         read labels['pool'] = ''
         gives bulk-, but there is no 'bulk-'
    =>   fallback: default

  tls         default                                                                       built-in
    no   if retry_num > 0 && last_error == 'tls' then 'invalid-tls'
         read retry_num = 1, last_error = 'dns'
    yes  else 'default'

  leaves from 192.0.2.10    EHLO out-1.example.org (queue.source-ip)  weight 3
              2001:db8::10  EHLO mail.example.org  (server.hostname)  weight 1
                QUARANTINED: it could not be bound a short while ago; tried last
  timeouts    connect 1m30s, greeting 5m, EHLO 5m, MAIL FROM 5m, RCPT TO 5m, DATA 10m
  TLS plan    STARTTLS optional, DANE required, MTA-STS disabled, invalid certificates refused;
              limits: handshake 3m, MTA-STS policy 5s
  route plan  the relay relay.example.org, port 587, SMTP, no TLS from the start;
              logs in as postern; IPv4 before IPv6
  targets     relay.example.org:587  192.0.2.25, 2001:db8::25
)text");
}

TEST(ExplanationTest, FitsANarrowTerminal) {
  const std::string text = Explanation(Parse(kWhole), {.width = 80});
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(Columns(line), 80u) << line;
  }
}

TEST(ExplanationTest, ColourAddsNothingButColour) {
  const std::string coloured = Explanation(Parse(kWhole), {.colour = true});
  std::string plain;
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') i = coloured.find('m', i) + 1;
    while (i < coloured.size() && coloured[i] == '\x1b') i = coloured.find('m', i) + 1;
    if (i < coloured.size()) plain += coloured[i];
  }
  EXPECT_NE(coloured, plain);
  EXPECT_EQ(plain, Explanation(Parse(kWhole), {}));
}

TEST(ExplanationTest, RulesThatWereNotReachedAreDim) {
  Says(Parse(kWhole), "\x1b[2m[2] else 'mx' (not reached)", {.colour = true});
}

TEST(ExplanationTest, TheFailureComesFirstAndSaysWhatADeliveryWouldAnswer) {
  struct Case {
    std::string disposition;
    std::string says;
  };
  for (const Case& c : {Case{"DISPOSITION_TRANSIENT_FAILURE", "would be put off: no answer"},
                        Case{"DISPOSITION_PERMANENT_FAILURE", "would fail for good: no answer"},
                        Case{"DISPOSITION_NOT_ATTEMPTED", "would not be delivered: no answer"}}) {
    Says(With("failure { disposition: " + c.disposition +
              " stage: STAGE_DNS reason: 'DNS_FAILURE' detail: 'no answer' }"),
         "\na@b.example\n  " + c.says + " (DNS, DNS_FAILURE)\n");
  }
}

TEST(ExplanationTest, AnOverrideIsNoRule) {
  Says(With("route { strategy_id: 'mx' trace { rule: 'override' value: 'mx' matched: true "
            "evaluated: true } }"),
       "  route       mx\n    =>   override: mx\n");
}

TEST(ExplanationTest, AConditionThatFailedSaysWhy) {
  Says(
      With("route { strategy_id: 'mx' fallback: true fallback_reason: 'DNS gave no answer' trace { "
           "rule: 'queue.strategy.route[0].if' expression: \"dns_query(rcpt_domain, 'mx')\" then: "
           "\"'x'\" evaluated: true value: '' problem: 'DNS gave no answer' } trace { rule: "
           "'built-in' value: 'mx' matched: true evaluated: true } }"),
      "but DNS gave no answer\n    =>   fallback: mx\n");
}

TEST(ExplanationTest, WhatAConditionGaveIsSaidWhenItIsMoreThanYesOrNo) {
  const auto condition = [](const std::string& value, bool matched) {
    return With(
        "route { trace { rule: 'queue.strategy.route[0].if' expression: 'size' then: \"'x'\" "
        "evaluated: true value: \"" +
        value + "\" result: 'x' matched: " + (matched ? "true" : "false") + " } }");
  };
  Says(condition("''", false), "    no   [0] if size then 'x'\n             gives ''\n");
  EXPECT_EQ(Explanation(condition("0", false), {}).find("gives"), std::string::npos);
  EXPECT_EQ(Explanation(condition("1", true), {}).find("gives"), std::string::npos);
}

TEST(ExplanationTest, LongTextIsCutAndSaysSo) {
  const std::string value = "'" + std::string(5000, 'v') + "'";
  Says(With("route { trace { rule: 'queue.strategy.route' expression: \"sender\" evaluated: true "
            "matched: true value: 'x' reads { name: 'sender' value: \"" +
            value + "\" } } }"),
       "vvv... (5,002 characters)\n");
  Says(
      With(
          "route { trace { rule: 'queue.strategy.route' evaluated: true value: 'x' expression: \"" +
          std::string(700, 'e') + "\" } }"),
      "(700 characters)\n");
}

TEST(ExplanationTest, ALongPlaceHasALineOfItsOwn) {
  const std::string path = "/etc/" + std::string(60, 'd') + "/policy.toml";
  Says(
      With("route { trace { rule: 'queue.strategy.route' expression: \"'mx'\" value: 'mx' matched: "
           "true evaluated: true file: '" +
           path + "' line: 3 column: 9 } }"),
      "    yes  'mx'\n         at " + path + ":3:9\n");
}

TEST(ExplanationTest, TextFromElsewhereIsMadeHarmless) {
  const auto response = With(
      "route { strategy_id: 'a\\033[2J' fallback: true fallback_reason: 'b\\r' trace { rule: "
      "'r\\033[0].if' expression: 'c\\n' value: 'd\\033' evaluated: true then: 'e\\t' problem: "
      "'f\\007' file: 'g\\033' line: 1 reads { name: 'h\\033' value: 'i\\033' } } trace { rule: "
      "'j[\\033].x' expression: 'k' } } connection_plan { sources { ip: 'l\\033' ehlo_hostname: "
      "'m\\033' } } route_plan { relay { address: 'n\\033' auth_username: 'o\\033' } "
      "deny_destinations: 'p\\033' } targets { host: 'q\\033' addresses: 's\\033' failure { "
      "detail: "
      "'t\\033' reason: 'u\\033' } } failure { detail: 'v\\033' reason: 'w\\033' enhanced_code: "
      "'x\\033' }");
  for (const char c : Explanation(response, {})) EXPECT_TRUE(c == '\n' || c >= ' ') << int{c};
}

TEST(ExplanationTest, WithoutSourcesTheSystemChooses) {
  Says(
      With("connection_plan { ehlo_hostname: 'mail.example.org' ehlo_origin: EHLO_ORIGIN_SYSTEM }"),
      "  leaves from the address that the system chooses\n"
      "  EHLO name   mail.example.org (the machine's own name)\n");
  Says(With("connection_plan { ehlo_origin: EHLO_ORIGIN_ADDRESS_LITERAL }"),
       "  EHLO name   [address literal] (the address itself; no name is set)\n");
}

TEST(ExplanationTest, OfManySourcesTheOthersAreCounted) {
  std::string sources;
  for (int i = 1; i <= 60; ++i) {
    sources += "sources { ip: '192.0.2." + std::to_string(i) + "' weight: 1 state: SOURCE_STATE_" +
               (i > 58 ? "QUARANTINED" : "AVAILABLE") + " } ";
  }
  const auto response = With("connection_plan { " + sources + " }");
  Says(response, "and 10 more, 2 of them QUARANTINED; --json shows all\n");
  EXPECT_EQ(Explanation(response, {}).find("192.0.2.51"), std::string::npos);
}

TEST(ExplanationTest, AnMxRouteSaysItsLimitsAndNetworks) {
  Says(With("route_plan { mx { max_hosts: 5 max_addresses: 1 } port: 25 ip_lookup: "
            "IP_LOOKUP_IPV6_ONLY deny_destinations: '10.0.0.0/8' deny_destinations: '127.0.0.0/8' "
            "deny_destinations: '::1/128' deny_destinations: 'fc00::/7' deny_destinations: "
            "'fe80::/10' }"),
       "  route plan  the mail exchangers of the recipient's domain, port 25; at most 5 hosts,\n"
       "              1 address each; IPv6 only; never 10.0.0.0/8, 127.0.0.0/8, ::1/128 and 2 more "
       "networks\n");
}

TEST(ExplanationTest, ARelaySaysHowItIsSpokenTo) {
  Says(With("route_plan { relay { address: '192.0.2.1' tls_implicit: true tls_allow_invalid_certs: "
            "true protocol: RELAY_PROTOCOL_LMTP } port: 24 ip_lookup: IP_LOOKUP_IPV6_THEN_IPV4 }"),
       "  route plan  the relay 192.0.2.1, port 24, LMTP, TLS from the start; invalid certificates "
       "accepted;\n"
       "              IPv6 before IPv4\n");
}

TEST(ExplanationTest, TargetsAreInTheOrderOfTrying) {
  Says(With("route_plan { mx { } } targets { host: 'mx1.example.com' preference: 10 port: 25 "
            "addresses: '192.0.2.1' addresses: '2001:db8::1' } targets { host: 'mx-2.example.com' "
            "preference: 20 port: 25 failure { reason: 'NO_ADDRESS' detail: 'it has no addresses' "
            "} } "
            "targets { host: '2001:db8::2' port: 25 }"),
       "  targets     10 mx1.example.com:25   192.0.2.1, 2001:db8::1\n"
       "              20 mx-2.example.com:25  not tried: it has no addresses (NO_ADDRESS)\n"
       "              0 [2001:db8::2]:25\n");
}

TEST(ExplanationTest, EveryRecipientHasItsOwn) {
  const auto response = Parse(
      "policy_version: 'built-in' resolutions { recipient: 'a@b.example' } "
      "resolutions { recipient: 'c@d.example' }");
  const std::string text = Explanation(response, {});
  EXPECT_TRUE(text.starts_with("policy built-in\n\na@b.example\n")) << text;
  EXPECT_NE(text.find("\n\nc@d.example\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace postern::cli
