#include "strategy/config/schema.h"

#include <algorithm>

#include "strategy/config/values.h"
#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

constexpr std::int64_t kMaxMilliseconds = kMaxDuration.count();

constexpr std::string_view kRouteTypes[] = {"mx", "relay"};
// In the order of RelayProtocol.
constexpr std::string_view kProtocols[] = {"smtp", "lmtp"};
// In the order of LimiterKey.
constexpr std::string_view kLimiterKeys[] = {"rcpt_domain", "sender",   "sender_domain", "mx",
                                             "remote_ip",   "local_ip", "rcpt"};
constexpr std::string_view kRequirements[] = {"optional", "require", "disable"};
constexpr std::string_view kResolverTypes[] = {"system", "custom"};
// In the order of IpLookup.
constexpr std::string_view kIpLookups[] = {"ipv4_only", "ipv6_only", "ipv4_then_ipv6",
                                           "ipv6_then_ipv4"};

constexpr RefusedValue kRefusedRouteTypes[] = {
    {"local", "Postern delivers to other servers only, and stores no mail",
     "make it a relay to the local delivery service: type = \"relay\", with its address and port"},
};
constexpr std::string_view kWriteCustom =
    "write type = \"custom\" and the servers' addresses in resolver.custom";
constexpr std::string_view kNoTls = "this resolver has no TLS";
constexpr std::string_view kNoNamed = "public resolvers are not known by name here";
constexpr RefusedValue kRefusedResolverTypes[] = {
    {"cloudflare", kNoNamed, kWriteCustom}, {"cloudflare-tls", kNoTls, kWriteCustom},
    {"quad9", kNoNamed, kWriteCustom},      {"quad9-tls", kNoTls, kWriteCustom},
    {"google", kNoNamed, kWriteCustom},
};

constexpr std::string_view kTakeItOut = "take it out; without it nothing is lost";
constexpr SchemaRow Timeout(std::string_view key, Field field, std::string_view default_value,
                            std::string_view meaning) {
  return {.key = key,
          .field = field,
          .type = ValueType::kDuration,
          .default_value = default_value,
          .min = 1,
          .max = kMaxMilliseconds,
          .meaning = meaning,
          .example = R"("1m30s")"};
}

constexpr SchemaRow Requirement(std::string_view key, Field field, std::string_view meaning) {
  return {.key = key,
          .field = field,
          .type = ValueType::kTlsRequirement,
          .default_value = R"("optional")",
          .choices = kRequirements,
          .meaning = meaning,
          .example = R"("require")"};
}

constexpr SchemaRow WithoutEffect(std::string_view key, std::string_view meaning) {
  return {
      .key = key, .meaning = meaning, .standing = Standing::kWithoutEffect, .instead = kTakeItOut};
}

constexpr SchemaRow kRows[] = {
    {.key = "server.hostname",
     .field = Field::kServerHostname,
     .type = ValueType::kEhloName,
     .meaning = "The EHLO name where neither the source address nor the connection strategy has "
                "one. Without it: this machine's fully qualified name, else an address literal.",
     .example = R"("mail.example.org")"},

    {.key = "queue.connection.<id>.ehlo-hostname",
     .field = Field::kConnectionEhloHostname,
     .type = ValueType::kEhloName,
     .meaning = "The EHLO name of this strategy's connections.",
     .example = R"("out.example.org")"},
    {.key = "queue.connection.<id>.source-ips",
     .field = Field::kConnectionSourceIps,
     .type = ValueType::kSourceAddresses,
     .meaning = "The addresses that connections leave from: one of the remote's family is drawn "
                "for each. One listed twice is drawn twice as often. One that cannot be bound "
                "gives way to the others at once, and is tried only after them for 30 seconds, "
                "twice as long each time that it fails again, up to 16 minutes. Without it the "
                "system chooses.",
     .example = R"(["192.0.2.1", "2001:db8::1"])"},
    {.key = "queue.connection.<id>.description",
     .type = ValueType::kText,
     .meaning = "For people.",
     .example = R"("transactional mail")"},
    Timeout("queue.connection.<id>.timeout.connect", Field::kTimeoutConnect, R"("5m")",
            "For the TCP connection to stand."),
    Timeout("queue.connection.<id>.timeout.greeting", Field::kTimeoutGreeting, R"("5m")",
            "For the server's greeting."),
    Timeout("queue.connection.<id>.timeout.ehlo", Field::kTimeoutEhlo, R"("5m")",
            "For the reply to EHLO."),
    Timeout("queue.connection.<id>.timeout.mail-from", Field::kTimeoutMailFrom, R"("5m")",
            "For the reply to MAIL FROM."),
    Timeout("queue.connection.<id>.timeout.rcpt-to", Field::kTimeoutRcptTo, R"("5m")",
            "For the reply to each RCPT TO."),
    Timeout("queue.connection.<id>.timeout.data", Field::kTimeoutData, R"("10m")",
            "For the reply to DATA, for the message (as time without progress), and for the final "
            "reply."),

    {.key = "queue.source-ip.<ip>.ehlo-hostname",
     .field = Field::kSourceIpEhloHostname,
     .type = ValueType::kEhloName,
     .meaning = "The EHLO name of every connection that leaves from this address.",
     .example = R"("out-1.example.org")"},

    {.key = "queue.strategy.connection",
     .field = Field::kStrategyConnection,
     .type = ValueType::kExpression,
     .default_value = R"("'default'")",
     .meaning = "Gives the id of the connection strategy.",
     .example = R"("'default'")"},
    {.key = "queue.strategy.route",
     .field = Field::kStrategyRoute,
     .type = ValueType::kExpression,
     .default_value = R"("'mx'")",
     .meaning = "Gives the id of the route.",
     .example = R"("'mx'")"},
    {.key = "queue.strategy.tls",
     .field = Field::kStrategyTls,
     .type = ValueType::kExpression,
     .default_value =
         R"([{ if = "retry_num > 0 && last_error == 'tls'", then = "'invalid-tls'" }, { else = "'default'" }])",
     .meaning = "Gives the id of the TLS strategy.",
     .example = R"("'default'")"},

    {.key = "queue.route.<id>.type",
     .field = Field::kRouteType,
     .type = ValueType::kChoice,
     .choices = kRouteTypes,
     .refused_values = kRefusedRouteTypes,
     .meaning = "To the mail exchangers of the recipient's domain, or to one named server. "
                "Required.",
     .example = R"("mx")"},
    {.key = "queue.route.<id>.description",
     .type = ValueType::kText,
     .meaning = "For people.",
     .example = R"("to the archive")"},
    {.key = "queue.route.<id>.limits.mx",
     .field = Field::kRouteMaxHosts,
     .type = ValueType::kInteger,
     .default_value = "5",
     .min = 1,
     .max = 1000,
     .route_type = "mx",
     .meaning = "How many mail exchangers of a domain are tried at most. On port 25 a host that is "
                "this machine, and all hosts of its preference or worse, are left out (RFC 5321 "
                "5.1); a domain that a server here serves needs a relay route.",
     .example = "3"},
    {.key = "queue.route.<id>.limits.multihomed",
     .field = Field::kRouteMaxAddresses,
     .type = ValueType::kInteger,
     .default_value = "2",
     .min = 1,
     .max = 1000,
     .route_type = "mx",
     .meaning = "How many addresses of one mail exchanger are tried at most.",
     .example = "4"},
    {.key = "queue.route.<id>.ip-lookup",
     .field = Field::kRouteIpLookup,
     .type = ValueType::kChoice,
     .default_value = R"("ipv4_then_ipv6")",
     .choices = kIpLookups,
     .meaning = "Which address families are looked up, and which is tried first.",
     .example = R"("ipv6_then_ipv4")"},
    {.key = "queue.route.<id>.port",
     .field = Field::kRoutePort,
     .type = ValueType::kInteger,
     .default_value = "25",
     .min = 1,
     .max = 65535,
     .meaning = "The port that is dialled.",
     .example = "587"},
    {.key = "queue.route.<id>.deny-destinations",
     .field = Field::kRouteDenyDestinations,
     .type = ValueType::kNetworks,
     .meaning = "Networks that are never dialled. For mx routes, without it, every range that is "
                "not globally routable; for relays none.",
     .example = R"(["10.0.0.0/8", "fc00::/7"])"},
    {.key = "queue.route.<id>.address",
     .field = Field::kRelayAddress,
     .type = ValueType::kRelayAddress,
     .route_type = "relay",
     .meaning = "The server: a host name or an IP address. Required.",
     .example = R"("relay.example.org")"},
    {.key = "queue.route.<id>.protocol",
     .field = Field::kRelayProtocol,
     .type = ValueType::kChoice,
     .default_value = R"("smtp")",
     .choices = kProtocols,
     .route_type = "relay",
     .meaning =
         "What the server speaks. With `lmtp` (RFC 2033) each recipient has an outcome of its own "
         "for the message, too; such a server listens on a port other than 25.",
     .example = R"("smtp")"},
    {.key = "queue.route.<id>.tls.implicit",
     .field = Field::kRelayTlsImplicit,
     .type = ValueType::kBoolean,
     .default_value = "true",
     .route_type = "relay",
     .meaning = "Whether TLS starts with the connection. This version has no TLS: it delivers to "
                "relays that say false, and puts off deliveries to all others.",
     .example = "false"},
    {.key = "queue.route.<id>.tls.allow-invalid-certs",
     .field = Field::kRelayAllowInvalidCerts,
     .type = ValueType::kBoolean,
     .default_value = "false",
     .route_type = "relay",
     .meaning = "Whether the relay's certificate may be anyone's.",
     .example = "true"},
    {.key = "queue.route.<id>.auth.username",
     .field = Field::kRelayUsername,
     .type = ValueType::kText,
     .route_type = "relay",
     .meaning = "Who we are to the relay; needs auth.secret too. This version cannot authenticate: "
                "deliveries to such a relay are put off.",
     .example = R"("postern")"},
    {.key = "queue.route.<id>.auth.secret",
     .field = Field::kRelaySecret,
     .type = ValueType::kSecret,
     .route_type = "relay",
     .meaning = "The password that goes with auth.username; best taken from a file or the "
                "environment.",
     .example = R"("%{file:/run/secrets/relay}%")"},

    Requirement("queue.tls.<id>.dane", Field::kTlsDane,
                "Whether the server's certificate is proven by DANE (RFC 7672)."),
    Requirement("queue.tls.<id>.mta-sts", Field::kTlsMtaSts,
                "Whether the recipient domain's MTA-STS policy is obeyed (RFC 8461)."),
    Requirement("queue.tls.<id>.starttls", Field::kTlsStartTls,
                "Whether STARTTLS is used (RFC 3207). This version has no TLS: where any of the "
                "three is \"require\", deliveries are put off."),
    {.key = "queue.tls.<id>.allow-invalid-certs",
     .field = Field::kTlsAllowInvalidCerts,
     .type = ValueType::kBoolean,
     .default_value = "false",
     .meaning = "Whether the server's certificate may be anyone's.",
     .example = "true"},
    {.key = "queue.tls.<id>.description",
     .type = ValueType::kText,
     .meaning = "For people.",
     .example = R"("partners that must have TLS")"},
    Timeout("queue.tls.<id>.timeout.tls", Field::kTlsTimeout, R"("3m")",
            "For STARTTLS, and for the handshake."),
    Timeout("queue.tls.<id>.timeout.mta-sts", Field::kTlsMtaStsTimeout, R"("5m")",
            "For fetching the domain's MTA-STS policy."),

    {.key = "queue.limiter.outbound.<id>.enable",
     .field = Field::kLimiterEnable,
     .type = ValueType::kBoolean,
     .default_value = "true",
     .meaning = "Whether the limiter is in use. Limiters are checked, but not enforced by this "
                "version.",
     .example = "false"},
    {.key = "queue.limiter.outbound.<id>.key",
     .field = Field::kLimiterKeys,
     .type = ValueType::kChoices,
     .choices = kLimiterKeys,
     .meaning = "What is counted apart: one name or a list of them.",
     .example = R"(["rcpt_domain", "local_ip"])"},
    {.key = "queue.limiter.outbound.<id>.match",
     .field = Field::kLimiterMatch,
     .type = ValueType::kCondition,
     .meaning = "Which mail it is for; without it, all.",
     .example = R"("mx == 'mx.example.org'")"},
    {.key = "queue.limiter.outbound.<id>.rate",
     .field = Field::kLimiterRate,
     .type = ValueType::kRate,
     .meaning = "How much may leave in which time, for each counter; \"unlimited\" for no limit.",
     .example = R"("100/1h")"},
    {.key = "queue.limiter.outbound.<id>.concurrency",
     .field = Field::kLimiterConcurrency,
     .type = ValueType::kInteger,
     .min = 1,
     .max = 1'000'000,
     .meaning = "How many deliveries may go on at once, for each counter.",
     .example = "5"},
    {.key = "queue.limiter.outbound.<id>.description",
     .type = ValueType::kText,
     .meaning = "For people.",
     .example = R"("slow start")"},

    {.key = "directory.local-domains",
     .field = Field::kLocalDomains,
     .type = ValueType::kDomains,
     .meaning = "The domains for which is_local_domain() is true.",
     .example = R"(["example.org", "example.net"])"},
    {.key = "directory.local-addresses",
     .field = Field::kLocalAddresses,
     .type = ValueType::kMailboxes,
     .meaning = "The addresses for which is_local_address() is true.",
     .example = R"(["postmaster@example.org"])"},

    {.key = "resolver.type",
     .field = Field::kResolverType,
     .type = ValueType::kChoice,
     .default_value = R"("system")",
     .choices = kResolverTypes,
     .refused_values = kRefusedResolverTypes,
     .meaning = "This machine's DNS servers, or those of resolver.custom.",
     .example = R"("system")"},
    {.key = "resolver.custom",
     .field = Field::kResolverCustom,
     .type = ValueType::kUpstreams,
     .meaning = "The DNS servers of type \"custom\"; port 53 over UDP where nothing else is said.",
     .example = R"(["udp://127.0.0.1:5300", "tcp://[2001:db8::53]:53", "192.0.2.53"])"},
    WithoutEffect("resolver.concurrency", "this resolver asks as often as deliveries need"),
    WithoutEffect("resolver.timeout", "each lookup has ten seconds"),
    WithoutEffect("resolver.attempts", "this resolver decides by itself how often it asks again"),
    WithoutEffect("resolver.preserve-intermediates", "this resolver has no such choice"),
    WithoutEffect("resolver.try-tcp-on-error", "this resolver always does"),
    WithoutEffect("resolver.edns", "this resolver always uses it"),
};

// The sections of Stalwart 0.13-0.15 that say nothing about outbound delivery.
constexpr std::string_view kStalwartSections[] = {
    "account",
    "acme",
    "ai",
    "asn",
    "auth",
    "authentication",
    "authorization",
    "cache",
    "calendar",
    "certificate",
    "changes",
    "cluster",
    "config",
    "contacts",
    "dav",
    "directory.<other>",
    "dkim",
    "email",
    "enterprise",
    "file-storage",
    "form",
    "fts",
    "global",
    "groupware",
    "http",
    "http-lookup",
    "imap",
    "ip",
    "jmap",
    "lookup",
    "manage",
    "management",
    "metrics",
    "milter",
    "mta-hook",
    "oauth",
    "object",
    "object-quota",
    "opentelemetry",
    "permissions",
    "pop3",
    "queue.limiter.inbound",
    "queue.quota",
    "queue.schedule",
    "queue.strategy.schedule",
    "queue.virtual",
    "report",
    "security",
    "server.<other>",
    "session",
    "sharing",
    "sieve",
    "signature",
    "smtp",
    "spam-filter",
    "storage",
    "store",
    "task",
    "telemetry",
    "tracer",
    "tracing",
    "update",
    "version",
    "web-hook",
    "webadmin",
    "webdav",
    "webhook",
};

}  // namespace

std::span<const SchemaRow> SchemaRows() { return kRows; }

std::span<const std::string_view> SkippedSections() { return kStalwartSections; }

const SchemaNode* SchemaNode::Find(std::string_view key) const {
  for (const auto& [name, child] : children_) {
    if (name == key) return child.get();
  }
  return wildcard_.get();
}

std::vector<std::string_view> SchemaNode::names() const {
  std::vector<std::string_view> names;
  names.reserve(children_.size());
  for (const auto& [name, child] : children_) names.push_back(name);
  return names;
}

std::string SchemaNode::PathTo(std::string_view name) const {
  for (const auto& [segment, child] : children_) {
    if (segment == name) return std::string(name);
    const std::string below = child->PathTo(name);
    if (!below.empty()) return Concat(segment, ".", below);
  }
  return "";
}

SchemaNode& SchemaNode::Grow(std::string_view key) {
  SchemaNode* node = this;
  for (std::size_t start = 0; start < key.size();) {
    const std::size_t end = std::min(key.find('.', start), key.size());
    const std::string_view segment = key.substr(start, end - start);
    std::unique_ptr<SchemaNode>* next = nullptr;
    if (segment.starts_with('<')) {
      next = &node->wildcard_;
    } else {
      for (auto& [name, child] : node->children_) {
        if (name == segment) next = &child;
      }
      if (next == nullptr) next = &node->children_.emplace_back(segment, nullptr).second;
    }
    if (*next == nullptr) {
      *next = std::make_unique<SchemaNode>();
      (*next)->pattern_ = key.substr(0, end);
    }
    node = next->get();
    start = end + 1;
  }
  return *node;
}

const SchemaNode& SchemaRoot() {
  static const SchemaNode& root = []() -> const SchemaNode& {
    auto* grown = new SchemaNode;  // lives as long as the process
    for (const SchemaRow& row : kRows) grown->Grow(row.key).row_ = &row;
    for (const std::string_view section : kStalwartSections)
      grown->Grow(section).is_skipped_ = true;
    return *grown;
  }();
  return root;
}

}  // namespace postern::strategy
