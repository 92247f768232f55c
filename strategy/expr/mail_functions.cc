// Functions on addresses and networks, and hash_bucket.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/ip_address.h"
#include "strategy/expr/function_tables.h"

namespace postern::strategy {
namespace {

using Arguments = std::span<const Value>;

constexpr std::size_t kMaxAddress = 320;
constexpr std::size_t kMaxLocalPart = 64;
constexpr std::size_t kMaxLabel = 63;

bool IsAsciiOrBeyond(char c, std::string_view others) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         static_cast<std::uint8_t>(c) >= 0x80 || others.find(c) != std::string_view::npos;
}

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabel && label.front() != '-' &&
         label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return IsAsciiOrBeyond(c, "-_"); });
}

// Atoms with dots between them (RFC 5321 4.1.2, Dot-string; RFC 6531 beyond ASCII).
bool IsLocalPart(std::string_view local) {
  if (local.empty() || local.size() > kMaxLocalPart) return false;
  if (local.front() == '.' || local.back() == '.') return false;
  return local.find("..") == std::string_view::npos && std::ranges::all_of(local, [](char c) {
           return IsAsciiOrBeyond(c, "!#$%&'*+-/=?^_`{|}~.");
         });
}

// Two labels at least.
bool IsMailDomain(std::string_view domain) {
  std::size_t labels = 0;
  while (true) {
    const std::size_t dot = domain.find('.');
    if (!IsLabel(domain.substr(0, dot))) return false;
    ++labels;
    if (dot == std::string_view::npos) return labels >= 2;
    domain.remove_prefix(dot + 1);
  }
}

Value IsEmail(FunctionCall& call, Arguments arguments) {
  const std::string_view text = call.work.ToText(arguments[0]);
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > kMaxAddress) return Value::Bool(false);
  return Value::Bool(IsLocalPart(text.substr(0, at)) && IsMailDomain(text.substr(at + 1)));
}

Value EmailPart(FunctionCall& call, Arguments arguments) {
  const std::string_view text = call.work.ToText(arguments[0]);
  const std::string_view part = call.work.ToText(arguments[1]);
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) return Value();
  if (part == "local") return Value::Text(text.substr(0, at));
  return part == "domain" ? Value::Text(text.substr(at + 1)) : Value();
}

std::optional<IpAddress> Address(FunctionCall& call, const Value& value) {
  return IpAddress::Parse(call.work.ToText(value));
}

Value IsIpAddr(FunctionCall& call, Arguments arguments) {
  return Value::Bool(Address(call, arguments[0]).has_value());
}
Value IsIpv4Addr(FunctionCall& call, Arguments arguments) {
  const auto address = Address(call, arguments[0]);
  return Value::Bool(address && address->is_v4());
}
Value IsIpv6Addr(FunctionCall& call, Arguments arguments) {
  const auto address = Address(call, arguments[0]);
  return Value::Bool(address && !address->is_v4());
}

std::string ReverseName(const IpAddress& address) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const std::span<const std::uint8_t> octets = address.octets();
  std::string name;
  for (std::size_t i = octets.size(); i-- > 0;) {
    if (address.is_v4()) {
      name += std::to_string(octets[i]);
    } else {
      name += kDigits[octets[i] & 15];
      name += '.';
      name += kDigits[octets[i] >> 4];
    }
    if (i > 0) name += '.';
  }
  return name;
}

// RFC 1035 3.5 and RFC 3596 2.5, without in-addr.arpa and ip6.arpa: what DNS lists are asked for.
Value IpReverseName(FunctionCall& call, Arguments arguments) {
  const auto address = Address(call, arguments[0]);
  if (!address || !call.work.ChargeText(63)) return Value();
  return call.work.Text(ReverseName(*address));
}

// The second argument may be an array of networks.
Value IsIpInCidr(FunctionCall& call, Arguments arguments) {
  const auto address = Address(call, arguments[0]);
  if (!address || !call.work.Charge(1 + Weight(arguments[1]))) return Value::Bool(false);
  const auto has_it = [&](const Value& network) {
    const std::optional<Cidr> cidr = Cidr::Parse(call.work.ToText(network));
    return cidr && cidr->Contains(*address);
  };
  if (!arguments[1].is_array()) return Value::Bool(has_it(arguments[1]));
  const auto networks = arguments[1].items();
  return Value::Bool(std::ranges::any_of(networks, has_it));
}

Value HashBucketFunction(FunctionCall& call, Arguments arguments) {
  const std::string_view text = call.work.ToText(arguments[0]);
  if (!call.work.Charge(1 + text.size() / 16)) return Value();
  return Value::Integer(HashBucket(text, ToInteger(arguments[1])));
}

Value IsLocalDomain(FunctionCall& call, Arguments arguments) {
  const std::string_view directory = call.work.ToText(arguments[0]);
  const std::string_view domain = call.work.ToText(arguments[1]);
  const LocalDirectory* const local = call.options.local;
  return Value::Bool(local != nullptr && local->IsLocalDomain(directory, domain));
}

Value IsLocalAddress(FunctionCall& call, Arguments arguments) {
  const std::string_view directory = call.work.ToText(arguments[0]);
  const std::string_view address = call.work.ToText(arguments[1]);
  const LocalDirectory* const local = call.options.local;
  return Value::Bool(local != nullptr && local->IsLocalAddress(directory, address));
}

constexpr TypeSet kScalar = kTextType | kNumberType;

constexpr FunctionInfo Row(std::string_view name, std::string_view usage, TypeSet result,
                           Function function, std::string_view meaning) {
  return {.name = name,
          .usage = usage,
          .arity = usage.find(',') == std::string_view::npos ? 1u : 2u,
          .parameters = {kScalar, kScalar},
          .result = result,
          .function = function,
          .meaning = meaning};
}

constexpr FunctionInfo kTable[] = {
    Row("is_email", "is_email(text)", kIntegerType, IsEmail, "whether it is a mail address"),
    Row("email_part", "email_part(address, 'local' or 'domain')", kTextType, EmailPart,
        "what is before or behind the last @; '' without one"),
    Row("is_ip_addr", "is_ip_addr(text)", kIntegerType, IsIpAddr, "whether it is an IP address"),
    Row("is_ipv4_addr", "is_ipv4_addr(text)", kIntegerType, IsIpv4Addr,
        "whether it is an IPv4 address"),
    Row("is_ipv6_addr", "is_ipv6_addr(text)", kIntegerType, IsIpv6Addr,
        "whether it is an IPv6 address"),
    Row("ip_reverse_name", "ip_reverse_name(address)", kTextType, IpReverseName,
        "its octets or digits reversed, as DNS lists want them, without a suffix"),
    {.name = "is_ip_in_cidr",
     .usage = "is_ip_in_cidr(address, network)",
     .arity = 2,
     .parameters = {kScalar, kTextType | kArrayType},
     .result = kIntegerType,
     .function = IsIpInCidr,
     .meaning = "whether the address is in the network, or in one of an array of networks"},
    {.name = "hash_bucket",
     .usage = "hash_bucket(text, buckets)",
     .arity = 2,
     .parameters = {kScalar, kNumberType},
     .result = kIntegerType,
     .function = HashBucketFunction,
     .meaning = "a number from 0 to buckets - 1 that depends on the text only"},
    Row("is_local_domain", "is_local_domain(directory, domain)", kIntegerType, IsLocalDomain,
        "whether directory.local-domains has it"),
    Row("is_local_address", "is_local_address(directory, address)", kIntegerType, IsLocalAddress,
        "whether directory.local-addresses has it"),
};

}  // namespace

std::span<const FunctionInfo> MailFunctions() { return kTable; }

std::int64_t HashBucket(std::string_view text, std::int64_t buckets) {
  if (buckets < 1) return 0;
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char octet : text) hash = (hash ^ static_cast<std::uint8_t>(octet)) * 0x100000001B3u;
  hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDu;
  hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53u;
  hash ^= hash >> 33;
  // __int128 is an extension, which -Wpedantic would say.
  using Wide = unsigned __int128;
  return static_cast<std::int64_t>((Wide{hash} * static_cast<std::uint64_t>(buckets)) >> 64);
}

}  // namespace postern::strategy
