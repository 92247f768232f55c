#include "client/session/body_rate.h"

namespace postern::client {
namespace {

constexpr Duration kGrain = std::chrono::seconds(1);

}  // namespace

void BodyRate::Add(TimePoint now, std::size_t octets) {
  if (sums_.empty() || now - sums_.back().since >= kGrain) sums_.push_back(Sum{now, 0});
  sums_.back().octets += octets;
  total_ += octets;
}

bool BodyRate::TooSlow(TimePoint now) {
  while (!sums_.empty() && now - sums_.front().since > kWindow) {
    total_ -= sums_.front().octets;
    sums_.pop_front();
  }
  return now - start_ > kWindow && total_ < minimum_;
}

}  // namespace postern::client
