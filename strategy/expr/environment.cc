#include "strategy/expr/environment.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"

namespace postern::strategy {
namespace {

constexpr std::string_view kNames[] = {"ip", "ipv4", "ipv6", "mx", "txt", "ptr"};

}  // namespace

std::string_view DnsTypeName(DnsType type) { return kNames[static_cast<std::size_t>(type)]; }

std::optional<DnsType> ParseDnsType(std::string_view name) {
  const auto* const found = std::ranges::find_if(kNames, [&](std::string_view candidate) {
    return absl::EqualsIgnoreCase({name.data(), name.size()}, {candidate.data(), candidate.size()});
  });
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<DnsType>(found - std::begin(kNames));
}

}  // namespace postern::strategy
