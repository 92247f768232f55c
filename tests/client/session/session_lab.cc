#include "tests/client/session/session_lab.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "client/net/connector.h"

namespace postern::client {
namespace {

using boost::asio::awaitable;

struct Experiment {
  Job job;
  Endpoint endpoint;
  std::unique_ptr<Transport> transport;
  const Clock* clock = nullptr;
  std::promise<SessionRun> result;
};

awaitable<std::unique_ptr<Transport>> Dial(Endpoint endpoint) {
  TcpConnector connector;
  const TimePoint deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  ConnectResult connected = co_await connector.Connect(endpoint, std::nullopt, deadline, nullptr);
  EXPECT_EQ(connected.status, ConnectStatus::kOk) << connected.error;
  co_return std::move(connected.transport);
}

awaitable<void> Perform(std::shared_ptr<Experiment> experiment) {
  Job& job = experiment->job;
  if (experiment->transport == nullptr) {
    experiment->transport = co_await Dial(experiment->endpoint);
    if (experiment->transport == nullptr) co_return;  // a broken promise fails the test
  }
  const TimePoint start = std::chrono::steady_clock::now();
  SmtpSession session(std::move(experiment->transport), job.settings, *experiment->clock,
                      job.interrupt.get());
  if (job.started) job.started(session);
  SessionRun run;
  run.open_failure = co_await session.Open();
  for (std::size_t i = 0; i < job.transactions && !run.open_failure.has_value(); ++i) {
    TransactionResult result =
        co_await session.Send(RequestFor(job.recipients, *job.message), job.make_body);
    run.sent.push_back(std::move(result));
  }
  run.usable_at_end = session.usable();
  run.fault = session.pipelining_fault();
  session.Close();
  session.Close();  // idempotent
  EXPECT_FALSE(session.usable());
  EXPECT_FALSE(session.awaiting_final_reply());
  run.timings = session.timings();
  run.transcript = session.transcript();
  run.capabilities = session.capabilities();
  run.took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start);
  experiment->result.set_value(std::move(run));
}

std::future<SessionRun> Launch(EventLoop& loop, std::shared_ptr<Experiment> experiment) {
  Job& job = experiment->job;
  if (!job.make_body) {
    job.make_body = [message = job.message] {
      return std::make_unique<MessageBodySource>(message);
    };
  }
  std::future<SessionRun> result = experiment->result.get_future();
  loop.Spawn("session under test", [experiment = std::move(experiment)]() mutable {
    return Perform(std::move(experiment));
  });
  return result;
}

}  // namespace

std::shared_ptr<const Message> MessageOf(std::string octets) {
  return std::get<std::shared_ptr<const Message>>(Message::FromRaw(std::move(octets)));
}

std::shared_ptr<const Message> HugeMessage() {
  static const std::shared_ptr<const Message> message = [] {
    std::string text;
    while (text.size() < 12 * 1024 * 1024) text += std::string(70, 'x') + "\r\n";
    return MessageOf(std::move(text));
  }();
  return message;
}

TransactionRequest RequestFor(std::vector<std::string> recipients, const Message& message) {
  TransactionRequest request;
  request.mail_from = Mailbox::Parse("sender@example.com").value();
  for (const std::string& recipient : recipients) {
    request.recipients.push_back(Recipient{Mailbox::Parse(recipient).value(), {}, ""});
  }
  request.message_size = message.size();
  return request;
}

const Outcome& SessionRun::outcome() const {
  return open_failure.has_value() ? *open_failure : sent.at(0).outcomes.at(0);
}

std::vector<Disposition> SessionRun::dispositions() const {
  std::vector<Disposition> result;
  for (const Outcome& outcome : sent.at(0).outcomes) result.push_back(outcome.verdict.disposition);
  return result;
}

std::future<SessionRun> SessionLab::Start(const fakes::ScriptedServer& server, Job job) {
  auto experiment = std::make_shared<Experiment>();
  experiment->job = std::move(job);
  experiment->endpoint = Endpoint{server.address(), server.port()};
  experiment->clock = &clock_;
  return Launch(loop_, std::move(experiment));
}

std::future<SessionRun> SessionLab::Start(std::unique_ptr<Transport> transport, const Clock& clock,
                                          Job job) {
  auto experiment = std::make_shared<Experiment>();
  experiment->job = std::move(job);
  experiment->transport = std::move(transport);
  experiment->clock = &clock;
  return Launch(loop_, std::move(experiment));
}

SessionRun SessionLab::RunJob(const fakes::ScriptedServer& server, Job job) {
  return Await(Start(server, std::move(job)));
}

SessionRun SessionLab::RunJob(std::unique_ptr<Transport> transport, const Clock& clock, Job job) {
  return Await(Start(std::move(transport), clock, std::move(job)));
}

void SessionLab::Trigger(std::shared_ptr<Interrupt> interrupt, InterruptReason reason) {
  loop_.Post([interrupt = std::move(interrupt), reason] {
    interrupt->Trigger(reason, std::chrono::steady_clock::now());
  });
}

SessionRun Await(std::future<SessionRun> future) {
  if (future.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
    throw std::runtime_error("the session did not end within 30 s");
  }
  return future.get();
}

}  // namespace postern::client
