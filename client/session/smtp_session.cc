#include "client/session/smtp_session.h"

// The dialogue of RFC 5321. Commands go in groups: as many as fit a group where the server offers
// PIPELINING (RFC 2920), else one. Every group is written into a silent connection (R7) and
// answered in full before the next one. What to say next and what an answer means is client/smtp's
// to know (Transaction, classify); here is only when to write, when to read, and for how long.
//
// Reading and writing meet in two places. While a group is written, what the server says is taken
// in, so that neither waits for the other (G25). While the body is written, a server may refuse, or
// go away: the read side is looked at before each write, and a write that blocks is woken now and
// then to look again. After the terminator nothing but a complete reply, the stage's limit or the
// end of the stream ends the wait.

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/session/body_rate.h"
#include "client/smtp/classify.h"
#include "client/smtp/command.h"
#include "client/smtp/dot_stuffer.h"

namespace postern::client {
namespace {

using boost::asio::awaitable;

// A group of commands ends with the one that reaches this: it fits what the kernels hold, so that a
// server that reads nothing before it has answered cannot stop us (RFC 2920 3.1).
constexpr std::size_t kGroupOctets = 4096;
// How often a write that makes no progress looks for what came meanwhile.
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

// Commands that are written together, and where each of them ends.
struct CommandGroup {
  std::string octets;
  std::vector<std::size_t> ends;

  // How many of them are in the first `octets`.
  std::size_t Within(std::size_t octets_written) const {
    return static_cast<std::size_t>(std::ranges::upper_bound(ends, octets_written) - ends.begin());
  }
};

// The commands that may be written now; none when our own writer refused one, which settles the
// transaction.
CommandGroup TakeGroup(Transaction& transaction) {
  CommandGroup group;
  do {
    const std::string command = transaction.TakeCommand();
    if (command.empty()) return {};
    group.octets += command;
    group.ends.push_back(group.octets.size());
  } while (transaction.next() == Transaction::Next::kCommand && group.octets.size() < kGroupOctets);
  return group;
}

// A reply that tells of one too many or too few before it.
bool IsOutOfStep(Stage stage, const Reply& reply) {
  return stage == Stage::kData ? reply.positive() : reply.intermediate();
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
        interrupt_(interrupt),
        transcript_(settings_.transcript, settings_.start) {}

  awaitable<std::optional<Outcome>> Open();
  awaitable<TransactionResult> Send(TransactionRequest request,
                                    std::function<std::unique_ptr<BodySource>()> make_body);
  void Close();

  bool usable() const { return state_ == State::kReady; }
  bool awaiting_final_reply() const { return awaiting_final_reply_; }
  const Capabilities& capabilities() const { return capabilities_; }
  const StageTimings& timings() const { return timings_; }
  const std::vector<TranscriptLine>& transcript() const { return transcript_.lines(); }
  Stage stage() const { return stage_; }
  PipeliningFault pipelining_fault() const { return pipelining_fault_; }
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
  Outcome FailureOf(const Answer& answer) const;
  awaitable<Answer> Exchange(absl::StatusOr<std::string> command, Duration limit);
  awaitable<Answer> SayAndHear(std::string command, Duration limit);
  awaitable<void> Carry(Transaction& transaction,
                        std::function<std::unique_ptr<BodySource>()> make_body);
  awaitable<bool> ResetTransaction(Transaction& transaction);
  awaitable<void> Converse(Transaction& transaction);
  awaitable<Answer> AnswerTo(bool was_written, TimePoint deadline);
  void NoteOutOfStep();
  awaitable<void> SendBody(Transaction& transaction, std::unique_ptr<BodySource> source);
  awaitable<bool> WritePiece(Transaction& transaction, std::string_view piece, BodyRate& rate,
                             bool may_begin);
  awaitable<bool> MayGoOn(Transaction& transaction);
  awaitable<void> FinalReply(Transaction& transaction);
  awaitable<Answer> AwaitFinalReply();

  // Reading and writing.
  awaitable<Answer> ReadReply(TimePoint deadline, Interrupt* interrupt);
  awaitable<IoResult> WriteAll(std::string_view octets, TimePoint deadline);
  IoStatus TakeAvailable();
  std::optional<Event> Unasked();
  std::optional<Event> Obstacle();
  void NoteEnd(Event event);
  awaitable<Answer> PrematureAnswer();

  // Commands that may be under way at once.
  std::size_t Window() const {
    return capabilities_.pipelining && !settings_.lock_step ? SIZE_MAX : 1;
  }
  Duration LimitOf(Stage stage) const { return settings_.timeouts.*(Info(stage).timeout); }

  std::optional<Event> Interrupted() const;
  Event EventOf(IoStatus status) const;
  TimePoint DeadlineIn(Duration limit) const { return clock_.Now() + std::min(limit, kMaxWait); }
  // L6: the server takes no further MAIL (RFC 9422 4.1).
  bool AtMailLimit() const { return capabilities_.max_mails && mails_ >= *capabilities_.max_mails; }
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
  PipeliningFault pipelining_fault_ = PipeliningFault::kNone;
  // MAIL was accepted and no final reply has closed the transaction: RSET is due before another.
  bool transaction_open_ = false;
  bool awaiting_final_reply_ = false;
  std::size_t mails_ = 0;             // MAIL commands written, for MAILMAX
  std::optional<Progress> progress_;  // while Send runs
  // Of the body and its terminator, handed to the kernel.
  std::size_t body_octets_ = 0;
  // When the body last made progress.
  TimePoint last_progress_;

  Transcript transcript_;
  ReplyParser parser_;
  std::string inbox_;  // received and not yet parsed
  std::array<char, 4096> buffer_;

  Stage stage_ = Stage::kGreeting;
  bool timing_ = false;
  TimePoint stage_since_;
  StageTimings timings_{};
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
    failure = FailureOf(answer);
    Settle(failure->verdict.fate == ConnectionFate::kKeep ? ConnectionFate::kQuit
                                                          : failure->verdict.fate);
  }
  co_return failure;
}

// What Open came to. Whoever does not know the very word LHLO speaks SMTP.
Outcome SmtpSession::Impl::FailureOf(const Answer& answer) const {
  Outcome failure = OutcomeOf(stage_, answer);
  const bool unknown_word =
      answer.reply.has_value() && (answer.reply->code == 500 || answer.reply->code == 502);
  if (settings_.protocol == RelayProtocol::kLmtp && stage_ == Stage::kEhlo && unknown_word) {
    failure.verdict = ClassifyEvent(stage_, Event::kNoLmtp);
    failure.detail = Describe(stage_, Event::kNoLmtp);
  }
  return failure;
}

// EHLO; a server that refuses it in words and stays gets HELO (C1, C3), each with a limit of its
// own. LMTP has LHLO alone (RFC 2033 4.1).
awaitable<Answer> SmtpSession::Impl::Hello() {
  Enter(Stage::kEhlo);
  const Duration limit = settings_.timeouts.ehlo;
  const bool lmtp = settings_.protocol == RelayProtocol::kLmtp;
  const std::string& name = settings_.ehlo_hostname;
  // Not within the co_await: g++ 12 destroys what a conditional gives there twice.
  absl::StatusOr<std::string> hello = lmtp ? LhloCommand(name) : EhloCommand(name);
  Answer answer = co_await Exchange(std::move(hello), limit);
  if (answer.positive()) {
    capabilities_ = ParseCapabilities(std::move(answer.reply->lines));
  } else if (!lmtp && answer.reply.has_value() &&
             ClassifyReply(Stage::kEhlo, *answer.reply).fate != ConnectionFate::kAbort) {
    answer = co_await Exchange(HeloCommand(name), limit);
    capabilities_.ehlo_refused = true;
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
    Transaction transaction(request, capabilities_, Window(), settings_.protocol);
    progress_ = Progress{&result.outcomes, &transaction, &places};
    co_await Carry(transaction, make_body);
    progress_.reset();
    std::vector<Outcome> outcomes = transaction.TakeOutcomes();
    for (std::size_t i = 0; i < places.size(); ++i) {
      result.outcomes[places[i]] = std::move(outcomes[i]);
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
        result.outcomes[place] =
            OutcomeOf(Stage::kRcptTo, Answer(AtMailLimit() ? Event::kMailLimit : Event::kClosed));
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
      co_await Converse(transaction);
    } else if (transaction.next() == Transaction::Next::kSendBody) {
      co_await SendBody(transaction, make_body());
      transcript_.Happened(clock_.Now(),
                           absl::StrCat(body_octets_, " octets of the message were sent"));
    } else {
      co_await FinalReply(transaction);  // a group leaves no other reply to read here
    }
  }
  // G19: one reply more than was asked for. Which of the last ones was meant cannot be known; a
  // final reply stands all the same (J3).
  std::optional<Event> unasked;
  if (transaction.fate() == ConnectionFate::kKeep && usable()) unasked = Unasked();
  if (unasked == Event::kUnsolicitedData) {
    if (!transaction.terminator_sent()) NoteOutOfStep();
    transaction.OnEvent(Event::kUnsolicitedData);
  }
  if (unasked.has_value()) {
    Abort();
  } else if (transaction.fate() != ConnectionFate::kKeep) {
    Settle(transaction.fate());
  }
  mails_ += transaction.mails();
  if (AtMailLimit()) Settle(ConnectionFate::kQuit);
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

// A group of commands and the replies to all of them. Each reply's limit begins when it is the next
// one due.
awaitable<void> SmtpSession::Impl::Converse(Transaction& transaction) {
  Enter(transaction.stage());
  // Before the commands are taken: octets that nobody asked for are about those before (G19).
  if (const std::optional<Event> obstacle = Obstacle(); obstacle.has_value()) {
    if (obstacle == Event::kUnsolicitedData) NoteOutOfStep();
    transaction.OnEvent(*obstacle);
    co_return;
  }
  TimePoint deadline = DeadlineIn(LimitOf(transaction.stage()));
  const CommandGroup group = TakeGroup(transaction);
  if (group.ends.empty()) co_return;
  const IoResult written = co_await WriteAll(group.octets, deadline);
  if (written.status != IoStatus::kOk && written.status != IoStatus::kClosed) {
    transaction.OnEvent(EventOf(written.status));
    co_return;
  }
  const std::size_t asked = group.Within(written.octets);
  for (std::size_t answered = 0; transaction.outstanding() > 0; ++answered) {
    const Stage stage = transaction.stage();
    if (answered > 0) {
      Enter(stage);
      deadline = DeadlineIn(LimitOf(stage));
    }
    const Answer answer = co_await AnswerTo(answered < asked, deadline);
    if (stage == Stage::kMailFrom && answer.positive()) transaction_open_ = true;
    if (answer.reply.has_value() && IsOutOfStep(stage, *answer.reply)) NoteOutOfStep();
    if (!answer.reply.has_value() && answer.event == Event::kTimeout && answered > 0)
      pipelining_fault_ = PipeliningFault::kUnanswered;
    Apply(transaction, answer);
  }
}

// The answer to a command that was written, or that the server went away before.
awaitable<Answer> SmtpSession::Impl::AnswerTo(bool was_written, TimePoint deadline) {
  if (was_written) co_return co_await ReadReply(deadline, interrupt_);
  // A server that says 421 and goes has spoken before we wrote; a 5xx that nobody asked for is no
  // verdict on this command.
  Answer answer = co_await PrematureAnswer();
  if (answer.reply.has_value() && answer.reply->transient()) co_return answer;
  co_return Answer(Event::kClosed);
}

// Of a server that is spoken to in lock-step it says nothing new.
void SmtpSession::Impl::NoteOutOfStep() {
  if (Window() > 1) pipelining_fault_ = PipeliningFault::kOutOfStep;
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
  const IoResult written = co_await WriteAll(command, deadline);
  if (written.status != IoStatus::kOk && written.status != IoStatus::kClosed)
    co_return Answer(EventOf(written.status));
  co_return co_await AnswerTo(written.status == IoStatus::kOk, deadline);
}

// --- The message -------------------------------------------------------------------------------

// RFC 5321 4.1.1.4: the message, dots doubled, and its terminator.
awaitable<void> SmtpSession::Impl::SendBody(Transaction& transaction,
                                            std::unique_ptr<BodySource> source) {
  Enter(Stage::kBody);
  body_octets_ = 0;
  last_progress_ = clock_.Now();
  BodyRate rate(settings_.minimum_body_rate, last_progress_);
  DotStuffer stuffer;
  std::string piece;
  bool begun = false;
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
    // H7: what came with the 354 is no answer to a message that was not sent.
    if (const std::optional<Event> obstacle = begun ? std::nullopt : Obstacle()) {
      if (obstacle == Event::kUnsolicitedData) NoteOutOfStep();
      transaction.OnEvent(*obstacle);
      co_return;
    }
    const bool written = co_await WritePiece(transaction, piece, rate, !begun);
    if (!written) co_return;
    begun = true;
  }
  transaction.OnTerminatorSent();
  awaiting_final_reply_ = true;
}

// `may_begin`: that nothing speaks against it was just seen. False: the transaction has been told
// why the body ends here.
awaitable<bool> SmtpSession::Impl::WritePiece(Transaction& transaction, std::string_view piece,
                                              BodyRate& rate, bool may_begin) {
  while (!piece.empty()) {
    if (!std::exchange(may_begin, false)) {
      const bool go_on = co_await MayGoOn(transaction);
      if (!go_on) co_return false;
    }

    const TimePoint idle_limit = last_progress_ + std::min(settings_.timeouts.data, kMaxWait);
    const TimePoint deadline = std::min(idle_limit, DeadlineIn(kWatchInterval));
    const IoResult written = co_await transport_->WriteSome(piece, deadline, interrupt_);
    piece.remove_prefix(written.octets);
    const TimePoint now = clock_.Now();
    if (written.octets > 0) {
      body_octets_ += written.octets;
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

// An answer to the terminator, and what it means for the transaction: in LMTP one of several, each
// with the stage's limit from when it is the next one due.
awaitable<void> SmtpSession::Impl::FinalReply(Transaction& transaction) {
  Enter(Stage::kFinalReply);
  Answer answer = co_await AwaitFinalReply();
  const bool cut = !answer.reply.has_value() && answer.cut_code != 0;
  if (cut) {  // J14, J15: the code says all that matters
    Reply reply;
    reply.code = answer.cut_code;
    const std::string& text = parser_.offending();
    reply.lines.push_back(text.substr(std::min<std::size_t>(4, text.size())));
    answer.reply = std::move(reply);
  }
  if (answer.reply.has_value()) transaction_open_ = false;
  Apply(transaction, answer);
  if (cut) {  // the rest of it would be taken for other replies
    if (transaction.next() != Transaction::Next::kDone) transaction.OnEvent(Event::kReplyTooLong);
    Abort();
  }
  awaiting_final_reply_ = transaction.next() != Transaction::Next::kDone;
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

// RFC 5321 4.1.1.10 would have the answer waited for. All outcomes are known: it could only cost
// time, a descriptor, and a port that stays in TIME-WAIT on our side.
void SmtpSession::Impl::Close() {
  const bool polite = state_ == State::kReady || state_ == State::kMustQuit;
  state_ = State::kClosed;
  if (polite) return transport_->WriteAndClose(QuitCommand());
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
      Reply reply = parser_.TakeReply();
      transcript_.Heard(clock_.Now(), reply);
      co_return Answer(std::move(reply));
    }
    if (result != ReplyParser::Result::kNeedMore) {
      // The parser stops at the first wrong octet; people want to see the line.
      transcript_.HeardPart(clock_.Now(), parser_,
                            parser_.offending() + inbox_.substr(0, inbox_.find_first_of("\r\n")));
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
    if (read.octets == 0 && read.status != IoStatus::kOk) {
      NoteEnd(EventOf(read.status));
      co_return Answer(EventOf(read.status));
    }
  }
}

// Writes all of it, and takes in what the server says meanwhile. What was written counts, however
// it ended.
awaitable<IoResult> SmtpSession::Impl::WriteAll(std::string_view octets, TimePoint deadline) {
  transcript_.Said(clock_.Now(), octets);
  const std::size_t all = octets.size();
  while (!octets.empty()) {
    const TimePoint look = std::min(deadline, DeadlineIn(kWatchInterval));
    const IoResult written = co_await transport_->WriteSome(octets, look, interrupt_);
    octets.remove_prefix(written.octets);
    if (octets.empty() || written.status == IoStatus::kOk) continue;
    if (written.status != IoStatus::kTimeout || clock_.Now() >= deadline)
      co_return IoResult{written.status, all - octets.size()};
    TakeAvailable();
  }
  co_return IoResult{IoStatus::kOk, all};
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
  if (!inbox_.empty() || parser_.mid_reply()) {
    transcript_.HeardPart(clock_.Now(), parser_, parser_.begun_line() + inbox_);
    return Event::kUnsolicitedData;
  }
  if (status != IoStatus::kOk) {
    NoteEnd(Event::kClosed);
    return Event::kClosed;
  }
  return std::nullopt;
}

// What ended a wait, for the transcript.
void SmtpSession::Impl::NoteEnd(Event event) {
  const bool closed = event == Event::kClosed;
  // After an interrupt the rest of a final reply may still come (I10).
  if (closed || event == Event::kTimeout)
    transcript_.HeardPart(clock_.Now(), parser_, parser_.begun_line());
  transcript_.Happened(clock_.Now(), closed                     ? "the connection was lost"
                                     : event == Event::kTimeout ? "the time limit passed"
                                                                : "the delivery was ended");
}

// What speaks against the next command.
std::optional<Event> SmtpSession::Impl::Obstacle() {
  const std::optional<Event> interrupted = Interrupted();
  return interrupted.has_value() ? interrupted : Unasked();
}

// What the server said before it was its turn, or the end of the stream if it said nothing.
awaitable<Answer> SmtpSession::Impl::PrematureAnswer() {
  TakeAvailable();
  if (inbox_.empty()) {
    NoteEnd(Event::kClosed);
    co_return Answer(Event::kClosed);
  }
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

void SmtpSession::Close() { impl_->Close(); }

bool SmtpSession::usable() const { return impl_->usable(); }
bool SmtpSession::awaiting_final_reply() const { return impl_->awaiting_final_reply(); }
std::vector<Outcome> SmtpSession::OutcomesIfStopped(Event event) const {
  return impl_->OutcomesIfStopped(event);
}
PipeliningFault SmtpSession::pipelining_fault() const { return impl_->pipelining_fault(); }
const Capabilities& SmtpSession::capabilities() const { return impl_->capabilities(); }
const StageTimings& SmtpSession::timings() const { return impl_->timings(); }
const std::vector<TranscriptLine>& SmtpSession::transcript() const { return impl_->transcript(); }
Stage SmtpSession::stage() const { return impl_->stage(); }

}  // namespace postern::client
