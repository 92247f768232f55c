#ifndef POSTERN_TESTS_FAKES_FAKE_RESOLVER_H_
#define POSTERN_TESTS_FAKES_FAKE_RESOLVER_H_

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/dns/resolver.h"
#include "common/mutex.h"

namespace postern::fakes {

// DNS as a table. Names that are not in it do not exist; a name that hangs is answered by nothing
// but the interrupt. Filled by the test before use; thread-safe.
class FakeResolver final : public client::Resolver {
 public:
  void Mx(const std::string& domain, std::vector<client::MxRecord> records) {
    MutexLock lock(mutex_);
    mx_[domain] = {client::DnsStatus::kOk, std::move(records), false, ""};
  }
  void MxFails(const std::string& domain, client::DnsStatus status) {
    MutexLock lock(mutex_);
    mx_[domain] = {status, {}, false, "as the test says"};
  }
  // IPv4 and IPv6 alike; a family without any has no data.
  void Host(const std::string& host, const std::vector<std::string>& addresses) {
    MutexLock lock(mutex_);
    for (const std::string& text : addresses) {
      hosts_[host].push_back(IpAddress::Parse(text).value());
    }
  }
  void HostFails(const std::string& host) {
    MutexLock lock(mutex_);
    failing_.insert(host);
  }
  void Texts(const std::string& name, std::vector<std::string> texts) {
    MutexLock lock(mutex_);
    texts_[name] = {client::DnsStatus::kOk, std::move(texts), false, ""};
  }
  // By the address as text.
  void Names(const std::string& address, std::vector<std::string> names) {
    Texts(address, std::move(names));
  }
  void Hang(const std::string& name) {
    MutexLock lock(mutex_);
    hanging_.insert(name);
  }
  // "MX example.org", "TXT example.org", "PTR 192.0.2.1", "A mx1.example.org", "AAAA ...", in the
  // order of the questions.
  std::vector<std::string> asked() const {
    MutexLock lock(mutex_);
    return asked_;
  }

  boost::asio::awaitable<client::MxAnswer> LookupMx(DomainName domain,
                                                    client::Interrupt* interrupt) override {
    Note("MX " + domain.text());
    if (Hangs(domain.text())) co_await WaitForInterrupt(interrupt);
    client::MxAnswer answer = MxOf(domain.text());
    co_return answer;
  }

  boost::asio::awaitable<client::AddressAnswer> LookupAddresses(
      DomainName host, IpFamily family, client::Interrupt* interrupt) override {
    Note((family == IpFamily::kIpv4 ? "A " : "AAAA ") + host.text());
    if (Hangs(host.text())) co_await WaitForInterrupt(interrupt);
    client::AddressAnswer answer = AddressesOf(host.text(), family);
    co_return answer;
  }

  boost::asio::awaitable<client::TextAnswer> LookupTexts(std::string name,
                                                         client::Interrupt* interrupt) override {
    Note("TXT " + name);
    if (Hangs(name)) co_await WaitForInterrupt(interrupt);
    client::TextAnswer answer = TextsOf(name);
    co_return answer;
  }

  boost::asio::awaitable<client::TextAnswer> LookupNames(IpAddress address,
                                                         client::Interrupt* interrupt) override {
    const std::string name = address.ToString();
    Note("PTR " + name);
    if (Hangs(name)) co_await WaitForInterrupt(interrupt);
    client::TextAnswer answer = TextsOf(name);
    co_return answer;
  }

 private:
  static boost::asio::awaitable<void> WaitForInterrupt(client::Interrupt* interrupt) {
    boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer never(executor, boost::asio::steady_timer::time_point::max());
    client::Interrupt::Hook hook = interrupt->OnTrigger([&never] { never.cancel(); });
    if (!interrupt->reason()) {
      co_await never.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
  }

  void Note(std::string question) {
    MutexLock lock(mutex_);
    asked_.push_back(std::move(question));
  }
  bool Hangs(const std::string& name) const {
    MutexLock lock(mutex_);
    return hanging_.contains(name);
  }
  client::MxAnswer MxOf(const std::string& domain) const {
    MutexLock lock(mutex_);
    if (hanging_.contains(domain)) return {client::DnsStatus::kFailure, {}, false, "no answer"};
    if (const auto it = mx_.find(domain); it != mx_.end()) return it->second;
    return {hosts_.contains(domain) ? client::DnsStatus::kNoData : client::DnsStatus::kNxDomain,
            {},
            false,
            ""};
  }
  client::AddressAnswer AddressesOf(const std::string& host, IpFamily family) const {
    MutexLock lock(mutex_);
    client::AddressAnswer answer;
    if (hanging_.contains(host) || failing_.contains(host)) {
      answer.detail = "SERVFAIL";
      return answer;
    }
    const auto it = hosts_.find(host);
    if (it == hosts_.end()) {
      answer.status = client::DnsStatus::kNxDomain;
      return answer;
    }
    std::ranges::copy_if(it->second, std::back_inserter(answer.records),
                         [family](const IpAddress& ip) { return ip.family() == family; });
    answer.status = answer.records.empty() ? client::DnsStatus::kNoData : client::DnsStatus::kOk;
    return answer;
  }

  client::TextAnswer TextsOf(const std::string& name) const {
    MutexLock lock(mutex_);
    if (hanging_.contains(name) || failing_.contains(name))
      return {client::DnsStatus::kFailure, {}, false, "SERVFAIL"};
    const auto it = texts_.find(name);
    if (it == texts_.end()) return {client::DnsStatus::kNxDomain, {}, false, ""};
    return it->second;
  }

  mutable Mutex mutex_;
  std::map<std::string, client::MxAnswer> mx_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<IpAddress>> hosts_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, client::TextAnswer> texts_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> failing_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> hanging_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> asked_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_FAKE_RESOLVER_H_
