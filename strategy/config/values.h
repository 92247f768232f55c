#ifndef POSTERN_STRATEGY_CONFIG_VALUES_H_
#define POSTERN_STRATEGY_CONFIG_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/clock.h"
#include "common/domain_name.h"
#include "common/ip_address.h"
#include "common/plan/tls_plan.h"
#include "strategy/policy/policy.h"

// The value grammars of a policy file (Stalwart's in names, stricter in deed;
// docs/configuration.md): text in, a value or what to tell its author out. All pure; any thread.
// Nothing is trimmed but where it says so.
namespace postern::strategy {

// Why a text is no such value, in the two parts of an Issue.
struct ValueError {
  std::string message;
  std::string suggestion;
};

template <typename T>
class Parsed {
 public:
  Parsed(T value) : result_(std::move(value)) {}           // NOLINT(google-explicit-constructor)
  Parsed(ValueError error) : result_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return result_.index() == 0; }
  // Only when ok().
  const T& operator*() const& { return std::get<0>(result_); }
  T&& operator*() && { return std::get<0>(std::move(result_)); }
  // Only when not ok().
  const ValueError& error() const { return std::get<1>(result_); }

 private:
  std::variant<T, ValueError> result_;
};

// No wait in a delivery is longer.
inline constexpr Duration kMaxDuration = std::chrono::hours(24 * 30);

// "5m", "1m30s", "10 s": whole numbers, each with its unit (ms s m h d, in any case), added up;
// more than zero and at most kMaxDuration. A number without a unit is refused: Stalwart would take
// it for milliseconds, people for seconds.
Parsed<Duration> ParseDuration(std::string_view text);

// A decimal number in [min, max].
Parsed<std::int64_t> ParseInteger(std::string_view text, std::int64_t min, std::int64_t max);

// "true" or "false".
Parsed<bool> ParseBoolean(std::string_view text);

// The index of the choice that `text` names, in any case.
Parsed<std::size_t> ParseChoice(std::string_view text, std::span<const std::string_view> choices);

// An address that a connection can leave from: no network, no "any" address, no multicast, and
// IPv4-mapped IPv6 only as IPv4.
Parsed<IpAddress> ParseSourceAddress(std::string_view text);

// A host name, or an address, bare or in brackets as SMTP writes it.
Parsed<std::variant<DomainName, IpAddress>> ParseRelayAddress(std::string_view text);

// "192.0.2.0/24", or one address.
Parsed<Cidr> ParseNetwork(std::string_view text);

// What an EHLO command may carry (RFC 5321 4.1.1.1), as it will be sent.
Parsed<std::string> ParseEhloName(std::string_view text);

// A DNS server: "udp://192.0.2.1:53", "tcp://[2001:db8::1]:53", "192.0.2.1", "[2001:db8::1]:53".
Parsed<ResolverSettings::Upstream> ParseUpstream(std::string_view text);

// "optional", "require" (or "required"), "disable" (or "disabled", "none", "false").
Parsed<TlsRequirement> ParseTlsRequirement(std::string_view text);

// "100/1h": so many in so long; "unlimited" (or "none", "false") gives count 0.
Parsed<Rate> ParseRate(std::string_view text);

// A domain of directory.local-domains, in lower case.
Parsed<std::string> ParseLocalDomain(std::string_view text);

// An address of directory.local-addresses, as written.
Parsed<std::string> ParseLocalAddress(std::string_view text);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_VALUES_H_
