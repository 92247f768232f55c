#ifndef POSTERN_TESTS_FAKES_POSTFIX_SERVER_H_
#define POSTERN_TESTS_FAKES_POSTFIX_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

namespace postern::fakes {

// A real Postfix that receives mail for example.com and bücher.example on loopback: it takes one
// recipient in each, refuses every other one there (550 5.1.1), and holds what it takes in its
// queue. Its whole configuration and queue are in a folder of its own. Needs root, or a user who
// may sudo without being asked. Made and owned by a test; one thread. Throws a sentence when it
// does not start.
class PostfixServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    bool smtp_utf8 = true;  // offers SMTPUTF8
  };

  // Takes mail for `local_part`@example.com.
  explicit PostfixServer(const std::string& local_part);
  PostfixServer(const std::string& local_part, const Options& options);
  ~PostfixServer();
  PostfixServer(const PostfixServer&) = delete;
  PostfixServer& operator=(const PostfixServer&) = delete;

  // Why this user cannot run one; empty: it can.
  static std::string Obstacle();

  const std::string& address() const;
  std::uint16_t port() const;
  // A message in the queue, by the id that "250 2.0.0 Ok: queued as 067299840E8" names: the
  // Received header that Postfix adds, then what it was sent, with LF as line ends. Throws a
  // sentence when there is none.
  std::string Queued(const std::string& id);
  std::string log() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_POSTFIX_SERVER_H_
