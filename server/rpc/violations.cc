#include "server/rpc/violations.h"

#include "common/remote_text.h"

namespace postern::server {
namespace {

constexpr std::size_t kMaxField = 100;
constexpr std::size_t kMaxDescription = 240;

}  // namespace

void Violations::Add(std::string_view field, std::string_view reason,
                     std::string_view description) {
  ++total_;
  if (!kept_.empty() && kept_.front().reason != reason) same_reason_ = false;
  unsupported_ |= reason == kUnsupported;
  if (kept_.size() == kMaxKept) return;
  kept_.push_back(
      {EscapeRemoteText(field, kMaxField), reason, EscapeRemoteText(description, kMaxDescription)});
}

std::string_view Violations::Reason() const {
  if (unsupported_) return kUnsupported;
  if (kept_.empty() || !same_reason_ || kept_.front().reason == kInvalid) return "INVALID_REQUEST";
  return kept_.front().reason;
}

}  // namespace postern::server
