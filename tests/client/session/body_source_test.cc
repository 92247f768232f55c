#include "client/session/body_source.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <variant>

#include "common/message.h"

namespace postern::client {
namespace {

using boost::asio::awaitable;

awaitable<void> Collect(BodySource& source, std::string& octets, std::size_t& largest) {
  for (;;) {
    const BodySource::Chunk chunk = co_await source.Next();
    if (chunk.status != BodySource::Status::kChunk) {
      EXPECT_EQ(chunk.status, BodySource::Status::kEnd);
      co_return;
    }
    EXPECT_FALSE(chunk.octets.empty());
    octets += chunk.octets;
    largest = std::max(largest, chunk.octets.size());
  }
}

TEST(MessageBodySource, GivesAllOctetsInChunksOf32KiB) {
  for (const std::size_t size : {1u, 32766u, 32767u, 100000u}) {
    SCOPED_TRACE(size);
    const auto message =
        std::get<std::shared_ptr<const Message>>(Message::FromRaw(std::string(size, 'x') + "\r\n"));
    MessageBodySource source(message);
    std::string octets;
    std::size_t largest = 0;
    boost::asio::io_context context;
    boost::asio::co_spawn(context, Collect(source, octets, largest), boost::asio::detached);
    context.run();
    EXPECT_TRUE(octets == message->octets());
    EXPECT_EQ(largest, std::min<std::size_t>(message->size(), 32 * 1024));
  }
}

}  // namespace
}  // namespace postern::client
