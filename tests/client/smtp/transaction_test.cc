#include "client/smtp/transaction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

// Scripts: what the server answers, command by command, and what becomes of each recipient. The
// driver of the test is the simplest one there can be, and the same for every window.
namespace postern::client {
namespace {

using Next = Transaction::Next;
using Strings = std::vector<std::string>;

constexpr ConnectionFate kKeep = ConnectionFate::kKeep;
constexpr ConnectionFate kQuit = ConnectionFate::kQuit;
constexpr ConnectionFate kAbort = ConnectionFate::kAbort;
constexpr std::size_t kLockStep = 1;
constexpr std::size_t kPipelined = 100;

Reply ReplyOf(const std::string& line) {
  ReplyParser parser;
  const std::string octets = line + "\r\n";
  std::string_view input = octets;
  EXPECT_EQ(parser.Feed(input), ReplyParser::Result::kReply) << line;
  return parser.TakeReply();
}

Event EventOf(const std::string& name) {
  static const std::map<std::string, Event> kEvents = {
      {"!closed", Event::kClosed},
      {"!timeout", Event::kTimeout},
      {"!malformed", Event::kMalformedReply},
      {"!inconsistent", Event::kInconsistentReply},
      {"!unsolicited", Event::kUnsolicitedData},
      {"!internal", Event::kInternalError},
      {"!cancelled", Event::kCancelled},
      {"!deadline", Event::kDeadline},
      {"!slow", Event::kTooSlow},
  };
  return kEvents.at(name);
}

TransactionRequest RequestTo(std::size_t recipients) {
  TransactionRequest request;
  request.mail_from = Mailbox::Parse("s@example.org").value();
  for (std::size_t i = 1; i <= recipients; ++i) {
    request.recipients.push_back(
        {Mailbox::Parse("r" + std::to_string(i) + "@example.org").value(), {}, ""});
  }
  request.message_size = 1000;
  return request;
}

// "FAIL RCPT_TO RECIPIENT 550", or with the reason where no reply decided; "OPEN": undecided.
std::string Sum(const Outcome& outcome) {
  static const std::map<Disposition, std::string> kWords = {
      {Disposition::kDelivered, "OK"},
      {Disposition::kTransientFailure, "DEFER"},
      {Disposition::kPermanentFailure, "FAIL"},
      {Disposition::kUnknown, "UNKNOWN"},
      {Disposition::kNotAttempted, "OPEN"}};
  if (outcome.verdict.disposition == Disposition::kNotAttempted) return "OPEN";
  std::string text = kWords.at(outcome.verdict.disposition) + " ";
  text.append(Info(outcome.stage).name).append(" ").append(Name(outcome.verdict.scope));
  text += " ";
  return outcome.reply ? text + std::to_string(outcome.reply->code)
                       : text.append(outcome.verdict.reason);
}

Strings Sums(const Transaction& transaction) {
  Strings sums;
  for (const Outcome& outcome : transaction.outcomes()) sums.push_back(Sum(outcome));
  return sums;
}

// Plays the answers to what the transaction writes, and returns that. An answer is a reply, or "!"
// and an event; with "^" before it, it comes while the body is being sent.
Strings Play(Transaction& transaction, const Strings& answers) {
  Strings written;
  std::size_t at = 0;
  const auto answer = [&](std::string text) {
    const bool during_body = text.starts_with('^');
    if (during_body) text.erase(0, 1);
    if (text.starts_with('!')) {
      transaction.OnEvent(EventOf(text));
    } else if (during_body) {
      transaction.OnReplyDuringBody(ReplyOf(text));
    } else {
      transaction.OnReply(ReplyOf(text));
    }
  };
  for (Next next = transaction.next(); next != Next::kDone; next = transaction.next()) {
    if (next == Next::kCommand) {
      std::string line = transaction.TakeCommand();
      if (line.ends_with("\r\n")) line.resize(line.size() - 2);
      written.push_back(line);
    } else if (next == Next::kSendBody && (at == answers.size() || answers[at][0] != '^')) {
      written.push_back("<body>");
      transaction.OnTerminatorSent();
    } else if (at == answers.size()) {
      ADD_FAILURE() << "the script is too short";
      return written;
    } else {
      answer(answers[at++]);
    }
  }
  EXPECT_EQ(at, answers.size()) << "the script is too long";
  return written;
}

struct Row {
  const char* id;
  Strings answers;   // to MAIL, each RCPT, DATA, the body
  Strings outcomes;  // one per recipient
  ConnectionFate fate = kKeep;
  std::vector<std::size_t> postponed = {};
  RelayProtocol protocol = RelayProtocol::kSmtp;
};

void Check(const Row& row, std::size_t window) {
  SCOPED_TRACE(std::string(row.id) + ", window " + std::to_string(window));
  Transaction transaction(RequestTo(row.outcomes.size()), {}, window, row.protocol);
  Play(transaction, row.answers);
  EXPECT_EQ(Sums(transaction), row.outcomes);
  EXPECT_EQ(transaction.fate(), row.fate);
  EXPECT_EQ(transaction.postponed(), row.postponed);
  EXPECT_EQ(transaction.has_undecided(), !row.postponed.empty());
  for (const Outcome& outcome : transaction.outcomes()) {
    if (outcome.verdict.disposition == Disposition::kNotAttempted) continue;
    EXPECT_FALSE(outcome.detail.empty());
    EXPECT_TRUE(outcome.verdict.enhanced.present());
  }
}

// --- What is written -----------------------------------------------------------------------------

TEST(TransactionTest, LockStepWritesOneCommandAtATime) {
  Transaction transaction(RequestTo(2), {});
  const struct {
    const char* command;
    Stage stage;
    const char* reply;
  } kSteps[] = {
      {"MAIL FROM:<s@example.org>\r\n", Stage::kMailFrom, "250 ok"},
      {"RCPT TO:<r1@example.org>\r\n", Stage::kRcptTo, "250 ok"},
      {"RCPT TO:<r2@example.org>\r\n", Stage::kRcptTo, "250 ok"},
      {"DATA\r\n", Stage::kData, "354 go"},
  };
  for (const auto& step : kSteps) {
    ASSERT_EQ(transaction.next(), Next::kCommand);
    EXPECT_EQ(transaction.stage(), step.stage);
    EXPECT_EQ(transaction.TakeCommand(), step.command);
    ASSERT_EQ(transaction.next(), Next::kReadReply);
    EXPECT_EQ(transaction.stage(), step.stage);
    transaction.OnReply(ReplyOf(step.reply));
  }
  ASSERT_EQ(transaction.next(), Next::kSendBody);
  EXPECT_EQ(transaction.stage(), Stage::kBody);
  EXPECT_FALSE(transaction.terminator_sent());
  transaction.OnTerminatorSent();
  EXPECT_TRUE(transaction.terminator_sent());
  ASSERT_EQ(transaction.next(), Next::kReadReply);
  EXPECT_EQ(transaction.stage(), Stage::kFinalReply);
  transaction.OnReply(ReplyOf("250 2.0.0 queued as 1"));
  ASSERT_EQ(transaction.next(), Next::kDone);
  EXPECT_EQ(Sums(transaction), (Strings{"OK FINAL_REPLY NONE 250", "OK FINAL_REPLY NONE 250"}));
  EXPECT_EQ(transaction.outcomes()[1].reply->lines[0], "2.0.0 queued as 1") << "J1";
}

TEST(TransactionTest, AWindowIsFilledAndNeverOverrun) {
  for (std::size_t window = 1; window <= 6; ++window) {
    Transaction transaction(RequestTo(3), {}, window);
    std::size_t taken = 0;
    while (transaction.next() == Next::kCommand) {
      transaction.TakeCommand();
      ++taken;
    }
    EXPECT_EQ(taken, std::min<std::size_t>(window, 5)) << "MAIL, three RCPTs and DATA at most";
    EXPECT_EQ(transaction.next(), Next::kReadReply);
    EXPECT_EQ(transaction.stage(), Stage::kMailFrom);
    transaction.OnReply(ReplyOf("250 ok"));
    EXPECT_EQ(transaction.next(), window < 5 ? Next::kCommand : Next::kReadReply) << window;
  }
}

TEST(TransactionTest, EveryWindowWritesTheSameCommandsInTheSameOrder) {
  const Strings expected = {"MAIL FROM:<s@example.org>",
                            "RCPT TO:<r1@example.org>",
                            "RCPT TO:<r2@example.org>",
                            "RCPT TO:<r3@example.org>",
                            "DATA",
                            "<body>"};
  for (std::size_t window = 0; window <= 7; ++window) {
    Transaction transaction(RequestTo(3), {}, window);
    const Strings answers = {"250 ok", "250 ok", "450 later", "250 ok", "354 go", "250 ok"};
    EXPECT_EQ(Play(transaction, answers), expected) << window;
    EXPECT_EQ(Sums(transaction), (Strings{"OK FINAL_REPLY NONE 250", "DEFER RCPT_TO RECIPIENT 450",
                                          "OK FINAL_REPLY NONE 250"}));
  }
}

TEST(TransactionTest, ParametersAreWrittenWhereTheyAreOffered) {
  TransactionRequest request = RequestTo(1);
  request.recipients[0].notify = {.failure = true};
  request.recipients[0].original_recipient = "rfc822;x@example.org";
  request.envelope_id = "id+1";
  request.dsn_return = DsnReturn::kHeaders;
  request.eight_bit = true;
  Capabilities all;
  all.size_offered = true;
  all.eight_bit_mime = true;
  all.dsn = true;
  Transaction offered(request, all);
  EXPECT_EQ(Play(offered, {"250 ok", "550 no"}),
            (Strings{"MAIL FROM:<s@example.org> SIZE=1000 BODY=8BITMIME RET=HDRS ENVID=id+2B1",
                     "RCPT TO:<r1@example.org> NOTIFY=FAILURE ORCPT=rfc822;x@example.org"}));
  request.eight_bit = false;
  Transaction bare(request, {});
  EXPECT_EQ(Play(bare, {"250 ok", "550 no"}),
            (Strings{"MAIL FROM:<s@example.org>", "RCPT TO:<r1@example.org>"}));
}

TEST(TransactionTest, TheNullSenderIsWritten) {
  TransactionRequest request = RequestTo(1);
  request.mail_from.reset();
  Transaction transaction(request, {});
  EXPECT_EQ(Play(transaction, {"550 no"}), Strings{"MAIL FROM:<>"});  // F13
  EXPECT_EQ(Sums(transaction), Strings{"FAIL MAIL_FROM MESSAGE 550"});
}

TransactionRequest Utf8Request() {
  TransactionRequest request = RequestTo(0);
  request.mail_from = Mailbox::Parse("ü@example.org", AddressForm::kUtf8).value();
  request.recipients.push_back(
      {Mailbox::Parse("r@bücher.example", AddressForm::kUtf8).value(), {}, ""});
  request.smtp_utf8 = true;
  return request;
}

Capabilities WithUtf8() {
  Capabilities capabilities;
  capabilities.smtp_utf8 = true;
  capabilities.eight_bit_mime = true;
  return capabilities;
}

TEST(TransactionTest, AMessageThatNeedsSmtpUtf8SaysSo) {
  TransactionRequest request = Utf8Request();
  request.eight_bit = true;
  Transaction transaction(request, WithUtf8());
  EXPECT_EQ(Play(transaction, {"250 ok", "250 ok", "354 go", "250 ok"}),
            (Strings{"MAIL FROM:<ü@example.org> BODY=8BITMIME SMTPUTF8",
                     "RCPT TO:<r@bücher.example>", "DATA", "<body>"}));
  EXPECT_EQ(Sums(transaction), Strings{"OK FINAL_REPLY NONE 250"});
}

TEST(TransactionTest, AMessageThatDoesNotNeedSmtpUtf8DoesNotSaySo) {
  Transaction transaction(RequestTo(1), WithUtf8());
  EXPECT_EQ(Play(transaction, {"550 no"}), Strings{"MAIL FROM:<s@example.org>"});
}

TEST(TransactionTest, APriorityIsSaidWhereItIsOfferedAndNotZero) {  // RFC 6710
  Capabilities offered;
  offered.mt_priority = true;
  TransactionRequest request = RequestTo(1);
  request.priority = -3;
  const auto mail = [](const TransactionRequest& r, const Capabilities& capabilities) {
    Transaction transaction(r, capabilities);
    return Play(transaction, {"450 later"}).at(0);
  };
  EXPECT_EQ(mail(request, offered), "MAIL FROM:<s@example.org> MT-PRIORITY=-3");
  EXPECT_EQ(mail(request, {}), "MAIL FROM:<s@example.org>");
  request.priority = 0;
  EXPECT_EQ(mail(request, offered), "MAIL FROM:<s@example.org>");
}

// --- What the server cannot take at all ----------------------------------------------------------

TEST(TransactionTest, AnEightBitMessageIsNotOfferedToASevenBitServer) {  // I16
  TransactionRequest request = RequestTo(2);
  request.eight_bit = true;
  Transaction transaction(request, {});
  EXPECT_EQ(transaction.next(), Next::kDone);
  EXPECT_EQ(Sums(transaction), Strings(2, "FAIL MAIL_FROM MESSAGE EIGHT_BIT_NOT_OFFERED"));
  EXPECT_TRUE(transaction.outcomes()[0].verdict.next_host);
  EXPECT_EQ(transaction.fate(), kQuit);
}

TEST(TransactionTest, WhatNeedsSmtpUtf8IsNotOfferedToAServerWithoutIt) {  // I17
  TransactionRequest request = Utf8Request();
  request.eight_bit = true;  // what the message lacks most is said
  TransactionRequest header_only = RequestTo(1);
  header_only.smtp_utf8 = true;
  for (const bool address : {true, false}) {
    Transaction transaction(address ? request : header_only, {});
    EXPECT_EQ(transaction.next(), Next::kDone);
    EXPECT_EQ(Sums(transaction), Strings{"FAIL MAIL_FROM MESSAGE SMTPUTF8_NOT_OFFERED"});
    EXPECT_EQ(transaction.outcomes()[0].verdict.enhanced.ToString(), address ? "5.6.7" : "5.6.9");
    EXPECT_TRUE(transaction.outcomes()[0].verdict.next_host);
    EXPECT_EQ(transaction.fate(), kQuit);
  }
}

TEST(TransactionTest, WhatNeedsSmtpUtf8WaitsForAServerThatRefusedEhlo) {  // C1
  Capabilities helo;
  helo.ehlo_refused = true;
  Transaction transaction(Utf8Request(), helo);
  EXPECT_EQ(Sums(transaction), Strings{"DEFER MAIL_FROM HOST NO_EXTENSIONS"});
  EXPECT_EQ(transaction.outcomes()[0].verdict.enhanced.ToString(), "4.7.4");
  EXPECT_EQ(transaction.fate(), kQuit);
  EXPECT_EQ(Transaction(RequestTo(1), helo).next(), Next::kCommand) << "others need nothing";
}

TEST(TransactionTest, AMessageOverTheAnnouncedSizeIsNotOffered) {  // I18
  Capabilities capabilities;
  capabilities.size_offered = true;
  for (const std::uint64_t limit : {999u, 1000u}) {
    capabilities.max_size = limit;
    Transaction transaction(RequestTo(1), capabilities);
    EXPECT_EQ(transaction.next(), limit < 1000 ? Next::kDone : Next::kCommand);
  }
  capabilities.max_size = 999;
  Transaction transaction(RequestTo(1), capabilities);
  EXPECT_EQ(Sums(transaction), Strings{"FAIL MAIL_FROM MESSAGE MESSAGE_TOO_LARGE"});
  EXPECT_EQ(transaction.outcomes()[0].verdict.enhanced.ToString(), "5.3.4");
}

TEST(TransactionTest, ACommandThatOurWriterRefusesSettlesTheTransaction) {
  TransactionRequest request = RequestTo(3);
  request.recipients[2].original_recipient = "no type";
  Capabilities capabilities;
  capabilities.dsn = true;
  const std::string refused = "DEFER RCPT_TO LOCAL COMMAND_REFUSED";

  Transaction lock_step(request, capabilities);
  Play(lock_step, {"250 ok", "550 no", "250 ok"});
  EXPECT_EQ(Sums(lock_step), (Strings{"FAIL RCPT_TO RECIPIENT 550", refused, refused}));
  EXPECT_EQ(lock_step.fate(), kAbort);

  Transaction pipelined(request, capabilities, kPipelined);
  EXPECT_EQ(Play(pipelined, {}).back(), "") << "what is under way already is not waited for";
  EXPECT_EQ(Sums(pipelined), Strings(3, refused));
  EXPECT_EQ(pipelined.fate(), kAbort);
}

// --- MAIL (F) ------------------------------------------------------------------------------------

TEST(TransactionTest, MailDecidesForAllRecipients) {
  for (const Row& row : {
           Row{"F1", {"451 later"}, Strings(2, "DEFER MAIL_FROM MESSAGE 451")},
           Row{"F2", {"421 bye"}, Strings(2, "DEFER MAIL_FROM HOST 421"), kAbort},
           Row{"F3", {"550 no"}, Strings(2, "FAIL MAIL_FROM MESSAGE 550")},
           Row{"F4", {"552 5.3.4 big"}, Strings(2, "FAIL MAIL_FROM MESSAGE 552")},
           Row{"F6 with nothing to leave out", {"555 x"}, Strings(2, "FAIL MAIL_FROM MESSAGE 555")},
           Row{"F7", {"503 nested"}, Strings(2, "DEFER MAIL_FROM HOST 503"), kAbort},
           Row{"F8", {"354 go"}, Strings(2, "DEFER MAIL_FROM HOST 354"), kAbort},
           Row{"F8 6xx",
               {"!malformed"},
               Strings(2, "DEFER MAIL_FROM HOST MALFORMED_REPLY"),
               kAbort},
           Row{"F9", {"!closed"}, Strings(2, "DEFER MAIL_FROM HOST CONNECTION_LOST"), kAbort},
           Row{"F9", {"!timeout"}, Strings(2, "DEFER MAIL_FROM HOST TIMEOUT"), kAbort},
           Row{"F10",
               {"250 ok", "!unsolicited"},
               Strings(2, "DEFER RCPT_TO HOST UNSOLICITED_DATA"),
               kAbort},
           Row{"D25", {"530 5.7.0 TLS"}, Strings(2, "DEFER MAIL_FROM MESSAGE 530"), kQuit},
       }) {
    Check(row, kLockStep);
  }
}

// What the server says to the commands behind a refused MAIL decides nothing.
TEST(TransactionTest, APipelinedMailRefusedIsDrained) {
  const Strings refused(2, "FAIL MAIL_FROM MESSAGE 550");
  for (const Row& row : {
           Row{"503s", {"550 no", "503 x", "503 x", "503 x"}, refused},
           Row{"accepted all the same", {"550 no", "250 ok", "550 5.1.1 x", "503 x"}, refused},
           Row{"G7", {"550 no", "250 ok", "250 ok", "354 go", "554 none"}, refused},
           Row{"G8", {"550 no", "250 ok", "250 ok", "354 go", "250 ok"}, refused, kQuit},
           Row{"421 later", {"550 no", "503 x", "421 bye"}, refused, kAbort},
           Row{"lost later", {"550 no", "503 x", "!closed"}, refused, kAbort},
           Row{"F2", {"421 bye"}, Strings(2, "DEFER MAIL_FROM HOST 421"), kAbort},
       }) {
    Check(row, kPipelined);
  }
}

Capabilities WithSizeAndDsn() {
  Capabilities capabilities;
  capabilities.size_offered = true;
  capabilities.dsn = true;
  capabilities.eight_bit_mime = true;
  return capabilities;
}

TEST(TransactionTest, MailIsTriedOnceMoreWithoutWhatIsOptional) {  // F6
  for (const char* refusal : {"501 x", "504 x", "555 x"}) {
    TransactionRequest request = RequestTo(1);
    request.envelope_id = "id";
    request.dsn_return = DsnReturn::kFull;
    Transaction transaction(request, WithSizeAndDsn());
    EXPECT_EQ(Play(transaction, {refusal, "250 ok", "250 ok", "354 go", "250 ok"}),
              (Strings{"MAIL FROM:<s@example.org> SIZE=1000 RET=FULL ENVID=id",
                       "MAIL FROM:<s@example.org>", "RCPT TO:<r1@example.org>", "DATA", "<body>"}));
    EXPECT_EQ(Sums(transaction), Strings{"OK FINAL_REPLY NONE 250"});
  }
}

TEST(TransactionTest, SmtpUtf8IsNotOptionalAndAPriorityIs) {  // F6
  TransactionRequest request = Utf8Request();
  request.priority = 2;
  Capabilities capabilities = WithUtf8();
  capabilities.mt_priority = true;
  Transaction transaction(request, capabilities);
  EXPECT_EQ(Play(transaction, {"555 x", "555 y"}),
            (Strings{"MAIL FROM:<ü@example.org> SMTPUTF8 MT-PRIORITY=2",
                     "MAIL FROM:<ü@example.org> SMTPUTF8"}));
  EXPECT_EQ(transaction.mails(), 2u);
  Transaction nothing_to_leave_out(request, WithUtf8());
  EXPECT_EQ(Play(nothing_to_leave_out, {"555 x"}).size(), 1u);
}

TEST(TransactionTest, ASecondRefusalOfMailStands) {  // F6
  Transaction transaction(RequestTo(1), WithSizeAndDsn());
  EXPECT_EQ(Play(transaction, {"555 x", "501 y"}).size(), 2u);
  EXPECT_EQ(Sums(transaction), Strings{"FAIL MAIL_FROM MESSAGE 501"});
  EXPECT_EQ(transaction.fate(), kKeep);
}

TEST(TransactionTest, AnEightBitMessageKeepsSayingSo) {  // F6: the semantics do not allow less
  TransactionRequest request = RequestTo(1);
  request.eight_bit = true;
  Transaction retried(request, WithSizeAndDsn());
  EXPECT_EQ(Play(retried, {"555 x", "555 y"}),
            (Strings{"MAIL FROM:<s@example.org> SIZE=1000 BODY=8BITMIME",
                     "MAIL FROM:<s@example.org> BODY=8BITMIME"}));
  Capabilities only_eight_bit;
  only_eight_bit.eight_bit_mime = true;
  Transaction final(request, only_eight_bit);
  EXPECT_EQ(Play(final, {"555 x"}).size(), 1u);
}

TEST(TransactionTest, OtherRefusalsOfMailAreNotTriedAgain) {
  for (const char* refusal : {"550 x", "500 x", "552 5.3.4 x", "451 x"}) {
    Transaction transaction(RequestTo(1), WithSizeAndDsn());
    EXPECT_EQ(Play(transaction, {refusal}).size(), 1u) << refusal;
  }
}

TEST(TransactionTest, APipelinedEnvelopeIsRepeatedWithThePlainMail) {  // F6
  const Strings envelope = {"RCPT TO:<r1@example.org>", "RCPT TO:<r2@example.org>", "DATA"};
  Strings expected = {"MAIL FROM:<s@example.org> SIZE=1000"};
  expected.insert(expected.end(), envelope.begin(), envelope.end());
  expected.push_back("MAIL FROM:<s@example.org>");
  expected.insert(expected.end(), envelope.begin(), envelope.end());
  expected.push_back("<body>");
  Transaction transaction(RequestTo(2), WithSizeAndDsn(), kPipelined);
  EXPECT_EQ(Play(transaction, {"555 x", "503 x", "503 x", "503 x", "250 ok", "250 ok", "550 no",
                               "354 go", "250 ok"}),
            expected);
  EXPECT_EQ(Sums(transaction), (Strings{"OK FINAL_REPLY NONE 250", "FAIL RCPT_TO RECIPIENT 550"}));
}

TEST(TransactionTest, APipelinedRetryOfMailSurvivesA354AndNothingWorse) {  // F6, G7
  {
    Transaction transaction(RequestTo(1), WithSizeAndDsn(), kPipelined);
    Play(transaction,
         {"555 x", "503 x", "354 go", "554 none", "250 ok", "250 ok", "354 go", "250 ok"});
    EXPECT_EQ(Sums(transaction), Strings{"OK FINAL_REPLY NONE 250"});
  }
  {
    Transaction transaction(RequestTo(1), WithSizeAndDsn(), kPipelined);
    Play(transaction, {"555 x", "503 x", "354 go", "250 what"});
    EXPECT_EQ(Sums(transaction), Strings{"FAIL MAIL_FROM MESSAGE 555"});
    EXPECT_EQ(transaction.fate(), kQuit);
  }
  {
    Transaction transaction(RequestTo(1), WithSizeAndDsn(), kPipelined);
    Play(transaction, {"555 x", "421 bye"});
    EXPECT_EQ(Sums(transaction), Strings{"DEFER RCPT_TO HOST 421"});
    EXPECT_EQ(transaction.fate(), kAbort);
  }
}

// --- RCPT (G) ------------------------------------------------------------------------------------

const char kOk[] = "OK FINAL_REPLY NONE 250";

TEST(TransactionTest, RecipientsAreJudgedOneByOneInEveryWindow) {
  for (const Row& row : {
           Row{"G1", {"250 a", "250 a", "251 b", "252 c", "354 go", "250 ok"}, Strings(3, kOk)},
           Row{"G2",
               {"250 ok", "250 ok", "550 no", "354 go", "250 ok"},
               {kOk, "FAIL RCPT_TO RECIPIENT 550"}},
           Row{"G3",
               {"250 ok", "450 later", "250 ok", "354 go", "250 ok"},
               {"DEFER RCPT_TO RECIPIENT 450", kOk}},
           Row{"G4",
               {"250 ok", "250 ok", "450 later", "550 no", "354 go", "250 ok"},
               {kOk, "DEFER RCPT_TO RECIPIENT 450", "FAIL RCPT_TO RECIPIENT 550"}},
           Row{"G10",
               {"250 ok", "250 ok", "452 4.5.3 many", "550 no", "452 4.5.3 many", "354 go",
                "250 ok"},
               {kOk, "OPEN", "FAIL RCPT_TO RECIPIENT 550", "OPEN"},
               kKeep,
               {1, 3}},
           Row{"G10 without a reason",
               {"250 ok", "250 ok", "452 many", "354 go", "250 ok"},
               {kOk, "OPEN"},
               kKeep,
               {1}},
           Row{"G10 with another",
               {"250 ok", "250 ok", "452 4.3.1 full", "354 go", "250 ok"},
               {kOk, "OPEN"},
               kKeep,
               {1}},
           Row{"G10 first",
               {"250 ok", "452 4.5.3 many", "250 ok", "354 go", "250 ok"},
               {"DEFER RCPT_TO RECIPIENT 452", kOk}},
           Row{"G10 after a 550 only",
               {"250 ok", "550 no", "452 4.5.3 many", "250 ok", "354 go", "250 ok"},
               {"FAIL RCPT_TO RECIPIENT 550", "DEFER RCPT_TO RECIPIENT 452", kOk}},
           Row{"G11",
               {"250 ok", "250 ok", "552 5.5.3 many", "354 go", "250 ok"},
               {kOk, "OPEN"},
               kKeep,
               {1}},
           Row{"G11 without a reason",
               {"250 ok", "250 ok", "552 too many recipients", "354 go", "250 ok"},
               {kOk, "OPEN"},
               kKeep,
               {1}},
           Row{"G11 first",
               {"250 ok", "552 5.5.3 many", "250 ok", "354 go", "250 ok"},
               {"FAIL RCPT_TO RECIPIENT 552", kOk}},
           Row{"G12",
               {"250 ok", "250 ok", "552 5.2.2 full", "354 go", "250 ok"},
               {kOk, "FAIL RCPT_TO RECIPIENT 552"}},
           Row{"G13",
               {"250 ok", "250 ok", "452 4.2.2 full", "354 go", "250 ok"},
               {kOk, "DEFER RCPT_TO RECIPIENT 452"}},
           Row{"G14",
               {"250 ok", "250 ok", "550 no", "450 later", "421 bye"},
               {"DEFER RCPT_TO HOST 421", "FAIL RCPT_TO RECIPIENT 550",
                "DEFER RCPT_TO RECIPIENT 450", "DEFER RCPT_TO HOST 421", "DEFER RCPT_TO HOST 421"},
               kAbort},
           Row{"G14 for postponed ones",
               {"250 ok", "250 ok", "452 4.5.3 many", "421 bye"},
               Strings(3, "DEFER RCPT_TO HOST 421"),
               kAbort},
           Row{"G16",
               {"250 ok", "550 no", "!closed"},
               {"FAIL RCPT_TO RECIPIENT 550", "DEFER RCPT_TO HOST CONNECTION_LOST",
                "DEFER RCPT_TO HOST CONNECTION_LOST"},
               kAbort},
           Row{"G18",
               {"250 ok", "250 ok", "550 no", "!malformed"},
               {"DEFER RCPT_TO HOST MALFORMED_REPLY", "FAIL RCPT_TO RECIPIENT 550",
                "DEFER RCPT_TO HOST MALFORMED_REPLY"},
               kAbort},
           Row{"G21",
               {"250 ok", "250 ok", "!inconsistent"},
               {"DEFER RCPT_TO HOST INCONSISTENT_REPLY",
                "DEFER RCPT_TO RECIPIENT INCONSISTENT_REPLY",
                "DEFER RCPT_TO HOST INCONSISTENT_REPLY"},
               kQuit},
           Row{"G22, G23",
               {"250 ok", "550 4.1.1 x", "450 5.1.1 x", "550 5.7.2", "250 ok", "354 go", "250 ok"},
               {"FAIL RCPT_TO RECIPIENT 550", "DEFER RCPT_TO RECIPIENT 450",
                "FAIL RCPT_TO RECIPIENT 550", kOk}},
           Row{"G24",
               {"250 ok", "250 ok", "!timeout"},
               Strings(2, "DEFER RCPT_TO HOST TIMEOUT"),
               kAbort},
           Row{"G29",
               {"250 ok", "551 there", "250 ok", "354 go", "250 ok"},
               {"FAIL RCPT_TO RECIPIENT 551", kOk}},
       }) {
    Check(row, kLockStep);
    Check(row, kPipelined);
    Check(row, 2);
  }
}

// RFC 9422 4.1.
TEST(TransactionTest, RecipientsBeyondTheAnnouncedLimitArePostponedFromTheStart) {
  Capabilities two;
  two.max_recipients = 2;
  for (const std::size_t window : {kLockStep, kPipelined}) {
    Transaction transaction(RequestTo(3), two, window);
    EXPECT_EQ(Play(transaction, {"250 ok", "250 ok", "550 no", "354 go", "250 ok"}),
              (Strings{"MAIL FROM:<s@example.org>", "RCPT TO:<r1@example.org>",
                       "RCPT TO:<r2@example.org>", "DATA", "<body>"}));
    EXPECT_EQ(Sums(transaction),
              (Strings{"OK FINAL_REPLY NONE 250", "FAIL RCPT_TO RECIPIENT 550", "OPEN"}));
    EXPECT_EQ(transaction.postponed(), (std::vector<std::size_t>{2}));
    EXPECT_EQ(transaction.mails(), 1u);
  }
  Transaction all_refused(RequestTo(3), two);
  EXPECT_EQ(Play(all_refused, {"250 ok", "550 no", "550 no"}).size(), 3u);
  EXPECT_EQ(all_refused.postponed(), (std::vector<std::size_t>{2})) << "their turn comes";
  Transaction fits(RequestTo(2), two);
  EXPECT_TRUE(fits.postponed().empty());
}

TEST(TransactionTest, WhatMailComesToHoldsForThoseBeyondTheLimitToo) {
  Capabilities one;
  one.max_recipients = 1;
  for (const Row& row : {
           Row{"F3", {"550 no"}, Strings(3, "FAIL MAIL_FROM MESSAGE 550")},
           Row{"F1", {"451 later"}, Strings(3, "DEFER MAIL_FROM MESSAGE 451")},
           Row{"F2", {"421 bye"}, Strings(3, "DEFER MAIL_FROM HOST 421"), kAbort},
           Row{"a later 421",
               {"250 ok", "250 ok", "421 bye"},
               Strings(3, "DEFER DATA HOST 421"),
               kAbort},
       }) {
    SCOPED_TRACE(row.id);
    Transaction transaction(RequestTo(3), one);
    Play(transaction, row.answers);
    EXPECT_EQ(Sums(transaction), row.outcomes);
    EXPECT_EQ(transaction.fate(), row.fate);
    EXPECT_TRUE(transaction.postponed().empty());
  }
  one.max_size = 1;
  Transaction too_large(RequestTo(3), one);
  EXPECT_EQ(Sums(too_large), Strings(3, "FAIL MAIL_FROM MESSAGE MESSAGE_TOO_LARGE"));
}

TEST(TransactionTest, InLockStepNoDataFollowsWhenNobodyIsLeft) {
  for (const Row& row : {
           Row{"G5",
               {"250 ok", "550 5.1.1 a", "551 b"},
               {"FAIL RCPT_TO RECIPIENT 550", "FAIL RCPT_TO RECIPIENT 551"}},
           Row{"G6",
               {"250 ok", "450 a", "451 b"},
               {"DEFER RCPT_TO RECIPIENT 450", "DEFER RCPT_TO RECIPIENT 451"}},
       }) {
    Check(row, kLockStep);
  }
}

TEST(TransactionTest, APipelinedDataThatNobodyIsLeftForGetsALoneDot) {
  const Strings refused = {"FAIL RCPT_TO RECIPIENT 550", "DEFER RCPT_TO RECIPIENT 450"};
  const Strings envelope = {"250 ok", "550 no", "450 later"};
  const auto with = [&](Strings more) {
    Strings answers = envelope;
    answers.insert(answers.end(), more.begin(), more.end());
    return answers;
  };
  for (const Row& row : {
           Row{"H3 554", with({"554 no valid recipients"}), refused},
           Row{"H3 503", with({"503 need RCPT"}), refused},
           Row{"G8", with({"354 go", "250 taken"}), refused, kQuit},
           Row{"G9", with({"354 go", "554 no valid recipients"}), refused},
           Row{"G7 421", with({"354 go", "421 bye"}), refused, kAbort},
           Row{"G7 354", with({"354 go", "354 go"}), refused, kAbort},
           Row{"G7 lost", with({"354 go", "!closed"}), refused, kAbort},
           Row{"lost at DATA", with({"!closed"}), refused, kAbort},
       }) {
    Check(row, kPipelined);
  }
  Transaction transaction(RequestTo(2), {}, kPipelined);  // G7
  EXPECT_EQ(Play(transaction, with({"354 go", "554 none"})).back(), ".");
  EXPECT_FALSE(transaction.terminator_sent()) << "a message of nothing is no message";
}

TEST(TransactionTest, TheLoneDotIsWrittenAloneAndAnsweredLikeAMessage) {  // G7
  Transaction transaction(RequestTo(1), {}, kPipelined);
  while (transaction.next() == Next::kCommand) transaction.TakeCommand();
  for (const char* reply : {"250 ok", "550 no", "354 go"}) {
    ASSERT_EQ(transaction.next(), Next::kReadReply);
    transaction.OnReply(ReplyOf(reply));
  }
  ASSERT_EQ(transaction.next(), Next::kCommand);
  EXPECT_EQ(transaction.stage(), Stage::kFinalReply);
  EXPECT_EQ(transaction.TakeCommand(), ".\r\n");
  EXPECT_EQ(transaction.stage(), Stage::kFinalReply);
  ASSERT_EQ(transaction.next(), Next::kReadReply);
}

// G19, G20: one reply too many or too few, and no reply of the batch can be trusted.
TEST(TransactionTest, APipelinedBatchOutOfStepIsNotBelieved) {
  for (const Row& row : {
           Row{"G17 3xx",
               {"250 ok", "550 no", "354 go"},
               {"DEFER RCPT_TO HOST 354", "DEFER RCPT_TO RECIPIENT 354", "DEFER RCPT_TO HOST 354"},
               kAbort},
           Row{"G19 at DATA",
               {"250 ok", "250 extra", "550 no", "250 ok"},
               Strings(2, "DEFER DATA HOST 250"),
               kAbort},
           Row{"G19 by R7",
               {"250 ok", "550 no", "250 ok", "354 go", "^!unsolicited"},
               Strings(2, "DEFER BODY HOST UNSOLICITED_DATA"),
               kAbort},
           Row{"G20",
               {"250 ok", "550 no", "354 go"},
               {"DEFER RCPT_TO HOST 354", "DEFER RCPT_TO RECIPIENT 354"},
               kAbort},
       }) {
    Check(row, kPipelined);
  }
}

TEST(TransactionTest, AnExtraReplyFoundAfterTheEndTakesBackWhatTheBatchDecided) {  // G19, R7
  Transaction transaction(RequestTo(2), {}, kPipelined);
  Play(transaction, {"250 ok", "550 no", "450 later", "554 none"});
  ASSERT_EQ(transaction.next(), Next::kDone);
  transaction.OnEvent(Event::kUnsolicitedData);
  EXPECT_EQ(Sums(transaction), Strings(2, "DEFER DATA HOST UNSOLICITED_DATA"));
  EXPECT_EQ(transaction.fate(), kAbort);
}

TEST(TransactionTest, InLockStepABatchIsOneCommandAndEarlierRepliesStand) {  // G17, G19, R4
  for (const Row& row : {
           Row{"G17",
               {"250 ok", "550 no", "250 ok", "354 go"},
               {"FAIL RCPT_TO RECIPIENT 550", "DEFER RCPT_TO HOST 354",
                "DEFER RCPT_TO RECIPIENT 354"},
               kAbort},
           Row{"G19",
               {"250 ok", "550 no", "250 ok", "!unsolicited"},
               {"FAIL RCPT_TO RECIPIENT 550", "DEFER DATA HOST UNSOLICITED_DATA"},
               kAbort},
       }) {
    Check(row, kLockStep);
  }
}

// --- DATA (H), the body (I) and its answer (J) ---------------------------------------------------

// Behind "250" to MAIL, "250" to the first recipient, "550" to the second, "452 4.5.3" to the
// third.
struct Tail {
  const char* id;
  Strings answers;
  const char* accepted;  // what becomes of the first
  ConnectionFate fate = kKeep;
  // Of the third; nullptr: it stays postponed.
  const char* postponed = nullptr;
};

TEST(TransactionTest, DataBodyAndFinalReplyDecideForTheAcceptedOnes) {
  const char kLostTurn[] = "DEFER RCPT_TO HOST CONNECTION_LOST";
  for (const Tail& tail : {
           Tail{"H1", {"451 x"}, "DEFER DATA MESSAGE 451"},
           Tail{"H2", {"554 x"}, "FAIL DATA MESSAGE 554"},
           Tail{"H4", {"250 x"}, "DEFER DATA HOST 250", kAbort, "DEFER DATA HOST 250"},
           Tail{"H5 421", {"421 x"}, "DEFER DATA HOST 421", kAbort, "DEFER DATA HOST 421"},
           Tail{"H5",
                {"!closed"},
                "DEFER DATA HOST CONNECTION_LOST",
                kAbort,
                "DEFER DATA HOST CONNECTION_LOST"},
           Tail{"H6", {"!timeout"}, "DEFER DATA HOST TIMEOUT", kAbort, "DEFER DATA HOST TIMEOUT"},
           Tail{"H7",
                {"354 go", "^!unsolicited"},
                "DEFER BODY HOST UNSOLICITED_DATA",
                kAbort,
                "DEFER BODY HOST UNSOLICITED_DATA"},
           Tail{"H8", {"355 go", "250 x"}, kOk},
           Tail{"I1, I8",
                {"354 go", "^!closed"},
                "DEFER BODY HOST CONNECTION_LOST",
                kAbort,
                "DEFER BODY HOST CONNECTION_LOST"},
           Tail{"I2, I5", {"354 go", "^554 x"}, "FAIL BODY MESSAGE 554", kAbort, kLostTurn},
           Tail{"I3", {"354 go", "^452 x"}, "DEFER BODY MESSAGE 452", kAbort, kLostTurn},
           Tail{"I3 421",
                {"354 go", "^421 x"},
                "DEFER BODY HOST 421",
                kAbort,
                "DEFER BODY HOST 421"},
           Tail{"I4", {"354 go", "^250 x"}, "DEFER BODY HOST 250", kAbort, "DEFER BODY HOST 250"},
           Tail{"I6",
                {"354 go", "^!timeout"},
                "DEFER BODY HOST TIMEOUT",
                kAbort,
                "DEFER BODY HOST TIMEOUT"},
           Tail{"I7",
                {"354 go", "^!slow"},
                "DEFER BODY HOST TOO_SLOW",
                kAbort,
                "DEFER BODY HOST TOO_SLOW"},
           Tail{"I9",
                {"354 go", "^!internal"},
                "DEFER BODY LOCAL INTERNAL_ERROR",
                kAbort,
                "DEFER BODY LOCAL INTERNAL_ERROR"},
           Tail{"I10",
                {"354 go", "^!cancelled"},
                "DEFER BODY LOCAL CANCELLED",
                kAbort,
                "DEFER BODY LOCAL CANCELLED"},
           Tail{"J1", {"354 go", "250 x"}, kOk},
           Tail{"J4", {"354 go", "451 x"}, "DEFER FINAL_REPLY MESSAGE 451"},
           Tail{"J5", {"354 go", "554 x"}, "FAIL FINAL_REPLY MESSAGE 554"},
           Tail{"J6",
                {"354 go", "421 x"},
                "DEFER FINAL_REPLY HOST 421",
                kAbort,
                "DEFER FINAL_REPLY HOST 421"},
           Tail{"J7, J8",
                {"354 go", "!closed"},
                "UNKNOWN FINAL_REPLY HOST CONNECTION_LOST",
                kAbort,
                kLostTurn},
           Tail{"J9",
                {"354 go", "!timeout"},
                "UNKNOWN FINAL_REPLY HOST TIMEOUT",
                kAbort,
                "DEFER RCPT_TO HOST TIMEOUT"},
           Tail{"J12", {"354 go", "354 x"}, "UNKNOWN FINAL_REPLY HOST 354", kAbort, kLostTurn},
           Tail{"J13",
                {"354 go", "!malformed"},
                "UNKNOWN FINAL_REPLY HOST MALFORMED_REPLY",
                kAbort,
                "DEFER RCPT_TO HOST MALFORMED_REPLY"},
           Tail{"R10",
                {"354 go", "!deadline"},
                "UNKNOWN FINAL_REPLY LOCAL DEADLINE",
                kAbort,
                "DEFER RCPT_TO LOCAL DEADLINE"},
       }) {
    Row row;
    row.id = tail.id;
    row.answers = {"250 ok", "250 ok", "550 no", "452 4.5.3 many"};
    row.answers.insert(row.answers.end(), tail.answers.begin(), tail.answers.end());
    row.outcomes = {tail.accepted, "FAIL RCPT_TO RECIPIENT 550",
                    tail.postponed != nullptr ? tail.postponed : "OPEN"};
    row.fate = tail.fate;
    if (tail.postponed == nullptr) row.postponed = {2};
    Check(row, kLockStep);
    if (tail.id == std::string("H4") || tail.id == std::string("H7")) continue;  // G19
    Check(row, kPipelined);
  }
}

// --- The rules, one by one -----------------------------------------------------------------------

// All scripts of so many answers, of those that an answer can be.
void ForEveryScript(std::size_t length, const std::function<void(const Strings&)>& visit,
                    Strings prefix = {}) {
  if (length == 0) return visit(prefix);
  for (const char* answer : {"250 ok", "354 go", "450 later", "550 no", "452 4.5.3 many", "421 bye",
                             "!closed", "!unsolicited"}) {
    prefix.push_back(answer);
    ForEveryScript(length - 1, visit, prefix);
    prefix.pop_back();
  }
}

// Plays as much of a script as the transaction wants, calling `look` after each answer.
struct Course {
  bool granted = false;  // DATA was answered with 354
  bool body = false;
  bool ended = false;
};

Course Walk(Transaction& transaction, const Strings& script,
            const std::function<void(const std::string&)>& look) {
  Course course;
  std::size_t at = 0;
  while (transaction.next() != Next::kDone) {
    if (transaction.next() == Next::kCommand) {
      transaction.TakeCommand();
    } else if (transaction.next() == Next::kSendBody) {
      course.body = true;
      transaction.OnTerminatorSent();
    } else {
      if (at == script.size()) return course;
      const std::string& answer = script[at++];
      if (transaction.stage() == Stage::kData && answer.starts_with("354")) course.granted = true;
      if (answer.starts_with('!')) {
        transaction.OnEvent(EventOf(answer));
      } else {
        transaction.OnReply(ReplyOf(answer));
      }
      look(answer);
    }
  }
  course.ended = true;
  return course;
}

constexpr std::size_t kWindows[] = {1, 2, kPipelined};

TEST(TransactionRulesTest, R1TheFirstDigitDecides) {
  for (const char* code : {"450", "499", "550", "599"}) {
    Transaction transaction(RequestTo(2), {});
    Play(transaction, {"250 ok", std::string(code) + " x", "250 ok", "354 go", "250 ok"});
    EXPECT_EQ(transaction.outcomes()[0].verdict.disposition,
              code[0] == '4' ? Disposition::kTransientFailure : Disposition::kPermanentFailure);
  }
}

TEST(TransactionRulesTest, R2ALostConnectionIsTemporaryWhereverItIsLost) {
  const Strings good = {"250 ok", "250 ok", "354 go"};
  for (std::size_t lost_at = 0; lost_at <= good.size(); ++lost_at) {
    Strings answers(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(lost_at));
    answers.push_back(lost_at == good.size() ? "^!closed" : "!closed");
    Transaction transaction(RequestTo(1), {});
    Play(transaction, answers);
    const Verdict& verdict = transaction.outcomes()[0].verdict;
    EXPECT_EQ(verdict.disposition, Disposition::kTransientFailure) << lost_at;
    EXPECT_EQ(verdict.enhanced.ToString(), "4.4.2");
    EXPECT_TRUE(verdict.next_host);
  }
}

TEST(TransactionRulesTest, R3NoDataWithoutA354) {
  for (const std::size_t window : kWindows) {
    ForEveryScript(4, [&](const Strings& script) {
      Transaction transaction(RequestTo(1), {}, window);
      const Course course = Walk(transaction, script, [](const std::string&) {});
      ASSERT_TRUE(!course.body || course.granted);
    });
  }
}

// R4 in lock-step; and under way together, as long as the replies match the commands.
TEST(TransactionRulesTest, R4AnAnsweredRecipientKeepsItsAnswer) {
  for (const std::size_t window : kWindows) {
    ForEveryScript(5, [&](const Strings& script) {
      Transaction transaction(RequestTo(2), {}, window);
      Strings before = Sums(transaction);
      Walk(transaction, script, [&](const std::string& answer) {
        const Strings now = Sums(transaction);
        const bool distrust = window > 1 && (answer.starts_with("354") ||
                                             answer.starts_with("250") || answer == "!unsolicited");
        for (std::size_t i = 0; i < now.size(); ++i) {
          if (before[i] == "OPEN" || now[i] == before[i]) continue;
          // The exception is G19, G20: then it becomes temporary, and the connection ends.
          ASSERT_TRUE(distrust) << before[i] << " became " << now[i];
          ASSERT_TRUE(now[i].starts_with("DEFER")) << now[i];
          ASSERT_EQ(transaction.fate(), kAbort);
        }
        before = now;
      });
    });
  }
}

TEST(TransactionRulesTest, R4BothKindsOfAnswerKeepTheirOwnText) {
  for (const char* end : {"421 bye", "!closed", "!timeout"}) {
    Transaction transaction(RequestTo(3), {});
    Play(transaction, {"250 ok", "550 5.1.1 first", "450 4.2.1 second", end});
    EXPECT_EQ(transaction.outcomes()[0].reply->lines[0], "5.1.1 first");
    EXPECT_EQ(transaction.outcomes()[1].reply->lines[0], "4.2.1 second");
  }
}

TEST(TransactionRulesTest, R5AcceptedRecipientsShareTheFinalOutcome) {
  for (const std::size_t window : kWindows) {
    for (const char* end : {"250 ok", "451 x", "554 x", "421 x", "354 x", "!closed"}) {
      Transaction transaction(RequestTo(3), {}, window);
      Play(transaction, {"250 ok", "250 ok", "550 no", "250 ok", "354 go", end});
      EXPECT_EQ(Sums(transaction)[0], Sums(transaction)[2]);
      EXPECT_EQ(transaction.outcomes()[0].stage, Stage::kFinalReply);
      EXPECT_EQ(Sums(transaction)[1], "FAIL RCPT_TO RECIPIENT 550");
    }
  }
}

TEST(TransactionRulesTest, R6NobodyIsDeliveredBeforeTheTerminatorIsSent) {
  for (const std::size_t window : kWindows) {
    ForEveryScript(5, [&](const Strings& script) {
      Transaction transaction(RequestTo(2), {}, window);
      Walk(transaction, script, [&](const std::string&) {
        for (const Outcome& outcome : transaction.outcomes()) {
          if (outcome.verdict.disposition != Disposition::kDelivered) continue;
          ASSERT_TRUE(transaction.terminator_sent());
          ASSERT_EQ(outcome.stage, Stage::kFinalReply);
        }
      });
    });
  }
}

TEST(TransactionRulesTest, R6AReplyWhileTheBodyIsDueIsNoDelivery) {
  for (const bool through_on_reply : {false, true}) {
    Transaction transaction(RequestTo(1), {});
    for (const char* reply : {"250 ok", "250 ok", "354 go"}) {
      transaction.TakeCommand();
      transaction.OnReply(ReplyOf(reply));
    }
    ASSERT_EQ(transaction.next(), Next::kSendBody);
    if (through_on_reply) {
      transaction.OnReply(ReplyOf("250 queued"));
    } else {
      transaction.OnReplyDuringBody(ReplyOf("250 queued"));
    }
    EXPECT_EQ(transaction.next(), Next::kDone);
    transaction.OnTerminatorSent();  // too late to mean anything
    EXPECT_FALSE(transaction.terminator_sent());
    EXPECT_EQ(Sums(transaction), Strings{"DEFER BODY HOST 250"});
  }
}

TEST(TransactionRulesTest, R7WhatNobodyAskedForIsNoAnswer) {
  const Strings good = {"250 ok", "250 ok", "354 go"};
  for (std::size_t asked = 0; asked <= good.size(); ++asked) {
    Strings answers(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(asked));
    answers.push_back(asked == good.size() ? "^!unsolicited" : "!unsolicited");
    Transaction transaction(RequestTo(1), {});
    Play(transaction, answers);
    EXPECT_EQ(transaction.outcomes()[0].verdict.disposition, Disposition::kTransientFailure);
    EXPECT_EQ(transaction.fate(), kAbort);
  }
}

TEST(TransactionRulesTest, R8WhatBreaksTheProtocolIsNoVerdictOnTheMail) {
  const Strings good = {"250 ok", "250 ok", "354 go"};
  for (const std::string broken : {"!malformed", "!inconsistent", "354 go", "250 ok"}) {
    for (std::size_t at = 0; at < good.size(); ++at) {
      // Where it is a good answer it breaks nothing.
      if (broken == good[at]) continue;
      Strings answers(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(at));
      answers.push_back(broken);
      Transaction transaction(RequestTo(1), {});
      Play(transaction, answers);
      EXPECT_EQ(transaction.outcomes()[0].verdict.disposition, Disposition::kTransientFailure)
          << broken << " at " << at;
    }
  }
}

TEST(TransactionRulesTest, R9AnUnknownOutcomeGoesToNoOtherHost) {
  for (const char* end : {"!closed", "!timeout", "!malformed", "!cancelled", "354 go"}) {
    Transaction transaction(RequestTo(1), {});
    Play(transaction, {"250 ok", "250 ok", "354 go", end});
    EXPECT_EQ(transaction.outcomes()[0].verdict.disposition, Disposition::kUnknown);
    EXPECT_FALSE(transaction.outcomes()[0].verdict.next_host);
  }
}

TEST(TransactionRulesTest, R10TheEndOfTheCallersTimeMakesNothingKnown) {
  for (const char* end : {"!cancelled", "!deadline"}) {
    Transaction transaction(RequestTo(2), {});
    Play(transaction, {"250 ok", "550 no", "250 ok", "354 go", end});
    EXPECT_EQ(transaction.outcomes()[0].verdict.disposition, Disposition::kPermanentFailure);
    EXPECT_EQ(transaction.outcomes()[1].verdict.disposition, Disposition::kUnknown);
    // What comes later changes nothing.
    transaction.OnEvent(Event::kClosed);
    EXPECT_EQ(transaction.outcomes()[1].verdict.disposition, Disposition::kUnknown);
  }
}

TEST(TransactionRulesTest, EveryScriptThatEndsDecidesEveryRecipient) {
  for (const std::size_t window : kWindows) {
    ForEveryScript(5, [&](const Strings& script) {
      Transaction transaction(RequestTo(2), {}, window);
      const Course course = Walk(transaction, script, [](const std::string&) {});
      if (!course.ended) return;
      const std::vector<std::size_t> postponed = transaction.postponed();
      if (transaction.fate() != kKeep) {
        ASSERT_TRUE(postponed.empty());
      }
      const Strings sums = Sums(transaction);
      ASSERT_EQ(static_cast<std::size_t>(std::ranges::count(sums, "OPEN")), postponed.size());
      ASSERT_LT(postponed.size(), sums.size()) << "a further transaction would not be shorter";
    });
  }
}

// --- Out of turn ---------------------------------------------------------------------------------

TEST(TransactionTest, AReplyThatNobodyAskedForIsNone) {  // R7
  Transaction transaction(RequestTo(1), {});
  transaction.OnReply(ReplyOf("250 ok"));
  EXPECT_EQ(transaction.next(), Next::kDone);
  EXPECT_EQ(Sums(transaction), Strings{"DEFER MAIL_FROM HOST UNSOLICITED_DATA"});
}

TEST(TransactionTest, AnEventBeforeTheFirstCommandDecidesAll) {
  Transaction transaction(RequestTo(2), {});
  transaction.OnEvent(Event::kClosed);
  EXPECT_EQ(transaction.next(), Next::kDone);
  EXPECT_EQ(Sums(transaction), Strings(2, "DEFER MAIL_FROM HOST CONNECTION_LOST"));
}

TEST(TransactionTest, AfterTheEndAnEventOnlyEndsTheConnection) {  // J2, J3
  for (const Event event : {Event::kClosed, Event::kUnsolicitedData, Event::kTimeout}) {
    Transaction transaction(RequestTo(1), {});
    Play(transaction, {"250 ok", "250 ok", "354 go", "250 ok"});
    transaction.OnEvent(event);
    EXPECT_EQ(Sums(transaction), Strings{kOk});
    EXPECT_EQ(transaction.fate(), kAbort);
  }
}

TEST(TransactionTest, ACopyIsATransactionOfItsOwn) {
  Transaction transaction(RequestTo(1), {});
  transaction.TakeCommand();
  Transaction copy = transaction;
  copy.OnEvent(Event::kDeadline);
  EXPECT_EQ(Sums(copy), Strings{"DEFER MAIL_FROM LOCAL DEADLINE"});
  EXPECT_EQ(Sums(transaction), Strings{"OPEN"});
  EXPECT_EQ(transaction.next(), Next::kReadReply);
}

TEST(TransactionTest, AThousandRecipientsGoThrough) {  // G24, G25
  Transaction transaction(RequestTo(1000), {}, 50);
  Strings answers(1001, "250 ok");
  answers.push_back("354 go");
  answers.push_back("250 ok");
  Play(transaction, answers);
  EXPECT_EQ(Sums(transaction), Strings(1000, kOk));
}

// --- LMTP (RFC 2033) -----------------------------------------------------------------------------

// After the message each recipient that was accepted has a reply of its own, in order.
TEST(TransactionTest, LmtpAnswersEachRecipient) {
  constexpr RelayProtocol kLmtp = RelayProtocol::kLmtp;
  for (const Row& row : {
           Row{"J17 mixed",
               {"250 ok", "250 ok", "550 no", "250 ok", "250 ok", "354 go", "250 in", "452 full",
                "552 never"},
               {"OK FINAL_REPLY NONE 250", "FAIL RCPT_TO RECIPIENT 550",
                "DEFER FINAL_REPLY RECIPIENT 452", "FAIL FINAL_REPLY RECIPIENT 552"},
               kKeep,
               {},
               kLmtp},
           Row{"J17 one",
               {"250 ok", "250 ok", "354 go", "250 in"},
               {"OK FINAL_REPLY NONE 250"},
               kKeep,
               {},
               kLmtp},
           Row{"J18 closed",
               {"250 ok", "250 ok", "250 ok", "250 ok", "354 go", "250 in", "!closed"},
               {"OK FINAL_REPLY NONE 250", "UNKNOWN FINAL_REPLY HOST CONNECTION_LOST",
                "UNKNOWN FINAL_REPLY HOST CONNECTION_LOST"},
               kAbort,
               {},
               kLmtp},
           Row{"J18 timeout",
               {"250 ok", "250 ok", "250 ok", "354 go", "552 never", "!timeout"},
               {"FAIL FINAL_REPLY RECIPIENT 552", "UNKNOWN FINAL_REPLY HOST TIMEOUT"},
               kAbort,
               {},
               kLmtp},
           Row{"J18 garbage",
               {"250 ok", "250 ok", "250 ok", "354 go", "250 in", "!malformed"},
               {"OK FINAL_REPLY NONE 250", "UNKNOWN FINAL_REPLY HOST MALFORMED_REPLY"},
               kAbort,
               {},
               kLmtp},
           // It says 421 to one, and by that nothing about the next.
           Row{"J18 421",
               {"250 ok", "250 ok", "250 ok", "250 ok", "354 go", "250 in", "421 bye"},
               {"OK FINAL_REPLY NONE 250", "DEFER FINAL_REPLY HOST 421",
                "UNKNOWN FINAL_REPLY HOST CONNECTION_LOST"},
               kAbort,
               {},
               kLmtp},
           Row{"J18 354",
               {"250 ok", "250 ok", "250 ok", "354 go", "354 go"},
               {"UNKNOWN FINAL_REPLY HOST 354", "UNKNOWN FINAL_REPLY HOST CONNECTION_LOST"},
               kAbort,
               {},
               kLmtp},
           Row{"J18 deadline",
               {"250 ok", "250 ok", "250 ok", "354 go", "!deadline"},
               {"UNKNOWN FINAL_REPLY LOCAL DEADLINE", "UNKNOWN FINAL_REPLY LOCAL DEADLINE"},
               kAbort,
               {},
               kLmtp},
           // Postponed recipients wait for the next transaction, whatever the others came to.
           Row{"J17 postponed",
               {"250 ok", "250 ok", "452 4.5.3 too many", "354 go", "552 never"},
               {"FAIL FINAL_REPLY RECIPIENT 552", "OPEN"},
               kKeep,
               {1},
               kLmtp},
       }) {
    for (const std::size_t window : {kLockStep, kPipelined}) Check(row, window);
  }
}

// A go-ahead for nobody: how many replies "." would get cannot be known.
TEST(TransactionTest, LmtpSendsNoMessageForNobody) {
  Transaction transaction(RequestTo(1), {}, kPipelined, RelayProtocol::kLmtp);
  EXPECT_EQ(Play(transaction, {"250 ok", "550 no", "354 go"}),
            (Strings{"MAIL FROM:<s@example.org>", "RCPT TO:<r1@example.org>", "DATA"}));
  EXPECT_EQ(Sums(transaction), (Strings{"FAIL RCPT_TO RECIPIENT 550"}));
  EXPECT_EQ(transaction.fate(), kAbort);
}

// With one reply too many each may be a neighbour's: where they differ none is believed.
TEST(TransactionTest, LmtpRepliesThatAreOneTooManyAreNotBelievedWhereTheyDiffer) {
  for (const bool differ : {false, true}) {
    Transaction transaction(RequestTo(3), {}, kPipelined, RelayProtocol::kLmtp);
    Play(transaction, {"250 ok", "250 ok", "550 no", "250 ok", "354 go", "250 in",
                       differ ? "552 never" : "250 in"});
    transaction.OnEvent(Event::kUnsolicitedData);
    const std::string unknown = "UNKNOWN FINAL_REPLY HOST UNSOLICITED_DATA";
    const std::string delivered = "OK FINAL_REPLY NONE 250";
    EXPECT_EQ(Sums(transaction),
              differ ? (Strings{unknown, "FAIL RCPT_TO RECIPIENT 550", unknown})
                     : (Strings{delivered, "FAIL RCPT_TO RECIPIENT 550", delivered}));
    EXPECT_EQ(transaction.fate(), kAbort);
  }
}

}  // namespace
}  // namespace postern::client
