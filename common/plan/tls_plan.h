#ifndef POSTERN_COMMON_PLAN_TLS_PLAN_H_
#define POSTERN_COMMON_PLAN_TLS_PLAN_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "common/clock.h"

namespace postern {

// How much a policy wants of one way of protecting a connection.
enum class TlsRequirement : std::uint8_t {
  kOptional,  // where the other side offers it
  kRequire,   // or no delivery
  kDisable,   // not even then
};

// What a connection must prove, or may do without: the strategy's side (queue.tls.<id>). What the
// recipient's domain publishes comes on top of it. Plain data, written by strategy/, read by
// client/ and server/; any thread once made.
struct TlsPlan {
  std::string strategy_id = "default";
  TlsRequirement dane = TlsRequirement::kOptional;
  TlsRequirement mta_sts = TlsRequirement::kOptional;
  TlsRequirement starttls = TlsRequirement::kOptional;
  bool allow_invalid_certs = false;
  Duration tls_timeout = std::chrono::minutes(3);      // STARTTLS and the handshake
  Duration mta_sts_timeout = std::chrono::minutes(5);  // fetching the domain's MTA-STS policy

  // Whether mail may not leave without TLS by this plan alone.
  bool requires_tls() const {
    return dane == TlsRequirement::kRequire || mta_sts == TlsRequirement::kRequire ||
           starttls == TlsRequirement::kRequire;
  }

  friend bool operator==(const TlsPlan&, const TlsPlan&) = default;
};

}  // namespace postern

#endif  // POSTERN_COMMON_PLAN_TLS_PLAN_H_
