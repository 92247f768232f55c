#ifndef POSTERN_CLIENT_NET_INTERRUPT_H_
#define POSTERN_CLIENT_NET_INTERRUPT_H_

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "common/clock.h"

namespace postern::client {

// Why a delivery was told to stop.
enum class InterruptReason { kCancelled, kDeadline };

// Tells everything that works for one delivery that its caller has gone, or its time is up. Owned
// by the delivery and used on its event loop only (other threads post to that loop). What waits
// registers a hook; the hooks run once, inside Trigger. Those that may not stop any more (a session
// that waits for the final reply) shorten their wait instead.
class Interrupt {
  struct Hooks;

 public:
  // Unregisters on destruction. Movable; may outlive the Interrupt, as coroutines that are
  // destroyed when their loop stops may go in any order.
  class Hook {
   public:
    Hook() = default;
    Hook(Hook&& other) noexcept;
    Hook& operator=(Hook&& other) noexcept;
    ~Hook();

   private:
    friend class Interrupt;
    Hook(std::shared_ptr<Hooks> owner, std::list<std::function<void()>>::iterator place)
        : owner_(std::move(owner)), place_(place) {}
    void Unregister();

    std::shared_ptr<Hooks> owner_;  // null when there is nothing to unregister
    std::list<std::function<void()>>::iterator place_;
  };

  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // The first call counts.
  void Trigger(InterruptReason reason, TimePoint now);
  const std::optional<InterruptReason>& reason() const { return reason_; }
  // When it was triggered; meaningful only then.
  TimePoint when() const { return when_; }
  // `hook` is not called when the interrupt has been triggered already: check reason() first.
  Hook OnTrigger(std::function<void()> hook);

 private:
  std::optional<InterruptReason> reason_;
  TimePoint when_;
  std::shared_ptr<Hooks> hooks_;
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_NET_INTERRUPT_H_
