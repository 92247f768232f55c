#ifndef POSTERN_SERVER_RPC_ENUMS_H_
#define POSTERN_SERVER_RPC_ENUMS_H_

#include <optional>

#include "client/smtp/outcome.h"
#include "client/smtp/stage.h"
#include "common/plan/connection_plan.h"
#include "common/plan/route_plan.h"
#include "common/plan/tls_plan.h"
#include "postern/v1/outcome.pb.h"
#include "postern/v1/resolution.pb.h"

// The enumerations of the API and ours. Pure; any thread.
namespace postern::server {

v1::Disposition ToProto(client::Disposition disposition);
v1::Stage ToProto(client::Stage stage);
v1::Scope ToProto(client::Scope scope);
v1::ErrorKind ToProto(client::ErrorKind kind);
v1::EhloOrigin ToProto(EhloOrigin origin);
v1::IpLookup ToProto(IpLookup lookup);
v1::RelayProtocol ToProto(RelayProtocol protocol);
v1::TlsRequirement ToProto(TlsRequirement requirement);

// Unspecified is kNone; nullopt: a number that has no name.
std::optional<client::ErrorKind> FromProto(v1::ErrorKind kind);

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_ENUMS_H_
