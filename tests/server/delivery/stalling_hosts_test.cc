// Hosts that take connections and say nothing: what waits for them is in nobody's way.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/descriptor.h"
#include "common/log.h"
#include "tests/server/delivery/delivery_fixture.h"

namespace postern::server {
namespace {

constexpr int kStalled = 300;

// Listens and never accepts: the kernel makes the connections.
class StallingHost {
 public:
  StallingHost(const char* address, std::uint16_t port)
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in endpoint{};
    endpoint.sin_family = AF_INET;
    endpoint.sin_port = htons(port);
    inet_pton(AF_INET, address, &endpoint.sin_addr);
    if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&endpoint), sizeof endpoint) != 0 ||
        listen(socket_.get(), 2 * kStalled) != 0)
      throw std::runtime_error(std::string("cannot listen: ") + std::strerror(errno));
  }

 private:
  const Descriptor socket_;
};

using StallingHostsTest = DeliveryTest;

TEST_F(StallingHostsTest, M11_HundredsThatStallDoNotHoldUpTheOthers) {
  SetLogLevel(LogLevel::kWarning);  // the lines would hide a failure
  fakes::ScriptedServer good({fakes::GoodDialogue()});
  const StallingHost stalling("127.0.0.2", good.port());
  policy_ = MxPolicy(good.port());
  dns_.Host("good.example", {"127.0.0.1"});
  dns_.Host("stalls.example", {"127.0.0.2"});
  std::vector<std::future<DeliveryResult>> stalled;
  std::vector<std::shared_ptr<Orchestrator::Handle>> handles;
  for (int i = 0; i < kStalled; ++i) {
    stalled.push_back(Begin(RequestTo({"user@stalls.example"})));
    handles.push_back(handle_);
  }

  const DeliveryResult result = Deliver(RequestTo({"user@good.example"}));
  EXPECT_EQ(Sums(result).front(), "DELIVERED FINAL_REPLY NONE");
  EXPECT_GE(orchestrator_.in_flight(), static_cast<std::size_t>(kStalled));

  for (const auto& handle : handles) handle->Cancel();
  for (std::future<DeliveryResult>& future : stalled)
    EXPECT_EQ(Sums(Await(future)).front(), "TRANSIENT_FAILURE GREETING LOCAL");
  EXPECT_TRUE(Idle());
}

}  // namespace
}  // namespace postern::server
