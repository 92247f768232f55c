#include "server/delivery/explanation.h"

#include "server/delivery/plan_limits.h"

namespace postern::server {

Resolution ExplainRecipient(const strategy::StrategyResolver& strategies,
                            const strategy::SourceQuarantine& quarantine,
                            const ResolveRequest& request, const Mailbox& recipient,
                            FactSheet& facts, std::vector<strategy::DnsQuestion>& missing) {
  constexpr strategy::Explain kExplain = strategy::Explain::kYes;
  const Overrides& overrides = request.overrides;
  // A route expression cannot read what is there for the others.
  const strategy::Facts& target = facts.ForTarget(recipient, request.mx, request.remote_ip);
  Resolution resolution{
      .route = strategies.ResolveRoute(target, overrides.route, kExplain),
      .connection = strategies.ResolveConnection(target, overrides.connection, kExplain),
      .tls = strategies.ResolveTls(target, overrides.tls, kExplain),
      .sources = {},
      .targets = {},
      .failure = {}};
  for (const strategy::Choice* choice :
       {&resolution.route.choice, &resolution.connection.choice, &resolution.tls.choice})
    missing.insert(missing.end(), choice->missing.begin(), choice->missing.end());
  for (const SourceAddress& source : resolution.connection.plan->sources)
    resolution.sources.push_back({&source, quarantine.Holds(source.ip)});
  resolution.failure = RefusedByRoute(*resolution.route.plan);
  if (!resolution.failure) resolution.failure = RefusedByTls(*resolution.tls.plan);
  return resolution;
}

}  // namespace postern::server
