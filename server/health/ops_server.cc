#include "server/health/ops_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace postern::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

constexpr auto kConnectionLimit = std::chrono::seconds(10);
constexpr int kMaxConnections = 100;
constexpr std::uint32_t kMaxHeader = 8 * 1024;
constexpr std::uint64_t kMaxBody = 1024;

// Errors as values: nothing here throws for what a client does.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

Response Answer(const Request& request, http::status status, std::string text) {
  Response response(status, 11);
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  response.set(http::field::cache_control, "no-store");
  response.keep_alive(false);
  response.content_length(text.size() + 1);
  if (request.method() != http::verb::head) response.body() = std::move(text) + "\n";
  return response;
}

Response Respond(const Request& request, const std::function<bool()>& ready) {
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    Response response = Answer(request, http::status::method_not_allowed, "only GET is served");
    response.set(http::field::allow, "GET, HEAD");
    return response;
  }
  if (request.target() == "/livez") return Answer(request, http::status::ok, "ok");
  if (request.target() == "/readyz") {
    return ready() ? Answer(request, http::status::ok, "ok")
                   : Answer(request, http::status::service_unavailable, "draining");
  }
  return Answer(request, http::status::not_found, "/livez and /readyz are served");
}

}  // namespace

struct OpsServer::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, std::function<bool()> is_ready)
      : acceptor(context), retry(context), ready(std::move(is_ready)) {}

  asio::awaitable<void> Accept() {
    while (acceptor.is_open()) {
      auto [error, socket] = co_await acceptor.async_accept(kAwait);
      if (!acceptor.is_open()) co_return;
      if (error) {
        // Out of descriptors, most likely: it must not become a busy loop, nor the end.
        retry.expires_after(std::chrono::milliseconds(100));
        co_await retry.async_wait(kAwait);
        continue;
      }
      if (connections >= kMaxConnections) continue;  // closes it
      ++connections;
      client::SpawnOn(acceptor.get_executor(), "ops connection",
                      [self = shared_from_this(),
                       stream = std::make_shared<beast::tcp_stream>(std::move(socket))] {
                        return Serve(self, stream);
                      });
    }
  }

  static asio::awaitable<void> Serve(std::shared_ptr<State> self,
                                     std::shared_ptr<beast::tcp_stream> stream) {
    stream->expires_after(kConnectionLimit);
    co_await self->ServeOne(*stream);
    --self->connections;
  }

  asio::awaitable<void> ServeOne(beast::tcp_stream& stream) {
    beast::flat_buffer buffer(kMaxHeader + kMaxBody);
    http::request_parser<http::string_body> parser;
    parser.header_limit(kMaxHeader);
    parser.body_limit(kMaxBody);
    if (auto [error, size] = co_await http::async_read(stream, buffer, parser, kAwait); error) {
      co_return;
    }
    Response response = Respond(parser.get(), ready);
    co_await http::async_write(stream, response, kAwait);
    beast::error_code ignored;
    stream.socket().shutdown(Tcp::socket::shutdown_send, ignored);
  }

  Tcp::acceptor acceptor;
  asio::steady_timer retry;
  const std::function<bool()> ready;
  int connections = 0;
};

absl::StatusOr<std::unique_ptr<OpsServer>> OpsServer::Start(client::EventLoop& loop,
                                                            client::Endpoint listen,
                                                            std::function<bool()> ready) {
  auto state = std::make_shared<State>(loop.context(), std::move(ready));
  beast::error_code error;
  const Tcp::endpoint local(asio::ip::make_address(listen.ip.ToString(), error), listen.port);
  if (!error) state->acceptor.open(local.protocol(), error);
  if (!error) state->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) state->acceptor.bind(local, error);
  if (!error) state->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot listen for ops on ", listen.ip.ToString(),
                                               " port ", listen.port, ": ", error.message(),
                                               "; choose another address with --ops-listen"));
  }
  listen.port = state->acceptor.local_endpoint(error).port();
  loop.Spawn("ops listener", [state] { return state->Accept(); });
  return std::unique_ptr<OpsServer>(new OpsServer(loop, listen, std::move(state)));
}

OpsServer::OpsServer(client::EventLoop& loop, client::Endpoint listening_on,
                     std::shared_ptr<State> state)
    : loop_(loop), listening_on_(listening_on), state_(std::move(state)) {}

OpsServer::~OpsServer() {
  loop_.Post([state = std::move(state_)] {
    beast::error_code ignored;
    state->acceptor.close(ignored);
    state->retry.cancel();
  });
}

}  // namespace postern::server
