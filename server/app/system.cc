#include "server/app/system.h"

#include <netdb.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/domain_name.h"
#include "common/log.h"

namespace postern::server {
namespace {

constexpr auto kNameLookupLimit = std::chrono::seconds(3);
constexpr std::size_t kDescriptorReserve = 256;
constexpr std::size_t kDescriptorsPerCall = 8;
constexpr std::size_t kMostInFlight = 1000;

// Blocks for as long as the system's resolver does.
std::string CanonicalName(const std::string& name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return "";
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  return found->ai_canonname != nullptr ? found->ai_canonname : "";
}

}  // namespace

std::optional<std::string> AsEhloName(std::string_view name) {
  const auto parsed = DomainName::Parse(name);
  if (!parsed.ok() || !parsed->is_fully_qualified()) return std::nullopt;
  return parsed->text();
}

strategy::SystemIdentity LookUpSystemIdentity() {
  std::array<char, 256> buffer{};
  if (gethostname(buffer.data(), buffer.size() - 1) != 0) return {};
  const std::string name = buffer.data();
  if (auto own = AsEhloName(name)) return {std::move(own)};
  // getaddrinfo has no limit of its own, so it gets a thread that may be left behind.
  auto promise = std::make_shared<std::promise<std::string>>();
  std::future<std::string> canonical = promise->get_future();
  std::thread([promise, name] { promise->set_value(CanonicalName(name)); }).detach();
  if (canonical.wait_for(kNameLookupLimit) != std::future_status::ready) {
    Log(LogLevel::kWarning, absl::StrCat("looking up this machine's full name (", name,
                                         ") took longer than 3 s; going on without it"));
    return {};
  }
  return {AsEhloName(canonical.get())};
}

std::size_t RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t MaxInFlight(std::size_t descriptors) {
  if (descriptors <= kDescriptorReserve + kDescriptorsPerCall) return 1;
  return std::min(kMostInFlight, (descriptors - kDescriptorReserve) / kDescriptorsPerCall);
}

std::size_t MaxConnections(std::size_t descriptors) {
  if (descriptors <= kDescriptorReserve + kDescriptorsPerCall) return kDescriptorsPerCall;
  return descriptors - kDescriptorReserve;
}

void PreferThroughput() {
  const sched_param none{};
  if (sched_setscheduler(0, SCHED_BATCH, &none) == 0) return;
  Log(LogLevel::kInfo,
      absl::StrCat("SCHED_BATCH was refused (", std::strerror(errno), "); going on without it"));
}

}  // namespace postern::server
