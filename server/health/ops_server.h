#ifndef POSTERN_SERVER_HEALTH_OPS_SERVER_H_
#define POSTERN_SERVER_HEALTH_OPS_SERVER_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "client/net/event_loop.h"
#include "client/net/transport.h"

namespace postern::server {

// HTTP for machines that look after this one: GET /livez (the event loop runs) and GET /readyz (new
// deliveries are taken; 503 when not). Made and owned by server/app; all its work runs on the event
// loop, which must have been stopped, or still run, when this is destroyed. One request per
// connection, 10 s for all of it, 100 connections at once; what breaks a limit is closed. Fails to
// be made with a sentence when it cannot listen.
class OpsServer {
 public:
  // `ready` is called on the loop.
  static absl::StatusOr<std::unique_ptr<OpsServer>> Start(client::EventLoop& loop,
                                                          client::Endpoint listen,
                                                          std::function<bool()> ready);
  // Stops listening; connections under way end by their own limits.
  ~OpsServer();
  OpsServer(const OpsServer&) = delete;
  OpsServer& operator=(const OpsServer&) = delete;

  const client::Endpoint& listening_on() const { return listening_on_; }

 private:
  struct State;
  OpsServer(client::EventLoop& loop, client::Endpoint listening_on, std::shared_ptr<State> state);

  client::EventLoop& loop_;
  const client::Endpoint listening_on_;
  std::shared_ptr<State> state_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_HEALTH_OPS_SERVER_H_
