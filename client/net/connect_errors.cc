#include "client/net/connect_errors.h"

#include <cerrno>

namespace postern::client {
namespace {

bool IsShortage(int error_number) {
  switch (error_number) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return true;
    default:
      return false;
  }
}

}  // namespace

ConnectStatus StatusOfError(ConnectCall call, int error_number) {
  if (IsShortage(error_number)) return ConnectStatus::kLocalResources;
  switch (call) {
    case ConnectCall::kOpen:
      return ConnectStatus::kFailed;  // EAFNOSUPPORT: this machine has no IPv6, say
    case ConnectCall::kBind:
      return ConnectStatus::kBindFailed;  // EADDRNOTAVAIL: the address is not this machine's
    case ConnectCall::kConnect:
      break;
  }
  // The port is chosen as late as connect (IP_BIND_ADDRESS_NO_PORT): these say that none is left.
  const bool no_port =
      error_number == EADDRNOTAVAIL || error_number == EADDRINUSE || error_number == EAGAIN;
  return no_port ? ConnectStatus::kLocalResources : ConnectStatus::kFailed;
}

}  // namespace postern::client
