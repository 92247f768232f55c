#ifndef POSTERN_SERVER_APP_SYSTEM_H_
#define POSTERN_SERVER_APP_SYSTEM_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "strategy/resolver/strategy_resolver.h"

// What the process asks of the machine that it runs on, at start.
namespace postern::server {

// `name` as an EHLO name, if it is a valid host name with a dot; nullopt otherwise. Pure.
std::optional<std::string> AsEhloName(std::string_view name);

// The machine's fully qualified name, by gethostname and the system's resolver. Waits at most 3 s.
strategy::SystemIdentity LookUpSystemIdentity();

// Raises the limit of open descriptors as far as it may be; returns what it then is.
std::size_t RaiseDescriptorLimit();

// The most calls in flight for a limit of descriptors: at most 1,000, and so few that their
// connections leave room for the callers' own. gRPC never accepts again once it runs out. Pure.
std::size_t MaxInFlight(std::size_t descriptors);

// The most connections to other servers at a time, for a limit of descriptors: what is left when
// the service itself and its callers have theirs. Pure.
std::size_t MaxConnections(std::size_t descriptors);

// SCHED_BATCH: fewer, longer turns on the processor, a fifth less work per message. A refusal is
// only logged.
void PreferThroughput();

}  // namespace postern::server

#endif  // POSTERN_SERVER_APP_SYSTEM_H_
