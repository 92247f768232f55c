#include "client/net/interrupt.h"

#include <iterator>

namespace postern::client {

// A hook may unregister any hook, itself included, while Trigger walks the list: `next` is the one
// that Trigger comes to next, and moves on when that one goes.
struct Interrupt::Hooks {
  std::list<std::function<void()>> list;
  std::list<std::function<void()>>::iterator next = list.end();
  // Places that are free again: each read and write of a delivery takes one.
  std::list<std::function<void()>> spare;
};

Interrupt::Interrupt() : hooks_(std::make_shared<Hooks>()) {}

void Interrupt::Trigger(InterruptReason reason, TimePoint now) {
  if (reason_.has_value()) return;
  reason_ = reason;
  when_ = now;
  // A hook may destroy this Interrupt.
  const std::shared_ptr<Hooks> hooks = hooks_;
  hooks->next = hooks->list.begin();
  while (hooks->next != hooks->list.end()) {
    // Moved out, so that a hook that unregisters itself does not destroy what is being called.
    const std::function<void()> hook = std::move(*hooks->next++);
    hook();
  }
}

Interrupt::Hook Interrupt::OnTrigger(std::function<void()> hook) {
  if (reason_.has_value()) return Hook();
  std::list<std::function<void()>>& list = hooks_->list;
  std::list<std::function<void()>>& spare = hooks_->spare;
  if (spare.empty()) return Hook(hooks_, list.insert(list.end(), std::move(hook)));
  list.splice(list.end(), spare, spare.begin());
  list.back() = std::move(hook);
  return Hook(hooks_, std::prev(list.end()));
}

Interrupt::Hook::Hook(Hook&& other) noexcept
    : owner_(std::move(other.owner_)), place_(other.place_) {}

Interrupt::Hook& Interrupt::Hook::operator=(Hook&& other) noexcept {
  if (this != &other) {
    Unregister();
    owner_ = std::move(other.owner_);
    place_ = other.place_;
  }
  return *this;
}

Interrupt::Hook::~Hook() { Unregister(); }

void Interrupt::Hook::Unregister() {
  if (owner_ == nullptr) return;
  if (owner_->next == place_) ++owner_->next;
  owner_->spare.splice(owner_->spare.end(), owner_->list, place_);
  *place_ = nullptr;
  owner_.reset();
}

}  // namespace postern::client
