#ifndef POSTERN_CLIENT_SESSION_BODY_SOURCE_H_
#define POSTERN_CLIENT_SESSION_BODY_SOURCE_H_

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string_view>

#include "common/message.h"

namespace postern::client {

// Where a transaction pulls the octets of its message from, chunk by chunk. One per transaction;
// used on the session's loop. May wait (a stream from a caller), hence a coroutine.
class BodySource {
 public:
  enum class Status { kChunk, kEnd, kFailed };
  struct Chunk {
    Status status = Status::kEnd;
    std::string_view octets;  // kChunk: not empty, valid until the next call
  };

  virtual ~BodySource() = default;
  virtual boost::asio::awaitable<Chunk> Next() = 0;
};

// A message in memory, in chunks of 32 KiB.
class MessageBodySource final : public BodySource {
 public:
  explicit MessageBodySource(std::shared_ptr<const Message> message)
      : message_(std::move(message)) {}
  boost::asio::awaitable<Chunk> Next() override;

 private:
  std::shared_ptr<const Message> message_;
  std::size_t offset_ = 0;
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SESSION_BODY_SOURCE_H_
