#include "server/delivery/timed_run.h"

#include <exception>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"

namespace postern::server {

namespace asio = boost::asio;

TimedRun::TimedRun(const Orchestrator::Parts& parts, std::shared_ptr<InFlight> in_flight,
                   std::shared_ptr<const void> admission)
    : parts_(parts),
      in_flight_(std::move(in_flight)),
      token_(in_flight_),
      admission_(std::move(admission)),
      deadline_(parts.loop.context()),
      grace_(parts.loop.context()) {}

void TimedRun::StartTimer() {
  const TimePoint deadline = Deadline();
  if (deadline <= parts_.clock.Now()) return Stop(client::InterruptReason::kDeadline);
  deadline_.expires_at(deadline);
  // The timers do not keep the run alive: its work does, until there is an answer.
  deadline_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const std::shared_ptr<TimedRun> self = weak.lock();
    if (!error && self != nullptr) self->Stop(client::InterruptReason::kDeadline);
  });
}

asio::awaitable<void> TimedRun::Run(std::shared_ptr<TimedRun> self) {
  self->has_begun_ = true;
  self->StartTimer();
  if (self->stopped_early_) self->Stop(*self->stopped_early_);
  try {
    co_await self->Work();
  } catch (const std::exception& error) {
    Log(LogLevel::kError, absl::StrCat("A delivery ended by an exception: ", error.what()));
  }
  self->Answer();
}

void TimedRun::Stop(client::InterruptReason reason) {
  if (!has_begun_) {  // an answer may be taken from then on
    stopped_early_ = reason;
    return;
  }
  if (answered_ || interrupt().reason()) return;
  grace_.expires_after(kGrace);
  grace_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const std::shared_ptr<TimedRun> self = weak.lock();
    if (!error && self != nullptr) self->Answer();
  });
  interrupt().Trigger(reason, parts_.clock.Now());
}

void TimedRun::Answer() {
  if (answered_) return;
  answered_ = true;
  deadline_.cancel();
  grace_.cancel();
  const std::function<void()> give = TakeAnswer();
  token_.reset();
  // Before the answer, so that a caller who sends one call after the other is not refused.
  if (!goes_on()) admission_.reset();
  give();
}

}  // namespace postern::server
