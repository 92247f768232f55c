// The whole service where descriptors are few: what deliveries may use up must leave room for those
// who call.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/fakes/eventually.h"
#include "tests/fakes/scripted_server.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

using fakes::Script;
using fakes::ScriptedServer;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Acceptor = boost::asio::ip::tcp::acceptor;

// The kernel takes connections for it, and nobody ever says a word.
class SilentServer {
 public:
  SilentServer() : acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}) {
    acceptor_.listen(4096);
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  boost::asio::io_context context_;
  Acceptor acceptor_;
};

// Mail for good.example goes to one relay, all other mail to another.
std::string TwoRelays(std::uint16_t good, std::uint16_t other) {
  return "server.hostname = \"mail.example.org\"\n"
         "queue.strategy.route = [{ if = \"rcpt_domain == 'good.example'\", then = \"'good'\" }, "
         "{ else = \"'other'\" }]\n" +
         RelayRoute("good", "127.0.0.1", good) + RelayRoute("other", "127.0.0.1", other);
}

// A call over a connection of its own, which the service must first accept.
grpc::Status CallAnew(const ServiceProcess& service, const v1::DeliverRequest& request,
                      Duration limit, v1::DeliverResponse& response) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto channel =
      grpc::CreateCustomChannel(service.address(), grpc::InsecureChannelCredentials(), arguments);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + limit);
  // gRPC's client sometimes gives up a connection by itself when many begin at once (ENOENT, which
  // no connect() says); a service that takes none is still found out by the deadline.
  context.set_wait_for_ready(true);
  return v1::DeliveryService::NewStub(channel)->Deliver(&context, request, &response);
}

// What `count` callers at once are told. Each must be told something.
struct Told {
  std::vector<grpc::Status> statuses;
  std::vector<v1::DeliverResponse> responses;
};
Told CallAtOnce(const ServiceProcess& service, std::size_t count, const v1::DeliverRequest& request,
                Duration limit) {
  Told told{std::vector<grpc::Status>(count), std::vector<v1::DeliverResponse>(count)};
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < count; ++i) {
    callers.emplace_back(
        [&, i] { told.statuses[i] = CallAnew(service, request, limit, told.responses[i]); });
  }
  for (std::thread& caller : callers) caller.join();
  return told;
}

void ExpectAnswers(const Told& told) {
  for (const grpc::Status& status : told.statuses) {
    EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED)
        << status.error_code() << " " << status.error_message();
  }
}

// A new caller is heard, and its mail leaves.
void ExpectServes(ServiceProcess& service) {
  v1::DeliverResponse response;
  grpc::Status status;
  EXPECT_TRUE(fakes::Eventually([&] {
    status = CallAnew(service, RequestTo({"to@good.example"}), seconds(10), response);
    return status.ok() && response.all_delivered();
  })) << status.error_message()
      << response.ShortDebugString() << service.process().err();
}

TEST(DescriptorsTest, ConnectionsToASilentServerLeaveRoomForCallers) {
  const SilentServer silent;
  ScriptedServer good({fakes::GoodDialogue()});
  ServiceProcess service(TwoRelays(good.port(), silent.port()), 300);
  std::vector<std::string> recipients;
  for (int i = 0; i < 20; ++i) recipients.push_back("to@d" + std::to_string(i) + ".example");

  const Told told = CallAtOnce(service, 40, RequestTo(recipients), milliseconds(3000));

  ExpectAnswers(told);
  std::size_t waited = 0;
  std::size_t had_no_room = 0;
  for (const v1::DeliverResponse& response : told.responses) {
    for (const v1::RecipientOutcome& outcome : response.outcomes()) {
      EXPECT_EQ(outcome.disposition(), v1::DISPOSITION_TRANSIENT_FAILURE);
      EXPECT_EQ(outcome.scope(), v1::SCOPE_LOCAL) << "never the destination's fault";
      waited += outcome.reason() == "DEADLINE" ? 1 : 0;
      had_no_room += outcome.reason() == "LOCAL_RESOURCES" ? 1 : 0;
    }
  }
  EXPECT_GT(waited, 0U);
  EXPECT_GT(had_no_room, 0U) << "else this test shows nothing";
  ExpectServes(service);
}

TEST(DescriptorsTest, SessionsThatAwaitTheirFinalReplyLeaveRoomForCallers) {
  fakes::Gate gate;
  const Script takes_its_time = fakes::Greeting() + fakes::Ehlo() + fakes::Mail() + fakes::Rcpt() +
                                Script{fakes::Expect("DATA"), fakes::Send("354 go on\r\n"),
                                       fakes::ReadBody(), fakes::WaitFor(gate)};
  ScriptedServer slow(std::vector<Script>(200, takes_its_time));
  ScriptedServer good({fakes::GoodDialogue()});
  ServiceProcess service(TwoRelays(good.port(), slow.port()), 320);

  bool refused = false;
  for (int round = 0; round < 20 && !refused; ++round) {
    const Told told = CallAtOnce(service, 4, RequestTo({"to@slow.example"}), milliseconds(1000));
    ExpectAnswers(told);
    for (std::size_t i = 0; i < told.statuses.size(); ++i) {
      refused |= !told.statuses[i].ok();
      if (told.statuses[i].ok()) {
        EXPECT_FALSE(told.responses[i].all_delivered());
      }
    }
  }
  EXPECT_TRUE(refused) << "sessions in the background do not count";
  gate.Open();
  ExpectServes(service);
}

}  // namespace
}  // namespace postern::integration
