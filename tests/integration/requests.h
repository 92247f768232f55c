#ifndef POSTERN_TESTS_INTEGRATION_REQUESTS_H_
#define POSTERN_TESTS_INTEGRATION_REQUESTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "postern/v1/delivery_service.pb.h"

// What the tests of this folder ask for, in short.
namespace postern::integration {

// A small message to these recipients.
inline v1::DeliverRequest RequestTo(const std::vector<std::string>& recipients) {
  v1::DeliverRequest request;
  request.mutable_envelope()->set_mail_from("from@example.org");
  for (const auto& to : recipients) request.mutable_envelope()->add_recipients()->set_address(to);
  request.set_raw("Subject: test\r\n\r\nHello.\r\n");
  return request;
}

// The TOML of a route "<id>" to a relay that is spoken to in clear.
inline std::string RelayRoute(const std::string& id, const std::string& address,
                              std::uint16_t port) {
  return "[queue.route." + id + "]\ntype = \"relay\"\naddress = \"" + address +
         "\"\nport = " + std::to_string(port) + "\ntls.implicit = false\n";
}

// The TOML of a policy that sends everything to one relay, from the default addresses.
inline std::string RelayPolicy(std::uint16_t port, const std::string& address = "127.0.0.1") {
  return "server.hostname = \"mail.example.org\"\nqueue.strategy.route = \"'relay'\"\n" +
         RelayRoute("relay", address, port);
}

// A message with doubled dots, as it must go over the wire (RFC 5321 4.5.2).
inline std::string Stuffed(std::string_view message) {
  std::string result;
  result.reserve(message.size() + 16);
  bool line_start = true;
  for (const char c : message) {
    if (line_start && c == '.') result += '.';
    result += c;
    line_start = c == '\n';
  }
  return result;
}

// The message with LF in place of CRLF.
inline std::string WithLf(std::string_view message) {
  std::string result;
  result.reserve(message.size());
  for (const char c : message) {
    if (c != '\r') result += c;
  }
  return result;
}

}  // namespace postern::integration

#endif  // POSTERN_TESTS_INTEGRATION_REQUESTS_H_
