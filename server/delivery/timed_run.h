#ifndef POSTERN_SERVER_DELIVERY_TIMED_RUN_H_
#define POSTERN_SERVER_DELIVERY_TIMED_RUN_H_

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "client/net/interrupt.h"
#include "common/clock.h"
#include "server/delivery/in_flight.h"
#include "server/delivery/orchestrator.h"

namespace postern::server {

// One delivery or resolution from its start to its one answer: work that may take long, a time at
// which it must have answered, and a caller who may go away. Held by what works for it; everything
// but the constructor runs on the loop.
//
// When the time is up or the caller has gone, the interrupt is triggered and the work has kGrace to
// come to an end by itself; then the answer is given with what is known. Work that goes on after
// that is in the background and changes nothing in the answer.
class TimedRun : public std::enable_shared_from_this<TimedRun> {
 public:
  static constexpr Duration kGrace = std::chrono::milliseconds(30);

  virtual ~TimedRun() = default;
  TimedRun(const TimedRun&) = delete;
  TimedRun& operator=(const TimedRun&) = delete;

  // The whole run, on the loop; keeps `self`.
  static boost::asio::awaitable<void> Run(std::shared_ptr<TimedRun> self);
  // May come before Run: it then counts from the start.
  void Stop(client::InterruptReason reason);

 protected:
  // `admission`: let go of when the answer is given, or with the run when work goes on after it.
  TimedRun(const Orchestrator::Parts& parts, std::shared_ptr<InFlight> in_flight,
           std::shared_ptr<const void> admission);

  // When to stop; asked once, at the start.
  virtual TimePoint Deadline() = 0;
  // All the work; the answer follows when it returns. Keeps what it needs alive by itself.
  virtual boost::asio::awaitable<void> Work() = 0;
  // Takes the answer as it stands, whatever is still going on, and returns the call that gives it.
  // Called once.
  virtual std::function<void()> TakeAnswer() = 0;
  virtual client::Interrupt& interrupt() = 0;
  // After TakeAnswer: whether something in the background still needs what the request brought.
  virtual bool goes_on() const { return false; }

  const Orchestrator::Parts& parts() const { return parts_; }
  const std::shared_ptr<InFlight>& in_flight() const { return in_flight_; }
  bool answered() const { return answered_; }

 private:
  void StartTimer();
  void Answer();

  const Orchestrator::Parts parts_;
  const std::shared_ptr<InFlight> in_flight_;
  std::optional<InFlight::Token> token_;  // until answered
  std::shared_ptr<const void> admission_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer grace_;
  bool has_begun_ = false;
  std::optional<client::InterruptReason> stopped_early_;
  bool answered_ = false;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_TIMED_RUN_H_
