// Replaces operator new to count: numbers, comparisons and regular expressions without captures
// must not allocate, or the cost of a delivery's policy grows with its rate.

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <new>
#include <string>

#include "strategy/expr/expression.h"
#include "strategy/expr/if_block.h"
#include "tests/strategy/expr/expr_fixture.h"

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace postern::strategy {
namespace {

Variables SomeVariables() {
  Variables v;
  v.rcpt = "somebody.with.a.long.name@mail.example.org";
  v.rcpt_domain = "mail.example.org";
  v.retry_num = 2;
  v.last_error = "tls";
  v.mx = "mx1.example.org";
  v.remote_ip = "192.0.2.1";
  return v;
}

TEST(AllocationTest, NumbersAndComparisonsAllocateNothing) {
  const std::map<std::string, std::string> labels = {
      {"a-name-that-is-longer-than-a-short-string", "x"}};
  Variables v = SomeVariables();
  v.labels = &labels;
  for (const std::string text : {
           "retry_num > 1 && last_error == 'tls'",
           "(retry_num + 1) * 2 - 7 / 2 >= 1.5 || !size",
           "'10' < '9' ^ retry_num == '3'",
           "rcpt_domain == 'mail.example.org' && mx != 'a.very.long.host.name.example.org'",
           "labels['a-name-that-is-longer-than-a-short-string'] == 'x'",
           "if_then(retry_num > 1, 'a result that is longer than a short string', 'b')",
           "starts_with(mx, 'mx1.') && ends_with(rcpt, 'example.org') && contains(rcpt, 'long')",
           "eq_ignore_case(mx, 'MX1.example.org') && len(trim(mx)) > 3 && to_lowercase(mx) == mx",
           "is_ip_in_cidr(remote_ip, '192.0.2.0/24') && hash_bucket(rcpt, 100) < 200",
           "email_part(rcpt, 'domain') == rcpt_domain && is_email(rcpt)",
       }) {
    const Expression expression = Parsed(text);
    const std::size_t before = allocations;
    const EvaluationResult result = expression.Evaluate(v);
    EXPECT_EQ(allocations - before, 0u) << text;
    EXPECT_TRUE(result.has_value());
    EXPECT_TRUE(IsTrue(result.value)) << text;
  }
}

TEST(AllocationTest, ARegexIsSearchedForWithoutAllocation) {
  const Expression plain = Parsed("matches('^[a-z.]+@mail[.]', rcpt)");
  const Variables v = SomeVariables();
  (void)plain.Evaluate(v);  // RE2 builds its automaton as it goes
  const std::size_t before = allocations;
  EXPECT_TRUE(IsTrue(plain.Evaluate(v).value));
  EXPECT_EQ(allocations - before, 0u);
}

TEST(AllocationTest, ABlockThatGivesAConstantAllocatesNothing) {
  const SourceRange place;
  const IfBlockItem items[] = {
      {.condition = {{"retry_num > 5 && mx == 'x'", place}},
       .result = {{"'slow-pool-with-a-long-name'", place}},
       .otherwise = {},
       .range = {}},
      {.condition = {}, .result = {}, .otherwise = {{"'default'", place}}, .range = {}},
  };
  IssueList issues;
  const IfBlock block = IfBlock::Parse(items, place, IdContext(VariableSet::kHost), issues).value();
  const Variables v = SomeVariables();
  const std::size_t before = allocations;
  const IfBlockResult result = block.Evaluate(v);
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_EQ(result.id, "default");
}

TEST(AllocationTest, TheCounterCounts) {
  const Expression expression = Parsed("rcpt + mx");
  const Variables v = SomeVariables();
  const std::size_t before = allocations;
  EXPECT_TRUE(expression.Evaluate(v).has_value());
  EXPECT_GT(allocations - before, 0u);
}

}  // namespace
}  // namespace postern::strategy
