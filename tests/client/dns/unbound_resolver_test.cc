#include "client/dns/unbound_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/net/event_loop.h"
#include "client/net/interrupt.h"
#include "common/domain_name.h"
#include "common/ip_address.h"
#include "tests/fakes/real_dns_server.h"

namespace postern::client {
namespace {

namespace asio = boost::asio;

using fakes::DnsZone;
using fakes::RealDnsServer;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

// Nothing here takes so long unless it hangs.
constexpr seconds kPatience(60);

DomainName Name(std::string_view text) { return DomainName::Parse(text).value(); }

ResolverConfig::Upstream Udp(std::uint16_t port) {
  return {false, {IpAddress::V4({127, 0, 0, 1}), port}};
}
ResolverConfig::Upstream Tcp(std::uint16_t port) {
  return {true, {IpAddress::V4({127, 0, 0, 1}), port}};
}

// A port of 127.0.0.1 where datagrams arrive and nobody answers.
class SilentPort {
 public:
  std::uint16_t port() const { return socket_.local_endpoint().port(); }

 private:
  asio::io_context context_;
  asio::ip::udp::socket socket_{context_, {asio::ip::address_v4::loopback(), 0}};
};

// A resolver on its event loop, with lookups that the test waits for.
class Lab {
 public:
  explicit Lab(ResolverConfig config) {
    absl::StatusOr<std::unique_ptr<Resolver>> made =
        MakeUnboundResolver(loop_.context().get_executor(), std::move(config));
    if (!made.ok()) throw std::runtime_error(made.status().ToString());
    resolver_ = *std::move(made);
  }
  explicit Lab(const RealDnsServer& server) : Lab({.upstreams = {Udp(server.port())}}) {}
  // The order of the service's own end.
  ~Lab() { loop_.Stop(); }

  std::future<MxAnswer> StartMx(std::string_view domain) {
    return Start<MxAnswer>(
        [this, name = Name(domain)] { return resolver_->LookupMx(name, &interrupt_); });
  }
  std::future<AddressAnswer> StartAddresses(std::string_view host, IpFamily family) {
    return Start<AddressAnswer>([this, name = Name(host), family] {
      return resolver_->LookupAddresses(name, family, &interrupt_);
    });
  }
  MxAnswer Mx(std::string_view domain) { return Await(StartMx(domain)); }
  TextAnswer Txt(const std::string& name) {
    return Await(
        Start<TextAnswer>([this, name] { return resolver_->LookupTexts(name, &interrupt_); }));
  }
  TextAnswer Ptr(std::string_view address) {
    return Await(Start<TextAnswer>([this, ip = IpAddress::Parse(address).value()] {
      return resolver_->LookupNames(ip, &interrupt_);
    }));
  }
  AddressAnswer V4(std::string_view host) { return Await(StartAddresses(host, IpFamily::kIpv4)); }
  AddressAnswer V6(std::string_view host) { return Await(StartAddresses(host, IpFamily::kIpv6)); }

  // Runs `work` on the loop, to its end.
  void Do(const std::function<void()>& work) {
    std::promise<void> done;
    loop_.Post([&] {
      work();
      done.set_value();
    });
    done.get_future().get();
  }
  void TriggerInterrupt() {
    Do([this] { interrupt_.Trigger(InterruptReason::kCancelled, TimePoint()); });
  }
  void DestroyResolver() {
    Do([this] { resolver_.reset(); });
  }
  void StopLoop() { loop_.Stop(); }

  template <typename Answer>
  static Answer Await(std::future<Answer> future) {
    if (future.wait_for(kPatience) != std::future_status::ready) {
      ADD_FAILURE() << "the lookup hangs";
      std::abort();
    }
    return future.get();
  }

 private:
  template <typename Answer>
  std::future<Answer> Start(std::function<asio::awaitable<Answer>()> lookup) {
    auto promise = std::make_shared<std::promise<Answer>>();
    std::future<Answer> future = promise->get_future();
    loop_.Spawn("lookup", [lookup, promise]() -> asio::awaitable<void> {
      Answer answer = co_await lookup();
      promise->set_value(std::move(answer));
    });
    return future;
  }

  Interrupt interrupt_;
  EventLoop loop_;
  std::unique_ptr<Resolver> resolver_;
};

std::vector<std::string> Texts(const AddressAnswer& answer) {
  std::vector<std::string> texts;
  for (const IpAddress& address : answer.records) texts.push_back(address.ToString());
  return texts;
}

// Tries until it holds; false when it never does.
bool Eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return true;
}

template <typename Work>
milliseconds TimeOf(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

TEST(UnboundResolver, GivesRecordsAndTellsNoDataFromNoName) {
  const RealDnsServer server{{"example.test",
                              {
                                  "@ MX 20 mx2",
                                  "@ MX 10 mx1",
                                  "@ MX 10 MX3.example.org.",
                                  "@ AAAA 2001:db8::1",
                                  "mx1 A 192.0.2.1",
                                  "mx1 A 192.0.2.2",
                                  "mx1 AAAA 2001:db8::2",
                                  "null MX 0 .",
                              }}};
  Lab lab(server);
  const MxAnswer mx = lab.Mx("example.test");
  EXPECT_EQ(mx.status, DnsStatus::kOk);
  EXPECT_THAT(mx.records, UnorderedElementsAre(MxRecord{10, "mx1.example.test"},
                                               MxRecord{20, "mx2.example.test"},
                                               MxRecord{10, "mx3.example.org"}));
  EXPECT_FALSE(mx.secure);
  EXPECT_THAT(lab.Mx("null.example.test").records, ElementsAre(MxRecord{0, ""})) << "A5";
  EXPECT_THAT(Texts(lab.V4("mx1.example.test")), UnorderedElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_THAT(Texts(lab.V6("mx1.example.test")), ElementsAre("2001:db8::2"));
  EXPECT_THAT(Texts(lab.V6("example.test")), ElementsAre("2001:db8::1"));

  EXPECT_EQ(lab.Mx("mx1.example.test").status, DnsStatus::kNoData) << "A3";
  EXPECT_EQ(lab.V4("example.test").status, DnsStatus::kNoData) << "A4";
  EXPECT_EQ(lab.Mx("nobody.example.test").status, DnsStatus::kNxDomain) << "A1";
  EXPECT_EQ(lab.V6("nobody.example.test").status, DnsStatus::kNxDomain) << "A7";
}

TEST(UnboundResolver, GivesTextsAndTheNamesOfAddresses) {
  const RealDnsServer server{
      {"example.test",
       {R"(_policy TXT "one " "two")", R"(_policy TXT "three")", R"(bytes TXT "\000\255")"}},
      {"2.0.192.in-addr.arpa", {"10 PTR Host.example.test."}},
      {"8.b.d.0.1.0.0.2.ip6.arpa",
       {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR six.example.test."}}};
  Lab lab(server);
  EXPECT_THAT(lab.Txt("_policy.example.test").records, UnorderedElementsAre("one two", "three"));
  EXPECT_THAT(lab.Txt("bytes.example.test").records, ElementsAre(std::string("\0\xFF", 2)));
  EXPECT_EQ(lab.Txt("gone.example.test").status, DnsStatus::kNxDomain);
  for (const std::string name : {"", ".", "a..b", "a b", "a\\b", "-\x01"}) {
    EXPECT_EQ(lab.Txt(name).status, DnsStatus::kNxDomain) << name;
  }
  EXPECT_EQ(lab.Txt(std::string(64, 'a') + ".test").status, DnsStatus::kNxDomain);
  EXPECT_THAT(lab.Ptr("192.0.2.10").records, ElementsAre("host.example.test"));
  EXPECT_THAT(lab.Ptr("2001:db8::1").records, ElementsAre("six.example.test"));
  EXPECT_EQ(lab.Ptr("192.0.2.11").status, DnsStatus::kNxDomain);
}

TEST(UnboundResolver, FollowsAliasesToTheirEnd) {
  const RealDnsServer server{
      {"example.test",
       {
           "alias CNAME a1",
           "a1 CNAME a2.other.example.",
           "gone CNAME nobody",
           "empty CNAME mx1",
           "loop1 CNAME loop2",
           "loop2 CNAME loop1",
           "mx1 A 192.0.2.1",
       }},
      {"other.example", {"a2 CNAME a3", "a3 MX 5 mx1.example.test.", "a3 A 192.0.2.3"}},
  };
  Lab lab(server);
  EXPECT_THAT(lab.Mx("alias.example.test").records, ElementsAre(MxRecord{5, "mx1.example.test"}));
  EXPECT_THAT(Texts(lab.V4("alias.example.test")), ElementsAre("192.0.2.3"));
  EXPECT_EQ(lab.Mx("gone.example.test").status, DnsStatus::kNxDomain);
  EXPECT_EQ(lab.Mx("empty.example.test").status, DnsStatus::kNoData);
  EXPECT_EQ(lab.V4("loop1.example.test").status, DnsStatus::kFailure) << "A10";
}

TEST(UnboundResolver, AsksUpstreamForEveryNameThatACompanyMayHave) {
  std::vector<DnsZone> zones;
  const std::vector<std::string> names = {"company.test", "company.invalid", "company.example",
                                          "home.arpa",    "company.local",   "company.internal",
                                          "company.lan"};
  for (const std::string& name : names) zones.push_back({name, {"@ MX 10 mx"}});
  const RealDnsServer server(zones);
  Lab lab(server);
  for (const std::string& name : names) {
    EXPECT_THAT(lab.Mx(name).records, ElementsAre(MxRecord{10, "mx." + name})) << name;
  }
}

TEST(UnboundResolver, AnswersLocalhostItself) {
  const RealDnsServer server{{"localhost", {"@ A 192.0.2.1"}}};
  Lab lab(server);
  EXPECT_THAT(Texts(lab.V4("localhost")), ElementsAre("127.0.0.1"));
  EXPECT_THAT(Texts(lab.V6("localhost")), ElementsAre("::1"));
  EXPECT_EQ(lab.Mx("localhost").status, DnsStatus::kNoData);
}

TEST(UnboundResolver, ReadsAnswersThatOnlyTcpCanCarry) {
  DnsZone zone{"example.test", {}};
  for (int i = 0; i < 1000; ++i) {
    zone.lines.push_back(absl::StrCat("mx A 192.0.", i / 250, ".", i % 250));
  }
  for (int i = 0; i < 200; ++i) zone.lines.push_back(absl::StrCat("@ MX 10 mx", i));
  const RealDnsServer server{zone};
  Lab lab(server);
  EXPECT_EQ(lab.V4("mx.example.test").records.size(), 1000u) << "A11";
  EXPECT_EQ(lab.Mx("example.test").records.size(), 200u) << "A11";
}

TEST(UnboundResolver, KeepsHostileNamesApartFromHostNames) {
  const RealDnsServer server{{"example.test",
                              {
                                  "a MX 10 mx\\.example.example.test.",
                                  "b MX 10 mx\\000.example.test.",
                                  "c MX 10 b\\195\\188.example.test.",
                                  "d MX 10 192.0.2.1.",
                              }}};
  Lab lab(server);
  EXPECT_EQ(lab.Mx("a.example.test").records.at(0).exchange, "mx\\.example.example.test");
  EXPECT_EQ(lab.Mx("b.example.test").records.at(0).exchange, "mx\\000.example.test");
  EXPECT_EQ(lab.Mx("c.example.test").records.at(0).exchange, "b\\195\\188.example.test");
  EXPECT_EQ(lab.Mx("d.example.test").records.at(0).exchange, "192.0.2.1") << "A9";
}

TEST(UnboundResolver, ReportsAFailingServerAtOnce) {
  const RealDnsServer server{{"broken.test", {}, /*broken=*/true}};
  Lab lab(server);
  for (const char* domain : {"broken.test", "refused.test"}) {
    const MxAnswer answer = lab.Mx(domain);
    EXPECT_EQ(answer.status, DnsStatus::kFailure) << domain << ": A2";
    EXPECT_EQ(answer.detail, "SERVFAIL") << domain;
    EXPECT_TRUE(answer.records.empty()) << domain;
  }
}

TEST(UnboundResolver, GivesUpOnASilentServerWhenItsOwnLimitPasses) {
  const SilentPort silent;
  Lab lab({.upstreams = {Udp(silent.port())}, .lookup_limit = milliseconds(300)});
  MxAnswer answer;
  const milliseconds took = TimeOf([&] { answer = lab.Mx("example.test"); });
  EXPECT_EQ(answer.status, DnsStatus::kFailure);
  EXPECT_EQ(answer.detail, "no answer within 300 ms");
  EXPECT_GE(took, milliseconds(300));
  EXPECT_LT(took, seconds(10));
}

TEST(UnboundResolver, GivesUpOnARefusedPortWhenItsOwnLimitPasses) {
  RealDnsServer server{{"example.test", {"@ MX 10 mx"}}};
  Lab lab({.upstreams = {Udp(server.port())}, .lookup_limit = milliseconds(300)});
  server.Stop();
  EXPECT_EQ(lab.Mx("example.test").detail, "no answer within 300 ms");
  server.Start();
  EXPECT_TRUE(Eventually([&] { return lab.Mx("example.test").status == DnsStatus::kOk; }));
}

// With libunbound's own settings an upstream that is asked in vain for some 15 s counts as down,
// for up to 15 minutes.
TEST(UnboundResolver, AsksAnUpstreamAgainSoonAfterItsOutage) {
  RealDnsServer server{{"example.test", {"@ MX 10 mx"}}};
  Lab lab({.upstreams = {Udp(server.port())}, .lookup_limit = seconds(1)});
  server.Stop();
  // Another name each time: a failure is remembered for 5 s.
  int count = 0;
  const auto ask = [&] { return lab.V4(absl::StrCat("d", ++count, ".example.test")).status; };
  const auto outage = std::chrono::steady_clock::now() + seconds(17);
  while (std::chrono::steady_clock::now() < outage) EXPECT_EQ(ask(), DnsStatus::kFailure);
  server.Start();
  const milliseconds took =
      TimeOf([&] { EXPECT_TRUE(Eventually([&] { return ask() == DnsStatus::kNxDomain; })); });
  EXPECT_LT(took, seconds(11));
}

TEST(UnboundResolver, ForgetsAFailureWithinSeconds) {
  RealDnsServer server{{"example.test", {}, /*broken=*/true}};
  Lab lab(server);
  EXPECT_EQ(lab.Mx("example.test").status, DnsStatus::kFailure);
  server.Start({{"example.test", {"@ MX 10 mx"}}});
  const milliseconds took = TimeOf([&] {
    EXPECT_TRUE(Eventually([&] { return lab.Mx("example.test").status == DnsStatus::kOk; }));
  });
  EXPECT_LT(took, seconds(15));
}

TEST(UnboundResolver, AnswersFromItsCache) {
  RealDnsServer server{{"example.test", {"@ MX 10 mx"}}};
  Lab lab({.upstreams = {Udp(server.port())}, .lookup_limit = seconds(5)});
  EXPECT_EQ(lab.Mx("example.test").status, DnsStatus::kOk);
  server.Stop();
  EXPECT_EQ(lab.Mx("example.test").status, DnsStatus::kOk);
}

TEST(UnboundResolver, TurnsToTheNextUpstreamWhenOneIsDead) {
  const RealDnsServer server{{"example.test", {"@ MX 10 mx"}}};
  const SilentPort silent;
  for (int i = 0; i < 3; ++i) {  // which is asked first is left to chance
    Lab lab({.upstreams = {Udp(silent.port()), Udp(server.port())}});
    EXPECT_EQ(lab.Mx("example.test").status, DnsStatus::kOk);
  }
}

TEST(UnboundResolver, AsksOverTcpWhenToldTo) {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  Lab lab({.upstreams = {Tcp(acceptor.local_endpoint().port())}});
  std::future<MxAnswer> answer = lab.StartMx("example.test");
  bool connected = false;
  acceptor.async_accept([&](const boost::system::error_code& error, const asio::ip::tcp::socket&) {
    connected = !error;
  });
  context.run_for(kPatience);
  EXPECT_TRUE(connected);
  lab.TriggerInterrupt();
  EXPECT_EQ(Lab::Await(std::move(answer)).detail, "interrupted");

  const RealDnsServer server{{"example.test", {"@ MX 10 mx"}}};
  Lab over_tcp({.upstreams = {Tcp(server.port())}});
  EXPECT_EQ(over_tcp.Mx("example.test").status, DnsStatus::kOk);
}

TEST(UnboundResolver, AnInterruptEndsEveryLookupAtOnce) {
  const SilentPort silent;
  Lab lab({.upstreams = {Udp(silent.port())}});
  std::future<MxAnswer> mx = lab.StartMx("example.test");
  std::future<AddressAnswer> v6 = lab.StartAddresses("example.test", IpFamily::kIpv6);
  EXPECT_EQ(mx.wait_for(milliseconds(50)), std::future_status::timeout);
  lab.TriggerInterrupt();
  const MxAnswer answer = Lab::Await(std::move(mx));
  EXPECT_EQ(answer.status, DnsStatus::kFailure);
  EXPECT_EQ(answer.detail, "interrupted");
  EXPECT_EQ(Lab::Await(std::move(v6)).detail, "interrupted");
  EXPECT_EQ(lab.Mx("example.test").detail, "interrupted") << "nor does one begin afterwards";
}

TEST(UnboundResolver, ServesManyLookupsAtOnce) {
  DnsZone zone{"example.test", {}};
  for (int i = 0; i < 500; ++i) zone.lines.push_back(absl::StrCat("d", i, " MX 10 mx"));
  const RealDnsServer server{zone};
  Lab lab(server);
  std::vector<std::future<MxAnswer>> answers;
  for (int i = 0; i < 500; ++i)
    answers.push_back(lab.StartMx(absl::StrCat("d", i, ".example.test")));
  for (std::future<MxAnswer>& answer : answers) {
    EXPECT_EQ(Lab::Await(std::move(answer)).status, DnsStatus::kOk);
  }
}

TEST(UnboundResolver, EndsLookupsWhenItIsDestroyed) {
  const SilentPort silent;
  Lab lab({.upstreams = {Udp(silent.port())}});
  std::future<MxAnswer> answer = lab.StartMx("example.test");
  EXPECT_EQ(answer.wait_for(milliseconds(50)), std::future_status::timeout);
  lab.DestroyResolver();
  EXPECT_EQ(Lab::Await(std::move(answer)).detail, "the resolver was shut down");
}

TEST(UnboundResolver, MayEndAfterItsLoopWithLookupsUnderWay) {
  const RealDnsServer server{{"example.test", {"@ MX 10 mx"}}};
  const SilentPort silent;
  for (const std::uint16_t port : {silent.port(), server.port()}) {
    Lab lab({.upstreams = {Udp(port)}});
    for (int i = 0; i < 20; ++i) lab.StartMx(absl::StrCat("d", i, ".example.test"));
    lab.StopLoop();
  }
}

TEST(UnboundResolver, IsMadeOfTheSystemsUpstreams) { Lab lab(ResolverConfig{}); }

}  // namespace
}  // namespace postern::client
