#include "server/delivery/dns_facts.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/domain_name.h"
#include "common/ip_address.h"
#include "server/delivery/run_all.h"

namespace postern::server {

namespace asio = boost::asio;

using client::DnsStatus;
using strategy::DnsAnswer;
using strategy::DnsQuestion;
using strategy::DnsType;

namespace {

// A question of one batch, and its answer as it comes in.
struct Lookup {
  DnsQuestion question;
  DnsAnswer answer;
};

asio::awaitable<DnsAnswer> LookUpAddresses(client::Resolver& resolver, client::Interrupt* interrupt,
                                           DomainName host, DnsType type) {
  constexpr IpFamily kFamilies[] = {IpFamily::kIpv4, IpFamily::kIpv6};
  DnsAnswer answer;
  for (const IpFamily family : kFamilies) {
    if (type == DnsType::kIpv4 && family != IpFamily::kIpv4) continue;
    if (type == DnsType::kIpv6 && family != IpFamily::kIpv6) continue;
    const client::AddressAnswer found = co_await resolver.LookupAddresses(host, family, interrupt);
    answer.failed |= found.status == DnsStatus::kFailure;
    for (const IpAddress& ip : found.records) answer.values.push_back(ip.ToString());
  }
  // Of two families one is enough.
  if (!answer.values.empty()) answer.failed = false;
  co_return answer;
}

asio::awaitable<DnsAnswer> LookUpMx(client::Resolver& resolver, client::Interrupt* interrupt,
                                    DomainName domain) {
  client::MxAnswer found = co_await resolver.LookupMx(std::move(domain), interrupt);
  DnsAnswer answer;
  answer.failed = found.status == DnsStatus::kFailure;
  // The same however DNS turns its answers round.
  std::ranges::sort(found.records, [](const client::MxRecord& a, const client::MxRecord& b) {
    return std::tie(a.preference, a.exchange) < std::tie(b.preference, b.exchange);
  });
  for (const client::MxRecord& record : found.records)
    answer.values.push_back(absl::StrCat(record.preference, " ", record.exchange));
  co_return answer;
}

DnsAnswer ToFact(client::TextAnswer found) {
  return {found.status == DnsStatus::kFailure, std::move(found.records)};
}

// What no record can be about is not in DNS.
asio::awaitable<DnsAnswer> LookUp(client::Resolver& resolver, client::Interrupt* interrupt,
                                  DnsQuestion question) {
  DnsAnswer answer;
  if (question.type == DnsType::kTxt) {
    client::TextAnswer found = co_await resolver.LookupTexts(std::move(question.name), interrupt);
    answer = ToFact(std::move(found));
  } else if (question.type == DnsType::kPtr) {
    const std::optional<IpAddress> address = IpAddress::Parse(question.name);
    if (!address) co_return answer;
    client::TextAnswer found = co_await resolver.LookupNames(*address, interrupt);
    answer = ToFact(std::move(found));
  } else {
    const absl::StatusOr<DomainName> name = DomainName::Parse(question.name);
    if (!name.ok()) co_return answer;
    // Not in a conditional expression: g++ 12 destroys its operands twice.
    if (question.type == DnsType::kMx) {
      answer = co_await LookUpMx(resolver, interrupt, *name);
    } else {
      answer = co_await LookUpAddresses(resolver, interrupt, *name, question.type);
    }
  }
  co_return answer;
}

asio::awaitable<void> LookUpInto(client::Resolver& resolver, client::Interrupt* interrupt,
                                 Lookup& lookup) {
  lookup.answer = co_await LookUp(resolver, interrupt, lookup.question);
}

}  // namespace

asio::awaitable<void> FetchFacts(client::Resolver& resolver, client::Interrupt* interrupt,
                                 std::vector<DnsQuestion> questions, strategy::DnsFacts& facts) {
  std::ranges::sort(questions);
  questions.erase(std::unique(questions.begin(), questions.end()), questions.end());
  std::vector<Lookup> lookups;
  for (DnsQuestion& question : questions) {
    if (facts.size() + lookups.size() < kMaxFacts) {
      // Should its coroutine break, it has failed.
      lookups.push_back({std::move(question), {true, {}}});
    } else {
      facts[std::move(question)].failed = true;
    }
  }
  std::vector<Task> tasks;
  tasks.reserve(lookups.size());
  for (Lookup& lookup : lookups) {
    tasks.push_back(
        [&resolver, interrupt, &lookup] { return LookUpInto(resolver, interrupt, lookup); });
  }
  co_await RunAll("a lookup for a policy expression", std::move(tasks), kParallelFacts);
  if (interrupt->reason()) co_return;
  for (Lookup& lookup : lookups) facts[std::move(lookup.question)] = std::move(lookup.answer);
}

}  // namespace postern::server
