// What it costs to choose a strategy. One policy of five rules with two comparisons of texts and
// one regular expression, none of which holds but the last, in three forms: as a policy file has
// it; by hand in C++ with RE2, which is the floor of what a policy with a regular expression can
// cost; by hand without RE2.

#include <benchmark/benchmark.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/expr/expression.h"
#include "strategy/expr/if_block.h"

namespace postern::strategy {
namespace {

constexpr char kRegex[] = "-[0-9]+@bounces?[.]";

Variables Message() {
  Variables v;
  v.rcpt = "somebody@mail.example.org";
  v.rcpt_domain = "mail.example.org";
  v.sender = "newsletter@news.example.com";
  v.retry_num = 1;
  v.size = 20'000;
  v.last_error = "none";
  return v;
}

IfBlockItem Branch(std::string_view condition, std::string_view result) {
  IfBlockItem item;
  item.condition = {std::string(condition), {}};
  item.result = {std::string(result), {}};
  return item;
}

IfBlock FiveRules() {
  std::vector<IfBlockItem> items = {
      Branch("retry_num > 3", "'slow'"),
      Branch("last_error == 'tls'", "'invalid-tls'"),
      Branch("rcpt_domain == 'big.example.net'", "'big'"),
      Branch("matches('-[0-9]+@bounces?[.]', sender)", "'bounces'"),
      Branch("size > 1000", "'large'"),
  };
  items.emplace_back().otherwise = {"'default'", {}};
  IssueList issues;
  return IfBlock::Parse(items, {}, {}, issues).value();
}

void TimeFiveRules(benchmark::State& state) {
  const IfBlock block = FiveRules();
  const Variables v = Message();
  if (block.Evaluate(v).id != "large") std::abort();
  for (auto _ : state) benchmark::DoNotOptimize(block.Evaluate(v).id);
}
BENCHMARK(TimeFiveRules);

void TimeFiveRulesTraced(benchmark::State& state) {
  const IfBlock block = FiveRules();
  const Variables v = Message();
  EvaluateOptions options;
  options.trace = true;
  for (auto _ : state) benchmark::DoNotOptimize(block.Evaluate(v, options).id);
}
BENCHMARK(TimeFiveRulesTraced);

// Out of line, as a policy that is compiled in would be.
[[gnu::noinline]] std::string_view ByHandWithRe2(const Variables& v, const re2::RE2& regex) {
  if (v.retry_num > 3) return "slow";
  if (v.last_error == "tls") return "invalid-tls";
  if (v.rcpt_domain == "big.example.net") return "big";
  if (regex.Match({v.sender.data(), v.sender.size()}, 0, v.sender.size(), re2::RE2::UNANCHORED,
                  nullptr, 0))
    return "bounces";
  return v.size > 1000 ? "large" : "default";
}

void TimeByHandWithRe2(benchmark::State& state) {
  const re2::RE2 regex(kRegex);
  Variables v = Message();
  for (auto _ : state) {
    benchmark::DoNotOptimize(v);
    benchmark::DoNotOptimize(ByHandWithRe2(v, regex));
  }
}
BENCHMARK(TimeByHandWithRe2);

void TimeRe2Only(benchmark::State& state) {
  const re2::RE2 regex(kRegex);
  Variables v = Message();
  for (auto _ : state) {
    benchmark::DoNotOptimize(v);
    benchmark::DoNotOptimize(regex.Match({v.sender.data(), v.sender.size()}, 0, v.sender.size(),
                                         re2::RE2::UNANCHORED, nullptr, 0));
  }
}
BENCHMARK(TimeRe2Only);

// -[0-9]+@bounces?[.]
bool IsBounce(std::string_view sender) {
  const std::size_t at = sender.find("@bounce");
  if (at == std::string_view::npos) return false;
  const std::size_t before = sender.substr(0, at).find_last_not_of("0123456789");
  if (before == std::string_view::npos || before + 1 == at || sender[before] != '-') return false;
  sender.remove_prefix(at + 7);
  return sender.starts_with(".") || sender.starts_with("s.");
}

[[gnu::noinline]] std::string_view ByHand(const Variables& v) {
  if (v.retry_num > 3) return "slow";
  if (v.last_error == "tls") return "invalid-tls";
  if (v.rcpt_domain == "big.example.net") return "big";
  if (IsBounce(v.sender)) return "bounces";
  return v.size > 1000 ? "large" : "default";
}

void TimeByHand(benchmark::State& state) {
  Variables v = Message();
  for (auto _ : state) {
    benchmark::DoNotOptimize(v);
    benchmark::DoNotOptimize(ByHand(v));
  }
}
BENCHMARK(TimeByHand);

void EvaluateText(benchmark::State& state, const std::string& text) {
  IssueList issues;
  const Expression expression = Expression::Parse(text, {}, {}, issues).value();
  const Variables v = Message();
  for (auto _ : state) benchmark::DoNotOptimize(expression.Evaluate(v).value);
}
BENCHMARK_CAPTURE(EvaluateText, literal, "'mx'");
BENCHMARK_CAPTURE(EvaluateText, comparison, "retry_num > 3");
BENCHMARK_CAPTURE(EvaluateText, two_comparisons, "retry_num > 0 && last_error == 'tls'");
BENCHMARK_CAPTURE(EvaluateText, arithmetic, "(retry_num + 1) * 2 - size / 3 > 5");
BENCHMARK_CAPTURE(EvaluateText, regex_with_captures, "matches('^([^@]+)@', rcpt) && $1 == 'a'");
BENCHMARK_CAPTURE(EvaluateText, text_made, "'pool-' + rcpt_domain");

void TimeParse(benchmark::State& state) {
  for (auto _ : state) {
    IssueList issues;
    benchmark::DoNotOptimize(
        Expression::Parse("retry_num > 0 && last_error == 'tls'", {}, {}, issues));
  }
}
BENCHMARK(TimeParse);

}  // namespace
}  // namespace postern::strategy

BENCHMARK_MAIN();
