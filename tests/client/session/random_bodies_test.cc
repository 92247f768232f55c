// What the rules for bodies come to, for messages and pieces as chance has them: what
// goes out is the message and its terminator and nothing that another server could read
// differently; a source that breaks the rules never gets a terminator.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/session/smtp_session.h"
#include "tests/client/session/session_lab.h"
#include "tests/fakes/offline_transport.h"
#include "tests/fakes/scripted_server.h"

namespace postern::client {
namespace {

using boost::asio::awaitable;
using fakes::OfflineClock;
using fakes::OfflineDialogue;
using fakes::OfflineTransport;

constexpr char kServer[] =
    "220 hi\r\n\xFF"
    "250 hi\r\n\xFF"
    "250 ok\r\n\xFF"
    "250 ok\r\n\xFF"
    "354 go\r\n\xFF"
    "250 queued\r\n\xFF";

class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}
  std::size_t Below(std::size_t limit) { return engine_() % limit; }

  // Out of the few octets that matter.
  std::string Text(const std::vector<std::string>& pieces, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += pieces[Below(pieces.size())];
    return text;
  }

 private:
  std::mt19937 engine_;
};

// In pieces of random sizes, none of them empty.
class InPieces final : public BodySource {
 public:
  InPieces(std::string text, Chance& chance) : text_(std::move(text)), chance_(chance) {}

  awaitable<Chunk> Next() override {
    Chunk chunk;
    if (at_ < text_.size()) {
      chunk.status = Status::kChunk;
      chunk.octets = std::string_view(text_).substr(at_, 1 + chance_.Below(9));
      at_ += chunk.octets.size();
    }
    co_return chunk;
  }

 private:
  const std::string text_;
  Chance& chance_;
  std::size_t at_ = 0;
};

struct Sent {
  Outcome outcome;
  std::string body;  // all that followed DATA
};

Sent Send(const std::string& text, Chance& chance) {
  OfflineDialogue dialogue;
  dialogue.server = kServer;
  OfflineClock clock;
  Sent sent;
  const std::vector<std::string> recipients = {"one@example.org"};
  const auto run = [&]() -> awaitable<void> {
    SessionSettings settings;
    settings.ehlo_hostname = "client.example.org";
    SmtpSession session(std::make_unique<OfflineTransport>(dialogue, clock, 1 + chance.Below(30)),
                        settings, clock, nullptr);
    const std::optional<Outcome> refused = co_await session.Open();
    EXPECT_FALSE(refused.has_value());
    TransactionRequest request = RequestFor(recipients, *MessageOf("x\r\n"));
    std::function<std::unique_ptr<BodySource>()> make_body = [&] {
      return std::make_unique<InPieces>(text, chance);
    };
    TransactionResult result = co_await session.Send(std::move(request), std::move(make_body));
    sent.outcome = result.outcomes.at(0);
    const std::size_t data = dialogue.written.find("DATA\r\n");
    if (data != std::string::npos) sent.body = dialogue.written.substr(data + 6);
    session.Close();
  };
  boost::asio::io_context context;
  boost::asio::co_spawn(context, run(),
                        [](const std::exception_ptr& escaped) { EXPECT_EQ(escaped, nullptr); });
  context.run();
  return sent;
}

TEST(RandomBodiesTest, I12_WhatIsSentIsTheMessageAndOneTerminator) {
  const std::vector<std::string> pieces = {
      ".", "..", "\r\n", "\r\n.", "a", "MAIL FROM:<>", "\r\n.\r\n", "QUIT\r\n", "\x80", "\t"};
  for (unsigned seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(seed);
    Chance chance(seed);
    std::string text = chance.Text(pieces, 1 + chance.Below(40));
    const Sent sent = Send(text, chance);
    ASSERT_EQ(sent.outcome.verdict.disposition, Disposition::kDelivered);
    if (!text.ends_with("\r\n")) text += "\r\n";
    ASSERT_TRUE(sent.body.ends_with("\r\n.\r\n") || sent.body == ".\r\n");
    const std::string stuffed = sent.body.substr(0, sent.body.size() - 3);
    ASSERT_EQ(fakes::Unstuff(stuffed), text);
    // No line of it is the terminator, and no CR or LF stands alone.
    ASSERT_FALSE(stuffed.starts_with(".\r\n"));
    ASSERT_EQ(stuffed.find("\r\n.\r\n"), std::string::npos);
    for (std::size_t i = 0; i < sent.body.size(); ++i) {
      const bool lone_lf = sent.body[i] == '\n' && (i == 0 || sent.body[i - 1] != '\r');
      const bool lone_cr = sent.body[i] == '\r' && sent.body.substr(i, 2) != "\r\n";
      ASSERT_FALSE(lone_lf || lone_cr);
    }
  }
}

TEST(RandomBodiesTest, I13_WhatBreaksTheRulesNeverGetsATerminator) {
  const std::vector<std::string> good = {".", "\r\n", "a", "\r\n.", "b"};
  const std::vector<std::string> bad = {"\n",    "\r",      std::string(1, '\0'),
                                        "\n.\n", "\n.\r\n", "\r\r\n"};
  for (unsigned seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(seed);
    Chance chance(seed);
    // "a" around it, so that no neighbour makes it whole.
    const std::string text = chance.Text(good, chance.Below(10)) + "a" +
                             bad[chance.Below(bad.size())] + "a" +
                             chance.Text(good, chance.Below(10));
    const Sent sent = Send(text, chance);
    ASSERT_EQ(sent.outcome.verdict.disposition, Disposition::kTransientFailure);
    ASSERT_EQ(sent.outcome.verdict.reason, "INTERNAL_ERROR");
    ASSERT_EQ(sent.body.find("\r\n.\r\n"), std::string::npos);
    ASSERT_FALSE(sent.body.starts_with(".\r\n"));
  }
}

}  // namespace
}  // namespace postern::client
