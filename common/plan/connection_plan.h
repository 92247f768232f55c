#ifndef POSTERN_COMMON_PLAN_CONNECTION_PLAN_H_
#define POSTERN_COMMON_PLAN_CONNECTION_PLAN_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/ip_address.h"

namespace postern {

// How long each stage may take. Each is the absolute limit for the complete reply of the stage that
// its name says; `data` covers the DATA command, its 354, the body (as time without progress) and
// the final reply. The defaults are the minimums of RFC 5321 4.5.3.2 where it names one.
struct StageTimeouts {
  Duration connect = std::chrono::minutes(5);
  Duration greeting = std::chrono::minutes(5);
  Duration ehlo = std::chrono::minutes(5);
  Duration mail_from = std::chrono::minutes(5);
  Duration rcpt_to = std::chrono::minutes(5);
  Duration data = std::chrono::minutes(10);

  friend bool operator==(const StageTimeouts&, const StageTimeouts&) = default;
};

// Where an EHLO name came from, in the order of precedence.
enum class EhloOrigin : std::uint8_t {
  kSourceIp,        // queue.source-ip.<ip>.ehlo-hostname
  kStrategy,        // queue.connection.<id>.ehlo-hostname
  kServer,          // server.hostname
  kSystem,          // this machine's fully qualified name
  kAddressLiteral,  // none of these: the literal of the socket's local address, known once
                    // connected
};

// One address that a connection may leave from, and the name that goes with it.
struct SourceAddress {
  IpAddress ip;
  std::string ehlo_hostname;  // empty exactly when ehlo_origin is kAddressLiteral
  EhloOrigin ehlo_origin = EhloOrigin::kAddressLiteral;
  // Listed twice in `source-ips` counts twice.
  std::uint32_t weight = 1;

  friend bool operator==(const SourceAddress&, const SourceAddress&) = default;
};

// How a connection is to be made: the strategy's side of a delivery. Plain data, written by
// strategy/, read by client/ and server/; any thread once made.
struct ConnectionPlan {
  std::string strategy_id;
  // Empty: the system chooses the source address. Otherwise it is one of these, never the system's
  // choice.
  std::vector<SourceAddress> sources;
  // For a connection whose source the system chose.
  std::string ehlo_hostname;  // empty exactly when ehlo_origin is kAddressLiteral
  EhloOrigin ehlo_origin = EhloOrigin::kAddressLiteral;
  StageTimeouts timeouts;

  friend bool operator==(const ConnectionPlan&, const ConnectionPlan&) = default;
};

}  // namespace postern

#endif  // POSTERN_COMMON_PLAN_CONNECTION_PLAN_H_
