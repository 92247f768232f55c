#include "strategy/config/values.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "absl/strings/ascii.h"
#include "common/envelope.h"
#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

using Upstream = ResolverSettings::Upstream;

constexpr std::int64_t kMaxMilliseconds = kMaxDuration.count();

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsBlank(char c) { return c == ' ' || c == '\t'; }

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

// The characters at the front of `text` that `is` accepts; they are taken off it.
template <typename Predicate>
std::string_view TakeWhile(std::string_view& text, Predicate is) {
  const auto end = std::find_if_not(text.begin(), text.end(), is);
  const std::string_view taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  absl::AsciiStrToLower(&lower);
  return lower;
}

// In milliseconds; 0 for none.
std::int64_t UnitOf(std::string_view name) {
  constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000},
  };
  const std::string lower = Lower(name);
  for (const auto& [unit, milliseconds] : kUnits) {
    if (lower == unit) return milliseconds;
  }
  return 0;
}

// nullopt when it is beyond 64 bits.
std::optional<std::int64_t> ReadNumber(std::string_view digits) {
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

ValueError NotADuration(std::string_view text, std::string_view why, std::string suggestion) {
  return {Concat(Quoted(text), " is not a duration: ", why), std::move(suggestion)};
}

ValueError NotPositive(std::string_view text, std::string_view why) {
  return NotADuration(text, why, "write more than zero, as in \"5m\"");
}

ValueError WithoutUnit(std::string_view text, std::string_view number) {
  if (text.find_first_not_of('0') == std::string_view::npos) return NotPositive(text, "it is zero");
  const std::string shown(number.substr(0, 20));
  return NotADuration(
      text, "a number needs its unit",
      Concat("write \"", shown, "s\" for seconds or \"", shown, "ms\" for milliseconds"));
}

ValueError TooLong(std::string_view text) {
  return NotADuration(text, "it is longer than 30 days", "write at most \"30d\"");
}

constexpr std::string_view kDurationForm = "write whole numbers with units, as in \"1m30s\"";

// One "10 s" off the front of `rest`, in milliseconds.
Parsed<std::int64_t> TakeDurationPart(std::string_view text, std::string_view& rest) {
  const std::string_view digits = TakeWhile(rest, IsDigit);
  if (digits.empty()) {
    return NotADuration(text, Concat(Quoted(rest.substr(0, 1)), " stands where a number should"),
                        std::string(kDurationForm));
  }
  TakeWhile(rest, IsBlank);
  const std::string_view unit =
      TakeWhile(rest, [](unsigned char c) { return absl::ascii_isalpha(c); });
  if (unit.empty() && !rest.empty() && !IsDigit(rest.front())) {
    return NotADuration(text, Concat(Quoted(rest.substr(0, 1)), " stands where a unit should"),
                        std::string(kDurationForm));
  }
  if (unit.empty()) return WithoutUnit(text, digits);
  const std::int64_t scale = UnitOf(unit);
  if (scale == 0) {
    return NotADuration(text, Concat("there is no unit ", Quoted(unit)),
                        "the units are ms, s, m, h and d");
  }
  const std::optional<std::int64_t> number = ReadNumber(digits);
  if (!number || *number > kMaxMilliseconds / scale) return TooLong(text);
  return *number * scale;
}

ValueError NotAnAddress(std::string_view text, std::string_view why, std::string suggestion) {
  return {Concat(Quoted(text), " is not an IP address", why), std::move(suggestion)};
}

bool IsUnspecifiedOrMulticast(const IpAddress& ip) {
  const auto octets = ip.octets();
  const bool is_multicast = ip.is_v4() ? octets[0] >= 224 : octets[0] == 0xFF;
  const bool is_zero = ip.is_v4() ? octets[0] == 0
                                  : std::all_of(octets.begin(), octets.end(),
                                                [](std::uint8_t octet) { return octet == 0; });
  return is_multicast || is_zero;
}

// ::ffff:192.0.2.1
bool IsV4Mapped(const IpAddress& ip) {
  static constexpr std::uint8_t kPrefix[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const auto octets = ip.octets();
  return !ip.is_v4() && std::equal(std::begin(kPrefix), std::end(kPrefix), octets.begin());
}

ValueError ExplainBadAddress(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']') &&
      IpAddress::Parse(text.substr(1, text.size() - 2)))
    return NotAnAddress(text, ": it has brackets", "write it without them");
  if (text.find('/') != std::string_view::npos && Cidr::Parse(text))
    return NotAnAddress(text, " but a network", "list the addresses one by one");
  if (text.find('%') != std::string_view::npos)
    return NotAnAddress(text, ": zone ids cannot be used", "write a global address");
  return NotAnAddress(text, "", "write one such as \"192.0.2.1\" or \"2001:db8::1\"");
}

// "192.0.2.1:53", "[2001:db8::1]:53", or either without its port; a bare IPv6 address has none.
struct HostPort {
  std::string_view host;
  std::optional<std::string_view> port;
};

HostPort SplitHostPort(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return {text, std::nullopt};
    const std::string_view host = text.substr(1, close - 1);
    if (close + 1 == text.size()) return {host, std::nullopt};
    if (text[close + 1] == ':') return {host, text.substr(close + 2)};
    return {text, std::nullopt};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon != text.rfind(':')) return {text, std::nullopt};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

constexpr std::string_view kUpstreamForm =
    "write \"udp://192.0.2.1:53\" or \"tcp://[2001:db8::1]:53\"";

ValueError NotAnUpstream(std::string_view text, std::string_view why,
                         std::string_view suggestion = kUpstreamForm) {
  return {Concat(Quoted(text), " is not a DNS server: ", why), std::string(suggestion)};
}

// Takes "udp://" or "tcp://" off `rest`; udp when there is none.
Parsed<ResolverSettings::Transport> TakeScheme(std::string_view text, std::string_view& rest) {
  const std::size_t end = rest.find("://");
  if (end == std::string_view::npos) return ResolverSettings::Transport::kUdp;
  const std::string scheme = Lower(rest.substr(0, end));
  rest.remove_prefix(end + 3);
  if (scheme == "udp") return ResolverSettings::Transport::kUdp;
  if (scheme == "tcp") return ResolverSettings::Transport::kTcp;
  if (scheme == "tls") {
    return NotAnUpstream(text, "this resolver has no TLS",
                         "write udp:// or tcp://, or run a forwarder with TLS on this machine");
  }
  return NotAnUpstream(text, Concat("there is no ", Quoted(scheme), " here"));
}

}  // namespace

Parsed<Duration> ParseDuration(std::string_view text) {
  std::string_view rest = text;
  TakeWhile(rest, IsBlank);
  if (rest.empty()) return NotADuration(text, "it is empty", std::string(kDurationForm));
  if (rest.front() == '-') return NotPositive(text, "it is negative");
  std::int64_t total = 0;
  while (!rest.empty()) {
    const Parsed<std::int64_t> part = TakeDurationPart(text, rest);
    if (!part.ok()) return part.error();
    total += *part;
    if (total > kMaxMilliseconds) return TooLong(text);
    TakeWhile(rest, IsBlank);
  }
  if (total == 0) return NotPositive(text, "it is zero");
  return Duration(total);
}

Parsed<std::int64_t> ParseInteger(std::string_view text, std::int64_t min, std::int64_t max) {
  const std::string bounds =
      Concat("write a whole number from ", std::to_string(min), " to ", std::to_string(max));
  const bool is_negative = text.starts_with('-');
  if (!AllDigits(text.substr(is_negative ? 1 : 0)))
    return ValueError{Concat(Quoted(text), " is not a whole number"), bounds};
  const std::optional<std::int64_t> value = ReadNumber(text);
  if (!value || *value < min || *value > max)
    return ValueError{Concat(Quoted(text), " is out of range"), bounds};
  return *value;
}

Parsed<bool> ParseBoolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return ValueError{Concat(Quoted(text), " is neither true nor false"), "write true or false"};
}

Parsed<std::size_t> ParseChoice(std::string_view text, std::span<const std::string_view> choices) {
  const std::string lower = Lower(text);
  const auto found = std::find(choices.begin(), choices.end(), lower);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  std::string all;
  for (const std::string_view choice : choices)
    all += all.empty() ? std::string(choice) : Concat(", ", choice);
  const std::string_view near = DidYouMean(lower, choices);
  return ValueError{
      Concat(Quoted(text), " is none of: ", all),
      near.empty() ? Concat("write one of: ", all) : Concat("did you mean '", near, "'?")};
}

Parsed<IpAddress> ParseSourceAddress(std::string_view text) {
  const std::optional<IpAddress> ip = IpAddress::Parse(text);
  if (!ip) return ExplainBadAddress(text);
  if (IsUnspecifiedOrMulticast(*ip)) {
    return ValueError{Concat(Quoted(text), " cannot be the address of one machine"),
                      "write an address of this machine, or leave source-ips out to let the "
                      "system choose"};
  }
  if (IsV4Mapped(*ip)) {
    return ValueError{Concat(Quoted(text), " is an IPv4 address in IPv6 clothes"),
                      Concat("write \"", EmbeddedIpv4(*ip).value_or(*ip).ToString(), "\"")};
  }
  return *ip;
}

Parsed<std::variant<DomainName, IpAddress>> ParseRelayAddress(std::string_view text) {
  using Address = std::variant<DomainName, IpAddress>;
  const bool has_brackets = text.size() > 2 && text.starts_with('[') && text.ends_with(']');
  const std::string_view bare = has_brackets ? text.substr(1, text.size() - 2) : text;
  if (const auto ip = IpAddress::Parse(bare)) return Address(*ip);
  if (has_brackets) {
    if (const auto ip = IpAddress::ParseLiteral(text)) return Address(*ip);
    return ExplainBadAddress(bare);
  }
  const HostPort split = SplitHostPort(text);
  if (split.port && AllDigits(*split.port)) {
    return ValueError{Concat(Quoted(text), " is a host and a port"),
                      Concat("write the host alone, and port = ", split.port->substr(0, 8))};
  }
  absl::StatusOr<DomainName> name = DomainName::Parse(text);
  if (!name.ok()) {
    return ValueError{std::string(name.status().message()), "write a host name or an IP address"};
  }
  return Address(*std::move(name));
}

Parsed<Cidr> ParseNetwork(std::string_view text) {
  if (const std::optional<Cidr> network = Cidr::Parse(text)) return *network;
  return ValueError{Concat(Quoted(text), " is not a network"),
                    "write one such as \"192.0.2.0/24\" or \"2001:db8::/32\", or one address"};
}

Parsed<std::string> ParseEhloName(std::string_view text) {
  absl::StatusOr<std::string> name = ParseEhloHostname(text);
  if (name.ok()) return *std::move(name);
  if (const std::optional<IpAddress> ip = IpAddress::Parse(text)) {
    return ValueError{Concat(Quoted(text), " is an address, not a name"),
                      Concat("write \"", ip->ToLiteral(), "\", or better a host name")};
  }
  return ValueError{std::string(name.status().message()),
                    "write a host name such as \"mail.example.org\""};
}

Parsed<Upstream> ParseUpstream(std::string_view text) {
  std::string_view rest = text;
  const Parsed<ResolverSettings::Transport> transport = TakeScheme(text, rest);
  if (!transport.ok()) return transport.error();
  const HostPort split = SplitHostPort(rest);
  const std::optional<IpAddress> ip = IpAddress::Parse(split.host);
  if (!ip) return NotAnUpstream(text, Concat(Quoted(split.host), " is not an IP address"));
  Upstream upstream{*transport, *ip, 53};
  if (split.port) {
    const Parsed<std::int64_t> port = ParseInteger(*split.port, 1, 65535);
    if (!port.ok()) return NotAnUpstream(text, Concat("its port ", port.error().message));
    upstream.port = static_cast<std::uint16_t>(*port);
  }
  return upstream;
}

Parsed<TlsRequirement> ParseTlsRequirement(std::string_view text) {
  constexpr std::pair<std::string_view, TlsRequirement> kWords[] = {
      {"optional", TlsRequirement::kOptional}, {"require", TlsRequirement::kRequire},
      {"required", TlsRequirement::kRequire},  {"disable", TlsRequirement::kDisable},
      {"disabled", TlsRequirement::kDisable},  {"none", TlsRequirement::kDisable},
      {"false", TlsRequirement::kDisable},
  };
  constexpr std::string_view kMainWords[] = {"optional", "require", "disable"};
  for (const auto& [word, requirement] : kWords) {
    if (text == word) return requirement;
  }
  const std::string_view near = text == "true" ? "require" : DidYouMean(Lower(text), kMainWords);
  return ValueError{
      Concat(Quoted(text), " is not one of \"optional\", \"require\" and \"disable\""),
      near.empty() ? "write one of these" : Concat("did you mean \"", near, "\"?")};
}

Parsed<Rate> ParseRate(std::string_view text) {
  constexpr std::string_view kForm = "write a number and a time, as in \"100/1h\"";
  for (const std::string_view word : {"unlimited", "none", "false"}) {
    if (text == word) return Rate{};
  }
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos)
    return ValueError{Concat(Quoted(text), " is not a rate"), std::string(kForm)};
  std::string_view digits = text.substr(0, slash);
  while (!digits.empty() && IsBlank(digits.back())) digits.remove_suffix(1);
  std::string_view period = text.substr(slash + 1);
  while (!period.empty() && IsBlank(period.front())) period.remove_prefix(1);
  const std::optional<std::int64_t> count = AllDigits(digits) ? ReadNumber(digits) : std::nullopt;
  if (!count || *count == 0) {
    return ValueError{
        Concat(Quoted(text), " is not a rate: ", Quoted(digits), " is not a number from 1 on"),
        std::string(kForm)};
  }
  const Parsed<Duration> time = ParseDuration(period);
  if (!time.ok()) {
    return ValueError{Concat(Quoted(text), " is not a rate: ", time.error().message),
                      time.error().suggestion};
  }
  // Stalwart's windows have at least a second.
  return Rate{static_cast<std::uint64_t>(*count),
              std::max<Duration>(*time, std::chrono::seconds(1))};
}

Parsed<std::string> ParseLocalDomain(std::string_view text) {
  const absl::StatusOr<DomainName> domain = DomainName::Parse(text);
  if (domain.ok()) return domain->text();
  return ValueError{Concat(Quoted(text), " is not a domain"), "write it as in \"example.org\""};
}

Parsed<std::string> ParseLocalAddress(std::string_view text) {
  const absl::StatusOr<Mailbox> address = Mailbox::Parse(text);
  if (address.ok()) return address->text();
  return ValueError{Concat(Quoted(text), " is not an address"),
                    "write it as in \"user@example.org\""};
}

}  // namespace postern::strategy
