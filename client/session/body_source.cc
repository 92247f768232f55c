#include "client/session/body_source.h"

namespace postern::client {
namespace {

constexpr std::size_t kChunkOctets = 32 * 1024;

}  // namespace

boost::asio::awaitable<BodySource::Chunk> MessageBodySource::Next() {
  Chunk chunk;
  const std::string_view octets = message_->octets().substr(offset_, kChunkOctets);
  if (!octets.empty()) {
    chunk.status = Status::kChunk;
    chunk.octets = octets;
    offset_ += octets.size();
  }
  co_return chunk;
}

}  // namespace postern::client
