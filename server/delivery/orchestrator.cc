#include "server/delivery/orchestrator.h"

#include <utility>
#include <vector>

#include "server/delivery/delivery_run.h"
#include "server/delivery/explanation.h"
#include "server/delivery/grouping.h"
#include "server/delivery/in_flight.h"
#include "server/delivery/resolution_run.h"

// Only the door: a delivery is a DeliveryRun of GroupDelivery of AddressAttempt, on the loop.
namespace postern::server {

namespace {

// Knows its run only as long as that lives: the run belongs to what works for it.
class RunHandle final : public Orchestrator::Handle {
 public:
  RunHandle(client::EventLoop& loop, std::weak_ptr<TimedRun> run)
      : loop_(loop), run_(std::move(run)) {}

  void Cancel() override {
    std::shared_ptr<TimedRun> run = run_.lock();
    if (run == nullptr) return;
    // Moved, so that the last reference is never dropped on the caller's thread.
    loop_.Post([run = std::move(run)] { run->Stop(client::InterruptReason::kCancelled); });
  }

 private:
  client::EventLoop& loop_;
  const std::weak_ptr<TimedRun> run_;
};

std::shared_ptr<Orchestrator::Handle> Begin(client::EventLoop& loop,
                                            std::shared_ptr<TimedRun> run) {
  auto handle = std::make_shared<RunHandle>(loop, run);
  loop.Spawn("a delivery", [run = std::move(run)] { return TimedRun::Run(run); });
  return handle;
}

}  // namespace

class Orchestrator::Impl {
 public:
  explicit Impl(Parts parts) : parts(parts) {}

  const Parts parts;
  const std::shared_ptr<InFlight> in_flight = std::make_shared<InFlight>();
};

Orchestrator::Orchestrator(Parts parts) : impl_(std::make_unique<Impl>(parts)) {}
Orchestrator::~Orchestrator() = default;

std::shared_ptr<Orchestrator::Handle> Orchestrator::Deliver(
    std::shared_ptr<const strategy::StrategyResolver> strategies, DeliveryRequest request,
    std::function<void(DeliveryResult)> done) {
  return Begin(impl_->parts.loop,
               std::make_shared<DeliveryRun>(impl_->parts, impl_->in_flight, std::move(strategies),
                                             std::move(request), std::move(done)));
}

std::shared_ptr<Orchestrator::Handle> Orchestrator::Resolve(
    std::shared_ptr<const strategy::StrategyResolver> strategies, ResolveRequest request,
    std::function<void(ResolveResult)> done) {
  return Begin(impl_->parts.loop, std::make_shared<ResolutionRun>(
                                      impl_->parts, impl_->in_flight, std::move(strategies),
                                      std::move(request), std::move(done)));
}

ResolveResult Orchestrator::ResolveNow(const strategy::StrategyResolver& strategies,
                                       const ResolveRequest& request) const {
  FactSheet facts(request.envelope, request.message_size, request.context);
  std::vector<strategy::DnsQuestion> missing;  // and stays so
  ResolveResult result;
  result.resolutions.reserve(request.envelope.recipients.size());
  for (const Recipient& recipient : request.envelope.recipients) {
    result.resolutions.push_back(ExplainRecipient(strategies, impl_->parts.quarantine, request,
                                                  recipient.address, facts, missing));
  }
  return result;
}

std::size_t Orchestrator::in_flight() const { return impl_->in_flight->count(); }

}  // namespace postern::server
