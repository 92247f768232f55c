#include "server/delivery/plan_limits.h"

#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/delivery/outcomes.h"

namespace postern::server {

using client::Event;
using client::Stage;

namespace {

client::Outcome ImplicitTls(const std::string& id) {
  return EventOutcome(
      Stage::kPlan, Event::kNoTls,
      absl::StrCat("route \"", id,
                   "\" is a relay with implicit TLS (the default of tls.implicit), which this "
                   "version does not have; set queue.route.",
                   id,
                   ".tls.implicit = false if the relay takes mail in clear, or wait for a version "
                   "with TLS"));
}

client::Outcome Auth(const std::string& id) {
  return EventOutcome(
      Stage::kPlan, Event::kNoAuth,
      absl::StrCat("route \"", id,
                   "\" has auth.username, and mail never leaves without the "
                   "authentication that its route wants; take queue.route.",
                   id,
                   ".auth out if the relay takes mail from this machine without it, or wait for a "
                   "version with AUTH"));
}

}  // namespace

std::optional<client::Outcome> RefusedByRoute(const RoutePlan& route) {
  const auto* relay = std::get_if<RelayRoute>(&route.kind);
  if (relay == nullptr) return std::nullopt;
  if (relay->tls_implicit) return ImplicitTls(route.route_id);
  if (relay->auth) return Auth(route.route_id);
  return std::nullopt;
}

std::optional<client::Outcome> RefusedByTls(const TlsPlan& tls) {
  if (!tls.requires_tls()) return std::nullopt;
  const std::string_view key = tls.starttls == TlsRequirement::kRequire ? "starttls"
                               : tls.dane == TlsRequirement::kRequire   ? "dane"
                                                                        : "mta-sts";
  return EventOutcome(
      Stage::kPlan, Event::kNoTls,
      absl::StrCat("TLS strategy \"", tls.strategy_id, "\" has ", std::string(key),
                   " = \"require\", and mail never leaves in clear where that is wanted; let "
                   "queue.strategy.tls choose another for mail that may, or wait for a version "
                   "with TLS"));
}

}  // namespace postern::server
