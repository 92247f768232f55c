#include "tests/fakes/offline_transport.h"

#include <algorithm>
#include <cstdlib>

namespace postern::fakes {

using boost::asio::awaitable;
using client::IoResult;
using client::IoStatus;

awaitable<IoResult> OfflineTransport::ReadSome(char* buffer, std::size_t size, TimePoint deadline,
                                               client::Interrupt*) {
  std::string_view& server = dialogue_.server;
  while (server.starts_with(OfflineDialogue::kSegmentEnd)) server.remove_prefix(1);
  IoResult result = ReadAvailable(buffer, size);
  if (result.octets > 0) co_return result;
  result.status = IoStatus::kClosed;
  if (server.starts_with(OfflineDialogue::kSilence)) {
    server.remove_prefix(1);
    clock_.now = std::max(clock_.now, deadline);
    result.status = IoStatus::kTimeout;
  }
  co_return result;
}

std::size_t OfflineTransport::Write(std::string_view data) {
  if (dialogue_.closed) std::abort();
  const std::size_t octets = std::min(data.size(), octets_per_write_);
  dialogue_.written.append(data.substr(0, octets));
  if (!dialogue_.terminator.empty() && dialogue_.written.ends_with(dialogue_.terminator)) {
    ++dialogue_.messages;
    dialogue_.after_message.clear();
  }
  return octets;
}

awaitable<IoResult> OfflineTransport::WriteSome(std::string_view data, TimePoint,
                                                client::Interrupt*) {
  IoResult result;
  result.octets = Write(data);
  co_return result;
}

void OfflineTransport::WriteAndClose(std::string_view data) {
  Write(data);
  Close();
}

IoResult OfflineTransport::ReadAvailable(char* buffer, std::size_t size) {
  constexpr char kMarks[] = {OfflineDialogue::kSegmentEnd, OfflineDialogue::kReset,
                             OfflineDialogue::kSilence, '\0'};
  std::string_view& server = dialogue_.server;
  IoResult result;
  result.octets = std::min({server.find_first_of(kMarks), server.size(), size});
  server.copy(buffer, result.octets);
  dialogue_.after_message.append(buffer, result.octets);
  server.remove_prefix(result.octets);
  const bool lost = server.empty() || server.starts_with(OfflineDialogue::kReset);
  if (result.octets == 0 && lost) result.status = IoStatus::kClosed;
  return result;
}

}  // namespace postern::fakes
