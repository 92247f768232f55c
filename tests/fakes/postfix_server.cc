#include "tests/fakes/postfix_server.h"

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "tests/fakes/child_process.h"
#include "tests/fakes/eventually.h"
#include "tests/fakes/root_server.h"

namespace postern::fakes {

class PostfixServer::Impl {
 public:
  Impl(const std::string& local_part, const Options& options)
      : server_("postfix_server.sh", {}, options.address,
                {local_part, options.smtp_utf8 ? "yes" : "no"}) {}

  const std::string& address() const { return server_.address(); }
  std::uint16_t port() const { return server_.port(); }
  std::string log() const { return ReadFile(server_.folder() + "/log"); }

  std::string Queued(const std::string& id) {
    const std::string path = server_.folder() + "/read/" + id;
    server_.script().WriteLine(id);
    // It appears there whole.
    if (id.empty() || !Eventually([&] { return std::filesystem::exists(path); })) {
      throw std::runtime_error("no message \"" + id +
                               "\" in Postfix's queue: " + server_.script().err() + log());
    }
    return ReadFile(path);
  }

 private:
  RootServer server_;
};

PostfixServer::PostfixServer(const std::string& local_part) : PostfixServer(local_part, {}) {}
PostfixServer::PostfixServer(const std::string& local_part, const Options& options)
    : impl_(std::make_unique<Impl>(local_part, options)) {}
PostfixServer::~PostfixServer() = default;

std::string PostfixServer::Obstacle() { return RootServer::Obstacle(); }

const std::string& PostfixServer::address() const { return impl_->address(); }
std::uint16_t PostfixServer::port() const { return impl_->port(); }
std::string PostfixServer::Queued(const std::string& id) { return impl_->Queued(id); }
std::string PostfixServer::log() const { return impl_->log(); }

}  // namespace postern::fakes
