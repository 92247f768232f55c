// What the size of a policy costs: choosing under a policy of 10,000 connection strategies and
// 100,000 source addresses beside one of ten, and loading the large one.
//
//   bazel run //tests/benchmarks/strategy:policy_benchmark

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "strategy/config/policy_loader.h"
#include "strategy/resolver/strategy_resolver.h"

namespace postern::strategy {
namespace {

std::string Ip(std::size_t number) {
  return "10." + std::to_string(number >> 16) + "." + std::to_string((number >> 8) & 255) + "." +
         std::to_string(number & 255);
}

// `strategies` of ten source addresses each; every address has an EHLO name of its own. The label
// `pool` chooses.
std::string PolicyText(std::size_t strategies) {
  std::string text =
      "[queue.strategy]\nconnection = \"'pool-' + labels['pool']\"\n"
      "[queue.connection.default]\nehlo-hostname = \"mail.example.org\"\n";
  for (std::size_t i = 0; i < strategies; ++i) {
    text += "[queue.connection.pool-" + std::to_string(i) + "]\nsource-ips = [";
    for (std::size_t j = 0; j < 10; ++j) text += "\"" + Ip(10 * i + j + 1) + "\", ";
    text += "]\n";
  }
  for (std::size_t i = 1; i <= 10 * strategies; ++i)
    text += "[queue.source-ip.\"" + Ip(i) + "\"]\nehlo-hostname = \"out-" + std::to_string(i) +
            ".example.org\"\n";
  return text;
}

LoadedPolicy Load(const std::string& text) {
  std::vector<SourceText> sources;
  sources.emplace_back("policy.toml", text);
  LoadedPolicy loaded = LoadPolicyTexts(std::move(sources));
  if (loaded.policy == nullptr) std::abort();
  return loaded;
}

void TimeResolve(benchmark::State& state) {
  const auto strategies = static_cast<std::size_t>(state.range(0));
  const StrategyResolver resolver(Load(PolicyText(strategies)).policy, {});
  Facts facts;
  facts.rcpt = "user@example.net";
  std::size_t next = 0;
  for (auto _ : state) {
    // Not the same each time, as messages are not.
    facts.context.labels["pool"] = std::to_string(next);
    next = (next + 7919) % strategies;
    const auto route = resolver.ResolveRoute(facts);
    const auto connection = resolver.ResolveConnection(facts);
    const auto tls = resolver.ResolveTls(facts);
    if (connection.choice.fallback) std::abort();
    benchmark::DoNotOptimize(route.plan);
    benchmark::DoNotOptimize(connection.plan);
    benchmark::DoNotOptimize(tls.plan);
  }
}
BENCHMARK(TimeResolve)->Arg(10)->Arg(10'000);

void TimeLoad(benchmark::State& state) {
  const std::string text = PolicyText(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const StrategyResolver resolver(Load(text).policy, {});
    benchmark::DoNotOptimize(&resolver);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MB"] = static_cast<double>(usage.ru_maxrss) / 1024;
  state.counters["text_MB"] = static_cast<double>(text.size()) / 1e6;
}
BENCHMARK(TimeLoad)->Arg(10)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace postern::strategy

BENCHMARK_MAIN();
