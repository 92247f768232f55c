#ifndef POSTERN_STRATEGY_CONFIG_REFERENCE_TEXT_H_
#define POSTERN_STRATEGY_CONFIG_REFERENCE_TEXT_H_

#include <string_view>

// The words of docs/configuration.md that no table holds. Static; any thread.
namespace postern::strategy {

// What stands above all sections: where policies come from, and how values are written.
extern const std::string_view kReferenceIntroduction;

// One section of the reference: the keys that begin with `prefix`, in the order of the schema.
struct ReferenceSection {
  std::string_view title;
  std::string_view prefix;
  std::string_view introduction;
};

// In the order of reading. Each key of the schema begins with the prefix of exactly one.
inline constexpr ReferenceSection kReferenceSections[] = {
    {"The server", "server.", ""},
    {"Strategies", "queue.strategy.",
     "Which route, connection strategy and TLS strategy a message takes: each key holds an "
     "expression that gives an id, or an if/then/else list of them. "
     "[The policy language](policy-language.md) says what they can be. The route is chosen for "
     "each "
     "recipient, the TLS strategy for each host, the connection strategy for each address that is "
     "tried. An id in quotes must exist: an unknown one is an error when the policy is loaded. An "
     "id that is computed and does not exist gives way to `mx` (routes) or `default`, and the "
     "answer says so.\n\nThese ids exist without being defined: route `mx`, connection `default`, "
     "TLS `default` and `invalid-tls` (as `default`, but any certificate will do). Defining one "
     "replaces it."},
    {"Connections", "queue.connection.",
     "How a connection is made. Any key under `queue.connection.<id>`, or its empty table, makes "
     "the strategy exist. A strategy whose `source-ips` have no address of the remote's family "
     "skips that remote; it never leaves from the system's default address instead."},
    {"Source addresses", "queue.source-ip.",
     "What belongs to one source address, whichever strategy uses it. The EHLO name of a "
     "connection is the first of: `queue.source-ip.<ip>.ehlo-hostname`, "
     "`queue.connection.<id>.ehlo-hostname`, `server.hostname`, this machine's fully qualified "
     "name, the address literal of the connection. The address may stand without quotes: "
     "`[queue.source-ip.192.0.2.1]`."},
    {"Routes", "queue.route.",
     "Where mail goes: to the mail exchangers of the recipient's domain (`type = \"mx\"`), or to "
     "one "
     "named server (`type = \"relay\"`)."},
    {"TLS", "queue.tls.",
     "What a connection must prove. This version has no TLS: mail whose strategy requires it is "
     "put "
     "off with nothing dialled, never sent in clear."},
    {"Limiters", "queue.limiter.",
     "How much may leave in which time. A limiter has a `rate` or a `concurrency`. Limiters are "
     "checked, and not enforced by this version."},
    {"DNS servers", "resolver.", ""},
    {"Local domains and addresses", "directory.",
     "What is_local_domain() and is_local_address() look at. Postern delivers nothing locally: use "
     "them to choose a route."},
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_REFERENCE_TEXT_H_
