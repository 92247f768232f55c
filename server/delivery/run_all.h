#ifndef POSTERN_SERVER_DELIVERY_RUN_ALL_H_
#define POSTERN_SERVER_DELIVERY_RUN_ALL_H_

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace postern::server {

using Task = std::function<boost::asio::awaitable<void>()>;

// Runs coroutines on the calling coroutine's loop, at most `parallel` at once and begun in order,
// and returns when all have ended. What escapes from one is logged under `name`, a literal, and
// ends only that one.
boost::asio::awaitable<void> RunAll(std::string_view name, std::vector<Task> tasks,
                                    std::size_t parallel);

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_RUN_ALL_H_
