#include "client/dns/mx_planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/net/event_loop.h"
#include "client/net/interrupt.h"
#include "common/address_filter.h"
#include "common/domain_name.h"
#include "common/ip_address.h"
#include "common/random.h"
#include "tests/fakes/fake_resolver.h"

namespace postern::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

// Leaves every order as it is.
class NoShuffle final : public Random {
 public:
  std::uint64_t Below(std::uint64_t bound) override { return bound - 1; }
};

// Turns [a, b, c] into [b, c, a].
class Rotate final : public Random {
 public:
  std::uint64_t Below(std::uint64_t) override { return 0; }
};

DomainName Name(std::string_view text) { return DomainName::Parse(text).value(); }

MxAnswer Mx(std::vector<MxRecord> records) {
  return {DnsStatus::kOk, std::move(records), false, ""};
}
MxAnswer MxEnds(DnsStatus status, std::string detail = "") {
  return {status, {}, false, std::move(detail)};
}

HostPlan Plan(const MxAnswer& answer, std::uint32_t max_hosts = 5) {
  NoShuffle random;
  return PlanHosts(Name("example.test"), answer, max_hosts, random);
}

std::vector<std::string> Names(const HostPlan& plan) {
  std::vector<std::string> names;
  for (const MxHost& host : plan.hosts) names.push_back(host.name.text());
  return names;
}

TEST(PlanHosts, EveryAnswerHasItsMeaning) {
  struct Case {
    std::string_view id;
    MxAnswer answer;
    std::optional<Event> failure;
    std::vector<std::string> hosts;
    std::string_view detail;  // a part of it
  };
  const std::vector<std::string> none;
  for (const Case& c : {
           Case{"A1", MxEnds(DnsStatus::kNxDomain), Event::kDomainNotFound, none,
                "example.test does not exist"},
           Case{"A2 SERVFAIL", MxEnds(DnsStatus::kFailure, "SERVFAIL"), Event::kDnsFailure, none,
                "the MX lookup of example.test failed: SERVFAIL"},
           Case{"A2 nonsense", Mx({}), Event::kDnsFailure, none, "without records"},
           Case{"A3", MxEnds(DnsStatus::kNoData), std::nullopt, {"example.test"}, ""},
           Case{"A5", Mx({{0, ""}}), Event::kNullMx, none,
                "example.test publishes a null MX record (RFC 7505)"},
           Case{"A5 with a preference", Mx({{10, ""}}), Event::kNullMx, none, "null MX"},
           Case{"A5 twice", Mx({{0, ""}, {10, ""}}), Event::kNullMx, none, "null MX"},
           Case{"A6", Mx({{0, ""}, {10, "mx.test"}}), std::nullopt, {"mx.test"}, ""},
           Case{"A6 beside an invalid one", Mx({{0, ""}, {10, "192.0.2.1"}}), Event::kMxInvalid,
                none, "no MX record of example.test has a host name; there is '192.0.2.1'"},
           Case{"A9", Mx({{10, "192.0.2.1"}, {20, "mx.test"}}), std::nullopt, {"mx.test"}, ""},
           Case{"A9 alone", Mx({{10, "192.0.2.1"}}), Event::kMxInvalid, none, "'192.0.2.1'"},
           Case{"A9 IPv6", Mx({{10, "2001:db8::1"}}), Event::kMxInvalid, none, "'2001:db8::1'"},
           Case{"A9 hostile names", Mx({{10, "mx\\.a.test"}, {10, "m\\000x"}, {10, "a_b.test"}}),
                Event::kMxInvalid, none, "'mx\\.a.test', 'm\\000x', 'a_b.test'"},
           Case{"A9 many", Mx({{1, "1"}, {1, "2"}, {1, "3"}, {1, "4"}, {1, "5"}}),
                Event::kMxInvalid, none, "'1', '2', '3' and 2 more"},
       }) {
    const HostPlan plan = Plan(c.answer);
    EXPECT_EQ(plan.failure, c.failure) << c.id;
    EXPECT_EQ(Names(plan), c.hosts) << c.id;
    EXPECT_THAT(plan.detail, HasSubstr(std::string(c.detail))) << c.id;
    EXPECT_EQ(plan.detail.empty(), !c.failure) << c.id;
  }
}

TEST(PlanHosts, TheDomainItselfIsAnImplicitHost) {
  const HostPlan plan = Plan(MxEnds(DnsStatus::kNoData));
  ASSERT_EQ(plan.hosts.size(), 1u);
  EXPECT_TRUE(plan.hosts[0].implicit) << "A3";
  EXPECT_EQ(plan.hosts[0].preference, 0);
  EXPECT_FALSE(Plan(Mx({{10, "mx.test"}})).hosts.at(0).implicit);
}

TEST(PlanHosts, LowPreferencesComeFirst) {
  const HostPlan plan =
      Plan(Mx({{20, "b.test"}, {65535, "d.test"}, {0, "a.test"}, {21, "c.test"}}));
  EXPECT_THAT(Names(plan), ElementsAre("a.test", "b.test", "c.test", "d.test"));
  EXPECT_EQ(plan.hosts[3].preference, 65535);
}

TEST(PlanHosts, EqualPreferencesAreShuffledAndOthersAreNot) {
  const MxAnswer answer = Mx({{10, "a.test"}, {10, "b.test"}, {10, "c.test"}, {20, "z.test"}});
  Rotate rotate;
  const HostPlan rotated = PlanHosts(Name("example.test"), answer, 5, rotate);
  EXPECT_NE(Names(rotated), Names(Plan(answer)));
  SystemRandom random;
  std::set<std::string> firsts;
  for (int i = 0; i < 200; ++i) {
    const HostPlan plan = PlanHosts(Name("example.test"), answer, 5, random);
    firsts.insert(Names(plan).front());
    EXPECT_EQ(Names(plan).back(), "z.test");
  }
  EXPECT_THAT(firsts, UnorderedElementsAre("a.test", "b.test", "c.test"));
}

TEST(PlanHosts, AHostIsTriedOnceWhereItComesFirst) {
  const HostPlan plan = Plan(Mx({{30, "a.test"}, {20, "b.test"}, {10, "A.test"}, {10, "a.test"}}));
  EXPECT_THAT(Names(plan), ElementsAre("a.test", "b.test"));
  EXPECT_EQ(plan.hosts[0].preference, 10);
}

TEST(PlanHosts, TheLimitCountsUsableHosts) {
  std::vector<MxRecord> records = {{0, ""}, {0, "192.0.2.1"}};
  for (int i = 0; i < 200; ++i) {
    records.push_back({static_cast<std::uint16_t>(200 - i), absl::StrCat("mx", 200 - i, ".test")});
  }
  EXPECT_THAT(Names(Plan(Mx(records), 3)), ElementsAre("mx1.test", "mx2.test", "mx3.test"))
      << "A11";
  EXPECT_EQ(Plan(Mx(records), 1).hosts.size(), 1u);
  EXPECT_EQ(Plan(Mx(records), 4000000000).hosts.size(), 200u);
}

AddressAnswer Has(const std::vector<std::string>& addresses) {
  AddressAnswer answer{DnsStatus::kOk, {}, false, ""};
  for (const std::string& text : addresses)
    answer.records.push_back(IpAddress::Parse(text).value());
  return answer;
}
AddressAnswer Ends(DnsStatus status, std::string detail = "") {
  return {status, {}, false, std::move(detail)};
}

std::vector<std::string> Texts(const AddressPlan& plan) {
  std::vector<std::string> texts;
  for (const IpAddress& address : plan.addresses) texts.push_back(address.ToString());
  return texts;
}

constexpr IpLookup k4Only = IpLookup::kIpv4Only;
constexpr IpLookup k6Only = IpLookup::kIpv6Only;
constexpr IpLookup k46 = IpLookup::kIpv4ThenIpv6;
constexpr IpLookup k64 = IpLookup::kIpv6ThenIpv4;

TEST(PlanAddresses, TheFamiliesAreOrderedAndBothRepresented) {
  struct Case {
    IpLookup order;
    std::vector<std::string> v4;
    std::vector<std::string> v6;
    std::uint32_t max;
    std::vector<std::string> planned;
  };
  for (const Case& c : {
           Case{k46, {"1.1.1.1"}, {"2::1"}, 5, {"1.1.1.1", "2::1"}},
           Case{k64, {"1.1.1.1"}, {"2::1"}, 5, {"2::1", "1.1.1.1"}},
           Case{k4Only, {"1.1.1.1"}, {"2::1"}, 5, {"1.1.1.1"}},
           Case{k6Only, {"1.1.1.1"}, {"2::1"}, 5, {"2::1"}},
           Case{k46, {"1.1.1.1"}, {"2::1"}, 1, {"1.1.1.1"}},
           Case{k64, {"1.1.1.1"}, {"2::1"}, 1, {"2::1"}},
           Case{k46, {"1.1.1.1", "1.1.1.2"}, {"2::1", "2::2"}, 2, {"1.1.1.1", "2::1"}},
           Case{k64, {"1.1.1.1", "1.1.1.2"}, {"2::1", "2::2"}, 2, {"2::1", "1.1.1.1"}},
           Case{k46, {"1.1.1.1", "1.1.1.2"}, {"2::1", "2::2"}, 3, {"1.1.1.1", "1.1.1.2", "2::1"}},
           Case{k46, {"1.1.1.1"}, {"2::1", "2::2", "2::3"}, 3, {"1.1.1.1", "2::1", "2::2"}},
           Case{k46, {"1.1.1.2", "1.1.1.1"}, {}, 2, {"1.1.1.2", "1.1.1.1"}},
           Case{k46, {}, {"2::1"}, 2, {"2::1"}},
           Case{k46, {}, {"2::1"}, 1, {"2::1"}},
           Case{k46, {"1.1.1.1", "1.1.1.1"}, {"2::1"}, 2, {"1.1.1.1", "2::1"}},
       }) {
    const AddressAnswer v4 = c.v4.empty() ? Ends(DnsStatus::kNoData) : Has(c.v4);
    const AddressAnswer v6 = c.v6.empty() ? Ends(DnsStatus::kNoData) : Has(c.v6);
    const AddressPlan plan = PlanAddresses("mx.test", &v4, &v6, c.order, AddressFilter(), c.max);
    EXPECT_EQ(Texts(plan), c.planned);
    EXPECT_FALSE(plan.failure);
    EXPECT_EQ(plan.detail, "");
  }
}

TEST(PlanAddresses, AThousandAddressesLeavePlaceForTheOtherFamily) {
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) many.push_back(absl::StrCat("1.1.", i / 250, ".", i % 250));
  const AddressAnswer v4 = Has(many);
  const AddressAnswer v6 = Has({"2::1"});
  const AddressPlan plan = PlanAddresses("mx.test", &v4, &v6, k46, AddressFilter(), 3);
  EXPECT_THAT(Texts(plan), ElementsAre("1.1.0.0", "1.1.0.1", "2::1")) << "A11";
}

TEST(PlanAddresses, WithoutAnAddressTheReasonIsTheOneThatMayPass) {
  struct Case {
    std::string_view id;
    std::optional<AddressAnswer> v4;
    std::optional<AddressAnswer> v6;
    Event failure;
    std::string_view detail;
  };
  const AddressAnswer servfail = Ends(DnsStatus::kFailure, "SERVFAIL");
  const AddressAnswer gone = Ends(DnsStatus::kNxDomain);
  const AddressAnswer empty = Ends(DnsStatus::kNoData);
  const AddressAnswer inside = Has({"10.0.0.1"});
  for (const Case& c : {
           Case{"A4", empty, empty, Event::kNoAddress, "mx.test has no A or AAAA record"},
           Case{"A4 IPv4", empty, std::nullopt, Event::kNoAddress, "mx.test has no A record"},
           Case{"A4 IPv6", std::nullopt, empty, Event::kNoAddress, "mx.test has no AAAA record"},
           Case{"A7", gone, gone, Event::kNoAddress, "mx.test does not exist"},
           Case{"A8", servfail, servfail, Event::kDnsFailure,
                "the A lookup of mx.test failed: SERVFAIL"},
           Case{"A8 beside no data", empty, servfail, Event::kDnsFailure,
                "the AAAA lookup of mx.test failed: SERVFAIL"},
           Case{"A8 beside no name", servfail, gone, Event::kDnsFailure, "SERVFAIL"},
           Case{"A8 beside a denied one", inside, servfail, Event::kDnsFailure, "SERVFAIL"},
           Case{"A2 nonsense", Has({}), empty, Event::kDnsFailure, "no usable answer"},
           Case{"A13", inside, empty, Event::kAddressProhibited,
                "mx.test: 10.0.0.1 is prohibited by 10.0.0.0/8"},
           Case{"A13 beside no name", inside, gone, Event::kAddressProhibited, "10.0.0.0/8"},
           Case{"A13 both", inside, Has({"::1"}), Event::kAddressProhibited,
                "10.0.0.1 is prohibited by 10.0.0.0/8, ::1 is prohibited by ::1/128"},
       }) {
    const AddressPlan plan =
        PlanAddresses("mx.test", c.v4 ? &*c.v4 : nullptr, c.v6 ? &*c.v6 : nullptr, k46,
                      AddressFilter::NotGloballyRoutable(), 5);
    EXPECT_THAT(plan.addresses, testing::IsEmpty()) << c.id;
    EXPECT_EQ(plan.failure, c.failure) << c.id;
    EXPECT_THAT(plan.detail, HasSubstr(std::string(c.detail))) << c.id;
  }
}

TEST(PlanAddresses, AFailingFamilyDoesNotCountWhenTheOtherGivesSomething) {
  const AddressAnswer servfail = Ends(DnsStatus::kFailure, "SERVFAIL");
  const AddressAnswer good = Has({"1.1.1.1"});
  const AddressPlan plan = PlanAddresses("mx.test", &good, &servfail, k64, AddressFilter(), 5);
  EXPECT_THAT(Texts(plan), ElementsAre("1.1.1.1"));
  EXPECT_FALSE(plan.failure);
}

// A13, and security.
TEST(PlanAddresses, NoSpellingOfAnInsideAddressGetsThrough) {
  struct Case {
    std::string address;
    std::string_view network;
  };
  for (const Case& c : {
           Case{"127.0.0.1", "127.0.0.0/8"},
           Case{"0.0.0.0", "0.0.0.0/8"},
           Case{"10.1.2.3", "10.0.0.0/8"},
           Case{"169.254.169.254", "169.254.0.0/16"},
           Case{"224.0.0.1", "224.0.0.0/3"},
           Case{"::", "::/128"},
           Case{"::1", "::1/128"},
           Case{"fe80::1", "fe80::/10"},
           Case{"ff02::1", "ff00::/8"},
           Case{"::ffff:127.0.0.1", "127.0.0.0/8"},
           Case{"2002:7f00:1::", "127.0.0.0/8"},
           Case{"64:ff9b::a00:1", "10.0.0.0/8"},
       }) {
    const AddressAnswer answer = Has({c.address});
    const bool v4 = answer.records[0].is_v4();
    const AddressPlan plan =
        PlanAddresses("mx.test", v4 ? &answer : nullptr, v4 ? nullptr : &answer, k46,
                      AddressFilter::NotGloballyRoutable(), 5);
    EXPECT_EQ(plan.failure, Event::kAddressProhibited) << c.address;
    EXPECT_EQ(plan.detail,
              absl::StrCat("mx.test: ", c.address, " is prohibited by ", std::string(c.network)));
  }
}

TEST(PlanAddresses, DeniedAddressesDoNotTakeThePlaceOfOthers) {
  const AddressAnswer v4 = Has({"10.0.0.1", "10.0.0.2", "1.1.1.1", "10.0.0.3", "1.1.1.2"});
  const AddressAnswer v6 = Has({"::1"});
  const AddressPlan plan =
      PlanAddresses("mx.test", &v4, &v6, k64, AddressFilter::NotGloballyRoutable(), 2);
  EXPECT_THAT(Texts(plan), ElementsAre("1.1.1.1", "1.1.1.2"));
}

// Runs ResolveAddresses on a loop.
class ResolveAddressesTest : public testing::Test {
 protected:
  std::future<AddressPlan> Start(const std::string& host, IpLookup order) {
    auto promise = std::make_shared<std::promise<AddressPlan>>();
    std::future<AddressPlan> future = promise->get_future();
    loop_.Spawn("resolve", [this, promise, host, order]() -> boost::asio::awaitable<void> {
      RoutePlan route;
      route.ip_lookup = order;
      AddressPlan plan = co_await ResolveAddresses(resolver_, Name(host), route, 5, &interrupt_);
      promise->set_value(std::move(plan));
    });
    return future;
  }
  static AddressPlan Await(std::future<AddressPlan> future) {
    if (future.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      ADD_FAILURE() << "it hangs";
      std::abort();
    }
    return future.get();
  }

  fakes::FakeResolver resolver_;
  Interrupt interrupt_;
  EventLoop loop_;
};

TEST_F(ResolveAddressesTest, AsksForTheFamiliesThatTheRouteWants) {
  struct Case {
    IpLookup order;
    std::vector<std::string> planned;
    std::vector<std::string> asked;
  };
  resolver_.Host("mx.test", {"2::1", "1.1.1.1"});
  std::vector<std::string> asked;
  for (const Case& c : {
           Case{k4Only, {"1.1.1.1"}, {"A mx.test"}},
           Case{k6Only, {"2::1"}, {"AAAA mx.test"}},
           Case{k46, {"1.1.1.1", "2::1"}, {"A mx.test", "AAAA mx.test"}},
           Case{k64, {"2::1", "1.1.1.1"}, {"A mx.test", "AAAA mx.test"}},
       }) {
    EXPECT_EQ(Texts(Await(Start("mx.test", c.order))), c.planned);
    asked.insert(asked.end(), c.asked.begin(), c.asked.end());
    EXPECT_EQ(resolver_.asked(), asked);
  }
}

TEST_F(ResolveAddressesTest, AFamilyThatWasNotAskedForIsNotMissed) {
  resolver_.Host("mx.test", {"1.1.1.1"});
  EXPECT_EQ(Await(Start("mx.test", k6Only)).detail, "mx.test has no AAAA record");
  EXPECT_EQ(Await(Start("nobody.test", k4Only)).detail, "nobody.test does not exist");
}

TEST_F(ResolveAddressesTest, AsksForBothFamiliesAtTheSameTimeAndEndsOnTheInterrupt) {
  resolver_.Hang("mx.test");
  std::future<AddressPlan> plan = Start("mx.test", k46);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (resolver_.asked().size() < 2 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_THAT(resolver_.asked(), ElementsAre("A mx.test", "AAAA mx.test"));
  loop_.Post([this] { interrupt_.Trigger(InterruptReason::kCancelled, TimePoint()); });
  EXPECT_EQ(Await(std::move(plan)).failure, Event::kDnsFailure);
}

TEST_F(ResolveAddressesTest, MayBeUnderWayWhenItsLoopStops) {
  resolver_.Hang("mx.test");
  Start("mx.test", k46);
  std::promise<void> begun;
  loop_.Post([&begun] { begun.set_value(); });
  begun.get_future().get();
  loop_.Stop();
}

}  // namespace
}  // namespace postern::client
