#include "strategy/config/reference_text.h"

namespace postern::strategy {

const std::string_view kReferenceIntroduction =
    R"md(# Configuration

<!-- Made from the table of keys in strategy/config/schema.cc; do not edit. To make it again:
     bazel run //strategy/config:configuration_reference > docs/configuration.md -->

Every key of a policy file, with its value, its default and an example. Defaults and examples are written in TOML.

A policy is one file or several, in TOML or YAML (the name ends in `.yaml` or `.yml`); both hold the same tree of keys.
`posternd --config a.toml --config b.yaml` makes one policy of them; a key that two files set is an error. The keys and
their meanings are Stalwart's (0.13 to 0.15): its file loads as it stands, and what it says about other things is
[passed over](#what-is-passed-over). A key that neither knows is an error. `posternd --check --config FILE` shows all
that is wrong with a file, and how to mend it.

`<id>` is a name of your own: up to 200 octets, upper and lower case differ. An id with a dot stands in quotes, as in
`[queue.route."a.b"]`.

## Values

In Stalwart's files every value is a text. So numbers and `true` may stand in quotes here too.

- **text**: Any text: `"transactional mail"`.
- **boolean**: `true` or `false`.
- **whole number**: Decimal digits, between the two bounds that the key names.
- **duration**: Whole numbers, each with its unit, added up: `"90s"`, `"1m30s"`, `"2h"`. The units are `ms`, `s`, `m`,
  `h` and `d`. More than zero. A number without a unit is refused: Stalwart would take it for milliseconds, people for
  seconds.
- **list**: Where a list is allowed, one value needs no brackets: `"192.0.2.1"` is the same as `["192.0.2.1"]`.
- **address**: An IP address: `"192.0.2.1"`, `"2001:db8::1"`. Addresses compare as addresses, however they are spelt.
  A source address is the address of one machine: no network, no multicast, no zone.
- **network**: `"10.0.0.0/8"`, `"fc00::/7"`, or one address.
- **host name**: `"mail.example.org"`. An EHLO name may also be an address literal: `"[192.0.2.1]"`,
  `"[IPv6:2001:db8::1]"`.
- **DNS server**: An address with, at will, a transport and a port: `"192.0.2.53"`, `"udp://127.0.0.1:5300"`,
  `"tcp://[2001:db8::53]:53"`.
- **mail address**: `"postmaster@example.org"`.
- **one of**: One of the words that the key names, in upper or lower case.
- **requirement**: `"optional"` (where the other side offers it), `"require"` (or no delivery) or `"disable"` (not
  even then). Also understood: `"required"`, `"disabled"`, `"none"`, `"false"`.
- **rate**: How many, and in how long: `"100/1h"`. A time under a second counts as one. `"unlimited"` (or `"none"`,
  `"false"`) is no limit.
- **expression**: A text in the [policy language](policy-language.md) that gives an id, which has quotes of its own:
  `"'mx'"`. Or a list of conditions and what follows from them:
  `[{ if = "retry_num > 1", then = "'slow'" }, { else = "'mx'" }]`.
- **condition**: An expression that is true or false: `"rcpt_domain == 'example.com'"`.
- **secret**: A text that Postern never shows. Take it from a file or the environment, with a macro; one that stands
  in the policy itself is a warning.

### Macros

A macro may stand anywhere in a text, also more than once: `"%{env:REGION}%.example.org"`.

| macro | what takes its place |
| --- | --- |
| `%{env:NAME}%` | the environment variable `NAME` of posternd |
| `%{file:/path}%` | what the file holds |
| `%{cfg:server.hostname}%` | the value of another key of the policy |

posternd reads the environment and the files when it loads its policy, at the start and at each reload.
)md";

}  // namespace postern::strategy
