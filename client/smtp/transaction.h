#ifndef POSTERN_CLIENT_SMTP_TRANSACTION_H_
#define POSTERN_CLIENT_SMTP_TRANSACTION_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/smtp/capabilities.h"
#include "client/smtp/classify.h"
#include "client/smtp/command.h"
#include "client/smtp/outcome.h"
#include "client/smtp/reply.h"
#include "client/smtp/stage.h"
#include "common/envelope.h"
#include "common/plan/route_plan.h"

namespace postern::client {

// What one transaction carries, as far as commands depend on it. Plain data.
struct TransactionRequest {
  std::optional<Mailbox> mail_from;
  std::vector<Recipient> recipients;  // at least one
  std::string envelope_id;
  DsnReturn dsn_return = DsnReturn::kUnset;
  std::size_t message_size = 0;
  bool eight_bit = false;  // the body has octets above 0x7F, or the caller declared EIGHT_BIT_MIME
  bool smtp_utf8 = false;  // only a server that offers SMTPUTF8 may have it (RFC 6531)
  int priority = 0;        // RFC 6710; 0: none is said
};

// One mail transaction (RFC 5321 3.3) as a machine without I/O: which command may be written next,
// what each reply means, who is still undecided. The driver (client/session) writes what
// TakeCommand gives, feeds what it reads, and sends the body when told. Lock-step is a window of
// one command; pipelining (RFC 2920) is a larger one: as long as next() is kCommand, commands may
// be gathered and written together.
//
// Invariants (docs/wire-cases.md): R3 no data without 354; R4 a recipient answered 5xx keeps that,
// one answered 4xx keeps its own text; R5 accepted recipients share the final outcome, but in LMTP,
// where each has a final reply of its own (RFC 2033 4.2) and those that get none are unknown; R6
// nobody is delivered unless the terminator was written before the final reply was read. The one
// exception to R4: when replies turn out not to match the commands (G19, G20), those to what was
// under way together are not believed; with a window of more than one that is the whole
// transaction, since a reply that comes late may have moved those of an earlier group.
//
// Owned by one session; not synchronised.
class Transaction {
 public:
  enum class Next {
    kCommand,    // TakeCommand() and write it; there is room in the window
    kReadReply,  // read a reply: stage() says whose
    kSendBody,   // send the body and its terminator, then call OnTerminatorSent()
    kDone,       // every recipient has an outcome or is postponed; fate() is the connection's
  };

  // `window`: commands that may be outstanding, at least 1. A message that this server cannot take
  // (I16-I18) is settled at once. Recipients beyond the RCPTMAX that it announced are postponed.
  Transaction(TransactionRequest request, const Extensions& extensions, std::size_t window = 1,
              RelayProtocol protocol = RelayProtocol::kSmtp);

  Next next() const;
  // The next command line; only when next() is kCommand. When our own writer refuses it, the
  // transaction is settled with kCommandRefused and the result is empty. The line "." of a message
  // that nobody is left for (G7) is such a command, too; stage() is then kFinalReply.
  std::string TakeCommand();

  // Commands that were taken and not answered.
  std::size_t outstanding() const { return pending_.size(); }

  // The stage whose reply comes next, or that is under way; timeouts and events are about this one.
  Stage stage() const;

  void OnReply(const Reply& reply);
  // Anything else that ends the exchange: decides every undecided recipient. kUnsolicitedData may
  // also come after kDone (R7): it takes back what the last commands seemed to have decided.
  void OnEvent(Event event);
  // A complete refusal was read while the body was still being written (I2, I3, I5), or a 2xx,
  // which is never a delivery then (I4).
  void OnReplyDuringBody(const Reply& reply);
  // The last octet of the terminator was handed to the kernel.
  void OnTerminatorSent();

  bool terminator_sent() const { return terminator_sent_; }
  // How many MAIL commands were taken: what MAILMAX counts, whatever the answers (RFC 9422 4.1).
  std::size_t mails() const { return mails_; }
  bool has_undecided() const;

  // One per recipient, in order. An undecided one has disposition kNotAttempted.
  const std::vector<Outcome>& outcomes() const { return outcomes_; }
  // The last thing that is asked of it, but for postponed() and fate().
  std::vector<Outcome> TakeOutcomes() { return std::move(outcomes_); }
  // Recipients that this server would take in a further transaction on the same connection (G10,
  // G11, RCPTMAX): they are undecided here. None when the connection is not fit for one. Only once
  // next() is kDone.
  std::vector<std::size_t> postponed() const;
  ConnectionFate fate() const { return fate_; }

 private:
  enum class Phase {
    kEnvelope,      // MAIL, RCPT and DATA are written and answered
    kDraining,      // no further command; what is outstanding is read, and decides nobody
    kEmptyMessage,  // DATA was granted and nobody is left for it
    kBody,
    kFinalReply,
    kOver,
  };
  enum class Standing { kUnanswered, kAccepted, kPostponed, kDecided };
  struct Pending {
    Stage stage;
    std::size_t recipient = 0;  // for kRcptTo, and for a final reply in LMTP
  };

  void SettleWhatIsNotOffered();
  bool HasOnlyAsciiAddresses() const;
  bool HasCommand() const;
  Pending Upcoming() const;
  absl::StatusOr<std::string> Write(const Pending& command) const;
  MailParameters ParametersOfMail() const;
  RcptParameters ParametersOfRcpt(const Recipient& recipient) const;
  void MarkTaken(const Pending& command);

  void OnMailReply(const Reply& reply);
  void OnRcptReply(std::size_t recipient, const Reply& reply);
  void OnDataReply(const Reply& reply);
  void OnFinalReply(std::size_t recipient, const Reply& reply);
  void OnFinalReplyOf(std::size_t recipient, Outcome outcome);
  void Advance();
  void Restart();

  bool MayRetryPlain(const Reply& reply) const;
  bool AtServersLimit(const Reply& reply) const;
  void Decide(std::size_t recipient, const Outcome& outcome);
  void DecideRest(const Outcome& outcome);
  void Stop(const Outcome& outcome);
  void StopAtRecipient(std::size_t recipient, Outcome outcome);
  void DistrustBatch(const Outcome& outcome);
  void DistrustFinalReplies(const Outcome& outcome);
  void Finish(Stage at, Event for_postponed = Event::kClosed);
  void Worsen(ConnectionFate fate);

  TransactionRequest request_;
  Extensions extensions_;
  std::size_t window_;
  RelayProtocol protocol_;
  // The recipients whose turn it is in this transaction: the first ones.
  std::size_t offered_;

  Phase phase_ = Phase::kEnvelope;
  std::deque<Pending> pending_;  // written and not answered, in order
  bool mail_taken_ = false;
  bool data_taken_ = false;
  std::size_t mails_ = 0;
  std::size_t next_recipient_ = 0;
  // The first recipient whose reply is not believed once replies do not match: in lock-step the one
  // asked for last.
  std::size_t batch_begin_ = 0;
  std::size_t accepted_ = 0;
  bool plain_mail_ = false;            // MAIL goes without what is optional (F6)
  std::optional<Reply> mail_refusal_;  // MAIL is to be tried once more

  std::vector<Outcome> outcomes_;
  std::vector<Standing> standings_;
  ConnectionFate fate_ = ConnectionFate::kKeep;
  Stage ended_at_ = Stage::kMailFrom;
  bool terminator_sent_ = false;
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SMTP_TRANSACTION_H_
