// The phases, and what leads from one to the next:
//
//   kEnvelope --354, somebody accepted--> kBody --terminator sent--> kFinalReply --reply--> kOver
//       |  \--354, nobody accepted--> kEmptyMessage --"." taken--> kDraining
//       |--MAIL refused--> kDraining --all answered--> kOver, or kEnvelope once more (F6)
//       \--nobody accepted, or DATA refused--> kOver
//
// and from everywhere to kOver when the connection is lost to us. The replies come in the order of
// the commands (RFC 2920 3.1), so the front of `pending_` says what a reply is about. DATA is the
// last command of any group: when its reply is in, nothing is outstanding.

#include "client/smtp/transaction.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace postern::client {
namespace {

Outcome OutcomeOf(Stage stage, const Reply& reply) {
  return {ClassifyReply(stage, reply), stage, ForRecord(reply), Describe(stage, reply)};
}

Outcome OutcomeOf(Stage stage, Event event, EventContext context = {}) {
  return {ClassifyEvent(stage, event, context), stage, std::nullopt, Describe(stage, event)};
}

// Whether it says something about the host, the connection or us, and so also holds for those whose
// turn in a transaction has not come.
bool HoldsForPostponed(const Verdict& verdict) {
  return verdict.disposition == Disposition::kTransientFailure &&
         verdict.scope != Scope::kRecipient && verdict.scope != Scope::kMessage;
}

bool SaysMoreThanItsClass(const EnhancedCode& code) {
  return code.subject != 0 || code.detail != 0;
}

// Of 452: RFC 3463 3.2, 3.3: the subjects 1 and 2 are about the one address or mailbox (G13).
bool IsAboutOneMailbox(const EnhancedCode& code) { return code.subject == 1 || code.subject == 2; }

bool IsTooManyRecipients(const EnhancedCode& code) { return code.subject == 5 && code.detail == 3; }

}  // namespace

Transaction::Transaction(TransactionRequest request, const Extensions& extensions,
                         std::size_t window, RelayProtocol protocol)
    : request_(std::move(request)),
      extensions_(extensions),
      window_(std::max<std::size_t>(window, 1)),
      protocol_(protocol),
      offered_(std::min(request_.recipients.size(),
                        extensions_.max_recipients.value_or(request_.recipients.size()))),
      outcomes_(request_.recipients.size()),
      standings_(request_.recipients.size(), Standing::kUnanswered) {
  std::fill(standings_.begin() + static_cast<std::ptrdiff_t>(offered_), standings_.end(),
            Standing::kPostponed);
  SettleWhatIsNotOffered();
}

void Transaction::SettleWhatIsNotOffered() {
  if (extensions_.max_size && request_.message_size > *extensions_.max_size) {
    OnEvent(Event::kMessageTooLarge);
  } else if (request_.smtp_utf8 && extensions_.ehlo_refused) {
    OnEvent(Event::kNoExtensions);
  } else if (request_.smtp_utf8 && !extensions_.smtp_utf8) {
    OnEvent(Event::kSmtpUtf8NotOffered);
  } else if (request_.eight_bit && !extensions_.eight_bit_mime) {
    // Which whoever offers SMTPUTF8 must offer, too (RFC 6531 3.1).
    OnEvent(Event::kEightBitNotOffered);
  }
}

bool Transaction::HasOnlyAsciiAddresses() const {
  if (request_.mail_from && !request_.mail_from->is_ascii()) return false;
  return std::ranges::all_of(request_.recipients,
                             [](const Recipient& r) { return r.address.is_ascii(); });
}

// --- What to do next -----------------------------------------------------------------------------

Transaction::Next Transaction::next() const {
  if (phase_ == Phase::kOver) return Next::kDone;
  if (pending_.size() < window_ && HasCommand()) return Next::kCommand;
  if (phase_ == Phase::kBody) return Next::kSendBody;
  return Next::kReadReply;
}

bool Transaction::HasCommand() const {
  if (phase_ == Phase::kEmptyMessage) return true;
  if (phase_ != Phase::kEnvelope || data_taken_) return false;
  if (!mail_taken_ || next_recipient_ < offered_) return true;
  // G5: no DATA once it is known that nobody is there to send to.
  return accepted_ > 0 || !pending_.empty();
}

// The command that comes next, if one does.
Transaction::Pending Transaction::Upcoming() const {
  if (phase_ == Phase::kEmptyMessage) return {Stage::kFinalReply};
  if (!mail_taken_) return {Stage::kMailFrom};
  if (next_recipient_ < offered_) return {Stage::kRcptTo, next_recipient_};
  return {Stage::kData};
}

Stage Transaction::stage() const {
  if (!pending_.empty()) return pending_.front().stage;
  if (phase_ == Phase::kOver) return ended_at_;
  if (phase_ == Phase::kBody) return Stage::kBody;
  return Upcoming().stage;
}

std::string Transaction::TakeCommand() {
  const Pending command = Upcoming();
  absl::StatusOr<std::string> line = Write(command);
  if (!line.ok()) {
    Stop(OutcomeOf(command.stage, Event::kCommandRefused));
    Finish(command.stage, Event::kCommandRefused);
    return "";
  }
  MarkTaken(command);
  return *std::move(line);
}

absl::StatusOr<std::string> Transaction::Write(const Pending& command) const {
  switch (command.stage) {
    case Stage::kMailFrom:
      return MailCommand(request_.mail_from, ParametersOfMail());
    case Stage::kRcptTo: {
      const Recipient& recipient = request_.recipients[command.recipient];
      return RcptCommand(recipient.address, ParametersOfRcpt(recipient));
    }
    case Stage::kFinalReply:
      return EmptyMessage();
    default:
      return DataCommand();
  }
}

MailParameters Transaction::ParametersOfMail() const {
  MailParameters parameters;
  // Without BODY a message is 7-bit anyway (RFC 6152 2); an 8-bit one must say so.
  if (request_.eight_bit) parameters.body = BodyType::kEightBitMime;
  parameters.smtp_utf8 = request_.smtp_utf8;  // nor can it do without
  if (plain_mail_) return parameters;
  if (extensions_.size_offered) parameters.size = request_.message_size;
  if (extensions_.mt_priority) parameters.priority = request_.priority;
  if (extensions_.dsn) {
    parameters.dsn_return = request_.dsn_return;
    parameters.envelope_id = request_.envelope_id;
  }
  return parameters;
}

RcptParameters Transaction::ParametersOfRcpt(const Recipient& recipient) const {
  RcptParameters parameters;
  parameters.smtp_utf8 = request_.smtp_utf8;
  if (extensions_.dsn) {
    parameters.notify = recipient.notify;
    parameters.original_recipient = recipient.original_recipient;
  }
  return parameters;
}

void Transaction::MarkTaken(const Pending& command) {
  if (window_ == 1) batch_begin_ = next_recipient_;
  pending_.push_back(command);
  if (command.stage == Stage::kMailFrom) {
    mail_taken_ = true;
    ++mails_;
  }
  if (command.stage == Stage::kRcptTo) ++next_recipient_;
  if (command.stage == Stage::kData) data_taken_ = true;
  if (command.stage == Stage::kFinalReply) phase_ = Phase::kDraining;
}

// --- What has happened ---------------------------------------------------------------------------

void Transaction::OnReply(const Reply& reply) {
  if (phase_ == Phase::kBody) return OnReplyDuringBody(reply);
  if (pending_.empty()) return OnEvent(Event::kUnsolicitedData);
  const Pending asked = pending_.front();
  pending_.pop_front();
  if (asked.stage == Stage::kMailFrom) OnMailReply(reply);
  if (asked.stage == Stage::kRcptTo) OnRcptReply(asked.recipient, reply);
  if (asked.stage == Stage::kData) OnDataReply(reply);
  if (asked.stage == Stage::kFinalReply) OnFinalReply(asked.recipient, reply);
  ended_at_ = asked.stage;
  Advance();
}

void Transaction::OnMailReply(const Reply& reply) {
  if (reply.positive()) return;
  phase_ = Phase::kDraining;
  if (MayRetryPlain(reply)) {
    mail_refusal_ = reply;
  } else {
    Stop(OutcomeOf(Stage::kMailFrom, reply));
  }
}

// F6: the server does not take what it offered. Whether anything but its own offer is at fault
// shows when MAIL comes without all that the message can do without.
bool Transaction::MayRetryPlain(const Reply& reply) const {
  if (reply.code != 501 && reply.code != 504 && reply.code != 555) return false;
  const MailParameters sent = ParametersOfMail();
  return sent.size || sent.dsn_return != DsnReturn::kUnset || !sent.envelope_id.empty() ||
         sent.priority != 0;
}

void Transaction::OnRcptReply(std::size_t recipient, const Reply& reply) {
  if (ClassifyReply(Stage::kRcptTo, reply).fate != ConnectionFate::kKeep) {
    const Outcome outcome = OutcomeOf(Stage::kRcptTo, reply);
    if (reply.intermediate()) DistrustBatch(outcome);  // G17, G20
    StopAtRecipient(recipient, outcome);
  } else if (phase_ == Phase::kDraining) {
    // MAIL was refused; what is said about a recipient of nothing means nothing.
  } else if (reply.positive()) {
    standings_[recipient] = Standing::kAccepted;
    ++accepted_;
  } else if (AtServersLimit(reply)) {
    standings_[recipient] = Standing::kPostponed;
  } else {
    Decide(recipient, OutcomeOf(Stage::kRcptTo, reply));
  }
}

// G10, G11 (RFC 5321 4.5.3.1.10): once somebody was accepted, these say that the transaction is
// full. So does a 552 that gives no reason: if it was meant for the recipient, it will come again
// at the head of the next transaction, where it counts.
bool Transaction::AtServersLimit(const Reply& reply) const {
  if (accepted_ == 0) return false;
  if (reply.code == 452) return !IsAboutOneMailbox(reply.enhanced);
  return reply.code == 552 &&
         (IsTooManyRecipients(reply.enhanced) || !SaysMoreThanItsClass(reply.enhanced));
}

void Transaction::OnDataReply(const Reply& reply) {
  if (ClassifyReply(Stage::kData, reply).fate != ConnectionFate::kKeep) {
    const Outcome outcome = OutcomeOf(Stage::kData, reply);
    if (reply.positive()) DistrustBatch(outcome);  // H4, G19
    Stop(outcome);
  } else if (reply.intermediate()) {
    const bool wanted = phase_ == Phase::kEnvelope && accepted_ > 0;
    phase_ = wanted ? Phase::kBody : Phase::kEmptyMessage;  // R3, G7
    // Nobody can say how many replies an empty message for nobody gets in LMTP (RFC 2033 4.2).
    if (!wanted && protocol_ == RelayProtocol::kLmtp) Worsen(ConnectionFate::kAbort);
  } else if (phase_ == Phase::kEnvelope) {
    // H1, H2; H3: there is nobody whom it could decide.
    Stop(OutcomeOf(Stage::kData, reply));
  }
}

void Transaction::OnFinalReply(std::size_t recipient, const Reply& reply) {
  const Outcome outcome = OutcomeOf(Stage::kFinalReply, reply);
  if (terminator_sent_ && protocol_ == RelayProtocol::kLmtp)
    return OnFinalReplyOf(recipient, outcome);
  if (terminator_sent_) return Stop(outcome);
  // G7-G9: all are decided. A server that takes an empty message for nobody is not one to go on
  // with.
  Worsen(reply.positive() ? ConnectionFate::kQuit : outcome.verdict.fate);
}

// J17, J18. A server that goes, or breaks the protocol, says nothing about those whose reply had
// not come.
void Transaction::OnFinalReplyOf(std::size_t recipient, Outcome outcome) {
  if (outcome.verdict.scope == Scope::kMessage) outcome.verdict.scope = Scope::kRecipient;
  Decide(recipient, outcome);
  Worsen(outcome.verdict.fate);
  if (fate_ == ConnectionFate::kAbort)
    DecideRest(OutcomeOf(Stage::kFinalReply, Event::kClosed, {.terminator_sent = true}));
}

void Transaction::OnReplyDuringBody(const Reply& reply) {
  if (phase_ != Phase::kBody) return OnReply(reply);
  Stop(OutcomeOf(Stage::kBody, reply));
  Finish(Stage::kBody);
}

void Transaction::OnTerminatorSent() {
  if (phase_ != Phase::kBody) return;
  phase_ = Phase::kFinalReply;
  terminator_sent_ = true;
  if (protocol_ == RelayProtocol::kSmtp) return pending_.push_back({Stage::kFinalReply});
  for (std::size_t i = 0; i < standings_.size(); ++i) {
    if (standings_[i] == Standing::kAccepted) pending_.push_back({Stage::kFinalReply, i});
  }
}

void Transaction::OnEvent(Event event) {
  const Stage at = stage();
  const Outcome outcome = OutcomeOf(
      at, event, {.terminator_sent = terminator_sent_, .ascii_addresses = HasOnlyAsciiAddresses()});
  if (event == Event::kUnsolicitedData)
    terminator_sent_ ? DistrustFinalReplies(outcome) : DistrustBatch(outcome);
  if (phase_ == Phase::kOver) return Worsen(outcome.verdict.fate);
  if (at == Stage::kRcptTo) {
    StopAtRecipient(pending_.empty() ? next_recipient_ : pending_.front().recipient, outcome);
  } else {
    Stop(outcome);
  }
  Finish(at, event);
}

// --- What follows from it ------------------------------------------------------------------------

void Transaction::Advance() {
  if (fate_ == ConnectionFate::kAbort) return Finish(ended_at_);
  if (phase_ == Phase::kBody || phase_ == Phase::kEmptyMessage || !pending_.empty()) return;
  if (mail_refusal_ && fate_ == ConnectionFate::kKeep) return Restart();
  const bool more = phase_ == Phase::kEnvelope && HasCommand();
  if (!more) Finish(ended_at_);
}

void Transaction::Restart() {
  phase_ = Phase::kEnvelope;
  mail_refusal_.reset();
  plain_mail_ = true;
  mail_taken_ = false;
  data_taken_ = false;
  next_recipient_ = 0;
}

// R4.
void Transaction::Decide(std::size_t recipient, const Outcome& outcome) {
  if (standings_[recipient] == Standing::kDecided) return;
  standings_[recipient] = Standing::kDecided;
  outcomes_[recipient] = outcome;
}

// R5. What MAIL comes to is about the sender and the message, so it would come to that again.
void Transaction::DecideRest(const Outcome& outcome) {
  const bool postponed_too =
      outcome.stage == Stage::kMailFrom || HoldsForPostponed(outcome.verdict);
  for (std::size_t i = 0; i < standings_.size(); ++i) {
    if (standings_[i] != Standing::kPostponed || postponed_too) Decide(i, outcome);
  }
}

void Transaction::Stop(const Outcome& outcome) {
  DecideRest(outcome);
  Worsen(outcome.verdict.fate);
}

// The recipient that the exchange broke on has what it broke on; for the others it is the host.
void Transaction::StopAtRecipient(std::size_t recipient, Outcome outcome) {
  Decide(recipient, outcome);
  if (outcome.verdict.scope == Scope::kRecipient) outcome.verdict.scope = Scope::kHost;
  Stop(outcome);
}

// G19, G20: the replies to what was written together do not match it; one too many or too few, and
// each may belong to a neighbour. In lock-step a batch is one command.
void Transaction::DistrustBatch(const Outcome& outcome) {
  for (std::size_t i = batch_begin_; i < next_recipient_; ++i) {
    if (standings_[i] != Standing::kDecided || outcomes_[i].stage != Stage::kRcptTo) continue;
    outcomes_[i] = outcome;
    outcomes_[i].verdict.scope = Scope::kHost;
  }
}

// One final reply too many, in LMTP: each may be a neighbour's, which matters where they differ.
void Transaction::DistrustFinalReplies(const Outcome& outcome) {
  if (protocol_ != RelayProtocol::kLmtp) return;
  std::vector<std::size_t> finals;
  for (std::size_t i = 0; i < standings_.size(); ++i) {
    if (standings_[i] == Standing::kDecided && outcomes_[i].stage == Stage::kFinalReply)
      finals.push_back(i);
  }
  const bool differ = std::ranges::any_of(finals, [&](std::size_t i) {
    return outcomes_[i].verdict.disposition != outcomes_[finals.front()].verdict.disposition;
  });
  if (!differ) return;
  for (const std::size_t i : finals) outcomes_[i] = outcome;
}

void Transaction::Finish(Stage at, Event for_postponed) {
  if (mail_refusal_) DecideRest(OutcomeOf(Stage::kMailFrom, *mail_refusal_));
  if (fate_ != ConnectionFate::kKeep) {
    Outcome outcome = OutcomeOf(Stage::kRcptTo, for_postponed);
    outcome.verdict.scope = std::max(outcome.verdict.scope, Scope::kHost);
    for (std::size_t i = 0; i < standings_.size(); ++i) {
      if (standings_[i] == Standing::kPostponed) Decide(i, outcome);
    }
  }
  phase_ = Phase::kOver;
  pending_.clear();
  ended_at_ = at;
}

void Transaction::Worsen(ConnectionFate fate) { fate_ = std::max(fate_, fate); }

bool Transaction::has_undecided() const {
  return std::ranges::any_of(standings_, [](Standing s) { return s != Standing::kDecided; });
}

std::vector<std::size_t> Transaction::postponed() const {
  std::vector<std::size_t> postponed;
  for (std::size_t i = 0; i < standings_.size(); ++i) {
    if (standings_[i] == Standing::kPostponed) postponed.push_back(i);
  }
  return postponed;
}

}  // namespace postern::client
