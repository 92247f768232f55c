#include "server/app/app.h"

#include <atomic>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "client/dns/unbound_resolver.h"
#include "client/net/connector.h"
#include "client/net/event_loop.h"
#include "client/net/own_addresses.h"
#include "client/session/lock_step_hosts.h"
#include "common/log.h"
#include "common/random.h"
#include "common/status_macros.h"
#include "server/app/system.h"
#include "server/delivery/orchestrator.h"
#include "server/health/ops_server.h"
#include "server/policy_store/policy_reloader.h"
#include "server/policy_store/policy_store.h"
#include "server/rpc/delivery_service.h"
#include "server/rpc/listen.h"
#include "server/rpc/policy_service.h"
#include "server/rpc/rpc_server.h"
#include "strategy/source_ip/source_selector.h"

// How the parts hang together:
//
//   callers -> RpcServer -> DeliveryService -> Orchestrator -> Resolver, Connector -> the network
//                                |                  |
//                           PolicyStore      SourceQuarantine
//                                |
//            the files -> PolicyReloader <- PolicyService, SIGHUP
//
// What is left of the orchestrator runs on gRPC's threads, the rest on one event loop. Each part is
// made after those that it uses, and ends before them.
namespace postern::server {
namespace {

// An answer on its way when the service ends has this long to get out.
constexpr Duration kLastAnswers = std::chrono::seconds(2);

client::ResolverConfig ToResolverConfig(const strategy::ResolverSettings& settings) {
  client::ResolverConfig config;
  for (const auto& upstream : settings.custom) {
    config.upstreams.push_back({upstream.transport == strategy::ResolverSettings::Transport::kTcp,
                                {upstream.address, upstream.port}});
  }
  return config;
}

void WarnAboutEhloName(const strategy::Policy& policy, const strategy::SystemIdentity& system) {
  if (policy.server_hostname || system.hostname) return;
  Log(LogLevel::kWarning,
      "neither the policy's server.hostname nor this machine's own name can serve as EHLO name: "
      "where a connection strategy names none, EHLO will say an address literal, which many "
      "servers "
      "refuse; set server.hostname");
}

void LogStart(const Flags& flags, const strategy::Policy& policy, const client::Endpoint& rpc) {
  if (!IsLoopback(rpc.ip)) {
    Log(LogLevel::kWarning,
        absl::StrCat(
            "--insecure: ", ToText(rpc),
            " is open to other machines without TLS, and whoever reaches it may send mail"));
  }
  Log(LogLevel::kInfo,
      absl::StrCat("policy ", policy.version, " is in force", flags.config.empty() ? "" : ", from ",
                   absl::StrJoin(flags.config, ", ")));
  Log(LogLevel::kInfo, absl::StrCat("listening on ", ToText(rpc)));
}

}  // namespace

class App::Impl {
 public:
  explicit Impl(const Flags& flags)
      : system_(LookUpSystemIdentity()), policies_(flags.config, system_) {}

  ~Impl() {
    if (rpc_ == nullptr) {
      loop_.Stop();
      return;
    }
    Drain();
    service_->AbandonAll();
    rpc_->Shutdown(kLastAnswers);
    ops_.reset();
    // A candidate policy may still be on its way to the loop.
    reloader_.reset();
    loop_.Stop();
  }

  absl::Status Start(const Flags& flags) {
    const std::size_t descriptors = RaiseDescriptorLimit();
    const std::size_t max_in_flight = MaxInFlight(descriptors);
    connector_ = std::make_unique<client::TcpConnector>(MaxConnections(descriptors));
    const strategy::LoadedPolicy loaded = policies_.Load();
    if (loaded.policy == nullptr) return absl::InvalidArgumentError(loaded.rendered);
    LogLines(LogLevel::kWarning, loaded.rendered);
    WarnAboutEhloName(*loaded.policy, system_);

    POSTERN_ASSIGN_OR_RETURN(
        resolver_, client::MakeUnboundResolver(loop_.context().get_executor(),
                                               ToResolverConfig(loaded.policy->resolver)));
    orchestrator_ = std::make_unique<Orchestrator>(
        Orchestrator::Parts{loop_, *resolver_, *connector_, own_addresses_, quarantine_,
                            lock_step_hosts_, clock_, random_});
    reloader_ = std::make_unique<PolicyReloader>(policies_);
    policy_service_ = std::make_unique<PolicyService>(policies_, *reloader_);
    service_ = std::make_unique<DeliveryService>(
        DeliveryService::Parts{.orchestrator = *orchestrator_,
                               .policies = policies_,
                               .reloader = *reloader_,
                               .clock = clock_,
                               .max_in_flight = max_in_flight,
                               .max_message_bytes = flags.max_message_bytes});
    if (flags.ops_listen) {
      POSTERN_ASSIGN_OR_RETURN(
          ops_, OpsServer::Start(loop_, *flags.ops_listen, [this] { return ready_.load(); }));
      Log(LogLevel::kInfo, absl::StrCat("ops listening on ", ToText(ops_->listening_on())));
    }
    POSTERN_ASSIGN_OR_RETURN(rpc_, RpcServer::Start(*service_, *policy_service_,
                                                    {flags.listen, flags.max_message_bytes}));
    ready_ = true;
    LogStart(flags, *loaded.policy, rpc_->listening_on());
    return absl::OkStatus();
  }

  void ReloadPolicy() { reloader_->Reload({}); }

  void Drain() {
    ready_ = false;
    rpc_->SetServing(false);
    service_->Drain();
  }

  RpcServer& rpc() { return *rpc_; }
  const OpsServer* ops() const { return ops_.get(); }
  DeliveryService& service() { return *service_; }
  Orchestrator& orchestrator() { return *orchestrator_; }

 private:
  const SteadyClock clock_;
  SystemRandom random_;
  const strategy::SystemIdentity system_;
  PolicyStore policies_;
  const client::SystemAddresses own_addresses_;
  strategy::SourceQuarantine quarantine_{clock_};
  client::LockStepHosts lock_step_hosts_{clock_};
  std::unique_ptr<client::TcpConnector> connector_;
  std::atomic<bool> ready_ = false;
  client::EventLoop loop_;
  std::unique_ptr<client::Resolver> resolver_;
  std::unique_ptr<Orchestrator> orchestrator_;
  std::unique_ptr<PolicyReloader> reloader_;
  std::unique_ptr<PolicyService> policy_service_;
  std::unique_ptr<DeliveryService> service_;
  std::unique_ptr<OpsServer> ops_;
  std::unique_ptr<RpcServer> rpc_;
};

absl::StatusOr<std::unique_ptr<App>> App::Start(const Flags& flags) {
  // Debian's Abseil, which gRPC uses, otherwise looks for deadlocks at every lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  auto impl = std::make_unique<Impl>(flags);
  POSTERN_RETURN_IF_ERROR(impl->Start(flags));
  return std::unique_ptr<App>(new App(std::move(impl)));
}

App::App(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
App::~App() = default;

const client::Endpoint& App::listening_on() const { return impl_->rpc().listening_on(); }

std::optional<client::Endpoint> App::ops_listening_on() const {
  if (impl_->ops() == nullptr) return std::nullopt;
  return impl_->ops()->listening_on();
}

void App::ReloadPolicy() { impl_->ReloadPolicy(); }

void App::Drain() { impl_->Drain(); }

bool App::idle() const {
  return impl_->service().in_flight() == 0 && impl_->orchestrator().in_flight() == 0;
}

void App::CancelAll() { impl_->service().CancelAll(); }

}  // namespace postern::server
