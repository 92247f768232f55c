// A whole session against a server that says anything, at any time. Whatever it says, nobody is
// delivered without a 2xx after the message, nobody is unknown before it, a refusal stays, nothing
// but whole commands and the message is written, and it ends. No network: the server's octets come
// from the input. Input: one octet of settings, then the server's side of the dialogue, in which
// 0xFF ends a segment (what follows comes only when it is waited for), 0xFE is a reset and 0xFD
// silence until the limit.

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/session/smtp_session.h"
#include "common/message.h"
#include "tests/fakes/offline_transport.h"

namespace postern::client {
namespace {

using boost::asio::awaitable;
using fakes::OfflineClock;
using fakes::OfflineDialogue;
using fakes::OfflineTransport;

constexpr std::string_view kMessage = "Subject: x\r\n\r\n.\r\n..dots\r\n250 no reply\r\n";
constexpr std::string_view kStuffed = "Subject: x\r\n\r\n..\r\n...dots\r\n250 no reply\r\n.\r\n";

struct Settings {
  explicit Settings(std::uint8_t octet)
      : recipients(1 + (octet & 3U)),
        protocol((octet & 4U) != 0 ? RelayProtocol::kLmtp : RelayProtocol::kSmtp),
        lock_step((octet & 8U) != 0),
        octets_per_write((octet & 16U) != 0 ? 7 : SIZE_MAX),
        transactions((octet & 32U) != 0 ? 2 : 1),
        eight_bit((octet & 64U) != 0) {}

  std::size_t recipients;
  RelayProtocol protocol;
  bool lock_step;
  std::size_t octets_per_write;
  std::size_t transactions;
  bool eight_bit;
};

TransactionRequest RequestFor(const Settings& settings) {
  TransactionRequest request;
  request.mail_from = Mailbox::Parse("s@example.org").value();
  for (std::size_t i = 0; i < settings.recipients; ++i) {
    const std::string address = "r" + std::to_string(i) + "@example.org";
    request.recipients.push_back({Mailbox::Parse(address).value(), {}, ""});
  }
  request.message_size = kMessage.size();
  request.eight_bit = settings.eight_bit;
  return request;
}

std::size_t AcceptancesIn(std::string_view octets) {
  std::size_t count = 0;
  while (!octets.empty()) {
    const std::size_t end = std::min(octets.find('\n'), octets.size());
    count += octets.front() == '2';
    octets.remove_prefix(std::min(end + 1, octets.size()));
  }
  return count;
}

// What one transaction (or several that shared its recipients) came to. `messages`: how many went
// out for it; `last`: what the server said after the last of them.
void Check(const TransactionResult& result, const Settings& settings, std::size_t messages,
           std::string_view last) {
  if (result.outcomes.size() != settings.recipients) std::abort();
  std::size_t delivered = 0;
  for (const Outcome& outcome : result.outcomes) {
    const Disposition disposition = outcome.verdict.disposition;
    if (disposition == Disposition::kNotAttempted) std::abort();
    if (outcome.detail.empty() || outcome.verdict.reason.empty()) std::abort();
    // R6, and unknown only when the message was there.
    const bool had_message =
        disposition == Disposition::kDelivered || disposition == Disposition::kUnknown;
    if (had_message && messages == 0) std::abort();
    if (disposition == Disposition::kDelivered) {
      if (!outcome.reply || !outcome.reply->positive()) std::abort();
      ++delivered;
    }
    // R9.
    if (disposition == Disposition::kUnknown && outcome.verdict.next_host) std::abort();
    // R1, R8: only a refusal in words or our own reading of the offer is for good.
    if (disposition == Disposition::kPermanentFailure && outcome.reply &&
        !outcome.reply->permanent())
      std::abort();
  }
  // With one message out, its acceptances stand behind it.
  if (delivered > 0 && messages == 1) {
    const std::size_t needed = settings.protocol == RelayProtocol::kLmtp ? delivered : 1;
    if (AcceptancesIn(last) < needed) std::abort();
  }
}

// Nothing but whole command lines and the message, as it must be.
void CheckWritten(std::string_view written) {
  while (!written.empty()) {
    const std::size_t end = written.find("\r\n");
    if (end == std::string_view::npos) return;  // cut off by the end of the connection
    const std::string_view line = written.substr(0, end + 2);
    written.remove_prefix(end + 2);
    if (line.find_first_of("\r\n") != end) std::abort();
    if (!line.starts_with("DATA") || written.empty()) continue;
    // No message follows a DATA that was refused, and an empty one a DATA that should have been.
    constexpr std::string_view kOthers[] = {".\r\n", "QUIT\r\n", "RSET\r\n", "MAIL FROM:<"};
    const auto follows = [&](std::string_view start) { return written.starts_with(start); };
    if (std::ranges::any_of(kOthers, follows)) continue;
    const std::size_t size = std::min(written.size(), kStuffed.size());
    if (written.substr(0, size) != kStuffed.substr(0, size)) std::abort();
    written.remove_prefix(size);
  }
}

awaitable<void> Converse(const Settings& settings, OfflineDialogue& wire, OfflineClock& clock) {
  SessionSettings session_settings;
  session_settings.ehlo_hostname = "client.example.org";
  session_settings.protocol = settings.protocol;
  session_settings.lock_step = settings.lock_step;
  session_settings.transcript = TranscriptLevel::kFull;
  SmtpSession session(std::make_unique<OfflineTransport>(wire, clock, settings.octets_per_write),
                      session_settings, clock, nullptr);
  const std::optional<Outcome> refused = co_await session.Open();
  if (refused && (refused->verdict.disposition == Disposition::kDelivered ||
                  refused->verdict.disposition == Disposition::kUnknown))
    std::abort();
  const auto message =
      std::get<std::shared_ptr<const Message>>(Message::FromRaw(std::string(kMessage)));
  const std::function<std::unique_ptr<BodySource>()> make_body =
      [message]() -> std::unique_ptr<BodySource> {
    return std::make_unique<MessageBodySource>(message);
  };
  for (std::size_t i = 0; i < settings.transactions && session.usable(); ++i) {
    const std::size_t before = wire.messages;
    TransactionResult result = co_await session.Send(RequestFor(settings), make_body);
    Check(result, settings, wire.messages - before, wire.after_message);
    if (session.awaiting_final_reply()) std::abort();
  }
  session.Close();
  if (session.usable()) std::abort();
}

}  // namespace
}  // namespace postern::client

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace postern::client;  // NOLINT(google-build-using-namespace)
  if (size < 1) return 0;
  const Settings settings(data[0]);
  OfflineDialogue wire;
  wire.terminator = kStuffed;
  wire.server = std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1);
  OfflineClock clock;
  bool ended = false;
  boost::asio::io_context context;
  boost::asio::co_spawn(context, Converse(settings, wire, clock),
                        [&](const std::exception_ptr& escaped) {
                          if (escaped) std::abort();
                          ended = true;
                        });
  context.run();
  if (!ended) std::abort();
  CheckWritten(wire.written);
  return 0;
}
