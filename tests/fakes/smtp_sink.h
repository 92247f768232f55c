#ifndef POSTERN_TESTS_FAKES_SMTP_SINK_H_
#define POSTERN_TESTS_FAKES_SMTP_SINK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace postern::fakes {

// One message as smtp-sink took it. Plain data.
struct SinkMessage {
  std::string client;                   // where it came from
  std::string helo;                     // the name that EHLO gave
  std::string mail;                     // "<from@example.org> SIZE=5"
  std::vector<std::string> recipients;  // "<to@example.com>", in order
  // The message with doubled dots undone. The sink's files lose what kind of line ends there were:
  // here every line ends in LF.
  std::string message;
};

// Postfix's smtp-sink, a real SMTP or LMTP server that takes everything, on loopback. It ends by
// itself after as many sessions as it was told to expect. Made and owned by a test; one thread.
// Throws a sentence when it does not start.
class SmtpSink {
 public:
  // `flags` are further ones of smtp-sink, such as "-L" (LMTP).
  explicit SmtpSink(std::size_t sessions, const std::string& address = "127.0.0.1",
                    std::vector<std::string> flags = {});
  ~SmtpSink();
  SmtpSink(const SmtpSink&) = delete;
  SmtpSink& operator=(const SmtpSink&) = delete;

  const std::string& address() const;
  std::uint16_t port() const;
  // Waits until the expected sessions have ended, and gives what they brought, in no order. Throws
  // a sentence when they do not end.
  std::vector<SinkMessage> Finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_SMTP_SINK_H_
