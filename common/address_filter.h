#ifndef POSTERN_COMMON_ADDRESS_FILTER_H_
#define POSTERN_COMMON_ADDRESS_FILTER_H_

#include <optional>
#include <string>
#include <vector>

#include "common/ip_address.h"

namespace postern {

// A list of networks that may not be dialled (`deny-destinations`). Immutable once made; any
// thread. An IPv6 address that carries an IPv4 address inside (v4-mapped, 6to4, NAT64) is judged by
// that one too, so that no other spelling of 127.0.0.1 gets past the list.
class AddressFilter {
 public:
  // Denies nothing.
  AddressFilter() = default;
  explicit AddressFilter(std::vector<Cidr> denied);

  // Every range that is not globally routable (RFC 6890 and its registry): the default of `mx`
  // routes.
  static const AddressFilter& NotGloballyRoutable();

  // The network that denies `address`, for the answer's text; nullopt when it may be dialled.
  std::optional<Cidr> DeniedBy(const IpAddress& address) const;

  const std::vector<Cidr>& denied() const { return denied_; }
  // The same as text, which answers show over and over.
  const std::vector<std::string>& texts() const { return texts_; }
  friend bool operator==(const AddressFilter& a, const AddressFilter& b) {
    return a.denied_ == b.denied_;
  }

 private:
  std::vector<Cidr> denied_;
  std::vector<std::string> texts_;
};

}  // namespace postern

#endif  // POSTERN_COMMON_ADDRESS_FILTER_H_
