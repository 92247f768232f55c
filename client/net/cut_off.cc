#include "client/net/cut_off.h"

#include <boost/system/error_code.hpp>

// A body goes out in thousands of writes, each with a deadline a little later than the last one's.
// The timer therefore is set only when it would fire too late. When it fires too early, it is set
// again to the deadline of the operation that is then under way.
namespace postern::client {

namespace asio = boost::asio;

// Shared with the timer's handler, which may come after its owner has gone.
struct CutOffState : std::enable_shared_from_this<CutOffState> {
  explicit CutOffState(const asio::any_io_executor& executor) : timer(executor) {}

  void Cut(IoStatus why) {
    if (!watching || cut != IoStatus::kOk) return;
    cut = why;
    signal.emit(asio::cancellation_type::terminal);
  }

  void SetTimer(TimePoint when) {
    timer_set_for = when;
    timer.expires_at(when);
    timer.async_wait(
        [self = weak_from_this(), setting = ++settings](const boost::system::error_code&) {
          if (const auto state = self.lock()) state->OnTimer(setting);
        });
  }

  // A setting that was replaced ends too, sometimes as if it had fired.
  void OnTimer(std::uint64_t setting) {
    if (setting != settings) return;
    timer_set_for = TimePoint::max();
    if (!watching) return;
    if (deadline <= std::chrono::steady_clock::now()) {
      Cut(IoStatus::kTimeout);
    } else {
      SetTimer(deadline);
    }
  }

  asio::steady_timer timer;
  std::uint64_t settings = 0;  // how often the timer was set
  TimePoint timer_set_for = TimePoint::max();
  asio::cancellation_signal signal;
  bool watching = false;  // the rest is about the operation under way
  TimePoint deadline;
  IoStatus cut = IoStatus::kOk;
};

CutOff::CutOff(const asio::any_io_executor& executor)
    : state_(std::make_shared<CutOffState>(executor)) {}

CutOff::~CutOff() {
  state_->watching = false;
  ++state_->settings;
  state_->timer.cancel();
}

CutOff::Watch::Watch(CutOff& owner, TimePoint deadline, Interrupt* interrupt)
    : state_(owner.state_) {
  state_->watching = true;
  state_->deadline = deadline;
  state_->cut = IoStatus::kOk;
  if (interrupt != nullptr && interrupt->reason().has_value()) {
    state_->cut = IoStatus::kInterrupted;
    return;
  }
  if (deadline <= std::chrono::steady_clock::now()) {
    state_->cut = IoStatus::kTimeout;
    return;
  }
  if (deadline < state_->timer_set_for) state_->SetTimer(deadline);
  if (interrupt == nullptr) return;
  hook_ = interrupt->OnTrigger([state = state_.get()] { state->Cut(IoStatus::kInterrupted); });
}

CutOff::Watch::~Watch() { state_->watching = false; }

IoStatus CutOff::Watch::cut() const { return state_->cut; }

asio::cancellation_slot CutOff::Watch::slot() const { return state_->signal.slot(); }

}  // namespace postern::client
