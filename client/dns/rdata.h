#ifndef POSTERN_CLIENT_DNS_RDATA_H_
#define POSTERN_CLIENT_DNS_RDATA_H_

#include <optional>
#include <string>
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

// RFC 1035 3.3.14: one text or several, which are put together as they are. Any octets.
std::optional<std::string> ParseTxt(std::string_view rdata);

// RFC 1035 3.3.12: a name without compression, escaped as that of an MX.
std::optional<std::string> ParsePtr(std::string_view rdata);

// The name whose PTR records are about `address` (RFC 1035 3.5, RFC 3596 2.5).
std::string ReverseName(const IpAddress& address);

}  // namespace postern::client

#endif  // POSTERN_CLIENT_DNS_RDATA_H_
