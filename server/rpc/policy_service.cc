#include "server/rpc/policy_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "postern/v1/policy_service.grpc.pb.h"
#include "server/rpc/errors.h"
#include "server/rpc/policy_texts.h"
#include "server/rpc/violations.h"
#include "strategy/config/policy_loader.h"

namespace postern::server {
namespace {

using Reactor = grpc::ServerUnaryReactor;

// What is looked for to be taken off again however a call ends.
class Place {
 public:
  explicit Place(std::atomic<std::size_t>& taken) : taken_(taken) { ++taken_; }
  ~Place() { --taken_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::atomic<std::size_t>& taken_;
};

template <typename Map>
std::vector<std::string> SortedIds(const Map& map) {
  std::vector<std::string> ids;
  for (const auto& [id, value] : map) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

void SetTime(std::chrono::system_clock::time_point time, google::protobuf::Timestamp* field) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  field->set_seconds(seconds.count());
  field->set_nanos(static_cast<std::int32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds).count()));
}

template <typename Message>
void AddIssues(const std::vector<strategy::Issue>& issues, Message* message) {
  for (const strategy::Issue& issue : issues) *message->add_issues() = ToProto(issue);
}

void WritePolicy(const strategy::Policy& policy, v1::GetPolicyResponse* response) {
  response->set_version(policy.version);
  for (std::string& id : SortedIds(policy.connections)) response->add_connections(std::move(id));
  for (std::string& id : SortedIds(policy.routes)) response->add_routes(std::move(id));
  for (std::string& id : SortedIds(policy.tls)) response->add_tls(std::move(id));
}

}  // namespace

class PolicyService::Impl final : public v1::PolicyService::CallbackService {
 public:
  Impl(const PolicyStore& store, PolicyReloader& reloader) : store_(store), reloader_(reloader) {}

  Reactor* GetPolicy(grpc::CallbackServerContext* context, const v1::GetPolicyRequest* /*request*/,
                     v1::GetPolicyResponse* response) override {
    const PolicyStatus status = store_.status();
    WritePolicy(status.in_force->policy(), response);
    for (const std::string& path : store_.paths()) response->add_files(path);
    SetTime(status.loaded_at, response->mutable_loaded_at());
    response->set_needs_restart(status.needs_restart);
    if (status.failure) {
      SetTime(status.failure->at, response->mutable_last_failure()->mutable_at());
      AddIssues(status.failure->issues, response->mutable_last_failure());
    }
    return Finished(*context, grpc::Status::OK);
  }

  Reactor* CheckPolicy(grpc::CallbackServerContext* context, const v1::CheckPolicyRequest* request,
                       v1::CheckPolicyResponse* response) override {
    Violations violations;
    auto sources = std::make_shared<std::vector<strategy::SourceText>>(
        ReadPolicyTexts(request->policies(), "policies", violations));
    if (!violations.empty()) return Finished(*context, InvalidRequest(violations));
    return OnThread(*context, [sources, response](auto finish) {
      const strategy::LoadedPolicy loaded = strategy::LoadPolicyTexts(std::move(*sources));
      response->set_valid(loaded.policy != nullptr);
      if (loaded.policy != nullptr) response->set_version(loaded.policy->version);
      AddIssues(loaded.issues, response);
      finish(grpc::Status::OK);
    });
  }

  Reactor* ReloadPolicy(grpc::CallbackServerContext* context,
                        const v1::ReloadPolicyRequest* /*request*/,
                        v1::ReloadPolicyResponse* response) override {
    return OnThread(*context, [this, response](auto finish) {
      // Already on the thread: its turn comes at once.
      reloader_.Reload([response, finish](const Reload& reload) {
        if (reload.loaded.policy == nullptr) return finish(InvalidPolicy(reload.loaded.issues));
        response->set_version(reload.loaded.policy->version);
        response->set_changed(reload.is_changed);
        AddIssues(reload.loaded.issues, response);
        finish(grpc::Status::OK);
      });
    });
  }

 private:
  static Reactor* Finished(grpc::CallbackServerContext& context, const grpc::Status& status) {
    Reactor* const reactor = context.DefaultReactor();
    reactor->Finish(status);
    return reactor;
  }

  // Runs `work` on the reloader's thread, with what ends the call.
  template <typename Work>
  Reactor* OnThread(grpc::CallbackServerContext& context, Work work) {
    if (in_flight_.load() >= kMaxInFlight) return Finished(context, TooManyInFlight(kMaxInFlight));
    Reactor* const reactor = context.DefaultReactor();
    auto place = std::make_shared<Place>(in_flight_);
    reloader_.Post([reactor, place, work = std::move(work)] {
      work([reactor, place](const grpc::Status& status) { reactor->Finish(status); });
    });
    return reactor;
  }

  const PolicyStore& store_;
  PolicyReloader& reloader_;
  std::atomic<std::size_t> in_flight_ = 0;
};

PolicyService::PolicyService(const PolicyStore& store, PolicyReloader& reloader)
    : impl_(std::make_unique<Impl>(store, reloader)) {}
PolicyService::~PolicyService() = default;

grpc::Service& PolicyService::grpc_service() { return *impl_; }

}  // namespace postern::server
