#include "server/delivery/ledger.h"

#include <algorithm>

#include "client/smtp/classify.h"

namespace postern::server {

namespace {

bool IsAnswerAboutTheMail(const client::Outcome& outcome) {
  const client::Scope scope = outcome.verdict.scope;
  return outcome.reply.has_value() &&
         (scope == client::Scope::kRecipient || scope == client::Scope::kMessage);
}

// Nothing was learnt of the mail: no reply, and no chance that it was taken.
bool IsMereFailureToAsk(const client::Outcome& outcome) {
  return !outcome.reply.has_value() &&
         outcome.verdict.disposition == client::Disposition::kTransientFailure;
}

}  // namespace

std::vector<std::size_t> Ledger::open() const {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].closed) open.push_back(i);
  }
  return open;
}

bool Ledger::all_closed() const {
  return std::ranges::all_of(entries_, [](const Entry& entry) { return entry.closed; });
}

void Ledger::Record(std::size_t recipient, const client::Outcome& outcome,
                    std::optional<std::size_t> attempt) {
  Entry& entry = entries_[recipient];
  if (entry.closed) return;
  const bool closes = !outcome.verdict.next_host;
  const client::Outcome& kept = entry.result.outcome;
  const bool says_less = IsMereFailureToAsk(outcome) && IsAnswerAboutTheMail(kept) &&
                         kept.verdict.disposition == client::Disposition::kTransientFailure;
  const bool replaces =
      !entry.known || (!says_less && (closes || client::Outranks(outcome.verdict, kept.verdict)));
  if (replaces) entry.result = {outcome, attempt};
  entry.known = true;
  entry.closed = closes;
}

void Ledger::RecordAll(const client::Outcome& outcome, std::optional<std::size_t> attempt) {
  for (std::size_t i = 0; i < entries_.size(); ++i) Record(i, outcome, attempt);
}

void Ledger::RecordSkipped(const client::Outcome& outcome, std::optional<std::size_t> attempt) {
  for (Entry& entry : entries_) {
    if (entry.closed) continue;
    const client::Verdict& kept = entry.result.outcome.verdict;
    const bool softer =
        client::Outranks(outcome.verdict, kept) && !client::Outranks(kept, outcome.verdict);
    if (!entry.known || softer) entry.result = {outcome, attempt};
    entry.known = true;
  }
}

void Ledger::Close(const client::Outcome& otherwise) {
  for (Entry& entry : entries_) {
    if (!entry.known) entry.result = {otherwise, std::nullopt};
    entry.known = true;
    entry.closed = true;
  }
}

}  // namespace postern::server
