#include "cli/explanation.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/rules.h"

namespace postern::cli {
namespace {

// Of a longer list, this many are shown and the others counted; --json shows all.
constexpr int kMostSources = 50;
constexpr int kMostNetworks = 3;

// "value" from "PREFIX_VALUE".
std::string Lower(const std::string& name, std::string_view prefix) {
  std::string text = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string Stage(v1::Stage stage) {
  const std::string& name = v1::Stage_Name(stage);
  return name.starts_with("STAGE_") ? name.substr(6) : name;
}

// `sentence` behind a label, in as many lines as it takes.
std::string Field(std::string_view label, const std::vector<std::string>& pieces,
                  const Terminal& terminal) {
  const std::size_t columns = terminal.width - kLabelColumns;
  std::string text;
  for (const std::string& line : Flow(pieces, columns, columns)) {
    text += Label(text.empty() ? label : "") + line + "\n";
  }
  return text;
}

std::string_view Verdict(v1::Disposition disposition) {
  switch (disposition) {
    case v1::DISPOSITION_TRANSIENT_FAILURE:
      return "would be put off: ";
    case v1::DISPOSITION_PERMANENT_FAILURE:
      return "would fail for good: ";
    default:
      return "would not be delivered: ";
  }
}

// What a delivery would answer, and the tokens that it would answer with.
std::string FailureLines(const v1::ResolutionFailure& failure, const Terminal& terminal) {
  std::string sentence = std::string(Verdict(failure.disposition())) + Printable(failure.detail()) +
                         " (" + Stage(failure.stage()) + ", " + Printable(failure.reason());
  if (!failure.enhanced_code().empty()) sentence += ", " + Printable(failure.enhanced_code());
  sentence += ")";
  std::string text;
  const std::size_t columns = terminal.width - 4;
  for (const std::string& line : Flow(WordsOf(sentence), columns, columns)) {
    text += (text.empty() ? "  " : "    ") + terminal.Paint(Tone::kBad, line) + "\n";
  }
  return text;
}

// The setting that a name comes from.
std::string_view Origin(v1::EhloOrigin origin) {
  switch (origin) {
    case v1::EHLO_ORIGIN_SOURCE_IP:
      return "queue.source-ip";
    case v1::EHLO_ORIGIN_STRATEGY:
      return "queue.connection";
    case v1::EHLO_ORIGIN_SERVER:
      return "server.hostname";
    case v1::EHLO_ORIGIN_SYSTEM:
      return "the machine's own name";
    default:
      return "the address itself; no name is set";
  }
}

// "out.example.org (queue.source-ip)".
std::string EhloName(const std::string& name, v1::EhloOrigin origin, std::size_t columns) {
  const std::string shown = name.empty() ? "[address literal]" : Printable(name);
  return Padded(shown, columns) + " (" + std::string(Origin(origin)) + ")";
}

// Why an address is not used like the others; empty: it is.
std::string StateLine(const v1::SourceAddress& source, const Terminal& terminal) {
  if (source.state() != v1::SOURCE_STATE_QUARANTINED) return "";
  return Label("") +
         terminal.Paint(Tone::kWarning,
                        "  QUARANTINED: it could not be bound a short while ago; tried last") +
         "\n";
}

std::string HiddenSources(const v1::ConnectionPlan& plan, int shown) {
  if (plan.sources_size() <= shown) return "";
  const auto quarantined = std::count_if(
      plan.sources().begin() + shown, plan.sources().end(),
      [](const auto& source) { return source.state() == v1::SOURCE_STATE_QUARANTINED; });
  std::string text = Label("") + "and " + std::to_string(plan.sources_size() - shown) + " more";
  if (quarantined > 0) text += ", " + std::to_string(quarantined) + " of them QUARANTINED";
  return text + "; --json shows all\n";
}

std::string SourceLines(const v1::ConnectionPlan& plan, const Terminal& terminal) {
  const int shown = std::min(plan.sources_size(), kMostSources);
  std::size_t ip_columns = 0;
  std::size_t name_columns = 0;
  std::size_t origin_columns = 0;
  for (int i = 0; i < shown; ++i) {
    const v1::SourceAddress& source = plan.sources(i);
    ip_columns = std::max(ip_columns, Columns(Printable(source.ip())));
    name_columns = std::max(name_columns, Columns(Printable(source.ehlo_hostname())));
    origin_columns =
        std::max(origin_columns,
                 Columns(EhloName(source.ehlo_hostname(), source.ehlo_origin(), name_columns)));
  }
  std::string text;
  for (int i = 0; i < shown; ++i) {
    const v1::SourceAddress& source = plan.sources(i);
    const std::string name = EhloName(source.ehlo_hostname(), source.ehlo_origin(), name_columns);
    text += Label(i == 0 ? "leaves from" : "") + Padded(Printable(source.ip()), ip_columns) +
            "  EHLO " + Padded(name, origin_columns) + "  weight " +
            std::to_string(source.weight()) + "\n" + StateLine(source, terminal);
  }
  return text + HiddenSources(plan, shown);
}

std::string ConnectionLines(const v1::ConnectionPlan& plan, const Terminal& terminal) {
  if (plan.sources_size() > 0) return SourceLines(plan, terminal);
  return Label("leaves from") + "the address that the system chooses\n" + Label("EHLO name") +
         EhloName(plan.ehlo_hostname(), plan.ehlo_origin(), 0) + "\n";
}

std::string TimeoutLines(const v1::StageTimeouts& timeouts, const Terminal& terminal) {
  const auto limit = [](std::string_view stage, const google::protobuf::Duration& time) {
    return std::string(stage) + " " + HumanDuration(time);
  };
  return Field(
      "timeouts",
      {limit("connect", timeouts.connect()) + ",", limit("greeting", timeouts.greeting()) + ",",
       limit("EHLO", timeouts.ehlo()) + ",", limit("MAIL FROM", timeouts.mail_from()) + ",",
       limit("RCPT TO", timeouts.rcpt_to()) + ",", limit("DATA", timeouts.data())},
      terminal);
}

std::string Wanted(std::string_view what, v1::TlsRequirement requirement) {
  switch (requirement) {
    case v1::TLS_REQUIREMENT_REQUIRE:
      return std::string(what) + " required";
    case v1::TLS_REQUIREMENT_DISABLE:
      return std::string(what) + " disabled";
    default:
      return std::string(what) + " " +
             Lower(v1::TlsRequirement_Name(requirement), "TLS_REQUIREMENT_");
  }
}

std::string TlsLines(const v1::TlsPlan& plan, const Terminal& terminal) {
  return Field("TLS plan",
               {Wanted("STARTTLS", plan.starttls()) + ",", Wanted("DANE", plan.dane()) + ",",
                Wanted("MTA-STS", plan.mta_sts()) + ",",
                std::string("invalid certificates ") +
                    (plan.allow_invalid_certs() ? "accepted;" : "refused;"),
                "limits: handshake " + HumanDuration(plan.tls_timeout()) + ",",
                "MTA-STS policy " + HumanDuration(plan.mta_sts_timeout())},
               terminal);
}

std::string Families(v1::IpLookup lookup) {
  switch (lookup) {
    case v1::IP_LOOKUP_IPV4_ONLY:
      return "IPv4 only";
    case v1::IP_LOOKUP_IPV6_ONLY:
      return "IPv6 only";
    case v1::IP_LOOKUP_IPV4_THEN_IPV6:
      return "IPv4 before IPv6";
    case v1::IP_LOOKUP_IPV6_THEN_IPV4:
      return "IPv6 before IPv4";
    default:
      return v1::IpLookup_Name(lookup);
  }
}

std::string Count(std::uint32_t number, const std::string& what, const std::string& plural) {
  return std::to_string(number) + " " + (number == 1 ? what : plural);
}

void AppendMx(const v1::RoutePlan& plan, std::vector<std::string>& pieces) {
  pieces.emplace_back("the mail exchangers of the recipient's domain,");
  pieces.push_back("port " + std::to_string(plan.port()) + ";");
  pieces.push_back("at most " + Count(plan.mx().max_hosts(), "host", "hosts") + ",");
  pieces.push_back(Count(plan.mx().max_addresses(), "address", "addresses") + " each;");
}

void AppendRelay(const v1::RoutePlan& plan, std::vector<std::string>& pieces) {
  const v1::RelayRoute& relay = plan.relay();
  pieces.push_back("the relay " + Printable(relay.address()) + ",");
  pieces.push_back("port " + std::to_string(plan.port()) + ",");
  pieces.push_back(relay.protocol() == v1::RELAY_PROTOCOL_LMTP ? "LMTP," : "SMTP,");
  pieces.emplace_back(relay.tls_implicit() ? "TLS from the start;" : "no TLS from the start;");
  if (relay.tls_allow_invalid_certs()) pieces.emplace_back("invalid certificates accepted;");
  if (!relay.auth_username().empty()) {
    pieces.push_back("logs in as " + Printable(relay.auth_username()) + ";");
  }
}

std::string RouteLines(const v1::RoutePlan& plan, const Terminal& terminal) {
  std::vector<std::string> pieces;
  if (plan.has_mx()) AppendMx(plan, pieces);
  if (plan.has_relay()) AppendRelay(plan, pieces);
  pieces.push_back(Families(plan.ip_lookup()));
  const int networks = plan.deny_destinations_size();
  if (networks > 0) {
    pieces.back() += "; never";
    const int shown = networks > kMostNetworks + 1 ? kMostNetworks : networks;
    for (int i = 0; i < shown; ++i) {
      pieces.push_back(Printable(plan.deny_destinations(i)) + (i + 1 < shown ? "," : ""));
    }
    if (networks > shown) {
      pieces.push_back("and " + std::to_string(networks - shown) + " more networks");
    }
  }
  return Field("route plan", pieces, terminal);
}

// "mx1.example.org:25", with the preference before it where hosts have one.
std::string Host(const v1::Target& target, bool with_preference) {
  const bool v6 = target.host().find(':') != std::string::npos;
  const std::string host = Printable(target.host());
  return (with_preference ? std::to_string(target.preference()) + " " : "") +
         (v6 ? "[" + host + "]" : host) + ":" + std::to_string(target.port());
}

std::vector<std::string> AddressesOf(const v1::Target& target) {
  std::vector<std::string> pieces;
  for (const std::string& address : target.addresses()) {
    pieces.push_back(Printable(address) + ",");
  }
  if (!pieces.empty()) pieces.back().pop_back();
  if (!target.has_failure()) return pieces;
  const std::string problem = "not tried: " + Printable(target.failure().detail()) + " (" +
                              Printable(target.failure().reason()) + ")";
  for (std::string& word : WordsOf(problem)) pieces.push_back(std::move(word));
  return pieces;
}

std::string TargetLines(const v1::Resolution& resolution, const Terminal& terminal) {
  const bool mx = resolution.route_plan().has_mx();
  std::size_t host_columns = 0;
  for (const v1::Target& target : resolution.targets()) {
    host_columns = std::max(host_columns, Columns(Host(target, mx)));
  }
  host_columns = std::min<std::size_t>(host_columns, 40);
  const std::size_t columns = terminal.width - kLabelColumns - host_columns - 2;
  std::string text;
  for (const v1::Target& target : resolution.targets()) {
    std::string host = Host(target, mx);
    for (const std::string& line : Flow(AddressesOf(target), columns, columns)) {
      text += Label(text.empty() ? "targets" : "") + Padded(std::exchange(host, ""), host_columns) +
              "  " + line + "\n";
    }
    if (!host.empty()) text += Label(text.empty() ? "targets" : "") + host + "\n";
  }
  return text;
}

std::string ResolutionText(const v1::Resolution& resolution, const Terminal& terminal) {
  std::string text = terminal.Paint(Tone::kStrong, Printable(resolution.recipient())) + "\n";
  if (resolution.has_failure()) text += FailureLines(resolution.failure(), terminal);
  text += "\n" + Rules("route", resolution.route(), terminal);
  text += "\n" + Rules("connection", resolution.connection(), terminal);
  text += "\n" + Rules("tls", resolution.tls(), terminal);
  text += "\n";
  if (resolution.has_connection_plan()) {
    text += ConnectionLines(resolution.connection_plan(), terminal);
    text += TimeoutLines(resolution.connection_plan().timeouts(), terminal);
  }
  if (resolution.has_tls_plan()) text += TlsLines(resolution.tls_plan(), terminal);
  if (resolution.has_route_plan()) text += RouteLines(resolution.route_plan(), terminal);
  return text + TargetLines(resolution, terminal);
}

}  // namespace

std::string Explanation(const v1::ResolveStrategyResponse& response, const Terminal& terminal) {
  std::string text = "policy " + Printable(response.policy_version()) + "\n";
  for (const v1::Resolution& resolution : response.resolutions()) {
    text += "\n" + ResolutionText(resolution, terminal);
  }
  return text;
}

}  // namespace postern::cli
