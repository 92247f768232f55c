#include "server/delivery/outcomes.h"

#include "absl/strings/str_cat.h"

namespace postern::server {

using client::Disposition;
using client::Event;
using client::Outcome;

Outcome EventOutcome(client::Stage stage, Event event, std::string_view more,
                     client::EventContext context) {
  Outcome outcome;
  outcome.verdict = client::ClassifyEvent(stage, event, context);
  outcome.stage = stage;
  outcome.detail = client::Describe(stage, event);
  if (!more.empty()) absl::StrAppend(&outcome.detail, ": ", std::string(more));
  return outcome;
}

Outcome ValidatedOutcome(std::string_view where) {
  Outcome outcome;
  outcome.verdict.disposition = Disposition::kNotAttempted;
  outcome.verdict.reason = "VALIDATED";
  outcome.stage = client::Stage::kDns;
  outcome.detail = absl::StrCat("validate_only: the next step would be a connection to ",
                                std::string(where), ".");
  return outcome;
}

Event EventOf(client::InterruptReason reason) {
  return reason == client::InterruptReason::kDeadline ? Event::kDeadline : Event::kCancelled;
}

namespace {

// Higher stands for the attempt.
int Weight(Disposition disposition) {
  switch (disposition) {
    case Disposition::kDelivered:
      return 2;
    case Disposition::kUnknown:
      return 1;
    default:
      return 0;
  }
}

}  // namespace

const Outcome& Representative(std::span<const Outcome> outcomes) {
  const Outcome* best = &outcomes.front();
  for (const Outcome& outcome : outcomes.subspan(1)) {
    const int ours = Weight(outcome.verdict.disposition);
    const int theirs = Weight(best->verdict.disposition);
    if (ours > theirs ||
        (ours == 0 && theirs == 0 && client::Outranks(outcome.verdict, best->verdict))) {
      best = &outcome;
    }
  }
  return *best;
}

}  // namespace postern::server
