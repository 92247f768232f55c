#ifndef POSTERN_STRATEGY_POLICY_LOCAL_LISTS_H_
#define POSTERN_STRATEGY_POLICY_LOCAL_LISTS_H_

#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "strategy/expr/environment.h"

namespace postern::strategy {

// `directory.local-domains` and `.local-addresses`: what is_local_domain() and is_local_address()
// know. There is one directory, whatever name an expression gives it. Domains are compared without
// regard to case; so are addresses, whole, as most mailbox stores do. Immutable; any thread.
class LocalLists final : public LocalDirectory {
 public:
  LocalLists() = default;

  void AddDomain(std::string_view domain);
  void AddAddress(std::string_view address);

  bool IsLocalDomain(std::string_view directory, std::string_view domain) const override;
  bool IsLocalAddress(std::string_view directory, std::string_view address) const override;

  friend bool operator==(const LocalLists& a, const LocalLists& b) {
    return a.domains_ == b.domains_ && a.addresses_ == b.addresses_;
  }

 private:
  // In lower case.
  absl::flat_hash_set<std::string> domains_;
  absl::flat_hash_set<std::string> addresses_;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_POLICY_LOCAL_LISTS_H_
