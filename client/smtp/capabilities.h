#ifndef POSTERN_CLIENT_SMTP_CAPABILITIES_H_
#define POSTERN_CLIENT_SMTP_CAPABILITIES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postern::client {

// What a server offered in its EHLO reply (C8-C10). Plain data; keywords in upper case.
struct Extensions {
  // EHLO was refused and HELO accepted, so that it could offer nothing (C1).
  bool ehlo_refused = false;
  bool pipelining = false;
  bool eight_bit_mime = false;
  bool smtp_utf8 = false;
  bool dsn = false;
  bool enhanced_status_codes = false;
  bool start_tls = false;
  bool chunking = false;
  bool mt_priority = false;
  bool size_offered = false;
  // The limit of RFC 1870; nullopt when none was given, or 0, or nonsense.
  std::optional<std::uint64_t> max_size;
  // RFC 9422 4.1: the most MAIL commands of a session, and the most RCPT commands of a transaction.
  // At least 1. (RCPTDOMAINMAX, of a session's recipients, cannot be exceeded: they are of one
  // domain.)
  std::optional<std::size_t> max_mails;
  std::optional<std::size_t> max_recipients;
};

// All that a server said of itself.
struct Capabilities : Extensions {
  std::vector<std::string> auth_mechanisms;
  // Every keyword line as sent (raw text of a stranger), for the attempt record; at most 100.
  std::vector<std::string> lines;
};

// Reads the lines after the first one of an EHLO reply, given all. Pure; never fails: what it does
// not understand it skips.
Capabilities ParseCapabilities(std::vector<std::string> ehlo_lines);

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SMTP_CAPABILITIES_H_
