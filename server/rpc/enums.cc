#include "server/rpc/enums.h"

// Written out case by case: the compiler says when a value is added on our side and forgotten here.
namespace postern::server {

v1::Disposition ToProto(client::Disposition disposition) {
  switch (disposition) {
    case client::Disposition::kDelivered:
      return v1::DISPOSITION_DELIVERED;
    case client::Disposition::kTransientFailure:
      return v1::DISPOSITION_TRANSIENT_FAILURE;
    case client::Disposition::kPermanentFailure:
      return v1::DISPOSITION_PERMANENT_FAILURE;
    case client::Disposition::kUnknown:
      return v1::DISPOSITION_OUTCOME_UNKNOWN;
    case client::Disposition::kNotAttempted:
      return v1::DISPOSITION_NOT_ATTEMPTED;
  }
  return v1::DISPOSITION_UNSPECIFIED;
}

v1::Stage ToProto(client::Stage stage) {
  switch (stage) {
    case client::Stage::kPlan:
      return v1::STAGE_PLAN;
    case client::Stage::kDns:
      return v1::STAGE_DNS;
    case client::Stage::kConnect:
      return v1::STAGE_CONNECT;
    case client::Stage::kGreeting:
      return v1::STAGE_GREETING;
    case client::Stage::kEhlo:
      return v1::STAGE_EHLO;
    case client::Stage::kStartTls:
      return v1::STAGE_STARTTLS;
    case client::Stage::kAuth:
      return v1::STAGE_AUTH;
    case client::Stage::kMailFrom:
      return v1::STAGE_MAIL_FROM;
    case client::Stage::kRcptTo:
      return v1::STAGE_RCPT_TO;
    case client::Stage::kData:
      return v1::STAGE_DATA;
    case client::Stage::kBody:
      return v1::STAGE_BODY;
    case client::Stage::kFinalReply:
      return v1::STAGE_FINAL_REPLY;
  }
  return v1::STAGE_UNSPECIFIED;
}

v1::Scope ToProto(client::Scope scope) {
  switch (scope) {
    case client::Scope::kNone:
      return v1::SCOPE_UNSPECIFIED;
    case client::Scope::kRecipient:
      return v1::SCOPE_RECIPIENT;
    case client::Scope::kMessage:
      return v1::SCOPE_MESSAGE;
    case client::Scope::kHost:
      return v1::SCOPE_HOST;
    case client::Scope::kIdentity:
      return v1::SCOPE_IDENTITY;
    case client::Scope::kLocal:
      return v1::SCOPE_LOCAL;
  }
  return v1::SCOPE_UNSPECIFIED;
}

v1::ErrorKind ToProto(client::ErrorKind kind) {
  switch (kind) {
    case client::ErrorKind::kNone:
      return v1::ERROR_KIND_NONE;
    case client::ErrorKind::kDns:
      return v1::ERROR_KIND_DNS;
    case client::ErrorKind::kUnexpectedReply:
      return v1::ERROR_KIND_UNEXPECTED_REPLY;
    case client::ErrorKind::kConnection:
      return v1::ERROR_KIND_CONNECTION;
    case client::ErrorKind::kTls:
      return v1::ERROR_KIND_TLS;
    case client::ErrorKind::kDane:
      return v1::ERROR_KIND_DANE;
    case client::ErrorKind::kMtaSts:
      return v1::ERROR_KIND_MTA_STS;
    case client::ErrorKind::kRate:
      return v1::ERROR_KIND_RATE;
    case client::ErrorKind::kConcurrency:
      return v1::ERROR_KIND_CONCURRENCY;
    case client::ErrorKind::kIo:
      return v1::ERROR_KIND_IO;
  }
  return v1::ERROR_KIND_UNSPECIFIED;
}

v1::EhloOrigin ToProto(EhloOrigin origin) {
  switch (origin) {
    case EhloOrigin::kSourceIp:
      return v1::EHLO_ORIGIN_SOURCE_IP;
    case EhloOrigin::kStrategy:
      return v1::EHLO_ORIGIN_STRATEGY;
    case EhloOrigin::kServer:
      return v1::EHLO_ORIGIN_SERVER;
    case EhloOrigin::kSystem:
      return v1::EHLO_ORIGIN_SYSTEM;
    case EhloOrigin::kAddressLiteral:
      return v1::EHLO_ORIGIN_ADDRESS_LITERAL;
  }
  return v1::EHLO_ORIGIN_UNSPECIFIED;
}

v1::IpLookup ToProto(IpLookup lookup) {
  switch (lookup) {
    case IpLookup::kIpv4Only:
      return v1::IP_LOOKUP_IPV4_ONLY;
    case IpLookup::kIpv6Only:
      return v1::IP_LOOKUP_IPV6_ONLY;
    case IpLookup::kIpv4ThenIpv6:
      return v1::IP_LOOKUP_IPV4_THEN_IPV6;
    case IpLookup::kIpv6ThenIpv4:
      return v1::IP_LOOKUP_IPV6_THEN_IPV4;
  }
  return v1::IP_LOOKUP_UNSPECIFIED;
}

v1::RelayProtocol ToProto(RelayProtocol protocol) {
  return protocol == RelayProtocol::kLmtp ? v1::RELAY_PROTOCOL_LMTP : v1::RELAY_PROTOCOL_SMTP;
}

v1::TlsRequirement ToProto(TlsRequirement requirement) {
  switch (requirement) {
    case TlsRequirement::kOptional:
      return v1::TLS_REQUIREMENT_OPTIONAL;
    case TlsRequirement::kRequire:
      return v1::TLS_REQUIREMENT_REQUIRE;
    case TlsRequirement::kDisable:
      return v1::TLS_REQUIREMENT_DISABLE;
  }
  return v1::TLS_REQUIREMENT_UNSPECIFIED;
}

std::optional<client::ErrorKind> FromProto(v1::ErrorKind kind) {
  switch (kind) {
    case v1::ERROR_KIND_UNSPECIFIED:
    case v1::ERROR_KIND_NONE:
      return client::ErrorKind::kNone;
    case v1::ERROR_KIND_DNS:
      return client::ErrorKind::kDns;
    case v1::ERROR_KIND_UNEXPECTED_REPLY:
      return client::ErrorKind::kUnexpectedReply;
    case v1::ERROR_KIND_CONNECTION:
      return client::ErrorKind::kConnection;
    case v1::ERROR_KIND_TLS:
      return client::ErrorKind::kTls;
    case v1::ERROR_KIND_DANE:
      return client::ErrorKind::kDane;
    case v1::ERROR_KIND_MTA_STS:
      return client::ErrorKind::kMtaSts;
    case v1::ERROR_KIND_RATE:
      return client::ErrorKind::kRate;
    case v1::ERROR_KIND_CONCURRENCY:
      return client::ErrorKind::kConcurrency;
    case v1::ERROR_KIND_IO:
      return client::ErrorKind::kIo;
    default:
      return std::nullopt;
  }
}

}  // namespace postern::server
