#ifndef POSTERN_CLIENT_SESSION_SMTP_SESSION_H_
#define POSTERN_CLIENT_SESSION_SMTP_SESSION_H_

#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/net/interrupt.h"
#include "client/net/transport.h"
#include "client/session/body_source.h"
#include "client/session/transcript.h"
#include "client/smtp/capabilities.h"
#include "client/smtp/classify.h"
#include "client/smtp/outcome.h"
#include "client/smtp/transaction.h"
#include "common/clock.h"
#include "common/plan/connection_plan.h"
#include "common/plan/route_plan.h"

namespace postern::client {

// Time spent per stage, summed over commands; nullopt: the stage was not reached.
using StageTimings = std::array<std::optional<std::chrono::microseconds>, kStageCount>;

struct SessionSettings {
  // EHLO name to send; not empty (the orchestrator has put the address literal in, if it came to
  // that).
  std::string ehlo_hostname;
  StageTimeouts timeouts;
  // The least progress of a body: this many octets over any minute, once the first has passed.
  std::size_t minimum_body_rate = 256 * 60;
  TranscriptLevel transcript = TranscriptLevel::kNone;
  // What the transcript's times count from.
  TimePoint start{};
  // LMTP (RFC 2033): LHLO, and a final reply for each recipient that was accepted.
  RelayProtocol protocol = RelayProtocol::kSmtp;
  // Speaks one command at a time even to a server that offers PIPELINING.
  bool lock_step = false;
  // How long a final reply is still awaited after the interrupt, at most.
  Duration final_reply_grace = std::chrono::seconds(60);
};

// What one transaction came to.
struct TransactionResult {
  // One per recipient of the request, in order; none is kNotAttempted.
  std::vector<Outcome> outcomes;
};

// What showed that a server cannot do the PIPELINING it offers.
enum class PipeliningFault : std::uint8_t {
  kNone,
  // It answered some of the commands that came together and then no more (G26): it dropped them.
  // Nothing of a message was sent; another connection in lock-step may do.
  kUnanswered,
  // Its replies did not match the commands (G19, G20).
  kOutOfStep,
};

// One SMTP connection from greeting to QUIT (RFC 5321 3.1-3.9): Open, then any number of
// transactions, then Close. One coroutine at a time on one loop; made and owned by the orchestrator
// (later by the pool). Nothing throws for what the remote does: every end is an Outcome. The
// interrupt ends everything but the wait for a final reply, which it only shortens.
class SmtpSession {
 public:
  // `clock` and `interrupt` must outlive the session; `interrupt` may be null.
  SmtpSession(std::unique_ptr<Transport> transport, SessionSettings settings, const Clock& clock,
              Interrupt* interrupt);
  ~SmtpSession();
  SmtpSession(const SmtpSession&) = delete;
  SmtpSession& operator=(const SmtpSession&) = delete;

  // Greeting and EHLO, or HELO where EHLO is refused; in LMTP LHLO and nothing else. nullopt:
  // ready. Otherwise what is to be said of every recipient as far as this host goes; Close is due
  // then, too.
  boost::asio::awaitable<std::optional<Outcome>> Open();

  // One transaction, or several when the server takes fewer recipients at a time (G10, RCPTMAX), as
  // far as its MAILMAX allows. Only while usable().
  boost::asio::awaitable<TransactionResult> Send(
      TransactionRequest request, std::function<std::unique_ptr<BodySource>()> make_body);

  // QUIT, whose answer nobody waits for, and the end of the connection; no effect on any outcome.
  // Idempotent.
  void Close();

  // Whether another transaction may follow.
  bool usable() const;
  // True from the moment when the terminator was handed to the kernel until all final replies are
  // in: the only time at which an answer to the caller has to call undecided recipients unknown.
  bool awaiting_final_reply() const;
  // While Send runs: what its recipients are to be told if the caller's time ends now with `event`
  // (kDeadline or kCancelled), in the order of the request. Decided ones as they are; those of a
  // message whose terminator was handed over kUnknown; the others (postponed ones too) by the stage
  // reached. Changes nothing: a Send that awaits its final reply goes on.
  std::vector<Outcome> OutcomesIfStopped(Event event) const;

  PipeliningFault pipelining_fault() const;

  const Capabilities& capabilities() const;
  const StageTimings& timings() const;
  // The dialogue so far; the QUIT of Close is no part of it.
  const std::vector<TranscriptLine>& transcript() const;
  // The stage reached.
  Stage stage() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SESSION_SMTP_SESSION_H_
