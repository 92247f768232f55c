#ifndef POSTERN_SERVER_RPC_ENCODED_PARTS_H_
#define POSTERN_SERVER_RPC_ENCODED_PARTS_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "strategy/resolver/strategy_resolver.h"

namespace postern::server {

// What answers contain of one policy (plans, rules, choices that are always the same) as octets,
// each part encoded when it is first asked for: it never changes, and to write it anew takes longer
// than to choose it. Keeps the policy, and so the parts, which it knows by their addresses. Any
// thread, and none waits for another: an answer asks for many parts.
class EncodedParts {
 public:
  explicit EncodedParts(std::shared_ptr<const strategy::StrategyResolver> strategies)
      : strategies_(std::move(strategies)), lists_(ListsFor(strategies_->policy())) {}
  ~EncodedParts() {
    for (std::atomic<const Entry*>& list : lists_) {
      for (const Entry* entry = list.load(); entry != nullptr;)
        entry = std::unique_ptr<const Entry>(entry)->next;
    }
  }
  EncodedParts(const EncodedParts&) = delete;
  EncodedParts& operator=(const EncodedParts&) = delete;

  const std::shared_ptr<const strategy::StrategyResolver>& strategies() const {
    return strategies_;
  }

  // `part` is one that a resolver's answers share; `encode` makes its octets, and may ask for those
  // of others. What is returned lives as long as this.
  template <typename Part, typename Encode>
  const std::string& Of(const Part& part, const Encode& encode) {
    std::atomic<const Entry*>& list = ListOf(&part);
    for (const Entry* entry = list.load(std::memory_order_acquire); entry != nullptr;
         entry = entry->next) {
      if (entry->part == &part) return entry->octets;
    }
    auto added = std::make_unique<Entry>(Entry{&part, encode(part), list.load()});
    // Two threads may add the same part, once each.
    while (!list.compare_exchange_weak(added->next, added.get())) {
    }
    return added.release()->octets;
  }

 private:
  // Of a list that only grows, at its front.
  struct Entry {
    const void* part;
    std::string octets;
    const Entry* next;
  };

  // A power of two, so that few parts share a list.
  static std::size_t ListsFor(const strategy::Policy& policy) {
    constexpr std::size_t kOfAnyPolicy = 64;
    return std::bit_ceil(kOfAnyPolicy + policy.connections.size() + policy.routes.size() +
                         policy.tls.size());
  }

  std::atomic<const Entry*>& ListOf(const void* part) {
    // The low bits of addresses are alike; the high ones of a product depend on all.
    constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15;
    constexpr int kHighHalf = 32;
    const std::uint64_t mixed = reinterpret_cast<std::uintptr_t>(part) * kFactor;
    return lists_[(mixed >> kHighHalf) & (lists_.size() - 1)];
  }

  const std::shared_ptr<const strategy::StrategyResolver> strategies_;
  std::vector<std::atomic<const Entry*>> lists_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_ENCODED_PARTS_H_
