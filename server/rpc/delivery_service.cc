#include "server/rpc/delivery_service.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/mutex.h"
#include "postern/v1/delivery_service.grpc.pb.h"
#include "server/rpc/answer_time.h"
#include "server/rpc/encoded_parts.h"
#include "server/rpc/errors.h"
#include "server/rpc/policy_texts.h"
#include "server/rpc/request_reader.h"
#include "server/rpc/response_writer.h"
#include "server/rpc/violations.h"
#include "strategy/config/policy_loader.h"

// Requests arrive as octets and are parsed here, not by gRPC: what cannot be parsed is then
// INVALID_ARGUMENT (gRPC says UNIMPLEMENTED), a request with both forms of the message can be told
// from one with the last of them, and the octets are let go of before the delivery starts.
namespace postern::server {
namespace {

class Call;

// What may be held at once: requests, and the octets of all of them together. Whoever works for a
// request holds its admission; what it takes up is free again when the last of them lets go, which
// may be long after the answer (a session that awaits its final reply). Shared with the admissions,
// which may outlive the service. Thread-safe.
class Admissions : public std::enable_shared_from_this<Admissions> {
 public:
  using Admission = std::shared_ptr<const void>;

  Admissions(std::size_t max_requests, std::size_t max_bytes)
      : max_requests_(max_requests), max_bytes_(max_bytes) {}

  // What is let in without being counted, because it is done at once. Needs no lock.
  grpc::Status Check(std::size_t bytes) const {
    const std::size_t requests = requests_;
    if (draining_) return Draining();
    if (requests >= max_requests_) return TooManyInFlight(max_requests_);
    if (requests > 0 && bytes_ + bytes > max_bytes_) return TooManyBytesInFlight(max_bytes_);
    return grpc::Status::OK;
  }
  grpc::Status Admit(std::size_t bytes, Admission& admission) {
    {
      const MutexLock lock(mutex_);
      if (grpc::Status status = Check(bytes); !status.ok()) return status;
      ++requests_;
      bytes_ += bytes;
    }
    admission = Admission(this, [self = shared_from_this(), bytes](const void*) {
      const MutexLock release(self->mutex_);
      --self->requests_;
      self->bytes_ -= bytes;
    });
    return grpc::Status::OK;
  }
  void Drain() {
    const MutexLock lock(mutex_);
    draining_ = true;
  }

 private:
  const std::size_t max_requests_;
  const std::size_t max_bytes_;
  // Held by whoever changes what follows, so that two do not get the last place.
  Mutex mutex_;
  std::atomic<bool> draining_ = false;
  std::atomic<std::size_t> requests_ = 0;
  std::atomic<std::size_t> bytes_ = 0;
};

// The calls that have not been answered. Thread-safe.
class CallRegistry {
 public:
  void Add(const std::shared_ptr<Call>& call) {
    const MutexLock lock(mutex_);
    calls_.insert(call);
  }
  void Remove(const std::shared_ptr<Call>& call) {
    const MutexLock lock(mutex_);
    calls_.erase(call);
  }
  std::vector<std::shared_ptr<Call>> All() const {
    const MutexLock lock(mutex_);
    return {calls_.begin(), calls_.end()};
  }
  std::size_t size() const {
    const MutexLock lock(mutex_);
    return calls_.size();
  }

 private:
  mutable Mutex mutex_;
  absl::flat_hash_set<std::shared_ptr<Call>> calls_ ABSL_GUARDED_BY(mutex_);
};

// In one piece: gRPC's own way asks for blocks.
grpc::ByteBuffer BufferOf(std::string_view octets) {
  const grpc::Slice slice(octets.data(), octets.size());
  return {&slice, 1};
}
grpc::ByteBuffer BufferOf(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.ByteSizeLong());
  // Nobody else has seen the slice yet.
  message.SerializeWithCachedSizesToArray(const_cast<std::uint8_t*>(slice.begin()));
  return {&slice, 1};
}

// The answer to a delivery. One of the usual size allocates nothing but what it holds of long
// texts.
struct AnswerBlock {
  alignas(8) std::array<char, std::size_t{4} << 10> block;
  google::protobuf::Arena arena{block.data(), block.size()};
  v1::DeliverResponse* message =
      google::protobuf::Arena::CreateMessage<v1::DeliverResponse>(&arena);
};

// One call, shared by gRPC's side (which may cancel it) and the event loop's (which answers it).
// Answered exactly once: whoever comes first takes the reactor out. Thread-safe.
class Call : public std::enable_shared_from_this<Call> {
 public:
  Call(CallRegistry& registry, grpc::ByteBuffer* response)
      : registry_(registry), response_(response) {}

  void SetReactor(grpc::ServerUnaryReactor* reactor) {
    const MutexLock lock(mutex_);
    reactor_ = reactor;
  }

  // What Cancel() is to reach. The call may have been cancelled, or even answered, before this.
  void SetWork(std::shared_ptr<Orchestrator::Handle> work) {
    bool cancelled = false;
    {
      const MutexLock lock(mutex_);
      if (reactor_ == nullptr) return;
      work_ = work;
      cancelled = cancelled_;
    }
    if (cancelled) work->Cancel();
  }

  void Cancel() {
    std::shared_ptr<Orchestrator::Handle> work;
    {
      const MutexLock lock(mutex_);
      cancelled_ = true;
      work = work_;
    }
    if (work != nullptr) work->Cancel();
  }

  void Answer(const google::protobuf::Message& response) {
    Finish([this, &response] {
      *response_ = BufferOf(response);
      return grpc::Status::OK;
    });
  }

  // Of an encoded answer.
  void AnswerOctets(std::string_view octets) {
    Finish([this, octets] {
      *response_ = BufferOf(octets);
      return grpc::Status::OK;
    });
  }

  void Fail(const grpc::Status& status) {
    Finish([&status] { return status; });
  }

 private:
  template <typename MakeStatus>
  void Finish(MakeStatus make_status) {
    grpc::ServerUnaryReactor* reactor = nullptr;
    {
      const MutexLock lock(mutex_);
      std::swap(reactor, reactor_);
      work_ = nullptr;
    }
    if (reactor == nullptr) return;
    const grpc::Status status = make_status();
    // Until Finish the reactor lives, and with it the response and this service; not after it.
    registry_.Remove(shared_from_this());
    reactor->Finish(status);
  }

  CallRegistry& registry_;
  grpc::ByteBuffer* const response_;
  Mutex mutex_;
  grpc::ServerUnaryReactor* reactor_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::shared_ptr<Orchestrator::Handle> work_ ABSL_GUARDED_BY(mutex_);
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

// gRPC's handle on a call; owns itself, as gRPC wants it.
class CallReactor final : public grpc::ServerUnaryReactor {
 public:
  explicit CallReactor(std::shared_ptr<Call> call) : call_(std::move(call)) {}
  void OnCancel() override { call_->Cancel(); }
  void OnDone() override { delete this; }

 private:
  const std::shared_ptr<Call> call_;
};

// When the answer must be on its way for the caller to see it.
std::optional<TimePoint> AnswerBy(const grpc::CallbackServerContext& context, const Clock& clock) {
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return std::nullopt;
  constexpr auto kLongest = std::chrono::hours(24);
  const auto remaining = std::chrono::duration_cast<Duration>(
      std::min<std::chrono::nanoseconds>(deadline - std::chrono::system_clock::now(), kLongest));
  return clock.Now() + remaining - AnswerMargin(remaining);
}

// Whether a DeliverRequest has the message in both forms. Once parsed, only the last one is there.
bool HasBothForms(grpc::ByteBuffer& octets) {
  using google::protobuf::internal::WireFormatLite;
  grpc::ProtoBufferReader reader(&octets);
  google::protobuf::io::CodedInputStream input(&reader);
  bool raw = false;
  bool text = false;
  while (const std::uint32_t tag = input.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    raw |= field == v1::DeliverRequest::kRawFieldNumber;
    text |= field == v1::DeliverRequest::kTextFieldNumber;
    if (!WireFormatLite::SkipField(&input, tag)) return false;  // the parser will say so
  }
  return raw && text;
}

// Parses and lets go of the octets.
template <typename Request>
grpc::Status Parse(grpc::ByteBuffer& octets, Request& request) {
  grpc::Slice slice;
  // What is in one piece needs no reader of pieces.
  const bool parsed = octets.TrySingleSlice(&slice).ok()
                          ? request.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))
                          : grpc::SerializationTraits<Request>::Deserialize(&octets, &request).ok();
  octets.Clear();
  if (parsed) return grpc::Status::OK;
  return Unparsable(Request::descriptor()->full_name());
}

std::vector<std::string> RecipientTexts(const v1::Envelope& envelope) {
  std::vector<std::string> texts;
  texts.reserve(static_cast<std::size_t>(envelope.recipients_size()));
  for (const v1::Recipient& recipient : envelope.recipients()) texts.push_back(recipient.address());
  return texts;
}

// Recipients of a resolution that waits for nothing and is worked out on gRPC's thread: some
// microseconds, where the way to the loop and back costs more, and where an expensive policy
// expression holds up no delivery. Larger ones go to the loop.
constexpr std::size_t kMostResolvedHere = 10;

using RawService = v1::DeliveryService::WithRawCallbackMethod_Deliver<
    v1::DeliveryService::WithRawCallbackMethod_ResolveStrategy<v1::DeliveryService::Service>>;

}  // namespace

class DeliveryService::Impl final : public RawService {
 public:
  explicit Impl(Parts parts)
      : parts_(parts),
        admissions_(std::make_shared<Admissions>(parts.max_in_flight, parts.max_bytes_in_flight)) {}

  CallRegistry& registry() { return registry_; }
  Admissions& admissions() { return *admissions_; }

  grpc::ServerUnaryReactor* Deliver(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) override {
    return Begin(
        request, response,
        [&](const std::shared_ptr<Call>& call, auto& octets, Admissions::Admission admission) {
          return StartDelivery(*context, octets, call, std::move(admission));
        });
  }

  grpc::ServerUnaryReactor* ResolveStrategy(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) override {
    ResolutionCall resolution;
    const grpc::Status refused = ParseResolution(*request, resolution);
    if (refused.ok() && resolution.message->candidate_policy_size() > 0) {
      return Begin(request, response,
                   [&](const std::shared_ptr<Call>& call, auto&, Admissions::Admission admission) {
                     return StartCandidate(*context, *resolution.message, call,
                                           std::move(admission));
                   });
    }
    return ResolveUnderPolicyInForce(context, request, response, resolution, refused);
  }

 private:
  // A resolution, read and checked.
  struct ResolutionCall {
    // A request of the usual size allocates nothing more.
    alignas(8) std::array<char, std::size_t{2} << 10> block;
    google::protobuf::Arena arena{block.data(), block.size()};
    v1::ResolveStrategyRequest* message =
        google::protobuf::Arena::CreateMessage<v1::ResolveStrategyRequest>(&arena);
    std::shared_ptr<EncodedParts> encoded;  // with the policy
    ResolveRequest request;
    Admissions::Admission admission;  // once it is more than a moment's work

    bool IsAtOnce() const {
      return !request.lookup_dns && request.envelope.recipients.size() <= kMostResolvedHere;
    }
  };

  grpc::ServerUnaryReactor* ResolveUnderPolicyInForce(grpc::CallbackServerContext* context,
                                                      const grpc::ByteBuffer* request,
                                                      grpc::ByteBuffer* response,
                                                      ResolutionCall& resolution,
                                                      grpc::Status refused) {
    if (refused.ok()) refused = ReadResolution(EncodedInForce(), resolution);
    if (!refused.ok() || resolution.IsAtOnce()) {
      // Nothing to cancel, and nothing to wait for: the reactor that costs gRPC least.
      grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
      reactor->Finish(refused.ok() ? AnswerAtOnce(resolution, response) : refused);
      return reactor;
    }
    return Begin(request, response,
                 [&](const std::shared_ptr<Call>& call, auto&, Admissions::Admission admission) {
                   resolution.admission = std::move(admission);
                   StartResolution(AnswerBy(*context, parts_.clock), resolution, call);
                   return grpc::Status::OK;
                 });
  }
  // Admits a call and starts its work; `start` gives the status to refuse it with, or OK. It gets
  // the only reference to the admission, which is then free again by the time of the answer.
  template <typename Start>
  grpc::ServerUnaryReactor* Begin(const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                                  Start start) {
    auto call = std::make_shared<Call>(registry_, response);
    auto* reactor = new CallReactor(call);
    call->SetReactor(reactor);
    Admissions::Admission admission;
    grpc::Status status = admissions_->Admit(request->Length(), admission);
    if (status.ok()) registry_.Add(call);
    // gRPC made the buffer for this call, keeps it to the call's end, and never looks again.
    if (status.ok())
      status = start(call, *const_cast<grpc::ByteBuffer*>(request), std::move(admission));
    if (!status.ok()) call->Fail(status);
    return reactor;
  }

  grpc::Status StartDelivery(const grpc::CallbackServerContext& context, grpc::ByteBuffer& octets,
                             const std::shared_ptr<Call>& call, Admissions::Admission admission) {
    Violations violations;
    if (HasBothForms(octets)) {
      violations.Add("message", kInvalid, "both `raw` and `text` are set; give one of them");
    }
    v1::DeliverRequest message;
    if (grpc::Status status = Parse(octets, message); !status.ok()) return status;
    const auto strategies = parts_.policies.snapshot();
    DeliveryRequest request = ReadDeliverRequest(message, *strategies, violations);
    if (request.message != nullptr && request.message->size() > parts_.max_message_bytes) {
      violations.Add("message", kInvalid,
                     absl::StrCat(request.message->size(), " octets; this server takes at most ",
                                  parts_.max_message_bytes));
    }
    if (!violations.empty()) return InvalidRequest(violations);
    request.deadline = AnswerBy(context, parts_.clock);
    request.admission = std::move(admission);
    call->SetWork(parts_.orchestrator.Deliver(
        strategies, std::move(request),
        [call, recipients = RecipientTexts(message.envelope())](const DeliveryResult& result) {
          AnswerBlock block;
          WriteDeliverResponse(recipients, result, *block.message);
          call->Answer(*block.message);
        }));
    return grpc::Status::OK;
  }

  grpc::Status ParseResolution(const grpc::ByteBuffer& octets, ResolutionCall& resolution) {
    grpc::Status status = admissions_->Check(octets.Length());
    // gRPC made the buffer for this call, keeps it to the call's end, and never looks again.
    if (!status.ok()) return status;
    return Parse(const_cast<grpc::ByteBuffer&>(octets), *resolution.message);
  }

  static grpc::Status ReadResolution(std::shared_ptr<EncodedParts> encoded,
                                     ResolutionCall& resolution) {
    Violations violations;
    ReadResolveRequest(*resolution.message, *encoded->strategies(), resolution.request, violations);
    resolution.encoded = std::move(encoded);
    return violations.empty() ? grpc::Status::OK : InvalidRequest(violations);
  }

  // A policy is read on the reloader's thread: a large one takes a second.
  grpc::Status StartCandidate(const grpc::CallbackServerContext& context,
                              v1::ResolveStrategyRequest& message,
                              const std::shared_ptr<Call>& call, Admissions::Admission admission) {
    Violations violations;
    auto sources = std::make_shared<std::vector<strategy::SourceText>>(
        ReadPolicyTexts(message.candidate_policy(), "candidate_policy", violations));
    if (!violations.empty()) return InvalidRequest(violations);
    auto resolution = std::make_shared<ResolutionCall>();
    message.clear_candidate_policy();
    *resolution->message = message;
    resolution->admission = std::move(admission);
    parts_.reloader.Post(
        [this, deadline = AnswerBy(context, parts_.clock), resolution, sources, call] {
          const grpc::Status status = ReadCandidate(std::move(*sources), *resolution);
          if (!status.ok()) return call->Fail(status);
          StartResolution(deadline, *resolution, call);
        });
    return grpc::Status::OK;
  }

  grpc::Status ReadCandidate(std::vector<strategy::SourceText> sources,
                             ResolutionCall& resolution) const {
    const strategy::LoadedPolicy loaded = strategy::LoadPolicyTexts(std::move(sources));
    if (loaded.policy == nullptr) {
      Violations violations;
      AddErrors(loaded.issues, "candidate_policy", violations);
      return InvalidRequest(violations);
    }
    const auto strategies =
        std::make_shared<const strategy::StrategyResolver>(loaded.policy, parts_.policies.system());
    return ReadResolution(std::make_shared<EncodedParts>(strategies), resolution);
  }

  grpc::Status AnswerAtOnce(const ResolutionCall& resolution, grpc::ByteBuffer* response) const {
    const ResolveResult result =
        parts_.orchestrator.ResolveNow(*resolution.encoded->strategies(), resolution.request);
    FieldBuffer octets;
    if (grpc::Status status = WriteAnswer(resolution.request.envelope.recipients, result,
                                          *resolution.encoded, octets);
        !status.ok())
      return status;
    grpc::ByteBuffer answer = BufferOf(octets.view());
    response->Swap(&answer);  // to assign is to copy
    return grpc::Status::OK;
  }

  static grpc::Status WriteAnswer(const std::vector<Recipient>& recipients,
                                  const ResolveResult& result, EncodedParts& encoded,
                                  FieldBuffer& octets) {
    const std::size_t written = WriteResolveResponse(recipients, result, encoded, octets);
    return written == recipients.size() ? grpc::Status::OK
                                        : IncompleteResolution(written, recipients.size());
  }

  // Of the policy in force.
  std::shared_ptr<EncodedParts> EncodedInForce() {
    std::shared_ptr<EncodedParts> old;  // which, with its policy, goes after the lock
    const MutexLock lock(encoded_mutex_);
    if (encoded_ == nullptr || !parts_.policies.IsInForce(*encoded_->strategies())) {
      old = std::exchange(encoded_, std::make_shared<EncodedParts>(parts_.policies.snapshot()));
    }
    return encoded_;
  }

  void StartResolution(std::optional<TimePoint> deadline, ResolutionCall& resolution,
                       const std::shared_ptr<Call>& call) {
    const std::shared_ptr<EncodedParts> encoded = std::move(resolution.encoded);
    std::vector<Recipient> recipients = resolution.request.envelope.recipients;
    resolution.request.deadline = deadline;
    resolution.request.admission = std::move(resolution.admission);
    call->SetWork(parts_.orchestrator.Resolve(
        encoded->strategies(), std::move(resolution.request),
        [call, encoded, recipients = std::move(recipients)](const ResolveResult& result) {
          FieldBuffer octets;
          const grpc::Status status = WriteAnswer(recipients, result, *encoded, octets);
          status.ok() ? call->AnswerOctets(octets.view()) : call->Fail(status);
        }));
  }

  const Parts parts_;
  CallRegistry registry_;
  const std::shared_ptr<Admissions> admissions_;
  Mutex encoded_mutex_;
  std::shared_ptr<EncodedParts> encoded_ ABSL_GUARDED_BY(encoded_mutex_);
};

DeliveryService::DeliveryService(Parts parts) : impl_(std::make_unique<Impl>(parts)) {}
DeliveryService::~DeliveryService() = default;

grpc::Service& DeliveryService::grpc_service() { return *impl_; }
void DeliveryService::Drain() { impl_->admissions().Drain(); }

void DeliveryService::CancelAll() {
  for (const auto& call : impl_->registry().All()) call->Cancel();
}

void DeliveryService::AbandonAll() {
  for (const auto& call : impl_->registry().All()) call->Fail(AnswerLost());
}

std::size_t DeliveryService::in_flight() const { return impl_->registry().size(); }

}  // namespace postern::server
