#ifndef POSTERN_SERVER_APP_APP_H_
#define POSTERN_SERVER_APP_APP_H_

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "client/net/transport.h"
#include "common/clock.h"
#include "server/app/flags.h"

namespace postern::server {

// The whole service, put together: app.cc reads as the diagram of the system. Made by posternd's
// main (or by a test), which owns it; one thread calls it. Fails to be made with what to print:
// every issue of the policy, or a sentence.
class App {
 public:
  static absl::StatusOr<std::unique_ptr<App>> Start(const Flags& flags);
  // Ends what is still under way at once.
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  const client::Endpoint& listening_on() const;
  std::optional<client::Endpoint> ops_listening_on() const;

  // Reads the policy files, soon and on another thread; the log says what came of it.
  void ReloadPolicy();
  // Health says NOT_SERVING, and new calls are refused.
  void Drain();
  // Whether every call has been answered.
  bool idle() const;
  // Stops the deliveries under way, as far as they may still be stopped; they are answered soon.
  void CancelAll();

 private:
  class Impl;
  explicit App(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_APP_APP_H_
