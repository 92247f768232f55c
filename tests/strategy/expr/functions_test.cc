#include "strategy/expr/functions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/strategy/expr/expr_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::HasSubstr;

struct Case {
  std::string text;
  std::string value;
};

void ExpectValues(std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(Evaluated(c.text), c.value) << c.text;
}

TEST(FunctionsTest, EveryRowSaysWhatItTakes) {
  for (const FunctionInfo& info : AllFunctions()) {
    EXPECT_TRUE(info.usage.starts_with(std::string(info.name) + "(")) << info.name;
    EXPECT_GE(info.arity, 1u) << info.name;
    EXPECT_EQ(info.kind == FunctionInfo::Kind::kPlain, info.function != nullptr) << info.name;
    if (info.kind == FunctionInfo::Kind::kPlain) {
      EXPECT_FALSE(info.meaning.empty()) << info.name;
    }
    EXPECT_EQ(FindFunction(info.name), &info);
  }
}

// As docs/policy-language.md has them, name by name.
TEST(FunctionsTest, EveryDocumentedFunctionIsThereWithItsArity) {
  const struct {
    std::string_view name;
    std::size_t arity;
  } kDocumented[] = {
      {"count", 1},
      {"sort", 2},
      {"dedup", 1},
      {"winnow", 1},
      {"is_intersect", 2},
      {"trim", 1},
      {"trim_start", 1},
      {"trim_end", 1},
      {"to_lowercase", 1},
      {"to_uppercase", 1},
      {"is_uppercase", 1},
      {"is_lowercase", 1},
      {"has_digits", 1},
      {"len", 1},
      {"count_chars", 1},
      {"count_spaces", 1},
      {"count_uppercase", 1},
      {"count_lowercase", 1},
      {"contains", 2},
      {"contains_ignore_case", 2},
      {"eq_ignore_case", 2},
      {"starts_with", 2},
      {"ends_with", 2},
      {"lines", 1},
      {"substring", 3},
      {"strip_prefix", 2},
      {"strip_suffix", 2},
      {"split", 2},
      {"rsplit", 2},
      {"split_once", 2},
      {"rsplit_once", 2},
      {"split_n", 3},
      {"split_words", 1},
      {"hash", 2},
      {"is_email", 1},
      {"email_part", 2},
      {"is_empty", 1},
      {"is_number", 1},
      {"is_ip_addr", 1},
      {"is_ipv4_addr", 1},
      {"is_ipv6_addr", 1},
      {"ip_reverse_name", 1},
      {"if_then", 3},
      {"is_local_domain", 2},
      {"is_local_address", 2},
      {"key_get", 2},
      {"key_exists", 2},
      {"key_set", 3},
      {"counter_incr", 3},
      {"counter_get", 2},
      {"sql_query", 3},
      {"dns_query", 2},
      {"matches", 2},
      {"config_get", 1},
      {"is_ip_in_cidr", 2},
      {"hash_bucket", 2},
  };
  for (const auto& documented : kDocumented) {
    const FunctionInfo* const info = FindFunction(documented.name);
    ASSERT_NE(info, nullptr) << documented.name;
    EXPECT_EQ(info->arity, documented.arity) << documented.name;
  }
  EXPECT_EQ(std::size(kDocumented), AllFunctions().size());
}

TEST(FunctionsTest, OnArrays) {
  ExpectValues({
      {"count(['a', 'b'])", "2"},
      {"count('a')", "1"},
      {"count('')", "0"},
      {"count([])", "0"},
      // Differences table: sort(x, true) ascends, as documented.
      {"sort([3, 1, 2], true)", "[1, 2, 3]"},
      {"sort([3, 1, 2], false)", "[3, 2, 1]"},
      {"sort(['10', '9'], true)", "['10', '9']"},
      {"sort('a', true)", "['a']"},
      {"sort([2, '1', 1, 1.0], true)", "['1', 1, 1, 2]"},
      {"sort([[1], 'b', 3, 'a', 20, '', [], 0.5], true)[0] != 'x'", "1"},
      {"dedup(['a', 'b', 'a'])", "['a', 'b']"},
      {"dedup([1, '1', 2, 1.0])", "[1, 2]"},
      {"dedup([])", "[]"},
      {"winnow(['a', '', 0, []])", "['a', 0]"},
      {"is_intersect(['a', 'b'], ['c', 'b'])", "1"},
      {"is_intersect(['a', 'b'], ['c'])", "0"},
      {"is_intersect('a', ['a'])", "1"},
      {"is_intersect([1], ['1'])", "1"},
      {"is_intersect([], [])", "0"},
  });
}

TEST(FunctionsTest, OnTexts) {
  ExpectValues({
      {"trim('  a b\t')", "'a b'"},
      {"trim('\xC2\xA0\xE2\x80\x83 a\xE3\x80\x80')", "'a'"},
      {"trim_start(' a ')", "'a '"},
      {"trim_end(' a ')", "' a'"},
      {"trim([' a', 'b '])", "['a', 'b']"},
      {"to_lowercase('MiXed 1')", "'mixed 1'"},
      {"to_uppercase(['a', 'B'])", "['A', 'B']"},
      {"is_uppercase('AB 1')", "1"},
      {"is_uppercase('Ab')", "0"},
      {"is_lowercase(['ab', 'Ab'])", "[1, 0]"},
      {"has_digits('a1')", "1"},
      {"has_digits('a')", "0"},
      {"len('b\xC3\xBC')", "3"},
      {"len(['a', 'b'])", "2"},
      {"len(12345)", "5"},
      {"count_chars('b\xC3\xBC')", "2"},
      {"count_spaces('a b\xC2\xA0"
       "c')",
       "2"},
      {"count_uppercase('aBC')", "2"},
      {"count_lowercase('aBC')", "1"},
      {"contains('abc', 'bc')", "1"},
      {"contains('abc', 'BC')", "0"},
      {"contains('abc', '')", "1"},
      {"contains(['ab', 'c'], 'b')", "0"},
      {"contains(['ab', 'c'], 'c')", "1"},
      {"contains([1, 2], '2')", "1"},
      {"contains_ignore_case('aBc', 'bC')", "1"},
      {"contains_ignore_case(['aB'], 'Ab')", "1"},
      {"contains_ignore_case(['aB'], 'A')", "0"},
      {"eq_ignore_case('aB', 'Ab')", "1"},
      {"starts_with('abc', 'ab')", "1"},
      {"ends_with('abc', 'ab')", "0"},
      {"lines('a\r\nb\nc')", "['a', 'b', 'c']"},
      {"lines('a\n')", "['a']"},
      {"lines('')", "[]"},
      {"substring('b\xC3\xBC"
       "cher', 1, 2)",
       "'\xC3\xBC"
       "c'"},
      {"substring('abc', 1, 99)", "'bc'"},
      {"substring('abc', 9, 1)", "''"},
      {"substring('abc', -1, 2)", "'ab'"},
      {"strip_prefix('mx1.example', 'mx1.')", "'example'"},
      {"strip_prefix('abc', 'x')", "''"},
      {"strip_suffix('abc', 'c')", "'ab'"},
      {"strip_suffix('abc', 'x')", "''"},
  });
}

TEST(FunctionsTest, ThatSplit) {
  ExpectValues({
      {"split('a,b,,c', ',')", "['a', 'b', '', 'c']"},
      {"split('abc', ',')", "['abc']"},
      {"split('', ',')", "['']"},
      {"split('a\xC3\xBC', '')", "['', 'a', '\xC3\xBC', '']"},
      {"rsplit('a,b,c', ',')", "['c', 'b', 'a']"},
      {"split_once('a=b=c', '=')", "['a', 'b=c']"},
      {"split_once('abc', '=')", "''"},
      // Differences table: [before, after].
      {"rsplit_once('a=b=c', '=')", "['a=b', 'c']"},
      {"rsplit_once('abc', '=')", "''"},
      {"split_n('a,b,c,d', ',', 2)", "['a', 'b', 'c,d']"},
      {"split_n('a,b', ',', 0)", "['a,b']"},
      {"split_n('a,b', ',', -1)", "['a,b']"},
      {"split_words('  a  bc\td ')", "['a', 'bc', 'd']"},
      {"split_words(' ')", "[]"},
  });
}

TEST(FunctionsTest, ThatHash) {
  ExpectValues({
      {"hash('abc', 'md5')", "'900150983cd24fb0d6963f7d28e17f72'"},
      {"hash('abc', 'sha1')", "'a9993e364706816aba3e25717850c26c9cd0d89d'"},
      {"len(hash('abc', 'sha256'))", "64"},
      {"len(hash('abc', 'sha512'))", "128"},
      {"hash('abc', rcpt)", "''"},  // an algorithm that nobody knows
  });
}

TEST(FunctionsTest, OnAddresses) {
  ExpectValues({
      {"is_email('a.b+c@example.org')", "1"},
      {"is_email('a@b@example.org')", "0"},
      {"is_email('a@localhost')", "0"},
      {"is_email('.a@example.org')", "0"},
      {"is_email('a..b@example.org')", "0"},
      {"is_email('a@-x.org')", "0"},
      {"is_email('@example.org')", "0"},
      {"is_email('a@')", "0"},
      {"is_email('a b@example.org')", "0"},
      {"is_email('')", "0"},
      {"email_part('a@b@example.org', 'local')", "'a@b'"},
      {"email_part('a@b@example.org', 'domain')", "'example.org'"},
      {"email_part('nobody', 'domain')", "''"},
      {"is_empty('')", "1"},
      {"is_empty([])", "1"},
      {"is_empty(0)", "0"},
      {"is_number('5')", "1"},
      {"is_number(0.5)", "1"},
      {"is_number('x')", "0"},
      {"is_number('')", "0"},
      {"is_number([1])", "0"},
      {"is_ip_addr('192.0.2.1')", "1"},
      {"is_ip_addr('2001:db8::1')", "1"},
      {"is_ip_addr('192.0.2')", "0"},
      {"is_ipv4_addr('192.0.2.1')", "1"},
      {"is_ipv4_addr('::1')", "0"},
      {"is_ipv6_addr('::1')", "1"},
      // Differences table: no suffix.
      {"ip_reverse_name('192.0.2.1')", "'1.2.0.192'"},
      {"ip_reverse_name('2001:db8::1')",
       "'1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2'"},
      {"ip_reverse_name('x')", "''"},
      {"is_ip_in_cidr('192.0.2.77', '192.0.2.0/24')", "1"},
      {"is_ip_in_cidr('192.0.3.1', '192.0.2.0/24')", "0"},
      {"is_ip_in_cidr('2001:db8::1', ['192.0.2.0/24', '2001:DB8::/32'])", "1"},
      {"is_ip_in_cidr('192.0.2.1', '192.0.2.1')", "1"},
      {"is_ip_in_cidr('x', '192.0.2.0/24')", "0"},
      {"is_ip_in_cidr('192.0.2.1', rcpt)", "0"},
  });
}

TEST(FunctionsTest, IfThenIsEager) {
  ExpectValues({
      {"if_then(1 > 0, 'a', 'b')", "'a'"},
      {"if_then('', 'a', 'b')", "'b'"},
      {"if_then('0', 'a', 'b')", "'a'"},
  });
}

// These values are promised: a roll-out in percent must not move when Postern is upgraded.
TEST(HashBucketTest, IsStable) {
  EXPECT_EQ(HashBucket("", 100), 93);
  EXPECT_EQ(HashBucket("a", 100), 51);
  EXPECT_EQ(HashBucket("example.org", 100), 80);
  EXPECT_EQ(HashBucket("user@example.org", 1'000'000), 916'009);
}

TEST(HashBucketTest, StaysInsideAndSpreadsEvenly) {
  EXPECT_EQ(HashBucket("a", 0), 0);
  EXPECT_EQ(HashBucket("a", -5), 0);
  EXPECT_EQ(HashBucket("a", 1), 0);
  EXPECT_LT(HashBucket("a", INT64_MAX), INT64_MAX);
  int counts[10] = {};
  for (int i = 0; i < 10'000; ++i) ++counts[HashBucket("user" + std::to_string(i), 10)];
  for (const int count : counts) {
    EXPECT_GT(count, 850);
    EXPECT_LT(count, 1150);
  }
}

class OneDomain final : public LocalDirectory {
 public:
  bool IsLocalDomain(std::string_view directory, std::string_view domain) const override {
    return directory == "*" && domain == "example.org";
  }
  bool IsLocalAddress(std::string_view directory, std::string_view address) const override {
    return directory.empty() && address == "a@example.org";
  }
};

TEST(FunctionsTest, TheCallerAnswersWhatIsLocal) {
  const OneDomain local;
  EvaluateOptions options;
  Variables variables;
  variables.rcpt_domain = "example.org";
  EXPECT_EQ(Evaluated("is_local_domain('*', rcpt_domain)", variables, options), "0");
  options.local = &local;
  EXPECT_EQ(Evaluated("is_local_domain('*', rcpt_domain)", variables, options), "1");
  EXPECT_EQ(Evaluated("is_local_domain('x', rcpt_domain)", variables, options), "0");
  EXPECT_EQ(Evaluated("is_local_address('', 'a@example.org')", variables, options), "1");
}

TEST(FunctionsTest, WorkIsPaidFor) {
  std::vector<std::string> recipients(5000, "somebody@example.org");
  Variables variables;
  variables.recipients = recipients;
  EXPECT_EQ(Evaluated("count(dedup(recipients))", variables), "1");
  EvaluateOptions options;
  options.limits.steps = 4000;
  EXPECT_THAT(Evaluated("count(recipients)", variables, options), HasSubstr("too many steps"));
  options.limits = {};
  options.limits.array = 4000;
  EXPECT_THAT(Evaluated("count(recipients)", variables, options), HasSubstr("array"));
  // With a number among them, each is compared with each.
  for (int i = 0; i < 5000; ++i) recipients[static_cast<std::size_t>(i)] = std::to_string(i) + "x";
  EXPECT_EQ(Evaluated("count(dedup(recipients))", variables), "5000");
  EXPECT_THAT(Evaluated("dedup(recipients + 1)", variables), HasSubstr("too many steps"));
  const std::string many(200'000, 'a');
  variables.sender = many;
  EXPECT_THAT(Evaluated("contains_ignore_case(sender, substring(sender, 0, 100000))", variables),
              HasSubstr("too many steps"));
  EXPECT_THAT(Evaluated("split(sender, 'a')", variables), HasSubstr("too many steps"));
  EXPECT_EQ(Evaluated("count(split(substring(sender, 0, 9000), 'a'))", variables), "9001");
  EXPECT_THAT(Evaluated("split(substring(sender, 0, 11000), 'a')", variables),
              HasSubstr("it makes an array"));
}

}  // namespace
}  // namespace postern::strategy
