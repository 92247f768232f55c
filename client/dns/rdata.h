#ifndef POSTERN_CLIENT_DNS_RDATA_H_
#define POSTERN_CLIENT_DNS_RDATA_H_

#include <optional>
#include <string_view>

#include "client/dns/resolver.h"

namespace postern::client {

// What stands in one record of an answer, as octets from the wire. Pure; any octets are safe, and
// nullopt says that they are not such a record.

// RFC 1035 3.3.9: 16 bits of preference and a name without compression. An octet that no host name
// has is written as in a zone file, "\." or "\000" (RFC 1035 5.1), so that it cannot become one.
std::optional<MxRecord> ParseMx(std::string_view rdata);

// RFC 1035 3.4.1 and RFC 3596 2.2: exactly 4 or 16 octets.
std::optional<IpAddress> ParseAddress(IpFamily family, std::string_view rdata);

}  // namespace postern::client

#endif  // POSTERN_CLIENT_DNS_RDATA_H_
