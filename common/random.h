#ifndef POSTERN_COMMON_RANDOM_H_
#define POSTERN_COMMON_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace postern {

// Where randomness comes from, so that tests can say what it will be. Not synchronised: one per
// event loop.
class Random {
 public:
  virtual ~Random() = default;
  // Uniform in [0, bound); bound > 0.
  virtual std::uint64_t Below(std::uint64_t bound) = 0;

  // Fisher-Yates.
  template <typename T>
  void Shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[static_cast<std::size_t>(Below(i))]);
    }
  }
};

// A generator seeded from the operating system. Owned by the caller.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  std::uint64_t Below(std::uint64_t bound) override;

 private:
  std::uint64_t state_[4];
};

}  // namespace postern

#endif  // POSTERN_COMMON_RANDOM_H_
