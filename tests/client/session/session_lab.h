#ifndef POSTERN_TESTS_CLIENT_SESSION_SESSION_LAB_H_
#define POSTERN_TESTS_CLIENT_SESSION_SESSION_LAB_H_

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/net/event_loop.h"
#include "client/net/interrupt.h"
#include "client/session/smtp_session.h"
#include "common/clock.h"
#include "common/message.h"
#include "tests/fakes/scripted_server.h"

namespace postern::client {

std::shared_ptr<const Message> MessageOf(std::string octets);
// Larger than all that the kernel buffers for a connection, so that a writer must block.
std::shared_ptr<const Message> HugeMessage();
TransactionRequest RequestFor(std::vector<std::string> recipients, const Message& message);

// One session: what it is given and, once it has run, what it came to.
struct Job {
  SessionSettings settings;
  std::vector<std::string> recipients = {"one@example.org"};
  std::shared_ptr<const Message> message = MessageOf("Subject: hi\r\n\r\nhello\r\n");
  std::size_t transactions = 1;
  std::function<std::unique_ptr<BodySource>()> make_body;  // empty: from `message`
  std::shared_ptr<Interrupt> interrupt = std::make_shared<Interrupt>();
  // Called on the loop with the session, as soon as there is one.
  std::function<void(SmtpSession&)> started;

  Job() { settings.ehlo_hostname = "client.example.org"; }
};

struct SessionRun {
  std::optional<Outcome> open_failure;
  std::vector<TransactionResult> sent;
  bool usable_at_end = false;  // before Close
  PipeliningFault fault = PipeliningFault::kNone;
  StageTimings timings{};
  std::vector<TranscriptLine> transcript;
  Capabilities capabilities;
  Duration took{};

  // Of the first recipient.
  const Outcome& outcome() const;
  std::vector<Disposition> dispositions() const;  // of the first transaction
};

// Runs sessions against servers, on a loop of its own.
class SessionLab {
 public:
  std::future<SessionRun> Start(const fakes::ScriptedServer& server, Job job);
  std::future<SessionRun> Start(std::unique_ptr<Transport> transport, const Clock& clock, Job job);
  SessionRun RunJob(const fakes::ScriptedServer& server, Job job = {});
  SessionRun RunJob(std::unique_ptr<Transport> transport, const Clock& clock, Job job);
  // Any thread.
  void Trigger(std::shared_ptr<Interrupt> interrupt,
               InterruptReason reason = InterruptReason::kCancelled);
  EventLoop& loop() { return loop_; }

 private:
  SteadyClock clock_;
  EventLoop loop_;
};

// The result of a future that is known to come soon; fails the test when it does not.
SessionRun Await(std::future<SessionRun> future);

}  // namespace postern::client

#endif  // POSTERN_TESTS_CLIENT_SESSION_SESSION_LAB_H_
