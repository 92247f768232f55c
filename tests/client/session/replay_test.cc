// Good dialogues, played again in every way in which a network and a server can spoil them: cut
// into pieces at each octet, which must change nothing; and broken off at each octet by the end, a
// reset, silence or nonsense, where what is known must be right and nothing may be claimed.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/session/smtp_session.h"
#include "tests/client/session/session_lab.h"
#include "tests/fakes/offline_transport.h"

namespace postern::client {
namespace {

using fakes::OfflineClock;
using fakes::OfflineDialogue;
using fakes::OfflineTransport;

constexpr char kMessage[] = "Subject: x\r\n\r\n.dot\r\n250 no reply\r\n";
constexpr char kTerminated[] = "Subject: x\r\n\r\n..dot\r\n250 no reply\r\n.\r\n";

struct Dialogue {
  const char* name;
  std::size_t recipients;
  // What the server says each time when it is waited for. Every text of a refusal stands once.
  std::vector<std::string> segments;
  RelayProtocol protocol = RelayProtocol::kSmtp;
  std::size_t transactions = 1;
};

const std::vector<Dialogue>& Dialogues() {
  static const auto& dialogues = *new std::vector<Dialogue>{
      {"plain",
       1,
       {"220 hi\r\n", "250 hi\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n",
        "250 2.0.0 queued as 1\r\n"}},
      {"in several lines",
       1,
       {"220-hi\r\n220-there\r\n220 all\r\n", "250-hi\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n",
        "250-2.1.0 fine\r\n250 2.1.0 ok\r\n", "250-ok\r\n250 ok\r\n", "354-well\r\n354 go\r\n",
        "250-2.0.0 queued\r\n250 2.0.0 as 1\r\n"}},
      {"lines that end in LF alone",
       1,
       {"220 hi\n", "250-hi\n250 SIZE\n", "250 ok\n", "250 ok\n", "354 go\n", "250 queued\n"}},
      {"bare codes", 1, {"220\r\n", "250\r\n", "250\r\n", "250\r\n", "354\r\n", "250\r\n"}},
      {"HELO",
       1,
       {"220 hi\r\n", "502 5.5.1 what\r\n", "250 hi\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n",
        "250 queued\r\n"}},
      {"mixed, one at a time",
       4,
       {"220 hi\r\n", "250 hi\r\n", "250 ok\r\n", "550 5.1.1 nobody\r\n", "250 ok\r\n",
        "450 4.2.1 later\r\n", "251 ok\r\n", "354 go\r\n", "250 queued\r\n"}},
      {"mixed, pipelined",
       4,
       {"220 hi\r\n", "250-hi\r\n250 PIPELINING\r\n",
        "250 ok\r\n550-5.1.1 nobody\r\n550 5.1.1 here\r\n250 ok\r\n450 4.2.1 later\r\n251 ok\r\n"
        "354 go\r\n",
        "250 queued\r\n"}},
      {"all refused, one at a time",
       2,
       {"220 hi\r\n", "250 hi\r\n", "250 ok\r\n", "550 5.1.1 not one\r\n",
        "550 5.1.1 not two\r\n"}},
      {"all refused, pipelined",
       2,
       {"220 hi\r\n", "250-hi\r\n250 PIPELINING\r\n",
        "250 ok\r\n550 5.1.1 not one\r\n550 5.1.1 not two\r\n354 go\r\n", "554 5.5.1 nobody\r\n"}},
      {"refused after the message",
       2,
       {"220 hi\r\n", "250 hi\r\n", "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n",
        "554 5.7.1 spam\r\n"}},
      {"put off after the message",
       1,
       {"220 hi\r\n", "250 hi\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n",
        "451 4.7.1 greylisted\r\n"}},
      {"more recipients than at once",
       3,
       {"220 hi\r\n", "250-hi\r\n250 PIPELINING\r\n",
        "250 ok\r\n250 ok\r\n250 ok\r\n452 4.5.3 too many\r\n354 go\r\n", "250 queued\r\n",
        "250 ok\r\n250 ok\r\n354 go\r\n", "250 queued\r\n"}},
      {"two messages",
       1,
       {"220 hi\r\n", "250 hi\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 queued\r\n",
        "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 queued\r\n"},
       RelayProtocol::kSmtp,
       2},
      {"LMTP",
       3,
       {"220 hi\r\n", "250-hi\r\n250 PIPELINING\r\n",
        "250 ok\r\n250 ok\r\n550 5.1.1 nobody\r\n250 ok\r\n354 go\r\n",
        "250 2.0.0 in\r\n552 5.2.2 full\r\n"},
       RelayProtocol::kLmtp},
  };
  return dialogues;
}

std::string TextOf(const Dialogue& dialogue) {
  std::string text;
  for (const std::string& segment : dialogue.segments)
    text += segment + OfflineDialogue::kSegmentEnd;
  return text;
}

struct Played {
  std::vector<Outcome> outcomes;  // of the last transaction that was begun, or of Open
  std::size_t messages_before = 0;
  OfflineDialogue dialogue;

  std::vector<std::string> Sums() const {
    std::vector<std::string> sums;
    for (const Outcome& outcome : outcomes) {
      std::string sum(Name(outcome.verdict.disposition));
      sum.append(" ").append(outcome.verdict.reason);
      if (outcome.reply) {
        sum += " " + std::to_string(outcome.reply->code);
        for (const std::string& line : outcome.reply->lines) sum += "|" + line;
      }
      sums.push_back(sum);
    }
    return sums;
  }
};

Played Play(const Dialogue& dialogue, std::string_view server) {
  Played played;
  played.dialogue.server = server;
  played.dialogue.terminator = kTerminated;
  OfflineClock clock;
  const std::shared_ptr<const Message> message = MessageOf(kMessage);
  const auto run = [&]() -> boost::asio::awaitable<void> {
    SessionSettings settings;
    settings.ehlo_hostname = "client.example.org";
    settings.protocol = dialogue.protocol;
    SmtpSession session(std::make_unique<OfflineTransport>(played.dialogue, clock), settings, clock,
                        nullptr);
    std::optional<Outcome> refused = co_await session.Open();
    if (refused) played.outcomes.assign(dialogue.recipients, *refused);
    std::vector<std::string> recipients;
    for (std::size_t i = 0; i < dialogue.recipients; ++i)
      recipients.push_back("r" + std::to_string(i) + "@example.org");
    for (std::size_t i = 0; i < dialogue.transactions && session.usable(); ++i) {
      played.messages_before = played.dialogue.messages;
      TransactionResult result = co_await session.Send(
          RequestFor(recipients, *message), [&message]() -> std::unique_ptr<BodySource> {
            return std::make_unique<MessageBodySource>(message);
          });
      played.outcomes = std::move(result.outcomes);
    }
    session.Close();
  };
  boost::asio::io_context context;
  bool ended = false;
  boost::asio::co_spawn(
      context, run(), [&ended](const std::exception_ptr& escaped) { ended = escaped == nullptr; });
  context.run();
  EXPECT_TRUE(ended);
  return played;
}

// M1.
TEST(ReplayTest, M1_EveryWayToCutADialogueGivesTheSame) {
  for (const Dialogue& dialogue : Dialogues()) {
    SCOPED_TRACE(dialogue.name);
    const std::string text = TextOf(dialogue);
    const Played whole = Play(dialogue, text);
    std::string everywhere;
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      std::string pieces = text;
      pieces.insert(cut, 1, OfflineDialogue::kSegmentEnd);
      const Played played = Play(dialogue, pieces);
      ASSERT_EQ(played.Sums(), whole.Sums()) << "cut at octet " << cut;
      ASSERT_EQ(played.dialogue.written, whole.dialogue.written) << "cut at octet " << cut;
      if (cut < text.size()) everywhere.append({text[cut], OfflineDialogue::kSegmentEnd});
    }
    const Played dripped = Play(dialogue, everywhere);
    EXPECT_EQ(dripped.Sums(), whole.Sums());
    EXPECT_EQ(dripped.dialogue.written, whole.dialogue.written);
  }
}

struct Ending {
  const char* name;
  std::string octets;
  bool is_nonsense = false;
};

const std::vector<Ending>& Endings() {
  static const auto& endings = *new std::vector<Ending>{
      {"the end", ""},
      {"a reset", {OfflineDialogue::kReset}},
      {"silence", {OfflineDialogue::kSilence}},
      {"nonsense", std::string("\0\x01no reply\r\n", 12), true},
  };
  return endings;
}

bool HasWholeReply(std::string_view octets) {
  ReplyParser parser;
  return parser.Feed(octets) == ReplyParser::Result::kReply;
}

// What must hold of a dialogue that was `kept` up to some octet and then spoiled.
void Check(const Dialogue& dialogue, const Played& whole, const Played& spoiled,
           std::string_view kept, const Ending& ending) {
  ASSERT_EQ(spoiled.outcomes.size(), dialogue.recipients);
  const std::size_t messages = spoiled.dialogue.messages - spoiled.messages_before;
  const bool had_message = messages > 0;
  for (std::size_t i = 0; i < spoiled.outcomes.size(); ++i) {
    const Outcome& outcome = spoiled.outcomes[i];
    const Disposition disposition = outcome.verdict.disposition;
    ASSERT_NE(disposition, Disposition::kNotAttempted);
    // R6.
    if (disposition == Disposition::kDelivered) {
      ASSERT_TRUE(had_message);
      ASSERT_TRUE(outcome.reply && outcome.reply->positive());
    }
    // R9, R10: unknown is for those alone whose message was handed over, and for this host alone.
    if (disposition == Disposition::kUnknown) {
      ASSERT_TRUE(had_message);
      ASSERT_FALSE(outcome.verdict.next_host);
    }
    // R2, R8: what is not known is no verdict on the mail.
    if (disposition == Disposition::kPermanentFailure) {
      ASSERT_TRUE(outcome.reply && outcome.reply->permanent());
    }
    // R4: a refusal that was read stays, unless nonsense shows that replies are out of step.
    if (spoiled.outcomes.size() != whole.outcomes.size()) continue;
    const Outcome& meant = whole.outcomes[i];
    if (meant.stage != Stage::kRcptTo || !meant.reply || ending.is_nonsense) continue;
    const std::string last_line = meant.reply->lines.back() + "\r\n";
    if (meant.verdict.disposition == Disposition::kPermanentFailure &&
        kept.find(last_line) != std::string_view::npos) {
      ASSERT_EQ(outcome.reply->lines, meant.reply->lines);
    }
  }
  // R5, R10: the message is out and no answer is in. (Of two transactions that shared the
  // recipients, the first has had its answer.)
  if (messages == 1 && !HasWholeReply(spoiled.dialogue.after_message)) {
    for (const Outcome& outcome : spoiled.outcomes) {
      ASSERT_NE(outcome.verdict.disposition, Disposition::kDelivered);
      if (outcome.stage == Stage::kFinalReply) {
        ASSERT_EQ(outcome.verdict.disposition, Disposition::kUnknown);
      }
    }
  }
  // R3, R7: nothing was said that would not have been said in the good dialogue.
  std::string_view written = spoiled.dialogue.written;
  if (written.ends_with("QUIT\r\n")) written.remove_suffix(6);
  ASSERT_TRUE(std::string_view(whole.dialogue.written).starts_with(written)) << written;
}

TEST(ReplayTest, WhereverADialogueBreaksOffNothingFalseIsClaimed) {
  for (const Dialogue& dialogue : Dialogues()) {
    const std::string text = TextOf(dialogue);
    const Played whole = Play(dialogue, text);
    for (const Ending& ending : Endings()) {
      for (std::size_t cut = 0; cut < text.size(); ++cut) {
        SCOPED_TRACE(std::string(dialogue.name) + ", " + ending.name + " at octet " +
                     std::to_string(cut));
        const std::string kept = text.substr(0, cut);
        const Played spoiled = Play(dialogue, kept + ending.octets);
        Check(dialogue, whole, spoiled, kept, ending);
        if (HasFatalFailure()) return;
      }
    }
  }
}

}  // namespace
}  // namespace postern::client
