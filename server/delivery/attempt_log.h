#ifndef POSTERN_SERVER_DELIVERY_ATTEMPT_LOG_H_
#define POSTERN_SERVER_DELIVERY_ATTEMPT_LOG_H_

#include <span>
#include <string>
#include <string_view>

#include "client/smtp/outcome.h"
#include "server/delivery/delivery.h"

// The log lines of a delivery, derived from its attempt records. Mailboxes are masked; remote text
// is escaped and cut. Pure.
namespace postern::server {

// The most octets of remote text in a log line.
inline constexpr std::size_t kMaxLoggedRemoteText = 512;

// `recipients` are the addresses that the attempt was for.
std::string DescribeAttempt(const Attempt& attempt, std::span<const std::string> recipients);

// A final reply that came when the caller had been told OUTCOME_UNKNOWN already.
std::string DescribeLateReply(const Attempt& attempt, const std::string& recipient,
                              const client::Outcome& outcome);

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_ATTEMPT_LOG_H_
