#include "client/dns/unbound_resolver.h"

#include <unbound.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/dns/rdata.h"
#include "common/log.h"
#include "common/status_macros.h"

// libunbound resolves on a thread of its own and tells through a descriptor that answers are ready;
// ub_process then calls back on our thread, the loop's. A lookup is a coroutine that waits on a
// timer, its limit: the answer, the interrupt and the end of the resolver cut that wait short.
//
// Who may go first: a Lookup lives in its coroutine's frame, and once it has gone (ub_cancel)
// libunbound never calls back with it. The Context is shared by the resolver, which closes it, and
// the lookups, which may be destroyed later, with their loop.
namespace postern::client {

namespace asio = boost::asio;

using boost::system::error_code;

namespace {

// RFC 1035 3.2.2, 3.2.4, 4.1.1; RFC 3596 2.1.
constexpr int kClassIn = 1;
constexpr int kTypeA = 1;
constexpr int kTypePtr = 12;
constexpr int kTypeMx = 15;
constexpr int kTypeTxt = 16;
constexpr int kTypeAaaa = 28;
constexpr int kNoError = 0;
constexpr int kNameError = 3;

struct LibraryDeleter {
  void operator()(ub_ctx* library) const { ub_ctx_delete(library); }
};
struct ResultDeleter {
  void operator()(ub_result* result) const { ub_resolve_free(result); }
};
using LibraryPtr = std::unique_ptr<ub_ctx, LibraryDeleter>;
using ResultPtr = std::unique_ptr<ub_result, ResultDeleter>;

struct Option {
  const char* name;
  const char* value;
};

// Where libunbound's defaults, which suit a tool that looks up one name, do not suit a service.
constexpr Option kOptions[] = {
    // A forwarder on 127.0.0.1 is what many machines have.
    {"do-not-query-localhost:", "no"},
    // An upstream that was silent for a quarter of a minute counts as down, and every question for
    // it fails at once, until what is known of it expires; after 15 minutes, by default.
    {"infra-host-ttl:", "10"},
    // Questions on their way at a time, each with a descriptor; by default 16, few enough for a
    // handful of dead domains to hold up all others.
    {"outgoing-range:", "128"},
    // The same over TCP, where a connection carries many.
    {"outgoing-num-tcp:", "8"},
    // Room for the domains of a busy hour; by default 1 MB.
    {"msg-cache-size:", "8m"},
    {"rrset-cache-size:", "16m"},
    // Names that libunbound would answer itself (RFC 6761, 8375). A company's own DNS may have
    // them, so they are asked for. It keeps "localhost", and "onion", which must not leak (RFC
    // 7686). "nodefault" would say it better, but has no effect when set here (1.17).
    {"local-zone:", "test. transparent"},
    {"local-zone:", "invalid. transparent"},
    {"local-zone:", "home.arpa. transparent"},
    // The names of a company's own addresses (10.in-addr.arpa and the like) are in its own DNS.
    {"unblock-lan-zones:", "yes"},
};

absl::Status Refused(std::string_view what, int error) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the DNS resolver cannot be set up: ", std::string(what), ": ", ub_strerror(error)));
}

absl::Status SetOption(ub_ctx* library, const Option& option) {
  const int error = ub_ctx_set_option(library, option.name, option.value);
  return error == 0 ? absl::OkStatus()
                    : Refused(absl::StrCat(option.name, " ", option.value), error);
}

absl::Status SetUpstreams(ub_ctx* library, const ResolverConfig& config) {
  if (config.upstreams.empty()) {
    const int error = ub_ctx_resolvconf(library, nullptr);
    return error == 0 ? absl::OkStatus() : Refused("/etc/resolv.conf", error);
  }
  for (const ResolverConfig::Upstream& upstream : config.upstreams) {
    const Endpoint& endpoint = upstream.endpoint;
    const std::string text = absl::StrCat(endpoint.ip.ToString(), "@", endpoint.port);
    if (const int error = ub_ctx_set_fwd(library, text.c_str())) return Refused(text, error);
  }
  return absl::OkStatus();
}

absl::Status Configure(ub_ctx* library, const ResolverConfig& config) {
  // A thread; the default would be a fork of this process.
  if (const int error = ub_ctx_async(library, 1)) return Refused("threads", error);
  for (const Option& option : kOptions) POSTERN_RETURN_IF_ERROR(SetOption(library, option));
  const bool tcp = std::ranges::any_of(config.upstreams, &ResolverConfig::Upstream::tcp);
  if (tcp) POSTERN_RETURN_IF_ERROR(SetOption(library, {"tcp-upstream:", "yes"}));
  return SetUpstreams(library, config);
}

// Options take effect, and bad ones show, at the first query, which also starts the thread. This
// one is answered within the library.
absl::Status Probe(ub_ctx* library) {
  int id = 0;
  const ub_callback_type ignore = [](void*, int, ub_result* result) { ub_resolve_free(result); };
  const int error = ub_resolve_async(library, "localhost.", kTypeA, kClassIn, nullptr, ignore, &id);
  if (error != 0) return Refused("the first query", error);
  ub_cancel(library, id);
  return absl::OkStatus();
}

absl::StatusOr<LibraryPtr> MakeLibrary(const ResolverConfig& config) {
  LibraryPtr library(ub_ctx_create());
  if (library == nullptr) return absl::InternalError("the DNS resolver cannot be made: no memory");
  POSTERN_RETURN_IF_ERROR(Configure(library.get(), config));
  absl::Status status = Probe(library.get());
  if (status.ok()) return library;
  // Given up, not deleted: libunbound 1.17 crashes when it deletes what it could not start.
  static_cast<void>(library.release());
  return status;
}

class Lookup;

// libunbound, and the lookups that are under way in it.
class Context : public std::enable_shared_from_this<Context> {
 public:
  Context(const asio::any_io_executor& executor, LibraryPtr library, Duration limit)
      : library_(std::move(library)), ready_(executor, ub_fd(library_.get())), limit_(limit) {}
  ~Context() { Close(); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Duration limit() const { return limit_; }
  // Hands on answers, until Close.
  void Watch();
  // "" when `lookup` is under way now, to be ended by its End; else why not.
  std::string Start(const std::string& name, int type, Lookup& lookup);
  // Afterwards nothing here knows `lookup`.
  void Forget(Lookup& lookup);
  // Ends every lookup, and refuses new ones. Idempotent.
  void Close();

 private:
  static void OnAnswer(void* lookup, int error, ub_result* result);
  void OnReady();

  LibraryPtr library_;  // null: closed
  asio::posix::stream_descriptor ready_;
  const Duration limit_;
  std::unordered_set<Lookup*> lookups_;
};

// One question, in the frame of the coroutine that waits for its answer.
class Lookup {
 public:
  Lookup(std::shared_ptr<Context> context, const asio::any_io_executor& executor)
      : context_(std::move(context)), limit_(executor, context_->limit()) {}
  ~Lookup() { context_->Forget(*this); }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  // The first end counts: an answer that is there is not thrown away for an interrupt.
  void End(ResultPtr result, std::string failure) {
    if (result_ != nullptr || !failure_.empty()) return;
    result_ = std::move(result);
    failure_ = std::move(failure);
    limit_.cancel();
  }
  asio::steady_timer& limit() { return limit_; }
  bool ended() const { return result_ != nullptr || !failure_.empty(); }
  ResultPtr& result() { return result_; }
  std::string& failure() { return failure_; }

  int id = 0;  // libunbound's; 0: it does not know this one

 private:
  const std::shared_ptr<Context> context_;
  asio::steady_timer limit_;
  ResultPtr result_;
  std::string failure_;
};

void Context::Watch() {
  ready_.async_wait(asio::posix::stream_descriptor::wait_read,
                    [weak = weak_from_this()](const error_code& error) {
                      const std::shared_ptr<Context> self = weak.lock();
                      if (self != nullptr && !error) self->OnReady();
                    });
}

void Context::OnReady() {
  if (library_ == nullptr) return;
  if (const int error = ub_process(library_.get())) {
    Log(LogLevel::kError,
        absl::StrCat("DNS lookups have ended for good, which is a bug to report: ",
                     ub_strerror(error)));
    Close();
    return;
  }
  Watch();
}

// Called by ub_process, and only for a lookup that was not forgotten.
void Context::OnAnswer(void* lookup, int error, ub_result* result) {
  ResultPtr owned(result);
  static_cast<Lookup*>(lookup)->End(std::move(owned), error == 0 ? "" : ub_strerror(error));
}

std::string Context::Start(const std::string& name, int type, Lookup& lookup) {
  if (library_ == nullptr) return "the resolver was shut down";
  const int error = ub_resolve_async(library_.get(), name.c_str(), type, kClassIn, &lookup,
                                     &Context::OnAnswer, &lookup.id);
  if (error != 0) return ub_strerror(error);
  lookups_.insert(&lookup);
  return "";
}

void Context::Forget(Lookup& lookup) {
  if (library_ != nullptr && lookup.id != 0) ub_cancel(library_.get(), lookup.id);
  lookups_.erase(&lookup);
}

void Context::Close() {
  if (library_ == nullptr) return;
  ready_.release();  // the descriptor is libunbound's to close
  library_.reset();
  for (Lookup* lookup : lookups_) lookup->End(nullptr, "the resolver was shut down");
}

std::string ToText(Duration limit) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  return seconds == limit ? absl::StrCat(seconds.count(), " s")
                          : absl::StrCat(limit.count(), " ms");
}

// How a question ended.
struct Reply {
  ResultPtr result;     // null: no answer
  std::string failure;  // then, why
};

asio::awaitable<Reply> Ask(std::shared_ptr<Context> context, std::string name, int type,
                           Interrupt* interrupt) {
  Reply reply;
  if (interrupt != nullptr && interrupt->reason()) {
    reply.failure = "interrupted";
    co_return reply;
  }
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  Lookup lookup(context, executor);
  reply.failure = context->Start(name, type, lookup);
  if (!reply.failure.empty()) co_return reply;
  Interrupt::Hook hook;
  if (interrupt != nullptr) {
    hook = interrupt->OnTrigger([&lookup] { lookup.End(nullptr, "interrupted"); });
  }
  co_await lookup.limit().async_wait(asio::as_tuple(asio::use_awaitable));
  reply.result = std::move(lookup.result());
  reply.failure = lookup.ended() ? std::move(lookup.failure())
                                 : absl::StrCat("no answer within ", ToText(context->limit()));
  co_return reply;
}

std::string RcodeName(int rcode) {
  switch (rcode) {
    case 1:
      return "FORMERR";
    case 2:
      return "SERVFAIL";
    case 4:
      return "NOTIMP";
    case 5:
      return "REFUSED";
    default:
      return absl::StrCat("RCODE ", rcode);
  }
}

template <typename Record>
DnsAnswer<Record> Failed(std::string why) {
  return {DnsStatus::kFailure, {}, false, std::move(why)};
}

// A record that is nonsense is dropped, as one of several may be; all nonsense is a failure (A2).
template <typename Record, typename Parse>
DnsAnswer<Record> ToAnswer(const Reply& reply, Parse parse) {
  if (reply.result == nullptr) return Failed<Record>(reply.failure);
  const ub_result& result = *reply.result;
  const bool secure = result.secure != 0;
  if (result.bogus != 0) return Failed<Record>("DNSSEC validation failed");
  if (result.rcode == kNameError) return {DnsStatus::kNxDomain, {}, secure, ""};
  if (result.rcode != kNoError) return Failed<Record>(RcodeName(result.rcode));
  if (result.havedata == 0) return {DnsStatus::kNoData, {}, secure, ""};
  DnsAnswer<Record> answer{DnsStatus::kOk, {}, secure, ""};
  for (std::size_t i = 0; result.data[i] != nullptr; ++i) {
    const std::string_view rdata(result.data[i], static_cast<std::size_t>(result.len[i]));
    if (std::optional<Record> record = parse(rdata)) answer.records.push_back(*std::move(record));
  }
  if (answer.records.empty()) return Failed<Record>("malformed records");
  return answer;
}

// Labels of printable characters, each of 1 to 63, 253 in all: what libunbound takes as it stands.
bool IsPlainName(std::string_view name) {
  constexpr std::size_t kMaxName = 253;
  constexpr std::size_t kMaxLabel = 63;
  if (name.empty() || name.size() > kMaxName) return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c <= ' ' || c >= 0x7F || c == '\\') return false;
    if (c != '.') {
      if (++label > kMaxLabel) return false;
    } else if (label == 0) {
      return false;
    } else {
      label = 0;
    }
  }
  return label > 0;
}

class UnboundResolver final : public Resolver {
 public:
  explicit UnboundResolver(std::shared_ptr<Context> context) : context_(std::move(context)) {}
  ~UnboundResolver() override { context_->Close(); }

  asio::awaitable<MxAnswer> LookupMx(DomainName domain, Interrupt* interrupt) override {
    const Reply reply = co_await Ask(context_, domain.text(), kTypeMx, interrupt);
    MxAnswer answer = ToAnswer<MxRecord>(reply, ParseMx);
    co_return answer;
  }

  asio::awaitable<AddressAnswer> LookupAddresses(DomainName host, IpFamily family,
                                                 Interrupt* interrupt) override {
    const int type = family == IpFamily::kIpv4 ? kTypeA : kTypeAaaa;
    const Reply reply = co_await Ask(context_, host.text(), type, interrupt);
    AddressAnswer answer = ToAnswer<IpAddress>(
        reply, [family](std::string_view rdata) { return ParseAddress(family, rdata); });
    co_return answer;
  }

  asio::awaitable<TextAnswer> LookupTexts(std::string name, Interrupt* interrupt) override {
    TextAnswer answer{DnsStatus::kNxDomain, {}, false, ""};
    if (!IsPlainName(name)) co_return answer;
    const Reply reply = co_await Ask(context_, std::move(name), kTypeTxt, interrupt);
    answer = ToAnswer<std::string>(reply, ParseTxt);
    co_return answer;
  }

  asio::awaitable<TextAnswer> LookupNames(IpAddress address, Interrupt* interrupt) override {
    const Reply reply = co_await Ask(context_, ReverseName(address), kTypePtr, interrupt);
    TextAnswer answer = ToAnswer<std::string>(reply, ParsePtr);
    co_return answer;
  }

 private:
  const std::shared_ptr<Context> context_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Resolver>> MakeUnboundResolver(asio::any_io_executor executor,
                                                              ResolverConfig config) {
  POSTERN_ASSIGN_OR_RETURN(LibraryPtr library, MakeLibrary(config));
  auto context =
      std::make_shared<Context>(std::move(executor), std::move(library), config.lookup_limit);
  context->Watch();
  return std::make_unique<UnboundResolver>(std::move(context));
}

}  // namespace postern::client
