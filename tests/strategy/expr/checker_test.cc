#include "strategy/expr/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/strategy/expr/expr_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Case {
  std::string text;
  std::string brief;
  std::string message;
  std::string suggestion;
};

void ExpectIssue(const Case& c, const ExpressionContext& context) {
  const std::vector<Issue> issues = IssuesOf(c.text, context);
  ASSERT_THAT(Briefs(issues), ElementsAre(c.brief)) << c.text;
  EXPECT_THAT(issues[0].message, HasSubstr(c.message)) << c.text;
  EXPECT_THAT(issues[0].suggestion, HasSubstr(c.suggestion)) << c.text;
}

TEST(CheckerTest, NamesThatAreNotThereAreErrors) {
  for (const Case& c : {
           Case{"retry_nun > 1", "3:10+9 unknown-variable", "there is no variable 'retry_nun'",
                "did you mean 'retry_num'?"},
           Case{"1 == tenant", "3:15+6 unknown-variable", "'tenant'",
                "a text stands in quotes: 'tenant'"},
           Case{"True", "3:10+4 unknown-variable", "'True'", "did you mean 'true'?"},
           Case{"labels == 1", "3:10+6 bad-argument", "not a value by itself", "labels['tenant']"},
           Case{"count > 1", "3:10+5 unknown-variable", "'count' is a function",
                "write count(array)"},
           Case{"helo_domain == 'x'", "3:10+11 not-available", "while mail is received",
                "labels['name']"},
           Case{"strats_with(rcpt, 'a')", "3:10+11 unknown-function", "no function 'strats_with'",
                "did you mean 'starts_with'?"},
           Case{"rcpt('a')", "3:10+4 unknown-function", "'rcpt' is not a function",
                "without brackets"},
           Case{"random()", "3:10+6 unknown-function", "no function 'random'", "list of functions"},
       })
    ExpectIssue(c, AnyContext());
}

TEST(CheckerTest, EachContextHasItsVariables) {
  const std::string_view kRoute[] = {"rcpt",
                                     "rcpt_domain",
                                     "recipients",
                                     "sender",
                                     "sender_domain",
                                     "priority",
                                     "retry_num",
                                     "notify_num",
                                     "expires_in",
                                     "last_status",
                                     "last_error",
                                     "queue_name",
                                     "received_from_ip",
                                     "received_via_port",
                                     "queue_age",
                                     "source",
                                     "size"};
  ExpressionContext context = AnyContext();
  const auto has = [&](std::string_view name) { return IssuesOf(name, context).empty(); };
  for (const VariableSet set : {VariableSet::kRoute, VariableSet::kHost, VariableSet::kLimiter}) {
    context.variables = set;
    for (const std::string_view name : kRoute) EXPECT_TRUE(has(name)) << name;
    EXPECT_EQ(has("mx"), set >= VariableSet::kHost);
    EXPECT_EQ(has("remote_ip"), set >= VariableSet::kHost);
    EXPECT_EQ(has("local_ip"), set == VariableSet::kLimiter);
  }
  EXPECT_EQ(std::size(kRoute) + 3, AllVariables().size());
}

TEST(CheckerTest, AVariableThatComesLaterSaysWhere) {
  ExpectIssue({"mx == 'a'", "3:10+2 not-available", "before there is a host",
               "queue.strategy.connection or queue.strategy.tls"},
              IdContext(VariableSet::kRoute));
  // Differences table: local_ip is stale in Stalwart's connection expressions.
  ExpectIssue({"if_then(local_ip == 'a', 'b', 'c')", "3:18+8 not-available",
               "the source address is chosen after this expression", "queue.limiter"},
              IdContext(VariableSet::kHost));
}

TEST(CheckerTest, StoreFunctionsAreErrorsThatSaySo) {
  for (const std::string call :
       {"key_get('a', 'b')", "key_exists('a', 'b')", "key_set('a', 'b', 1)",
        "counter_incr('a', 'b', 1)", "counter_get('a', 'b')", "sql_query('a', 'b', [])"}) {
    const std::vector<Issue> issues = IssuesOf(call);
    ASSERT_EQ(issues.size(), 1u) << call;
    EXPECT_EQ(issues[0].rule, "not-available");
    EXPECT_THAT(issues[0].message, HasSubstr("Stalwart's stores"));
  }
}

TEST(CheckerTest, ArgumentsThatAreWrongAreErrors) {
  for (const Case& c : {
           Case{"count()", "3:10+5 wrong-arity", "takes 1 argument, not 0", "write count(array)"},
           Case{"sort([1])", "3:10+4 wrong-arity", "takes 2 arguments, not 1",
                "write sort(array, ascending)"},
           Case{"matches('a')", "3:10+7 wrong-arity", "takes 2 arguments, not 1", "matches("},
           Case{"matches(rcpt, 'a')", "3:18+4 bad-regex", "a regular expression in quotes",
                "matches('regex', text)"},
           Case{"matches('a(b', rcpt)", "3:18+5 bad-regex", "missing ): a(b", "RE2"},
           Case{"matches('(?<=a)b', rcpt)", "3:18+9 bad-regex", "cannot be used", "RE2"},
           Case{"matches('((a{100}){100}){100}', rcpt)", "3:18+22 bad-regex", "cannot be used",
                "RE2"},
           Case{"config_get('server.hostnam')", "3:21+16 bad-argument", "knows one setting",
                "config_get('server.hostname')"},
           Case{"config_get(rcpt)", "3:21+4 bad-argument", "written out", "server.hostname"},
           Case{"dns_query('a', 'mxx')", "3:25+5 bad-argument", "'mxx' is not a type",
                "did you mean 'mx'?"},
           Case{"hash('a', 'sha265')", "3:20+8 bad-argument", "not a hash algorithm",
                "did you mean 'sha256'?"},
           Case{"email_part(rcpt, 'user')", "3:27+6 bad-argument", "not a part of an address",
                "write one of local domain"},
           Case{"is_ip_in_cidr(remote_ip, '10.0.0.0/33')", "3:35+13 bad-argument", "not a network",
                "192.0.2.0/24"},
           Case{"is_ip_in_cidr(remote_ip, ['10.0.0.0/8', 'x'])", "3:50+3 bad-argument",
                "not a network", "192.0.2.0/24"},
           Case{"hash_bucket(rcpt, 0)", "3:28+1 bad-argument", "one bucket at least", "100"},
           Case{"hash_bucket(rcpt, -1)", "3:28+2 bad-argument", "one bucket at least", "100"},
       })
    ExpectIssue(c, AnyContext());
}

TEST(CheckerTest, ARegexOverTheBudgetIsAnError) {
  ExpressionContext context = AnyContext();
  context.limits.regex_program = 20;
  ExpectIssue({"matches('[a-z]{50}', rcpt)", "3:18+11 bad-regex", "20 are allowed", "RE2"},
              context);
  EXPECT_THAT(IssuesOf("matches('a', rcpt)", context), IsEmpty());
}

TEST(CheckerTest, ComparisonsThatCannotBeMeantAreWarnings) {
  for (const Case& c : {
           // Differences table: kept, and reported.
           Case{"'abc' == 0", "3:10+5 type-mismatch?", "a text is compared with a number",
                "texts with texts"},
           Case{"retry_num > 'many'", "3:22+6 type-mismatch?", "counts as 0: it is none", ""},
           Case{"source == 0", "3:10+6 type-mismatch?", "counts as 0 when it is none", ""},
           Case{"size / 0 > 1", "3:17+1 division-by-zero?", "gives 0", ""},
           Case{"recipients == 'a@b'", "3:10+19 impossible-comparison?",
                "an array never equals a text", "write contains(recipients, 'a@b')"},
           Case{"recipients > 1", "3:10+14 impossible-comparison?",
                "an array never equals a number", "write count(recipients)"},
           Case{"last_error == 'tsl'", "3:24+5 impossible-comparison?",
                "'last_error' is never 'tsl'", "did you mean 'tls'?"},
           Case{"'timeout' != last_error", "3:10+9 impossible-comparison?",
                "'last_error' is never 'timeout'", "it is one of none dns unexpected-reply"},
           Case{"starts_with(recipients, 'a')", "3:22+10 type-mismatch?",
                "takes a text here, not an array", "write starts_with(text, prefix)"},
           Case{"substring(rcpt, 'a', 1)", "3:26+3 type-mismatch?", "takes a number here",
                "write substring"},
           Case{"$1 == 'a'", "3:10+2 never-captured?", "'$1' is always ''", "matches()"},
           Case{"matches('a', rcpt) && $1 == 'a'", "3:32+2 never-captured?", "'$1' is always ''",
                "has 0 groups"},
           Case{"$1 == 'a' && matches('(a)', rcpt)", "3:10+2 never-captured?", "always ''", ""},
       })
    ExpectIssue(c, AnyContext());
}

TEST(CheckerTest, AValueThatAVariableNeverHasIsAWarning) {
  for (const Case& c : {
           // != is then always true, which is no better.
           Case{"last_error != 'foo'", "3:24+5 impossible-comparison?",
                "'last_error' is never 'foo'", "it is one of none dns"},
           Case{"last_error == 'TLS'", "3:24+5 impossible-comparison?",
                "'last_error' is never 'TLS'", "did you mean 'tls'?"},
           Case{"rcpt_domain == 5", "3:10+11 type-mismatch?", "a text is compared with a number",
                ""},
           Case{"rcpt_domain == 'Example.ORG'", "3:25+13 impossible-comparison?",
                "'rcpt_domain' is never 'Example.ORG'", "write 'example.org'"},
           Case{"'example.org.' != sender_domain", "3:10+14 impossible-comparison?",
                "without a dot at its end", "write 'example.org'"},
           Case{"mx == 'B\xC3\xBC"
                "cher.example'",
                "3:16+17 impossible-comparison?", "lower case and ASCII",
                "write 'xn--bcher-kva.example'"},
           Case{"rcpt == 'Joe.User@Example.org'", "3:18+22 impossible-comparison?",
                "its domain is in lower case", "write 'Joe.User@example.org'"},
           Case{"sender != 'a@EXAMPLE.org'", "3:20+15 impossible-comparison?", "'sender' is never",
                "write 'a@example.org'"},
           Case{"retry_num == 1.5", "3:23+3 impossible-comparison?",
                "'retry_num' is a whole number, and never equals 1.5", "< or >"},
       })
    ExpectIssue(c, AnyContext());
}

TEST(CheckerTest, WhatAVariableMayHaveIsNotRemarkedOn) {
  for (const std::string text : {
           "rcpt_domain == 'example.org'",
           "rcpt_domain == '[IPv6:2001:db8::1]'",
           "rcpt_domain == ''",
           "rcpt_domain == 'not a domain'",
           "rcpt_domain > 'M'",
           "sender == ''",
           "sender == 'MAILER-DAEMON@example.org'",
           "rcpt == 'Postmaster'",
           "mx == '192.0.2.1'",
           "mx == 'xn--bcher-kva.example'",
           "to_uppercase(mx) == 'MX.EXAMPLE.ORG'",
           "queue_name == 'Remote'",
           "source == 'Archive'",  // in the queue's words
           "retry_num == 2.0",
           "retry_num > 1.5",
       })
    EXPECT_THAT(Briefs(IssuesOf(text)), IsEmpty()) << text;
}

TEST(CheckerTest, WhatIsInOrderIsNotRemarkedOn) {
  for (const std::string text : {
           "retry_num == '1'",
           "labels['tries'] > 5",
           "last_error == 'tls'",
           "rcpt == 'a'",
           "matches('(a)', rcpt) && $1 == 'a' && $0 != ''",
           "contains(recipients, rcpt)",
           "contains(['tls', 'dane'], last_error)",
           "count(recipients) > 1",
           "size / 2 > 1",
           "recipients == ['a']",
           "recipients[0] == 'a'",
           "dns_query(mx, 'txt') == 'x'",
           "is_local_domain('*', rcpt_domain)",
           "source == 'dsn'",
           "config_get('server.hostname') == mx",
           "if_then(1, 2, 3) == 'a'",
           "is_ip_in_cidr(remote_ip, labels['net'])",
           "hash_bucket(rcpt, 100) < 10",
           "priority < -1",
           "trim(recipients)[0] == 5",
           "retry_num > 0 && last_error == 'tls'",
       })
    EXPECT_THAT(Briefs(IssuesOf(text)), IsEmpty()) << text;
}

TEST(CheckerTest, AResultThatIsNoIdIsAWarning) {
  const ExpressionContext context = IdContext(VariableSet::kRoute);
  ExpectIssue({"false", "3:10+5 not-an-id?", "gives a number", "in quotes of its own"}, context);
  ExpectIssue({"retry_num > 1", "3:10+13 not-an-id?", "gives a number", ""}, context);
  ExpectIssue({"split(rcpt, '@')", "3:10+16 not-an-id?", "gives an array", ""}, context);
  for (const std::string text : {"'mx'", "rcpt_domain", "labels['route']", "if_then(1, 'a', 2)",
                                 "'a' + retry_num", "split(rcpt, '@')[0]"})
    EXPECT_THAT(Briefs(IssuesOf(text, context)), IsEmpty()) << text;
}

TEST(CheckerTest, AllErrorsOfAnExpressionAreSeenAtOnce) {
  EXPECT_THAT(Briefs(IssuesOf("retry_nun > && counts(rcpt) == sort([1]) # matches('(', rcpt)")),
              ElementsAre("3:10+9 unknown-variable", "3:22+2 bad-expression",
                          "3:25+6 unknown-function", "3:41+4 wrong-arity", "3:51+1 bad-expression",
                          "3:53+7 bad-expression", "3:61+3 bad-regex"));
}

}  // namespace
}  // namespace postern::strategy
