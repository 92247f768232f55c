#ifndef POSTERN_SERVER_RPC_LISTEN_H_
#define POSTERN_SERVER_RPC_LISTEN_H_

#include <cstddef>
#include <string>

#include "client/net/transport.h"

// What is known of a listener without gRPC's headers. Pure; any thread.
namespace postern::server {

// The largest message that can be allowed: gRPC counts octets in an int.
inline constexpr std::size_t kLargestMessageLimit = std::size_t{1} << 30;

// "127.0.0.1:50051", "[::1]:50051".
inline std::string ToText(const client::Endpoint& endpoint) {
  const std::string ip = endpoint.ip.ToString();
  const std::string port = ":" + std::to_string(endpoint.port);
  return endpoint.ip.is_v4() ? ip + port : "[" + ip + "]" + port;
}

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_LISTEN_H_
