// xoshiro256**: small, fast, and good enough to spread load. Nothing here is a secret.

#include "common/random.h"

#include <bit>
#include <random>

namespace postern {

SystemRandom::SystemRandom() {
  std::random_device device;
  for (std::uint64_t& word : state_) word = (static_cast<std::uint64_t>(device()) << 32) | device();
  state_[0] |= 1;  // all zero is the one state that never leaves itself
}

std::uint64_t SystemRandom::Below(std::uint64_t bound) {
  // Values under `threshold` would make the low results likelier than the others.
  const std::uint64_t threshold = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t value = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    if (value >= threshold) return value % bound;
  }
}

}  // namespace postern
