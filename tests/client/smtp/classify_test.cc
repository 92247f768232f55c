#include "client/smtp/classify.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <vector>

// One row per case of docs/wire-cases.md that a single reply or event decides; what a whole
// transaction makes of them is in transaction_test, what a session does in smtp_session_test.
namespace postern::client {
namespace {

constexpr Disposition kDelivered = Disposition::kDelivered;
constexpr Disposition kTransient = Disposition::kTransientFailure;
constexpr Disposition kPermanent = Disposition::kPermanentFailure;
constexpr Disposition kUnknown = Disposition::kUnknown;
constexpr Disposition kGoOn = Disposition::kNotAttempted;
constexpr ConnectionFate kKeep = ConnectionFate::kKeep;
constexpr ConnectionFate kQuit = ConnectionFate::kQuit;
constexpr ConnectionFate kAbort = ConnectionFate::kAbort;
constexpr bool kYes = true;
constexpr bool kNo = false;

// From "550 5.1.1 text", through the real parser.
Reply ReplyOf(const std::string& line) {
  ReplyParser parser;
  const std::string octets = line + "\r\n";
  std::string_view input = octets;
  EXPECT_EQ(parser.Feed(input), ReplyParser::Result::kReply) << line;
  return parser.TakeReply();
}

// --- Replies -------------------------------------------------------------------------------------

struct ReplyRow {
  const char* id;
  Stage stage;
  const char* reply;
  Disposition disposition;
  Scope scope;
  const char* reason;
  const char* enhanced;
  ConnectionFate fate;
  bool next_host;
};

const ReplyRow kReplyRows[] = {
    // Greeting.
    {"B1", Stage::kGreeting, "220", kGoOn, Scope::kNone, "REPLY_2XX", "2.0.0", kKeep, kNo},
    {"B2", Stage::kGreeting, "421 4.3.2 busy", kTransient, Scope::kHost, "SERVER_CLOSING", "4.3.2",
     kAbort, kYes},
    {"B3", Stage::kGreeting, "450 later", kTransient, Scope::kHost, "REPLY_4XX", "4.3.2", kQuit,
     kYes},
    {"B4", Stage::kGreeting, "554 no", kTransient, Scope::kHost, "REPLY_5XX", "4.3.2", kQuit, kYes},
    {"B4 enhanced", Stage::kGreeting, "554 5.7.1 no", kTransient, Scope::kHost, "REPLY_5XX",
     "4.7.1", kQuit, kYes},
    {"B5", Stage::kGreeting, "521 no mail", kPermanent, Scope::kHost, "HOST_TAKES_NO_MAIL", "5.3.2",
     kQuit, kYes},
    {"B6", Stage::kGreeting, "556 no mail", kTransient, Scope::kHost, "REPLY_5XX", "4.3.2", kQuit,
     kYes},
    {"B7", Stage::kGreeting, "354 go", kTransient, Scope::kHost, "UNEXPECTED_REPLY", "4.5.0",
     kAbort, kYes},
    {"B8", Stage::kGreeting, "299 odd", kGoOn, Scope::kNone, "REPLY_2XX", "2.0.0", kKeep, kNo},
    // EHLO and HELO.
    {"C1", Stage::kEhlo, "250 hi", kGoOn, Scope::kNone, "REPLY_2XX", "2.0.0", kKeep, kNo},
    {"C3", Stage::kEhlo, "451 later", kTransient, Scope::kHost, "REPLY_4XX", "4.0.0", kQuit, kYes},
    {"C4", Stage::kEhlo, "421 bye", kTransient, Scope::kHost, "SERVER_CLOSING", "4.3.2", kAbort,
     kYes},
    {"C5", Stage::kEhlo, "550 who", kTransient, Scope::kIdentity, "EHLO_REFUSED", "4.7.1", kQuit,
     kYes},
    {"C6", Stage::kEhlo, "450 4.4.0 later", kTransient, Scope::kHost, "REPLY_4XX", "4.4.0", kQuit,
     kYes},
    {"C14", Stage::kEhlo, "550 5.7.25 no PTR", kTransient, Scope::kIdentity, "EHLO_REFUSED",
     "4.7.25", kQuit, kYes},
    {"C 3xx", Stage::kEhlo, "354 go", kTransient, Scope::kHost, "UNEXPECTED_REPLY", "4.5.0", kAbort,
     kYes},
    // MAIL.
    {"F ok", Stage::kMailFrom, "250 ok", kGoOn, Scope::kNone, "REPLY_2XX", "2.0.0", kKeep, kNo},
    {"F1 450", Stage::kMailFrom, "450 x", kTransient, Scope::kMessage, "REPLY_4XX", "4.0.0", kKeep,
     kYes},
    {"F1 451", Stage::kMailFrom, "451 4.7.1 x", kTransient, Scope::kMessage, "REPLY_4XX", "4.7.1",
     kKeep, kYes},
    {"F1 452", Stage::kMailFrom, "452 x", kTransient, Scope::kMessage, "REPLY_4XX", "4.0.0", kKeep,
     kYes},
    {"F1 455", Stage::kMailFrom, "455 x", kTransient, Scope::kMessage, "REPLY_4XX", "4.0.0", kKeep,
     kYes},
    {"F2", Stage::kMailFrom, "421 bye", kTransient, Scope::kHost, "SERVER_CLOSING", "4.3.2", kAbort,
     kYes},
    {"F3", Stage::kMailFrom, "550 no", kPermanent, Scope::kMessage, "REPLY_5XX", "5.0.0", kKeep,
     kNo},
    {"F4", Stage::kMailFrom, "552 5.3.4 big", kPermanent, Scope::kMessage, "REPLY_5XX", "5.3.4",
     kKeep, kNo},
    {"F5", Stage::kMailFrom, "452 4.3.1 full", kTransient, Scope::kMessage, "REPLY_4XX", "4.3.1",
     kKeep, kYes},
    {"F6 at last", Stage::kMailFrom, "555 what", kPermanent, Scope::kMessage, "REPLY_5XX", "5.0.0",
     kKeep, kNo},
    {"F7", Stage::kMailFrom, "503 nested", kTransient, Scope::kHost, "BAD_SEQUENCE", "4.5.0",
     kAbort, kYes},
    {"F8", Stage::kMailFrom, "354 go", kTransient, Scope::kHost, "UNEXPECTED_REPLY", "4.5.0",
     kAbort, kYes},
    {"F11", Stage::kMailFrom, "550 5.7.25 x", kPermanent, Scope::kIdentity, "SOURCE_BLOCKED",
     "5.7.25", kKeep, kNo},
    {"F11 per code", Stage::kMailFrom, "550 5.7.1 x", kPermanent, Scope::kMessage, "REPLY_5XX",
     "5.7.1", kKeep, kNo},
    {"F12", Stage::kMailFrom, "250 5.1.0 ok", kGoOn, Scope::kNone, "REPLY_2XX", "2.0.0", kKeep,
     kNo},
    {"F13", Stage::kMailFrom, "550 5.1.7 x", kPermanent, Scope::kMessage, "REPLY_5XX", "5.1.7",
     kKeep, kNo},
    {"D25, E7", Stage::kMailFrom, "530 5.7.0 x", kTransient, Scope::kMessage,
     "AUTH_OR_TLS_REQUIRED", "4.7.0", kQuit, kNo},
    // RCPT.
    {"G1 250", Stage::kRcptTo, "250 2.1.5 ok", kGoOn, Scope::kNone, "REPLY_2XX", "2.1.5", kKeep,
     kNo},
    {"G1 251", Stage::kRcptTo, "251 forwarded", kGoOn, Scope::kNone, "REPLY_2XX", "2.0.0", kKeep,
     kNo},
    {"G1 252", Stage::kRcptTo, "252 perhaps", kGoOn, Scope::kNone, "REPLY_2XX", "2.0.0", kKeep,
     kNo},
    {"G2", Stage::kRcptTo, "550 5.1.1 x", kPermanent, Scope::kRecipient, "REPLY_5XX", "5.1.1",
     kKeep, kNo},
    {"G3", Stage::kRcptTo, "450 4.2.1 x", kTransient, Scope::kRecipient, "REPLY_4XX", "4.2.1",
     kKeep, kYes},
    {"G10 first", Stage::kRcptTo, "452 4.5.3 x", kTransient, Scope::kRecipient, "REPLY_4XX",
     "4.5.3", kKeep, kYes},
    {"G12", Stage::kRcptTo, "552 5.2.2 full", kPermanent, Scope::kRecipient, "REPLY_5XX", "5.2.2",
     kKeep, kNo},
    {"G13", Stage::kRcptTo, "452 4.2.2 full", kTransient, Scope::kRecipient, "REPLY_4XX", "4.2.2",
     kKeep, kYes},
    {"G14", Stage::kRcptTo, "421 4.7.0 bye", kTransient, Scope::kHost, "SERVER_CLOSING", "4.7.0",
     kAbort, kYes},
    {"G17", Stage::kRcptTo, "354 go", kTransient, Scope::kRecipient, "UNEXPECTED_REPLY", "4.5.0",
     kAbort, kYes},
    {"G22 550", Stage::kRcptTo, "550 4.1.1 x", kPermanent, Scope::kRecipient, "REPLY_5XX", "5.0.0",
     kKeep, kNo},
    {"G22 450", Stage::kRcptTo, "450 5.1.1 x", kTransient, Scope::kRecipient, "REPLY_4XX", "4.0.0",
     kKeep, kYes},
    {"G23", Stage::kRcptTo, "550 5.7.2", kPermanent, Scope::kRecipient, "REPLY_5XX", "5.7.2", kKeep,
     kNo},
    {"G27", Stage::kRcptTo, "450 4.7.1 grey", kTransient, Scope::kRecipient, "REPLY_4XX", "4.7.1",
     kKeep, kYes},
    {"G29", Stage::kRcptTo, "551 try there", kPermanent, Scope::kRecipient, "REPLY_5XX", "5.0.0",
     kKeep, kNo},
    {"G30", Stage::kRcptTo, "550 5.6.7 x", kPermanent, Scope::kRecipient, "REPLY_5XX", "5.6.7",
     kKeep, kNo},
    {"M4 599", Stage::kRcptTo, "599 odd", kPermanent, Scope::kRecipient, "REPLY_5XX", "5.0.0",
     kKeep, kNo},
    {"M4 499", Stage::kRcptTo, "499 odd", kTransient, Scope::kRecipient, "REPLY_4XX", "4.0.0",
     kKeep, kYes},
    {"M5", Stage::kRcptTo, "550 5.999.999 x", kPermanent, Scope::kRecipient, "REPLY_5XX", "5.0.0",
     kKeep, kNo},
    // DATA.
    {"H1", Stage::kData, "451 later", kTransient, Scope::kMessage, "REPLY_4XX", "4.0.0", kKeep,
     kYes},
    {"H2", Stage::kData, "554 no", kPermanent, Scope::kMessage, "REPLY_5XX", "5.0.0", kKeep, kNo},
    {"H2 503", Stage::kData, "503 no", kPermanent, Scope::kMessage, "REPLY_5XX", "5.0.0", kKeep,
     kNo},
    {"H4", Stage::kData, "250 ok", kTransient, Scope::kHost, "UNEXPECTED_REPLY", "4.5.0", kAbort,
     kYes},
    {"H5", Stage::kData, "421 bye", kTransient, Scope::kHost, "SERVER_CLOSING", "4.3.2", kAbort,
     kYes},
    {"H8", Stage::kData, "354 go", kGoOn, Scope::kNone, "REPLY_3XX", "", kKeep, kNo},
    // The body is under way.
    {"I2", Stage::kBody, "552 5.3.4 big", kPermanent, Scope::kMessage, "REPLY_5XX", "5.3.4", kAbort,
     kNo},
    {"I3", Stage::kBody, "452 full", kTransient, Scope::kMessage, "REPLY_4XX", "4.0.0", kAbort,
     kYes},
    {"I3 421", Stage::kBody, "421 bye", kTransient, Scope::kHost, "SERVER_CLOSING", "4.3.2", kAbort,
     kYes},
    {"I4", Stage::kBody, "250 ok", kTransient, Scope::kHost, "UNEXPECTED_REPLY", "4.5.0", kAbort,
     kYes},
    {"I5", Stage::kBody, "554 virus", kPermanent, Scope::kMessage, "REPLY_5XX", "5.0.0", kAbort,
     kNo},
    {"I 354", Stage::kBody, "354 go", kTransient, Scope::kHost, "UNEXPECTED_REPLY", "4.5.0", kAbort,
     kYes},
    // The final reply.
    {"J1", Stage::kFinalReply, "250 2.6.0 queued", kDelivered, Scope::kNone, "REPLY_2XX", "2.6.0",
     kKeep, kNo},
    {"J1 bare", Stage::kFinalReply, "250", kDelivered, Scope::kNone, "REPLY_2XX", "2.0.0", kKeep,
     kNo},
    {"J1 any 2xx", Stage::kFinalReply, "299 odd", kDelivered, Scope::kNone, "REPLY_2XX", "2.0.0",
     kKeep, kNo},
    {"J4", Stage::kFinalReply, "451 later", kTransient, Scope::kMessage, "REPLY_4XX", "4.0.0",
     kKeep, kYes},
    {"J5", Stage::kFinalReply, "550 5.7.1 spam", kPermanent, Scope::kMessage, "REPLY_5XX", "5.7.1",
     kKeep, kNo},
    {"J6", Stage::kFinalReply, "421 bye", kTransient, Scope::kHost, "SERVER_CLOSING", "4.3.2",
     kAbort, kYes},
    {"J12", Stage::kFinalReply, "354 go", kUnknown, Scope::kHost, "UNEXPECTED_REPLY", "4.5.0",
     kAbort, kNo},
};

TEST(ClassifyReplyTest, EachCaseHasItsVerdict) {
  for (const ReplyRow& row : kReplyRows) {
    SCOPED_TRACE(row.id);
    const Verdict verdict = ClassifyReply(row.stage, ReplyOf(row.reply));
    EXPECT_EQ(Name(verdict.disposition), Name(row.disposition));
    EXPECT_EQ(Name(verdict.scope), Name(row.scope));
    EXPECT_EQ(verdict.reason, row.reason);
    EXPECT_EQ(verdict.enhanced.ToString(), row.enhanced);
    EXPECT_EQ(verdict.fate, row.fate);
    EXPECT_EQ(verdict.next_host, row.next_host);
    const bool failed = row.disposition != kGoOn && row.disposition != kDelivered;
    EXPECT_EQ(verdict.error_kind, failed ? ErrorKind::kUnexpectedReply : ErrorKind::kNone);
  }
}

constexpr Stage kDialogue[] = {Stage::kGreeting, Stage::kEhlo, Stage::kMailFrom,  Stage::kRcptTo,
                               Stage::kData,     Stage::kBody, Stage::kFinalReply};

TEST(ClassifyReplyTest, TheServersGoodbyeIsTheSameEverywhere) {  // 421, RFC 5321 3.8
  for (const Stage stage : kDialogue) {
    const Verdict verdict = ClassifyReply(stage, ReplyOf("421 closing"));
    EXPECT_EQ(verdict.disposition, kTransient);
    EXPECT_EQ(verdict.scope, Scope::kHost);
    EXPECT_EQ(verdict.fate, kAbort);
    EXPECT_TRUE(verdict.next_host);
  }
}

// R1, R8: every code there is, at every stage.
TEST(ClassifyReplyTest, TheFirstDigitDecides) {
  for (const Stage stage : kDialogue) {
    for (int code = 200; code < 600; ++code) {
      SCOPED_TRACE(std::to_string(code) + " at " + std::string(Info(stage).name));
      Reply reply;
      reply.code = code;
      const Verdict verdict = ClassifyReply(stage, reply);
      if (reply.positive()) {
        const bool wrong = stage == Stage::kData || stage == Stage::kBody;  // H4, I4
        EXPECT_EQ(verdict.disposition, wrong                         ? kTransient
                                       : stage == Stage::kFinalReply ? kDelivered
                                                                     : kGoOn);
      } else if (reply.transient()) {
        EXPECT_EQ(verdict.disposition, kTransient);
      }
      if (verdict.disposition == kPermanent) {
        EXPECT_TRUE(reply.permanent());
      }
      EXPECT_NE(verdict.disposition == kDelivered,
                !reply.positive() || stage != Stage::kFinalReply);
    }
  }
}

TEST(ClassifyReplyTest, WhatIsNoReplysCodeIsOutOfPlace) {
  for (const int code : {0, 199, 600, 999}) {
    Reply reply;
    reply.code = code;
    EXPECT_EQ(ClassifyReply(Stage::kMailFrom, reply).reason, "UNEXPECTED_REPLY");
    EXPECT_EQ(ClassifyReply(Stage::kFinalReply, reply).disposition, kUnknown);
  }
}

// --- Events --------------------------------------------------------------------------------------

struct EventRow {
  const char* id;
  Stage stage;
  Event event;
  Disposition disposition;
  Scope scope;
  ErrorKind kind;
  const char* reason;
  const char* enhanced;
  ConnectionFate fate;
  bool next_host;
};

const EventRow kEventRows[] = {
    // DNS and connect.
    {"A1", Stage::kDns, Event::kDomainNotFound, kPermanent, Scope::kHost, ErrorKind::kDns,
     "DOMAIN_NOT_FOUND", "5.1.2", kAbort, kNo},
    {"A2, A8", Stage::kDns, Event::kDnsFailure, kTransient, Scope::kHost, ErrorKind::kDns,
     "DNS_FAILURE", "4.4.3", kAbort, kYes},
    {"A4, A7", Stage::kDns, Event::kNoAddress, kPermanent, Scope::kHost, ErrorKind::kDns,
     "NO_ADDRESS", "5.4.4", kAbort, kNo},
    {"A5", Stage::kDns, Event::kNullMx, kPermanent, Scope::kHost, ErrorKind::kDns, "NULL_MX",
     "5.1.10", kAbort, kNo},
    {"A9", Stage::kDns, Event::kMxInvalid, kPermanent, Scope::kHost, ErrorKind::kDns, "MX_INVALID",
     "5.4.4", kAbort, kYes},
    {"A12", Stage::kDns, Event::kRoutingLoop, kPermanent, Scope::kHost, ErrorKind::kDns,
     "ROUTING_LOOP", "5.4.6", kAbort, kYes},
    {"A13", Stage::kDns, Event::kAddressProhibited, kPermanent, Scope::kHost, ErrorKind::kDns,
     "ADDRESS_PROHIBITED", "5.4.4", kAbort, kYes},
    {"A14", Stage::kConnect, Event::kConnectFailed, kTransient, Scope::kHost,
     ErrorKind::kConnection, "CONNECT_FAILED", "4.4.1", kAbort, kYes},
    {"A15", Stage::kConnect, Event::kTimeout, kTransient, Scope::kHost, ErrorKind::kConnection,
     "TIMEOUT", "4.4.1", kAbort, kYes},
    {"A16", Stage::kConnect, Event::kSourceUnavailable, kTransient, Scope::kIdentity,
     ErrorKind::kConnection, "SOURCE_UNAVAILABLE", "4.3.5", kAbort, kNo},
    {"A17", Stage::kConnect, Event::kNoSourceOfFamily, kTransient, Scope::kIdentity,
     ErrorKind::kConnection, "NO_SOURCE_OF_FAMILY", "4.4.4", kAbort, kYes},
    {"A18", Stage::kConnect, Event::kLocalResources, kTransient, Scope::kLocal, ErrorKind::kIo,
     "LOCAL_RESOURCES", "4.3.0", kAbort, kNo},
    {"A20, B11", Stage::kGreeting, Event::kClosed, kTransient, Scope::kHost, ErrorKind::kConnection,
     "CONNECTION_LOST", "4.4.2", kAbort, kYes},
    // Greeting and EHLO.
    {"B9, B10", Stage::kGreeting, Event::kMalformedReply, kTransient, Scope::kHost,
     ErrorKind::kUnexpectedReply, "MALFORMED_REPLY", "4.5.0", kAbort, kYes},
    {"B12, B13", Stage::kGreeting, Event::kTimeout, kTransient, Scope::kHost,
     ErrorKind::kConnection, "TIMEOUT", "4.4.2", kAbort, kYes},
    {"B14", Stage::kGreeting, Event::kReplyTooLong, kTransient, Scope::kHost,
     ErrorKind::kUnexpectedReply, "REPLY_TOO_LONG", "4.5.0", kAbort, kYes},
    {"B15", Stage::kEhlo, Event::kUnsolicitedData, kTransient, Scope::kHost,
     ErrorKind::kUnexpectedReply, "UNSOLICITED_DATA", "4.5.0", kAbort, kYes},
    {"C2, C12", Stage::kEhlo, Event::kClosed, kTransient, Scope::kHost, ErrorKind::kConnection,
     "CONNECTION_LOST", "4.4.2", kAbort, kYes},
    {"C7", Stage::kEhlo, Event::kInconsistentReply, kTransient, Scope::kHost,
     ErrorKind::kUnexpectedReply, "INCONSISTENT_REPLY", "4.5.0", kAbort, kYes},
    {"C11", Stage::kEhlo, Event::kReplyTooLong, kTransient, Scope::kHost,
     ErrorKind::kUnexpectedReply, "REPLY_TOO_LONG", "4.5.0", kAbort, kYes},
    {"a bad EHLO name", Stage::kEhlo, Event::kCommandRefused, kTransient, Scope::kIdentity,
     ErrorKind::kIo, "COMMAND_REFUSED", "4.3.5", kAbort, kNo},
    // The envelope.
    {"F9 closed", Stage::kMailFrom, Event::kClosed, kTransient, Scope::kHost,
     ErrorKind::kConnection, "CONNECTION_LOST", "4.4.2", kAbort, kYes},
    {"F9 timeout", Stage::kMailFrom, Event::kTimeout, kTransient, Scope::kHost,
     ErrorKind::kConnection, "TIMEOUT", "4.4.2", kAbort, kYes},
    {"F10", Stage::kRcptTo, Event::kUnsolicitedData, kTransient, Scope::kHost,
     ErrorKind::kUnexpectedReply, "UNSOLICITED_DATA", "4.5.0", kAbort, kYes},
    {"G18", Stage::kRcptTo, Event::kMalformedReply, kTransient, Scope::kHost,
     ErrorKind::kUnexpectedReply, "MALFORMED_REPLY", "4.5.0", kAbort, kYes},
    {"G21", Stage::kRcptTo, Event::kInconsistentReply, kTransient, Scope::kRecipient,
     ErrorKind::kUnexpectedReply, "INCONSISTENT_REPLY", "4.5.0", kQuit, kYes},
    {"G24", Stage::kRcptTo, Event::kTimeout, kTransient, Scope::kHost, ErrorKind::kConnection,
     "TIMEOUT", "4.4.2", kAbort, kYes},
    {"H5", Stage::kData, Event::kClosed, kTransient, Scope::kHost, ErrorKind::kConnection,
     "CONNECTION_LOST", "4.4.2", kAbort, kYes},
    {"H6", Stage::kData, Event::kTimeout, kTransient, Scope::kHost, ErrorKind::kConnection,
     "TIMEOUT", "4.4.2", kAbort, kYes},
    {"H7", Stage::kBody, Event::kUnsolicitedData, kTransient, Scope::kHost,
     ErrorKind::kUnexpectedReply, "UNSOLICITED_DATA", "4.5.0", kAbort, kYes},
    // The body.
    {"I1, I8", Stage::kBody, Event::kClosed, kTransient, Scope::kHost, ErrorKind::kConnection,
     "CONNECTION_LOST", "4.4.2", kAbort, kYes},
    {"I6", Stage::kBody, Event::kTimeout, kTransient, Scope::kHost, ErrorKind::kConnection,
     "TIMEOUT", "4.4.2", kAbort, kYes},
    {"I7", Stage::kBody, Event::kTooSlow, kTransient, Scope::kHost, ErrorKind::kConnection,
     "TOO_SLOW", "4.4.2", kAbort, kYes},
    {"I9, I13", Stage::kBody, Event::kInternalError, kTransient, Scope::kLocal, ErrorKind::kIo,
     "INTERNAL_ERROR", "4.3.0", kAbort, kNo},
    {"I10", Stage::kBody, Event::kCancelled, kTransient, Scope::kLocal, ErrorKind::kIo, "CANCELLED",
     "4.3.0", kAbort, kNo},
    {"I15", Stage::kPlan, Event::kLineTooLong, kPermanent, Scope::kMessage, ErrorKind::kIo,
     "LINE_TOO_LONG", "5.6.0", kAbort, kNo},
    {"I16", Stage::kMailFrom, Event::kEightBitNotOffered, kPermanent, Scope::kMessage,
     ErrorKind::kUnexpectedReply, "EIGHT_BIT_NOT_OFFERED", "5.6.3", kQuit, kYes},
    {"I17", Stage::kMailFrom, Event::kSmtpUtf8NotOffered, kPermanent, Scope::kMessage,
     ErrorKind::kUnexpectedReply, "SMTPUTF8_NOT_OFFERED", "5.6.7", kQuit, kYes},
    {"C1", Stage::kMailFrom, Event::kNoExtensions, kTransient, Scope::kHost,
     ErrorKind::kUnexpectedReply, "NO_EXTENSIONS", "4.7.4", kQuit, kYes},
    {"L6", Stage::kRcptTo, Event::kMailLimit, kTransient, Scope::kHost, ErrorKind::kUnexpectedReply,
     "MAIL_LIMIT", "4.5.3", kQuit, kYes},
    {"I18", Stage::kMailFrom, Event::kMessageTooLarge, kPermanent, Scope::kMessage,
     ErrorKind::kUnexpectedReply, "MESSAGE_TOO_LARGE", "5.3.4", kQuit, kYes},
    {"no LMTP", Stage::kEhlo, Event::kNoLmtp, kTransient, Scope::kHost, ErrorKind::kUnexpectedReply,
     "LMTP_NOT_SPOKEN", "4.5.0", kQuit, kYes},
    // Ours.
    {"no TLS", Stage::kPlan, Event::kNoTls, kTransient, Scope::kLocal, ErrorKind::kTls,
     "TLS_UNAVAILABLE", "4.7.4", kAbort, kNo},
    {"no AUTH", Stage::kPlan, Event::kNoAuth, kTransient, Scope::kLocal, ErrorKind::kIo,
     "AUTH_UNAVAILABLE", "4.7.0", kAbort, kNo},
    {"R10 before a connection", Stage::kDns, Event::kDeadline, kTransient, Scope::kLocal,
     ErrorKind::kIo, "DEADLINE", "4.3.0", kAbort, kNo},
    {"R10, M10", Stage::kRcptTo, Event::kDeadline, kTransient, Scope::kLocal, ErrorKind::kIo,
     "DEADLINE", "4.4.2", kAbort, kNo},
    {"a bad command", Stage::kRcptTo, Event::kCommandRefused, kTransient, Scope::kLocal,
     ErrorKind::kIo, "COMMAND_REFUSED", "4.3.0", kAbort, kNo},
};

TEST(ClassifyEventTest, EachCaseHasItsVerdict) {
  for (const EventRow& row : kEventRows) {
    SCOPED_TRACE(row.id);
    const Verdict verdict = ClassifyEvent(row.stage, row.event);
    EXPECT_EQ(Name(verdict.disposition), Name(row.disposition));
    EXPECT_EQ(Name(verdict.scope), Name(row.scope));
    EXPECT_EQ(Name(verdict.error_kind), Name(row.kind));
    EXPECT_EQ(verdict.reason, row.reason);
    EXPECT_EQ(verdict.enhanced.ToString(), row.enhanced);
    EXPECT_EQ(verdict.fate, row.fate);
    EXPECT_EQ(verdict.next_host, row.next_host);
  }
}

constexpr std::size_t kEventCount = static_cast<std::size_t>(Event::kDeadline) + 1;

TEST(ClassifyEventTest, EveryEventHasARow) {
  std::set<Event> seen;
  for (const EventRow& row : kEventRows) seen.insert(row.event);
  EXPECT_EQ(seen.size(), kEventCount);
}

TEST(ClassifyEventTest, AfterTheTerminatorNothingIsKnownAndNobodyElseIsTried) {  // R9, R10, J7-J12
  for (std::size_t i = 0; i < kEventCount; ++i) {
    const auto event = static_cast<Event>(i);
    const Verdict verdict = ClassifyEvent(Stage::kFinalReply, event, {.terminator_sent = true});
    SCOPED_TRACE(verdict.reason);
    EXPECT_EQ(verdict.disposition, kUnknown);
    EXPECT_FALSE(verdict.next_host);
    EXPECT_EQ(verdict.fate, kAbort);
    EXPECT_EQ(verdict.reason, ClassifyEvent(Stage::kFinalReply, event).reason);
  }
}

TEST(ClassifyEventTest, WhereAllAddressesAreAsciiItIsTheHeaderThatNeedsSmtpUtf8) {  // I17
  for (std::size_t i = 0; i < kEventCount; ++i) {
    const auto event = static_cast<Event>(i);
    const Verdict verdict = ClassifyEvent(Stage::kMailFrom, event, {.ascii_addresses = true});
    const EnhancedCode elsewhere = ClassifyEvent(Stage::kMailFrom, event).enhanced;
    EXPECT_EQ(verdict.enhanced,
              event == Event::kSmtpUtf8NotOffered ? (EnhancedCode{5, 6, 9}) : elsewhere);
  }
}

TEST(ClassifyEventTest, OnTheWayTheCodeAgreesWithTheDisposition) {
  for (std::size_t i = 0; i < kEventCount; ++i) {
    for (std::size_t s = 0; s < kStageCount; ++s) {
      const Verdict verdict = ClassifyEvent(static_cast<Stage>(s), static_cast<Event>(i));
      EXPECT_EQ(verdict.enhanced.klass, verdict.disposition == kPermanent ? 5 : 4)
          << verdict.reason;
      EXPECT_NE(verdict.scope, Scope::kNone) << verdict.reason;
    }
  }
}

TEST(ClassifyEventTest, ReasonsAreUpperSnake) {
  std::set<std::string_view> reasons;
  for (std::size_t i = 0; i < kEventCount; ++i) {
    reasons.insert(ClassifyEvent(Stage::kMailFrom, static_cast<Event>(i)).reason);
  }
  EXPECT_EQ(reasons.size(), kEventCount) << "one for each";
  for (const std::string_view reason : reasons) {
    EXPECT_EQ(reason.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
              std::string_view::npos)
        << reason;
  }
}

// --- Several hosts -------------------------------------------------------------------------------

Verdict Of(Disposition disposition) {
  Verdict verdict;
  verdict.disposition = disposition;
  return verdict;
}

TEST(OutranksTest, SoftOutranksHardAndOfEqualsTheLaterStays) {  // A8, B4, B5
  EXPECT_TRUE(Outranks(Of(kTransient), Of(kPermanent)));
  EXPECT_FALSE(Outranks(Of(kPermanent), Of(kTransient)));
  EXPECT_TRUE(Outranks(Of(kTransient), Of(kTransient)));
  EXPECT_TRUE(Outranks(Of(kPermanent), Of(kPermanent)));
}

TEST(OutranksTest, WhatWasTriedOutranksWhatWasNot) {
  EXPECT_TRUE(Outranks(Of(kPermanent), Of(kGoOn)));
  EXPECT_FALSE(Outranks(Of(kGoOn), Of(kPermanent)));
}

TEST(OutranksTest, ADeliveryAndAnUnknownOneAreNeverDisplacedByAFailure) {
  for (const Disposition failure : {kTransient, kPermanent, kGoOn}) {
    EXPECT_FALSE(Outranks(Of(failure), Of(kUnknown)));
    EXPECT_FALSE(Outranks(Of(failure), Of(kDelivered)));
  }
  EXPECT_FALSE(Outranks(Of(kUnknown), Of(kDelivered)));
}

// --- Words ---------------------------------------------------------------------------------------

// A sentence that ": more" may follow: no line, no full stop, no place left empty.
void ExpectSentence(const std::string& text) {
  EXPECT_GT(text.size(), 10u) << text;
  EXPECT_EQ(text.find_first_of("\r\n"), std::string::npos) << text;
  EXPECT_EQ(text.find('$'), std::string::npos) << text;
  EXPECT_FALSE(text.ends_with('.')) << text;
}

TEST(DescribeTest, EveryEventAtEveryStageHasASentence) {
  for (std::size_t i = 0; i < kEventCount; ++i) {
    for (std::size_t s = 0; s < kStageCount; ++s) {
      ExpectSentence(Describe(static_cast<Stage>(s), static_cast<Event>(i)));
    }
  }
}

TEST(DescribeTest, EveryReplyRowHasASentenceWithItsCodeAndNoneOfItsText) {
  for (const ReplyRow& row : kReplyRows) {
    Reply reply = ReplyOf(row.reply);
    reply.lines = {"REMOTE TEXT"};
    const std::string text = Describe(row.stage, reply);
    ExpectSentence(text);
    EXPECT_NE(text.find(std::to_string(reply.code)), std::string::npos) << text;
    EXPECT_EQ(text.find("REMOTE"), std::string::npos) << text;
  }
}

TEST(DescribeTest, SaysWhatWhereAndWhatNext) {
  EXPECT_EQ(Describe(Stage::kMailFrom, Event::kTimeout),
            "the time limit passed while waiting for the answer to MAIL FROM");
  EXPECT_EQ(Describe(Stage::kRcptTo, ReplyOf("550 5.1.1 no")),
            "the server refused the recipient: the answer to RCPT TO was 550; its words say why");
  EXPECT_EQ(Describe(Stage::kRcptTo, ReplyOf("450 4.7.1 grey")),
            "the server put the recipient off: the answer to RCPT TO was 450; try again later");
}

TEST(DescribeTest, AnUnknownOutcomeWarnsOfADuplicate) {
  EXPECT_NE(Describe(Stage::kFinalReply, Event::kClosed).find("duplicate"), std::string::npos);
  EXPECT_NE(Describe(Stage::kFinalReply, ReplyOf("354 go")).find("duplicate"), std::string::npos);
  EXPECT_EQ(Describe(Stage::kFinalReply, ReplyOf("550 no")).find("duplicate"), std::string::npos);
}

}  // namespace
}  // namespace postern::client
