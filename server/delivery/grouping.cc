#include "server/delivery/grouping.h"

#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"

namespace postern::server {

namespace {

// The address with its domain in lower case: what two spellings of one mailbox have in common (the
// local part is the remote's business, RFC 5321 2.4).
void Normalise(const Mailbox& mailbox, std::string_view domain, std::string& text) {
  text = mailbox.text();
  text.replace(mailbox.local_part().size() + 1, std::string::npos, domain);
}
std::string Normalised(const Mailbox& mailbox) {
  std::string text;
  const auto* name = std::get_if<DomainName>(&mailbox.destination());
  Normalise(mailbox, name != nullptr ? name->text() : mailbox.domain_text(), text);
  return text;
}

}  // namespace

FactSheet::FactSheet(const Envelope& envelope, std::uint64_t size,
                     const strategy::QueueContext& context) {
  facts_.recipients.reserve(envelope.recipients.size());
  for (const Recipient& recipient : envelope.recipients) {
    facts_.recipients.push_back(Normalised(recipient.address));
  }
  if (envelope.mail_from) {
    facts_.sender_domain = envelope.mail_from->domain_text();
    Normalise(*envelope.mail_from, facts_.sender_domain, facts_.sender);
  }
  facts_.priority = context.priority != 0 ? context.priority : envelope.priority;
  facts_.size = static_cast<std::int64_t>(size);
  facts_.context = context;
}

const strategy::Facts& FactSheet::ForRecipient(const Mailbox& recipient) {
  return ForTarget(recipient, "", "");
}

const strategy::Facts& FactSheet::ForTarget(const Mailbox& recipient, std::string_view mx,
                                            std::string_view remote_ip) {
  // In place: what the last recipient took up is there already.
  facts_.rcpt_domain = recipient.domain_text();
  Normalise(recipient, facts_.rcpt_domain, facts_.rcpt);
  facts_.mx.assign(mx);
  facts_.remote_ip.assign(remote_ip);
  return facts_;
}

std::vector<Group> GroupRecipients(const Envelope& envelope, FactSheet& facts,
                                   std::string_view route_override,
                                   const strategy::StrategyResolver& strategies,
                                   std::vector<strategy::DnsQuestion>& missing) {
  std::vector<Group> groups;
  // Domain and route id; and the normalised address within a group.
  absl::flat_hash_map<std::pair<std::string, std::string>, std::size_t> group_of;
  absl::flat_hash_map<std::pair<std::size_t, std::string>, std::size_t> place_of;
  for (std::size_t index = 0; index < envelope.recipients.size(); ++index) {
    const Recipient& recipient = envelope.recipients[index];
    strategy::StrategyResolver::Route route =
        strategies.ResolveRoute(facts.ForRecipient(recipient.address), route_override);
    missing.insert(missing.end(), route.choice.missing.begin(), route.choice.missing.end());
    std::string domain = recipient.address.domain_text();
    const auto [group, is_new] =
        group_of.try_emplace({domain, route.plan->route_id}, groups.size());
    if (is_new) {
      groups.push_back({recipient.address.destination(), std::move(domain), std::move(route), {}});
    }
    std::vector<GroupRecipient>& members = groups[group->second].recipients;
    const auto [place, first_time] =
        place_of.try_emplace({group->second, Normalised(recipient.address)}, members.size());
    if (first_time) members.push_back({recipient, {}});
    members[place->second].indices.push_back(index);
  }
  return groups;
}

}  // namespace postern::server
