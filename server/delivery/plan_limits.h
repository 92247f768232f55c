#ifndef POSTERN_SERVER_DELIVERY_PLAN_LIMITS_H_
#define POSTERN_SERVER_DELIVERY_PLAN_LIMITS_H_

#include <optional>

#include "client/smtp/outcome.h"
#include "common/plan/route_plan.h"
#include "common/plan/tls_plan.h"

// What a plan may ask for and this version cannot do: such mail is put off with a sentence that
// says why, and nothing is dialled. Never in clear where the policy wants TLS, never without the
// authentication that it wants. Pure; nullopt: nothing stands against it.
namespace postern::server {

// A relay with implicit TLS or AUTH.
std::optional<client::Outcome> RefusedByRoute(const RoutePlan& route);

// A TLS strategy that requires any kind of TLS.
std::optional<client::Outcome> RefusedByTls(const TlsPlan& tls);

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_PLAN_LIMITS_H_
