#include "strategy/policy/local_lists.h"

#include "absl/strings/ascii.h"

namespace postern::strategy {
namespace {

std::string Lower(std::string_view text) {
  return absl::AsciiStrToLower({text.data(), text.size()});
}

}  // namespace

void LocalLists::AddDomain(std::string_view domain) { domains_.insert(Lower(domain)); }

void LocalLists::AddAddress(std::string_view address) { addresses_.insert(Lower(address)); }

bool LocalLists::IsLocalDomain(std::string_view /*directory*/, std::string_view domain) const {
  return domains_.contains(Lower(domain));
}

bool LocalLists::IsLocalAddress(std::string_view /*directory*/, std::string_view address) const {
  return addresses_.contains(Lower(address));
}

}  // namespace postern::strategy
