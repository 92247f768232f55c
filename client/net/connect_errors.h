#ifndef POSTERN_CLIENT_NET_CONNECT_ERRORS_H_
#define POSTERN_CLIENT_NET_CONNECT_ERRORS_H_

#include "client/net/connector.h"

namespace postern::client {

// Which call failed. The same errno means one thing at bind and another at connect.
enum class ConnectCall : std::uint8_t { kOpen, kBind, kConnect };

// What a failure of `call` with `error_number` (errno) says: whose fault it is. Pure.
ConnectStatus StatusOfError(ConnectCall call, int error_number);

}  // namespace postern::client

#endif  // POSTERN_CLIENT_NET_CONNECT_ERRORS_H_
