#ifndef POSTERN_CLIENT_DNS_RESOLVER_H_
#define POSTERN_CLIENT_DNS_RESOLVER_H_

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "client/net/interrupt.h"
#include "common/clock.h"
#include "common/domain_name.h"
#include "common/ip_address.h"

namespace postern::client {

// How a lookup ended.
enum class DnsStatus : std::uint8_t {
  kOk,        // there are records
  kNoData,    // the name exists, with no record of the type
  kNxDomain,  // the name does not exist
  kFailure,   // SERVFAIL, REFUSED, time-out, nonsense: ask again later
};

struct MxRecord {
  std::uint16_t preference = 0;
  // As in DNS, without the trailing dot, lower case; "" is the root (null MX, RFC 7505). Not yet
  // checked to be a host name.
  std::string exchange;

  friend bool operator==(const MxRecord&, const MxRecord&) = default;
};

template <typename Record>
struct DnsAnswer {
  DnsStatus status = DnsStatus::kFailure;
  std::vector<Record> records;  // in the order of the answer; kOk only
  bool secure = false;          // validated by DNSSEC
  std::string detail;           // for people, on failure: "SERVFAIL", "no answer within 10 s"
};

using MxAnswer = DnsAnswer<MxRecord>;
using AddressAnswer = DnsAnswer<IpAddress>;
using TextAnswer = DnsAnswer<std::string>;

// Asks DNS. Owned by server/app, used on the event loop it was made for; each lookup has its own
// limit and none blocks. The interrupt ends a lookup with kFailure.
class Resolver {
 public:
  static constexpr Duration kLookupLimit = std::chrono::seconds(10);

  virtual ~Resolver() = default;
  virtual boost::asio::awaitable<MxAnswer> LookupMx(DomainName domain, Interrupt* interrupt) = 0;
  virtual boost::asio::awaitable<AddressAnswer> LookupAddresses(DomainName host, IpFamily family,
                                                                Interrupt* interrupt) = 0;
  // TXT: each record as one text of any octets. `name` need not be a host name
  // ("_dmarc.example.org"); one that DNS cannot have does not exist.
  virtual boost::asio::awaitable<TextAnswer> LookupTexts(std::string name,
                                                         Interrupt* interrupt) = 0;
  // PTR: the names that DNS has for an address, without the final dot.
  virtual boost::asio::awaitable<TextAnswer> LookupNames(IpAddress address,
                                                         Interrupt* interrupt) = 0;
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_DNS_RESOLVER_H_
