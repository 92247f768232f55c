#ifndef POSTERN_SERVER_DELIVERY_IN_FLIGHT_H_
#define POSTERN_SERVER_DELIVERY_IN_FLIGHT_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace postern::server {

// Counts what is under way, by tokens. Shared by the orchestrator and all that it started, so that
// whatever is destroyed last still finds it. Thread-safe.
class InFlight {
 public:
  // Counts for as long as it lives.
  class Token {
   public:
    explicit Token(std::shared_ptr<InFlight> counter) : counter_(std::move(counter)) {
      counter_->count_.fetch_add(1, std::memory_order_relaxed);
    }
    Token(Token&& other) noexcept = default;
    Token& operator=(Token&&) = delete;
    ~Token() {
      if (counter_ != nullptr) counter_->count_.fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    std::shared_ptr<InFlight> counter_;  // null once moved from
  };

  std::size_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> count_{0};
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_IN_FLIGHT_H_
