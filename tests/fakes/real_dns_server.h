#ifndef POSTERN_TESTS_FAKES_REAL_DNS_SERVER_H_
#define POSTERN_TESTS_FAKES_REAL_DNS_SERVER_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "common/ip_address.h"

namespace postern::fakes {

// A zone as in a zone file: lines such as "@ MX 10 mx1" or "mx1 A 192.0.2.1", relative to the name.
// SOA and NS are there already; the TTL is 60 s, of a negative answer 1 s.
struct DnsZone {
  std::string name;                // "example.test"
  std::vector<std::string> lines;  //
  bool broken = false;             // every answer is SERVFAIL
};

// A real DNS server on 127.0.0.1, over UDP and TCP: Debian's knotd (package knot) as a child
// process, authoritative for its zones and refusing all else. It answers once it is made; whatever
// hinders that throws a sentence with knotd's own words. Made by a test and owned by it; needs no
// privileges. To be used by the thread that makes it, with whose end knotd ends too.
class RealDnsServer {
 public:
  // RealDnsServer server{{"example.test", {"@ A 192.0.2.1"}}, {"example.org", {}}};
  RealDnsServer(std::initializer_list<DnsZone> zones);
  explicit RealDnsServer(std::vector<DnsZone> zones);
  ~RealDnsServer();
  RealDnsServer(const RealDnsServer&) = delete;
  RealDnsServer& operator=(const RealDnsServer&) = delete;

  IpAddress address() const;
  // Stays the same, and this server's, while it is stopped.
  std::uint16_t port() const;

  // As if the machine's service had crashed: nobody listens any more. Idempotent.
  void Stop();
  // After Stop; with other zones, if any are given.
  void Start();
  void Start(std::vector<DnsZone> zones);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_REAL_DNS_SERVER_H_
