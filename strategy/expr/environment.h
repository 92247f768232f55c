#ifndef POSTERN_STRATEGY_EXPR_ENVIRONMENT_H_
#define POSTERN_STRATEGY_EXPR_ENVIRONMENT_H_

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/expr/limits.h"

namespace postern::strategy {

// What dns_query() asks for.
enum class DnsType : std::uint8_t { kIp, kIpv4, kIpv6, kMx, kTxt, kPtr };

// "ip", "ipv4", "ipv6", "mx", "txt", "ptr".
std::string_view DnsTypeName(DnsType type);
// In any case; nullopt for any other name.
std::optional<DnsType> ParseDnsType(std::string_view name);

// A fact about the world that an expression needs: it is fetched by whoever evaluates. Facts are
// keys of maps, so `name` is in lower case and without a final dot (for kPtr: an address as
// written).
struct DnsQuestion {
  std::string name;
  DnsType type = DnsType::kIp;

  friend auto operator<=>(const DnsQuestion&, const DnsQuestion&) = default;
};

// `values` in the order of the answer: addresses as text (kIp: IPv4 before IPv6), "10
// mx.example.org" for kMx, one text for each TXT record, names without a final dot for kPtr. Empty:
// there is no such name or no such record. `failed`: the lookup gave no answer.
struct DnsAnswer {
  bool failed = false;
  std::vector<std::string> values;
};

using DnsFacts = std::map<DnsQuestion, DnsAnswer>;

// Answers is_local_domain() and is_local_address(). `directory` is the first argument as it is
// written ("" and "*" mean the default one). Called during evaluation; must be pure and not block.
class LocalDirectory {
 public:
  virtual ~LocalDirectory() = default;
  virtual bool IsLocalDomain(std::string_view directory, std::string_view domain) const = 0;
  virtual bool IsLocalAddress(std::string_view directory, std::string_view address) const = 0;
};

// Everything but the variables that an evaluation may use. Borrows all it points to.
struct EvaluateOptions {
  // config_get('server.hostname').
  std::string_view server_hostname;
  // Null: no domain and no address is local.
  const LocalDirectory* local = nullptr;
  // The facts fetched so far; null for none.
  const DnsFacts* dns = nullptr;
  EvaluationLimits limits;
  // Whether to keep a record of what was read; that allocates.
  bool trace = false;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_ENVIRONMENT_H_
