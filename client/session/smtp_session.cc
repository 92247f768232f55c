#include "client/session/smtp_session.h"

// The dialogue of RFC 5321, lock-step: every command is written into a silent connection (R7) and
// answered before the next one. What to say next and what an answer means is client/smtp's to know
// (Transaction, classify); here is only when to write, when to read, and for how long.
//
// The one place where reading and writing meet is the body: a server may refuse, or go away, while
// we still send. So the read side is looked at before each write, and a write that blocks is woken
// now and then to look again. After the terminator nothing but a complete reply, the stage's limit
// or the end of the stream ends the wait.

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "client/session/body_rate.h"
#include "client/smtp/classify.h"
#include "client/smtp/command.h"
#include "client/smtp/dot_stuffer.h"

namespace postern::client {
namespace {

using boost::asio::awaitable;

// How long QUIT may take.
constexpr Duration kQuitLimit = std::chrono::seconds(2);
// How often a body that makes no progress looks for a reply that came early.
constexpr Duration kWatchInterval = std::chrono::milliseconds(200);
// How long the rest of a reply that began too early is awaited.
constexpr Duration kPrematureReplyLimit = std::chrono::seconds(5);
// A body is written in pieces of about this size; a small message goes with its terminator in one.
constexpr std::size_t kPieceOctets = 32 * 1024;
// What may be read ahead of being asked for; no reply is longer (ReplyLimits).
constexpr std::size_t kMaxUnasked = 64 * 1024;
// No wait is longer, so that no sum with a configured limit overflows.
constexpr Duration kMaxWait = std::chrono::hours(24 * 365);

// What an exchange came to: a complete reply, or the event that stands in its place.
struct Answer {
  explicit Answer(Reply r) : reply(std::move(r)) {}
  explicit Answer(Event e) : event(e) {}

  bool positive() const { return reply.has_value() && reply->positive(); }

  std::optional<Reply> reply;
  Event event = Event::kClosed;
  // The code of a reply that was too long to read to its end (J14, J15); 0: unknown.
  int cut_code = 0;
};

Event EventOf(ReplyParser::Result failure) {
  switch (failure) {
    case ReplyParser::Result::kInconsistent:
      return Event::kInconsistentReply;
    case ReplyParser::Result::kTooLong:
      return Event::kReplyTooLong;
    default:
      return Event::kMalformedReply;
  }
}

Outcome OutcomeOf(Stage stage, const Answer& answer) {
  Outcome outcome;
  outcome.stage = stage;
  if (answer.reply.has_value()) {
    outcome.verdict = ClassifyReply(stage, *answer.reply);
    outcome.reply = ForRecord(*answer.reply);
    outcome.detail = Describe(stage, *answer.reply);
  } else {
    outcome.verdict = ClassifyEvent(stage, answer.event);
    outcome.detail = Describe(stage, answer.event);
  }
  return outcome;
}

void Apply(Transaction& transaction, const Answer& answer) {
  if (answer.reply.has_value()) {
    transaction.OnReply(*answer.reply);
  } else {
    transaction.OnEvent(answer.event);
  }
}

void ApplyDuringBody(Transaction& transaction, const Answer& answer) {
  if (answer.reply.has_value()) {
    transaction.OnReplyDuringBody(*answer.reply);
  } else {
    transaction.OnEvent(answer.event);
  }
}

}  // namespace

class SmtpSession::Impl {
 public:
  Impl(std::unique_ptr<Transport> transport, SessionSettings settings, const Clock& clock,
       Interrupt* interrupt)
      : transport_(std::move(transport)),
        settings_(std::move(settings)),
        clock_(clock),
        interrupt_(interrupt) {}

  awaitable<std::optional<Outcome>> Open();
  awaitable<TransactionResult> Send(TransactionRequest request,
                                    std::function<std::unique_ptr<BodySource>()> make_body);
  awaitable<void> Close();

  bool usable() const { return state_ == State::kReady; }
  bool awaiting_final_reply() const { return awaiting_final_reply_; }
  const Capabilities& capabilities() const { return capabilities_; }
  const StageTimings& timings() const { return timings_; }
  const std::optional<Reply>& last_reply() const { return last_reply_; }
  Stage stage() const { return stage_; }
  std::vector<Outcome> OutcomesIfStopped(client::Event event) const;

 private:
  // How far Send is: what is decided, and the transaction under way with the places of its
  // recipients.
  struct Progress {
    const std::vector<Outcome>* decided = nullptr;
    const Transaction* transaction = nullptr;
    const std::vector<std::size_t>* places = nullptr;
  };
  enum class State { kNew, kReady, kMustQuit, kClosed };

  // The steps of the dialogue.
  awaitable<Answer> Hello();
  awaitable<Answer> Exchange(absl::StatusOr<std::string> command, Duration limit);
  awaitable<Answer> SayAndHear(std::string command, Duration limit);
  awaitable<void> Carry(Transaction& transaction,
                        std::function<std::unique_ptr<BodySource>()> make_body);
  awaitable<bool> ResetTransaction(Transaction& transaction);
  awaitable<void> OneCommand(Transaction& transaction);
  awaitable<void> SendBody(Transaction& transaction, std::unique_ptr<BodySource> source);
  awaitable<bool> WritePiece(Transaction& transaction, std::string_view piece, BodyRate& rate);
  awaitable<bool> MayGoOn(Transaction& transaction);
  awaitable<void> FinalReply(Transaction& transaction);
  awaitable<Answer> AwaitFinalReply();

  // Reading and writing.
  awaitable<Answer> ReadReply(TimePoint deadline, Interrupt* interrupt);
  awaitable<IoStatus> WriteAll(std::string_view octets, TimePoint deadline);
  IoStatus TakeAvailable();
  std::optional<Event> Unasked();
  std::optional<Event> Obstacle();
  awaitable<Answer> PrematureAnswer();

  std::optional<Event> Interrupted() const;
  Event EventOf(IoStatus status) const;
  TimePoint DeadlineIn(Duration limit) const { return clock_.Now() + std::min(limit, kMaxWait); }
  void Settle(ConnectionFate fate);
  void Abort();
  void Enter(Stage stage);
  void StopTiming();

  const std::unique_ptr<Transport> transport_;
  const SessionSettings settings_;
  const Clock& clock_;
  Interrupt* const interrupt_;

  State state_ = State::kNew;
  Capabilities capabilities_;
  // MAIL was accepted and no final reply has closed the transaction: RSET is due before another.
  bool transaction_open_ = false;
  bool awaiting_final_reply_ = false;
  std::optional<Progress> progress_;  // while Send runs
  // When the body last made progress.
  TimePoint last_progress_;

  ReplyParser parser_;
  std::string inbox_;  // received and not yet parsed
  std::array<char, 4096> buffer_;

  Stage stage_ = Stage::kGreeting;
  bool timing_ = false;
  TimePoint stage_since_;
  StageTimings timings_{};
  std::optional<Reply> last_reply_;
};

// --- The dialogue ------------------------------------------------------------------------------

// RFC 5321 3.1, 3.2.
awaitable<std::optional<Outcome>> SmtpSession::Impl::Open() {
  Enter(Stage::kGreeting);
  Answer answer = co_await ReadReply(DeadlineIn(settings_.timeouts.greeting), interrupt_);
  if (answer.positive()) answer = co_await Hello();
  StopTiming();
  std::optional<Outcome> failure;
  if (answer.positive()) {
    state_ = State::kReady;
  } else {
    failure = OutcomeOf(stage_, answer);
    Settle(failure->verdict.fate == ConnectionFate::kKeep ? ConnectionFate::kQuit
                                                          : failure->verdict.fate);
  }
  co_return failure;
}

// EHLO; a server that refuses it in words and stays gets HELO (C1, C3), each with a limit of its
// own.
awaitable<Answer> SmtpSession::Impl::Hello() {
  Enter(Stage::kEhlo);
  const Duration limit = settings_.timeouts.ehlo;
  Answer answer = co_await Exchange(EhloCommand(settings_.ehlo_hostname), limit);
  if (answer.positive()) {
    capabilities_ = ParseCapabilities(*answer.reply);
  } else if (answer.reply.has_value() &&
             ClassifyReply(Stage::kEhlo, *answer.reply).fate != ConnectionFate::kAbort) {
    answer = co_await Exchange(HeloCommand(settings_.ehlo_hostname), limit);
  }
  co_return answer;
}

// RFC 5321 3.3; several transactions where the server takes fewer recipients at a time (G10, G11).
awaitable<TransactionResult> SmtpSession::Impl::Send(
    TransactionRequest request, std::function<std::unique_ptr<BodySource>()> make_body) {
  TransactionResult result;
  result.outcomes.resize(request.recipients.size());
  std::vector<std::size_t> places(request.recipients.size());
  std::iota(places.begin(), places.end(), std::size_t{0});

  while (!places.empty()) {
    Transaction transaction(request, capabilities_);
    progress_ = Progress{&result.outcomes, &transaction, &places};
    co_await Carry(transaction, make_body);
    progress_.reset();
    for (std::size_t i = 0; i < places.size(); ++i) {
      result.outcomes[places[i]] = transaction.outcomes()[i];
    }
    const std::vector<std::size_t> postponed = transaction.postponed();
    const bool progress = postponed.size() < places.size();
    std::vector<Recipient> recipients;
    std::vector<std::size_t> next_places;
    for (const std::size_t i : postponed) {
      recipients.push_back(request.recipients[i]);
      next_places.push_back(places[i]);
    }
    if (!usable() || !progress) {
      // Their turn never came; another host may take them.
      for (const std::size_t place : next_places) {
        result.outcomes[place] = OutcomeOf(Stage::kRcptTo, Answer(Event::kClosed));
      }
      break;
    }
    request.recipients = std::move(recipients);
    places = std::move(next_places);
  }
  StopTiming();
  co_return result;
}

// The event is tried on a copy of the transaction, so that it decides as it would in earnest.
std::vector<Outcome> SmtpSession::Impl::OutcomesIfStopped(client::Event event) const {
  if (!progress_.has_value()) return {};
  std::vector<Outcome> outcomes = *progress_->decided;
  Transaction stopped = *progress_->transaction;
  stopped.OnEvent(event);
  for (std::size_t i = 0; i < progress_->places->size(); ++i) {
    Outcome outcome = stopped.outcomes()[i];
    // A postponed one: its turn has not come.
    if (outcome.verdict.disposition == Disposition::kNotAttempted) {
      outcome = OutcomeOf(Stage::kRcptTo, Answer(event));
    }
    outcomes[(*progress_->places)[i]] = std::move(outcome);
  }
  return outcomes;
}

// One transaction to its end, and what that means for the connection.
awaitable<void> SmtpSession::Impl::Carry(Transaction& transaction,
                                         std::function<std::unique_ptr<BodySource>()> make_body) {
  if (!usable()) {
    transaction.OnEvent(Event::kClosed);
    co_return;
  }
  bool ready = true;
  if (transaction_open_) ready = co_await ResetTransaction(transaction);
  while (ready && transaction.next() != Transaction::Next::kDone) {
    if (transaction.next() == Transaction::Next::kCommand) {
      co_await OneCommand(transaction);
    } else if (transaction.next() == Transaction::Next::kSendBody) {
      co_await SendBody(transaction, make_body());
    } else {
      co_await FinalReply(transaction);  // lock-step: no other reply is ever left to read here
    }
  }
  // G19: one reply more than was asked for. Which of the last ones was meant cannot be known; a
  // final reply stands all the same (J3).
  if (transaction.fate() == ConnectionFate::kKeep && usable() &&
      Unasked() == Event::kUnsolicitedData) {
    transaction.OnEvent(Event::kUnsolicitedData);
  }
  Settle(transaction.fate());
}

// Ends the transaction before this one, of which the server still holds the sender (RFC 5321
// 4.1.1.5). RSET cannot be refused; a server that does so is not fit for more (L3).
awaitable<bool> SmtpSession::Impl::ResetTransaction(Transaction& transaction) {
  Enter(Stage::kMailFrom);
  const Answer answer = co_await Exchange(RsetCommand(), settings_.timeouts.mail_from);
  if (answer.positive()) {
    transaction_open_ = false;
    co_return true;
  }
  Event event = answer.event;
  if (answer.reply.has_value()) {
    event = answer.reply->code == 421 ? Event::kClosed : Event::kMalformedReply;
  }
  transaction.OnEvent(event);
  co_return false;
}

awaitable<void> SmtpSession::Impl::OneCommand(Transaction& transaction) {
  const Stage stage = transaction.stage();
  Enter(stage);
  // Before the command is taken: octets that nobody asked for are about the one before it (G19).
  if (const std::optional<Event> obstacle = Obstacle(); obstacle.has_value()) {
    transaction.OnEvent(*obstacle);
    co_return;
  }
  std::string command = transaction.TakeCommand();
  if (command.empty()) co_return;  // our own writer refused it; the transaction is settled
  const Answer answer =
      co_await SayAndHear(std::move(command), settings_.timeouts.*(Info(stage).timeout));
  if (stage == Stage::kMailFrom && answer.positive()) transaction_open_ = true;
  Apply(transaction, answer);
}

// Writes one command line into a silent connection and reads its reply.
awaitable<Answer> SmtpSession::Impl::Exchange(absl::StatusOr<std::string> command, Duration limit) {
  if (!command.ok()) co_return Answer(Event::kCommandRefused);
  const std::optional<Event> obstacle = Obstacle();
  if (obstacle.has_value()) co_return Answer(*obstacle);
  std::string line = *std::move(command);
  co_return co_await SayAndHear(std::move(line), limit);
}

// The same once there is no obstacle; `limit` covers both.
awaitable<Answer> SmtpSession::Impl::SayAndHear(std::string command, Duration limit) {
  const TimePoint deadline = DeadlineIn(limit);
  const IoStatus written = co_await WriteAll(command, deadline);
  if (written == IoStatus::kClosed) {
    // A server that says 421 and goes has spoken before we wrote; a 5xx that nobody asked for is no
    // verdict on this command.
    Answer answer = co_await PrematureAnswer();
    if (answer.reply.has_value() && answer.reply->transient()) co_return answer;
    co_return Answer(Event::kClosed);
  }
  if (written != IoStatus::kOk) co_return Answer(EventOf(written));
  co_return co_await ReadReply(deadline, interrupt_);
}

// --- The message -------------------------------------------------------------------------------

// RFC 5321 4.1.1.4: the message, dots doubled, and its terminator.
awaitable<void> SmtpSession::Impl::SendBody(Transaction& transaction,
                                            std::unique_ptr<BodySource> source) {
  Enter(Stage::kBody);
  // H7: what came with the 354 is no answer to a message that was not sent.
  if (const std::optional<Event> unasked = Unasked(); unasked.has_value()) {
    transaction.OnEvent(*unasked);
    co_return;
  }
  last_progress_ = clock_.Now();
  BodyRate rate(settings_.minimum_body_rate, last_progress_);
  DotStuffer stuffer;
  std::string piece;
  for (bool ended = false; !ended;) {
    piece.clear();
    while (!ended && piece.size() < kPieceOctets) {
      const BodySource::Chunk chunk = co_await source->Next();
      ended = chunk.status == BodySource::Status::kEnd;
      const bool good =
          ended ? stuffer.Finish(piece)
                : chunk.status == BodySource::Status::kChunk && stuffer.Append(chunk.octets, piece);
      if (!good) {  // I9, I13: never a terminator after half a message
        transaction.OnEvent(Event::kInternalError);
        co_return;
      }
    }
    const bool written = co_await WritePiece(transaction, piece, rate);
    if (!written) co_return;
  }
  transaction.OnTerminatorSent();
  awaiting_final_reply_ = true;
}

// False: the transaction has been told why the body ends here.
awaitable<bool> SmtpSession::Impl::WritePiece(Transaction& transaction, std::string_view piece,
                                              BodyRate& rate) {
  while (!piece.empty()) {
    const bool go_on = co_await MayGoOn(transaction);
    if (!go_on) co_return false;

    const TimePoint idle_limit = last_progress_ + std::min(settings_.timeouts.data, kMaxWait);
    const TimePoint deadline = std::min(idle_limit, DeadlineIn(kWatchInterval));
    const IoResult written = co_await transport_->WriteSome(piece, deadline, interrupt_);
    piece.remove_prefix(written.octets);
    const TimePoint now = clock_.Now();
    if (written.octets > 0) {
      last_progress_ = now;
      rate.Add(now, written.octets);
    }
    if (piece.empty()) co_return true;  // handed over, whatever came after

    if (written.status == IoStatus::kClosed) {
      const Answer answer = co_await PrematureAnswer();  // I2: a refusal may lie before the reset
      ApplyDuringBody(transaction, answer);
      co_return false;
    }
    std::optional<Event> event;
    if (written.status == IoStatus::kInterrupted) {
      event = EventOf(written.status);
    } else if (written.octets == 0 && now >= idle_limit) {
      event = Event::kTimeout;
    } else if (rate.TooSlow(now)) {
      event = Event::kTooSlow;
    }
    if (event.has_value()) {
      transaction.OnEvent(*event);
      co_return false;
    }
  }
  co_return true;
}

// Whether nothing speaks against writing more of the body: nobody stopped us, and the server has
// neither answered (I2-I5) nor closed its side (I8).
awaitable<bool> SmtpSession::Impl::MayGoOn(Transaction& transaction) {
  if (const std::optional<Event> event = Interrupted(); event.has_value()) {
    transaction.OnEvent(*event);
    co_return false;
  }
  const IoStatus status = TakeAvailable();
  if (status == IoStatus::kOk && inbox_.empty()) co_return true;
  const Answer answer = co_await PrematureAnswer();
  ApplyDuringBody(transaction, answer);
  co_return false;
}

// The answer to the terminator, and what it means for the transaction.
awaitable<void> SmtpSession::Impl::FinalReply(Transaction& transaction) {
  Enter(Stage::kFinalReply);
  Answer answer = co_await AwaitFinalReply();
  awaiting_final_reply_ = false;
  const bool cut = !answer.reply.has_value() && answer.cut_code != 0;
  if (cut) {  // J14, J15: the code says all that matters
    Reply reply;
    reply.code = answer.cut_code;
    const std::string& text = parser_.offending();
    reply.lines.push_back(text.substr(std::min<std::size_t>(4, text.size())));
    last_reply_ = reply;
    answer.reply = std::move(reply);
  }
  if (answer.reply.has_value()) transaction_open_ = false;
  Apply(transaction, answer);
  if (cut) Abort();  // the rest of it would be taken for other replies
}

// The interrupt may only shorten this wait (I10): whether the message was taken is worth knowing
// even when the caller has gone.
awaitable<Answer> SmtpSession::Impl::AwaitFinalReply() {
  TimePoint deadline = DeadlineIn(settings_.timeouts.data);
  if (!Interrupted().has_value()) {
    Answer answer = co_await ReadReply(deadline, interrupt_);
    const bool woken = !answer.reply.has_value() &&
                       (answer.event == Event::kCancelled || answer.event == Event::kDeadline);
    if (!woken) co_return answer;
  }
  const TimePoint end = interrupt_->when() + std::min(settings_.final_reply_grace, kMaxWait);
  const bool shortened = end < deadline;
  deadline = std::min(end, deadline);
  Answer answer = co_await ReadReply(deadline, nullptr);
  if (!answer.reply.has_value() && answer.event == Event::kTimeout && shortened) {
    answer.event = Interrupted().value_or(Event::kTimeout);
  }
  co_return answer;
}

// RFC 5321 4.1.1.10.
awaitable<void> SmtpSession::Impl::Close() {
  const bool polite = state_ == State::kReady || state_ == State::kMustQuit;
  state_ = State::kClosed;
  if (polite) {
    const TimePoint deadline = DeadlineIn(kQuitLimit);
    const std::string quit = QuitCommand();
    const IoResult written = co_await transport_->WriteSome(quit, deadline, nullptr);
    if (written.octets == quit.size() && !Interrupted().has_value()) {
      co_await transport_->ReadSome(buffer_.data(), buffer_.size(), deadline, interrupt_);
    }
  }
  transport_->Close();
}

// --- Reading and writing -----------------------------------------------------------------------

// The next complete reply, from what has been read already or from the network.
awaitable<Answer> SmtpSession::Impl::ReadReply(TimePoint deadline, Interrupt* interrupt) {
  for (;;) {
    std::string_view input = inbox_;
    const ReplyParser::Result result = parser_.Feed(input);
    inbox_.erase(0, inbox_.size() - input.size());
    if (result == ReplyParser::Result::kReply) {
      last_reply_ = parser_.TakeReply();
      co_return Answer(*last_reply_);
    }
    if (result != ReplyParser::Result::kNeedMore) {
      Answer answer(client::EventOf(result));
      if (result == ReplyParser::Result::kTooLong) answer.cut_code = parser_.code();
      co_return answer;
    }
    if (interrupt != nullptr && interrupt->reason().has_value()) {
      co_return Answer(EventOf(IoStatus::kInterrupted));
    }
    const IoResult read =
        co_await transport_->ReadSome(buffer_.data(), buffer_.size(), deadline, interrupt);
    inbox_.append(buffer_.data(), read.octets);
    if (read.octets == 0 && read.status != IoStatus::kOk) co_return Answer(EventOf(read.status));
  }
}

awaitable<IoStatus> SmtpSession::Impl::WriteAll(std::string_view octets, TimePoint deadline) {
  while (!octets.empty()) {
    const IoResult written = co_await transport_->WriteSome(octets, deadline, interrupt_);
    octets.remove_prefix(written.octets);
    if (!octets.empty() && written.status != IoStatus::kOk) co_return written.status;
  }
  co_return IoStatus::kOk;
}

// Moves what can be read without waiting into the inbox; kClosed at the end of the stream.
IoStatus SmtpSession::Impl::TakeAvailable() {
  while (inbox_.size() < kMaxUnasked) {
    const IoResult read = transport_->ReadAvailable(buffer_.data(), buffer_.size());
    inbox_.append(buffer_.data(), read.octets);
    if (read.status != IoStatus::kOk) return read.status;
    if (read.octets == 0) break;
  }
  return IoStatus::kOk;
}

// R7: what speaks against saying something now.
std::optional<Event> SmtpSession::Impl::Unasked() {
  const IoStatus status = TakeAvailable();
  if (!inbox_.empty() || parser_.mid_reply()) return Event::kUnsolicitedData;
  if (status != IoStatus::kOk) return Event::kClosed;
  return std::nullopt;
}

// What speaks against the next command.
std::optional<Event> SmtpSession::Impl::Obstacle() {
  const std::optional<Event> interrupted = Interrupted();
  return interrupted.has_value() ? interrupted : Unasked();
}

// What the server said before it was its turn, or the end of the stream if it said nothing.
awaitable<Answer> SmtpSession::Impl::PrematureAnswer() {
  TakeAvailable();
  if (inbox_.empty()) co_return Answer(Event::kClosed);
  Answer answer = co_await ReadReply(DeadlineIn(kPrematureReplyLimit), interrupt_);
  // The limit that passed is not one of the six.
  if (!answer.reply.has_value() && answer.event == Event::kTimeout) {
    answer.event = Event::kUnsolicitedData;
  }
  co_return answer;
}

std::optional<Event> SmtpSession::Impl::Interrupted() const {
  if (interrupt_ == nullptr || !interrupt_->reason().has_value()) return std::nullopt;
  return *interrupt_->reason() == InterruptReason::kCancelled ? Event::kCancelled
                                                              : Event::kDeadline;
}

Event SmtpSession::Impl::EventOf(IoStatus status) const {
  switch (status) {
    case IoStatus::kTimeout:
      return Event::kTimeout;
    case IoStatus::kInterrupted:
      return Interrupted().value_or(Event::kCancelled);
    default:
      return Event::kClosed;
  }
}

// --- The connection's state and its times ------------------------------------------------------

void SmtpSession::Impl::Settle(ConnectionFate fate) {
  if (state_ == State::kClosed) return;
  if (fate == ConnectionFate::kQuit) {
    state_ = State::kMustQuit;
  } else if (fate == ConnectionFate::kAbort || Unasked().has_value()) {
    Abort();  // what was not asked for (J2, J3): the verdict stands, the connection does not
  }
}

void SmtpSession::Impl::Abort() {
  state_ = State::kClosed;
  transport_->Close();
}

// The time from here on belongs to `stage`.
void SmtpSession::Impl::Enter(Stage stage) {
  StopTiming();
  stage_ = stage;
  stage_since_ = clock_.Now();
  timing_ = true;
}

void SmtpSession::Impl::StopTiming() {
  if (!timing_) return;
  timing_ = false;
  std::optional<std::chrono::microseconds>& spent = timings_[static_cast<std::size_t>(stage_)];
  spent = spent.value_or(std::chrono::microseconds(0)) +
          std::chrono::duration_cast<std::chrono::microseconds>(clock_.Now() - stage_since_);
}

// --- The door ----------------------------------------------------------------------------------

SmtpSession::SmtpSession(std::unique_ptr<Transport> transport, SessionSettings settings,
                         const Clock& clock, Interrupt* interrupt)
    : impl_(std::make_unique<Impl>(std::move(transport), std::move(settings), clock, interrupt)) {}
SmtpSession::~SmtpSession() = default;

awaitable<std::optional<Outcome>> SmtpSession::Open() { return impl_->Open(); }

awaitable<TransactionResult> SmtpSession::Send(
    TransactionRequest request, std::function<std::unique_ptr<BodySource>()> make_body) {
  return impl_->Send(std::move(request), std::move(make_body));
}

awaitable<void> SmtpSession::Close() { return impl_->Close(); }

bool SmtpSession::usable() const { return impl_->usable(); }
bool SmtpSession::awaiting_final_reply() const { return impl_->awaiting_final_reply(); }
std::vector<Outcome> SmtpSession::OutcomesIfStopped(Event event) const {
  return impl_->OutcomesIfStopped(event);
}
const Capabilities& SmtpSession::capabilities() const { return impl_->capabilities(); }
const StageTimings& SmtpSession::timings() const { return impl_->timings(); }
const std::optional<Reply>& SmtpSession::last_reply() const { return impl_->last_reply(); }
Stage SmtpSession::stage() const { return impl_->stage(); }

}  // namespace postern::client
