#ifndef POSTERN_TESTS_BENCHMARKS_SERVER_CALLER_H_
#define POSTERN_TESTS_BENCHMARKS_SERVER_CALLER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace postern::benchmarks {

// A caller that leaves the machine to whom it calls: unary gRPC calls of one method, all with the
// same request, as plain HTTP/2 (nghttp2) over one connection on the caller's thread. gRPC's own
// client takes several times as much for a call; beside a service on two cores that is a good part
// of what there is. Its thread becomes SCHED_BATCH (the children of that do not): it waits for its
// turn, as if it were on another machine. Throws whatever goes wrong, as std::runtime_error. Not
// synchronised.
class Caller {
 public:
  // `address`: "127.0.0.1:50051"; `path`: "/package.Service/Method"; `request`: an encoded message.
  Caller(std::string address, std::string path, std::string_view request);
  ~Caller();

  // Makes `count` calls, `in_flight` of them at a time. `check` gets the encoded message of each
  // answer; a call without one, or with a status other than OK, throws.
  void Run(std::size_t count, std::size_t in_flight,
           const std::function<void(std::string_view response)>& check);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace postern::benchmarks

#endif  // POSTERN_TESTS_BENCHMARKS_SERVER_CALLER_H_
