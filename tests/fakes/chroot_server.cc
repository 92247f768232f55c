#include "tests/fakes/chroot_server.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "tests/fakes/maildir.h"
#include "tests/fakes/root_server.h"

namespace postern::fakes {
namespace {

const char* NameOf(ChrootServer::Kind kind) {
  return kind == ChrootServer::Kind::kExim ? "exim" : "opensmtpd";
}

// As tools/setup has it.
std::string Unpacked(const std::string& name) {
  for (const auto& [variable, below] : {std::pair("XDG_CACHE_HOME", ""), {"HOME", "/.cache"}}) {
    const char* value = std::getenv(variable);
    if (value == nullptr) continue;
    const std::string folder = std::string(value) + below + "/postern/servers/" + name;
    if (std::filesystem::exists(folder)) return folder;
  }
  throw std::runtime_error("no " + name +
                           " in ~/.cache/postern/servers: tools/setup --test unpacks it there");
}

}  // namespace

class ChrootServer::Impl {
 public:
  explicit Impl(const std::string& name)
      : server_("chroot_server.sh", {name, Unpacked(name)}, "127.0.0.1", {}) {}

  std::uint16_t port() const { return server_.port(); }

  std::string Mail() const { return OnlyMessageIn(server_.folder() + "/mail"); }

 private:
  RootServer server_;
};

ChrootServer::ChrootServer(Kind kind) : impl_(std::make_unique<Impl>(NameOf(kind))) {}
ChrootServer::~ChrootServer() = default;
std::string ChrootServer::Obstacle() { return RootServer::Obstacle(); }
std::uint16_t ChrootServer::port() const { return impl_->port(); }
std::string ChrootServer::Mail() const { return impl_->Mail(); }

}  // namespace postern::fakes
