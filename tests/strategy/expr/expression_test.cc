#include "strategy/expr/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/strategy/expr/expr_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const ExpressionContext kId = IdContext(VariableSet::kRoute);

TEST(ExpressionTest, AStringLiteralIsItsText) {
  struct Case {
    std::string text;
    std::string value;
  };
  for (const Case& c : {
           Case{"'mx'", "mx"},
           Case{"\"mx\"", "mx"},
           Case{"  'mx'\t\r ", "mx"},
           Case{"('mx')", "mx"},
           Case{"''", ""},
           Case{"'a b'", "a b"},
           Case{R"('a\'b')", "a'b"},
           Case{R"('a\\b')", R"(a\b)"},
           Case{R"('\d\n')", R"(\d\n)"},
       }) {
    const Expression expression = Parsed(c.text, kId);
    ASSERT_NE(expression.literal(), nullptr) << c.text;
    EXPECT_EQ(*expression.literal(), c.value) << c.text;
    EXPECT_EQ(expression.Evaluate({}).value.text(), c.value) << c.text;
    EXPECT_EQ(expression.text(), c.text);
    EXPECT_EQ(expression.range(), PlaceOf(c.text));
  }
  EXPECT_EQ(Parsed("'a' + 'b'", kId).literal(), nullptr);
}

TEST(ExpressionTest, TheLiteralKnowsItsPlaceInsideTheValue) {
  EXPECT_EQ(Parsed("  'mx' ", kId).literal_range(), (SourceRange{"p.toml", {3, 12}, 4}));
  EXPECT_EQ(Parsed(" 'm' + 'x' ", kId).literal_range(), (SourceRange{"p.toml", {3, 11}, 9}));
  EXPECT_EQ(Expression::Literal("mx").literal_range().begin.line, 0u);
}

TEST(ExpressionTest, AnIdWithoutQuotesOfItsOwnIsExplained) {
  for (const auto& [text, brief] : {
           std::pair<std::string, std::string>{"mx", "3:10+2 bad-expression"},
           {" my-pool_2.b ", "3:11+11 bad-expression"},
           {"default", "3:10+7 bad-expression"},
           {"invalid-tls", "3:10+11 bad-expression"},
       }) {
    const std::vector<Issue> issues = IssuesOf(text, kId);
    ASSERT_THAT(Briefs(issues), ElementsAre(brief)) << text;
    EXPECT_THAT(issues[0].message, HasSubstr("stands in quotes of its own"));
    EXPECT_THAT(issues[0].suggestion, HasSubstr("write \"'"));
  }
  EXPECT_EQ(IssuesOf("local_ip", kId).at(0).rule, "not-available");
}

// As Stalwart documents them, but for the differences of docs/policy-language.md.
TEST(ExpressionTest, OperatorsMeanWhatStalwartDocuments) {
  struct Case {
    std::string text;
    std::string value;
  };
  for (const Case& c : {
           Case{"1 + 2 * 3", "7"},
           Case{"(1 + 2) * 3", "9"},
           Case{"10 - 3 - 2", "5"},
           Case{"7 / 2", "3.5"},
           Case{"4 / 2", "2"},
           Case{"5 / 0", "0"},
           Case{"1.5 + 1", "2.5"},
           Case{"9223372036854775807 + 1", "9223372036854775807"},
           Case{"-5", "-5"},
           Case{"2 - -3", "5"},
           Case{"5m", "300000"},
           Case{"1m30s", "90000"},
           Case{"true", "1"},
           Case{"false", "0"},
           Case{"'a' + 'b'", "'ab'"},
           Case{"'' + 5", "5"},
           Case{"'a' + 1.0", "'a1'"},
           Case{"[1] + 2", "[1, 2]"},
           Case{"0 + [1] + [2]", "[0, 1, 2]"},
           Case{"['a', 'b', 'a'] - 'a'", "['b']"},
           Case{"'7' - '2'", "5"},
           Case{"'abc' == 0", "1"},
           Case{"'5' == 5", "1"},
           Case{"'10' < '9'", "1"},
           Case{"'10' < 9", "0"},
           Case{"1 == 1.0", "1"},
           Case{"['a'] == ['a']", "1"},
           Case{"['a'] == 'a'", "0"},
           Case{"[] > 5", "1"},
           Case{"5 < []", "1"},
           Case{"'z' > ['a']", "1"},
           Case{"1 >= 1", "1"},
           Case{"1 => 2", "0"},
           Case{"1 =< 2", "1"},
           Case{"!0", "1"},
           Case{"!'x'", "0"},
           Case{"!'a' == 'a'", "1"},  // (!'a') == 'a', which is 0 == 0
           Case{"1 ^ 1", "0"},
           Case{"1 ^ ''", "1"},
           // A short-circuited && or || gives its left operand as it is.
           Case{"'abc' || 0", "'abc'"},
           Case{"'' && 1", "''"},
           Case{"0 || 'x'", "1"},
           Case{"1 && 'x'", "1"},
           Case{"[] && 1", "[]"},
           Case{"0 || ''", "0"},
           Case{"'a' || 'b' && 'c'", "'a'"},
           Case{"('a' && '') || 'c'", "1"},
           Case{"[-1]", "[-1]"},
           Case{"[('a'), 'b'][1]", "'b'"},
           Case{"['a', 'b']['1']", "'b'"},
           Case{"['a'][5]", "''"},
           Case{"[[1, 2], [3]][0][1]", "2"},
           Case{"('abc')[0]", "'abc'"},
           Case{"$name", "0"},
           Case{"$0", "''"},
           Case{"''", "''"},
       })
    EXPECT_EQ(Evaluated(c.text), c.value) << c.text;
}

TEST(ExpressionTest, VariablesAreRead) {
  const std::vector<std::string> recipients = {"a@example.org", "b@example.net"};
  const std::map<std::string, std::string> labels = {{"tenant", "acme"}};
  Variables v;
  v.rcpt = "a@example.org";
  v.rcpt_domain = "example.org";
  v.recipients = recipients;
  v.sender = "s@example.com";
  v.sender_domain = "example.com";
  v.priority = -3;
  v.retry_num = 2;
  v.notify_num = 1;
  v.expires_in = 3600;
  v.last_status = "Scheduled";
  v.last_error = "tls";
  v.queue_name = "remote";
  v.queue_age = 77;
  v.received_from_ip = "192.0.2.9";
  v.received_via_port = 587;
  v.source = "dsn";
  v.size = 1000;
  v.mx = "mx.example.org";
  v.remote_ip = "198.51.100.1";
  v.local_ip = "203.0.113.1";
  v.labels = &labels;
  struct Case {
    std::string text;
    std::string value;
  };
  for (const Case& c : {
           Case{"rcpt", "'a@example.org'"},
           Case{"rcpt_domain", "'example.org'"},
           Case{"recipients", "['a@example.org', 'b@example.net']"},
           Case{"recipients[1]", "'b@example.net'"},
           Case{"sender", "'s@example.com'"},
           Case{"sender_domain", "'example.com'"},
           Case{"priority", "-3"},
           Case{"retry_num", "2"},
           Case{"notify_num", "1"},
           Case{"expires_in", "3600"},
           Case{"last_status", "'Scheduled'"},
           Case{"last_error", "'tls'"},
           Case{"queue_name", "'remote'"},
           Case{"queue_age", "77"},
           Case{"received_from_ip", "'192.0.2.9'"},
           Case{"received_via_port", "587"},
           Case{"source", "'dsn'"},
           Case{"size", "1000"},
           Case{"mx", "'mx.example.org'"},
           Case{"remote_ip", "'198.51.100.1'"},
           Case{"local_ip", "'203.0.113.1'"},
           Case{"labels['tenant']", "'acme'"},
           Case{"labels['ten' + 'ant']", "'acme'"},
           Case{"labels['nobody']", "''"},  // differences table: a missing label is ''
       })
    EXPECT_EQ(Evaluated(c.text, v), c.value) << c.text;
  EXPECT_EQ(Evaluated("labels['tenant']"), "''");
}

TEST(ExpressionTest, MatchesSearchesAndCaptures) {
  Variables v;
  v.rcpt = "joe@mail.example.org";
  EXPECT_EQ(Evaluated(R"(matches('@mail\.', rcpt))", v), "1");
  EXPECT_EQ(Evaluated("matches('^mail', rcpt)", v), "0");
  EXPECT_EQ(Evaluated("matches('^(.+)@([^.]+)', rcpt) && $2 + '-' + $1 == 'mail-joe'", v), "1");
  EXPECT_EQ(Evaluated("if_then(matches('^(.+)@', rcpt), $1, 'x')", v), "'joe'");
  EXPECT_EQ(Evaluated("[matches('^(.+)@', rcpt), $0]", v), "[1, 'joe@']");
  // A group that took no part, a later search, and one that finds nothing.
  EXPECT_EQ(Evaluated("[matches('(x)?(j)', rcpt), $1, $2]", v), "[1, '', 'j']");
  EXPECT_EQ(Evaluated("[matches('(j)', rcpt), matches('(m)', rcpt), $1]", v), "[1, 1, 'm']");
  EXPECT_EQ(Evaluated("[matches('(j)', rcpt), matches('(#)', rcpt), $1]", v), "[1, 0, '']");
  EXPECT_EQ(Evaluated("[matches('(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)', rcpt), $9]", v), "[1, '.']");
  EXPECT_EQ(Evaluated("matches('^25$', 5 * 5)", v), "1");
}

TEST(ExpressionTest, TheServersNameIsASetting) {
  EvaluateOptions options;
  options.server_hostname = "mail.example.org";
  EXPECT_EQ(Evaluated("config_get('server.hostname')", {}, options), "'mail.example.org'");
}

TEST(ExpressionTest, DnsIsAskedForAsAFact) {
  const Expression expression =
      Parsed("dns_query(rcpt_domain + '.', 'MX')[0] == '10 mx.example.org'");
  EXPECT_TRUE(expression.needs_facts());
  Variables v;
  v.rcpt_domain = "Example.org";
  DnsFacts facts;
  EvaluateOptions options;
  options.dns = &facts;

  const EvaluationResult asks = expression.Evaluate(v, options);
  EXPECT_EQ(asks.outcome, EvaluationOutcome::kMissingFacts);
  EXPECT_THAT(asks.missing, ElementsAre(DnsQuestion{"example.org", DnsType::kMx}));
  EXPECT_EQ(asks.problem, "dns_query('example.org', 'mx') is not known yet");
  EXPECT_EQ(expression.Evaluate(v).outcome, EvaluationOutcome::kMissingFacts);

  facts[asks.missing[0]].values = {"10 mx.example.org"};
  EXPECT_EQ(ShowValue(expression.Evaluate(v, options).value), "1");

  facts[asks.missing[0]].values = {};
  EXPECT_EQ(ShowValue(expression.Evaluate(v, options).value), "0");

  facts[asks.missing[0]].failed = true;
  const EvaluationResult failed = expression.Evaluate(v, options);
  EXPECT_EQ(failed.outcome, EvaluationOutcome::kLookupFailed);
  EXPECT_EQ(failed.problem, "dns_query('example.org', 'mx') failed");
}

TEST(ExpressionTest, DnsAnswersAreArraysButTxtIsOneText) {
  DnsFacts facts;
  facts[{"a.example", DnsType::kIp}].values = {"192.0.2.1", "2001:db8::1"};
  facts[{"a.example", DnsType::kTxt}].values = {"v=spf1 ", "-all"};
  facts[{"b.example", DnsType::kTxt}].values = {};
  EvaluateOptions options;
  options.dns = &facts;
  EXPECT_EQ(Evaluated("dns_query('a.example', 'ip')", {}, options), "['192.0.2.1', '2001:db8::1']");
  EXPECT_EQ(Evaluated("dns_query('a.example', 'txt')", {}, options), "'v=spf1 -all'");
  // Differences table: NXDOMAIN and no data are ''.
  EXPECT_EQ(Evaluated("dns_query('b.example', 'txt')", {}, options), "''");
  // Nothing that DNS could be asked for.
  EXPECT_EQ(Evaluated("dns_query('', 'txt')", {}, options), "''");
  EXPECT_EQ(Evaluated("dns_query('a.example', rcpt)", {}, options), "''");
}

TEST(ExpressionTest, AFactThatIsNotReachedIsNotAskedFor) {
  EXPECT_EQ(Evaluated("retry_num == 0 || dns_query(rcpt_domain, 'mx')"), "1");
  EXPECT_EQ(Evaluated("retry_num > 0 && dns_query(rcpt_domain, 'mx')"), "0");
}

TEST(ExpressionTest, ATraceTellsWhatWasRead) {
  const std::map<std::string, std::string> labels = {{"tenant", "acme"}};
  DnsFacts facts;
  facts[{"example.org", DnsType::kTxt}].values = {"x"};
  Variables v;
  v.retry_num = 2;
  v.rcpt_domain = "example.org";
  v.labels = &labels;
  EvaluateOptions options;
  options.trace = true;
  options.dns = &facts;
  const Expression expression = Parsed(
      "retry_num > 1 && labels['tenant'] == 'acme' && matches('(.+)[.]', rcpt_domain) && "
      "$1 == 'example' && dns_query(rcpt_domain, 'txt') == 'x' && 0 && size > 1");
  EXPECT_THAT(expression.Evaluate(v, options).reads,
              ElementsAre(TraceRead{"retry_num", "2"}, TraceRead{"labels['tenant']", "'acme'"},
                          TraceRead{"rcpt_domain", "'example.org'"}, TraceRead{"$1", "'example'"},
                          TraceRead{"rcpt_domain", "'example.org'"},
                          TraceRead{"dns_query('example.org', 'txt')", "'x'"}));
  options.trace = false;
  EXPECT_THAT(expression.Evaluate(v, options).reads, IsEmpty());
}

TEST(ExpressionTest, EveryBudgetOfAnEvaluationEndsItWithASentence) {
  Variables v;
  v.rcpt = "a@example.org";
  EvaluateOptions options;
  options.limits.steps = 3;
  EXPECT_EQ(Evaluated("1 + 1", v, options), "2");
  EXPECT_EQ(Evaluated("1 + 1 + 1", v, options), "it takes too many steps");
  options.limits = {};
  options.limits.text = 20;
  EXPECT_EQ(Evaluated("rcpt + rcpt", v, options), "it makes a text that is too long");
  options.limits = {};
  options.limits.array = 2;
  EXPECT_EQ(Evaluated("[1, 2, 3]", v, options), "it makes an array that is too long");
  // A regular expression is paid for by its size and the text's.
  const std::string long_text(200'000, 'a');
  v.rcpt = long_text;
  EXPECT_EQ(Evaluated("matches('[a-z]{900}x', rcpt)", v), "it takes too many steps");
  EXPECT_EQ(Evaluated("matches('x', rcpt)", v), "0");
}

TEST(ExpressionTest, DoublingATextAgainAndAgainStaysWithinTheBudget) {
  std::string text = "rcpt";
  for (int i = 0; i < 12; ++i) text = "(" + text + "+" + text + ")";
  ExpressionContext context = AnyContext();
  Variables v;
  const std::string rcpt(1000, 'a');
  v.rcpt = rcpt;
  const EvaluationResult result = Parsed(text, context).Evaluate(v);
  EXPECT_EQ(result.outcome, EvaluationOutcome::kOverBudget);
}

TEST(ExpressionTest, ALongTextIsRefusedWithoutBeingQuoted) {
  const std::string most = "'" + std::string(64 * 1024 - 2, 'a') + "'";
  EXPECT_THAT(IssuesOf(most, kId), IsEmpty());
  const std::vector<Issue> issues = IssuesOf(most + " ", kId);
  EXPECT_EQ(issues.at(0).message, "the expression has 65537 octets; 65536 are allowed");
  EXPECT_EQ(issues.at(0).rule, "over-budget");
}

TEST(ExpressionTest, AMegabyteOfAnythingIsRefusedAtOnce) {
  for (const std::string piece : {"(", "'", "a ", "1+", "[", "\xFF"}) {
    std::string text;
    while (text.size() < 1024 * 1024) text += piece;
    EXPECT_EQ(IssuesOf(text).size(), 1u);
  }
}

TEST(ExpressionTest, ResultsThatAreWrittenOutAreListedWithTheirPlaces) {
  const auto results = [](const std::string& text) {
    std::vector<std::string> found;
    for (const ConstantResult& result : Parsed(text, kId).constant_results())
      found.push_back(result.value + "@" + std::to_string(result.range.begin.column) + "+" +
                      std::to_string(result.range.length));
    return found;
  };
  EXPECT_THAT(results("'mx'"), ElementsAre("mx@10+4"));
  EXPECT_THAT(results("if_then(retry_num > 1, 'a', if_then(rcpt == 'x', ('b'), rcpt_domain))"),
              ElementsAre("a@33+3", "b@60+3"));
  EXPECT_THAT(results("'a' + 'b'"), IsEmpty());
  EXPECT_FALSE(Parsed("if_then(size, 'a', 'b')", kId).has_computed_result());
  EXPECT_TRUE(Parsed("if_then(size, 'a', rcpt_domain)", kId).has_computed_result());
  EXPECT_FALSE(Parsed("'a'", kId).needs_facts());
}

TEST(ExpressionTest, ALiteralOfOursReadsBackAsItself) {
  for (const std::string value : {"mx", "", "it's", "a\\b", "\"'\\'\""}) {
    const Expression literal = Expression::Literal(value);
    EXPECT_EQ(literal.Evaluate({}).value.text(), value);
    EXPECT_EQ(literal.range().begin.line, 0u);
    EXPECT_EQ(Parsed(literal.text(), kId), literal);
  }
}

TEST(ExpressionTest, ExpressionsCompareByMeaning) {
  const auto same = [](const char* a, const char* b) { return Parsed(a) == Parsed(b); };
  EXPECT_EQ(Parsed(" \"mx\" ", kId), Expression::Literal("mx"));
  EXPECT_NE(Parsed("'mx'", kId), Expression::Literal("MX"));
  EXPECT_TRUE(same("retry_num=1|size>60000", "(retry_num == 1) || size > 1m"));
  EXPECT_FALSE(same("retry_num > 1", "retry_num >= 1"));
  EXPECT_FALSE(same("1 - 2 - 3", "1 - (2 - 3)"));
  EXPECT_FALSE(same("1", "1.0"));
  EXPECT_FALSE(same("matches('a', rcpt)", "matches('b', rcpt)"));
  EXPECT_FALSE(same("count([1])", "len([1])"));
}

TEST(ExpressionTest, AResultOutlivesTheEvaluationAndMayBeMoved) {
  const Expression expression = Parsed("to_uppercase('ab') + 'c'");
  EvaluationResult result = expression.Evaluate({});
  const EvaluationResult moved = std::move(result);
  EXPECT_EQ(moved.value.text(), "ABc");
}

TEST(ExpressionTest, ValuesAreShownShort) {
  EXPECT_EQ(ShowValue(Value::Text(std::string(300, 'a'))).size(), 205u);
  std::string many = "[1";
  for (int i = 0; i < 100; ++i) many += ", 1";
  EXPECT_EQ(Evaluated(many + "]"), "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ...]");
}

// Whatever the octets, there is an expression or an issue, and evaluation ends.
TEST(ExpressionTest, RandomTextNeverCrashes) {
  const std::string_view kPieces[] = {
      "'",        "\"",    "\\",       "(",          ")",
      "[",        "]",     ",",        "+",          "-",
      "*",        "/",     "!",        "=",          "&&",
      "||",       "^",     "<",        ">",          "$1",
      "matches(", "rcpt",  "5m",       "0.5",        "{",
      "}",        " ",     "\t",       "\xC3",       "\xA4",
      "\n",       "count", "labels[",  "true",       "'a'",
      "size",     "sort(", "if_then(", "dns_query(", "99999999999999999999"};
  std::mt19937 random(4);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (unsigned i = 0, length = random() % 24; i < length; ++i) {
      if (random() % 8 == 0) {
        text += static_cast<char>(random());
      } else {
        text += kPieces[random() % std::size(kPieces)];
      }
    }
    IssueList issues;
    const auto expression = Expression::Parse(text, PlaceOf(text), AnyContext(), issues);
    EXPECT_EQ(expression.has_value(), !issues.has_errors()) << text;
    if (expression) (void)expression->Evaluate({});
  }
}

TEST(RangeInsideTest, QuotesOfTheFileAreCountedAndWhatCannotBeToldIsTheWhole) {
  const SourceRange plain{"p", {1, 5}, 4}, quoted{"p", {1, 5}, 6}, tripled{"p", {1, 5}, 10},
      escaped{"p", {1, 5}, 7}, shorter{"p", {1, 5}, 1};
  EXPECT_EQ(RangeInside(plain, "'mx'", 1, 2), (SourceRange{"p", {1, 6}, 2}));
  EXPECT_EQ(RangeInside(quoted, "'mx'", 1, 2), (SourceRange{"p", {1, 7}, 2}));
  EXPECT_EQ(RangeInside(tripled, "'mx'", 1, 2), (SourceRange{"p", {1, 9}, 2}));
  EXPECT_EQ(RangeInside(quoted, "'mx'", 4, 0), (SourceRange{"p", {1, 10}, 1}));
  EXPECT_EQ(RangeInside(escaped, "'mx'", 1, 2), escaped);
  EXPECT_EQ(RangeInside(shorter, "'mx'", 1, 2), shorter);
  EXPECT_EQ(RangeInside(quoted, "'m\n'", 1, 2), quoted);
}

}  // namespace
}  // namespace postern::strategy
