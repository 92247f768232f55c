#include "server/delivery/run_all.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/net/event_loop.h"
#include "common/log.h"

// A pool of workers takes the tasks one after the other; the last worker to end wakes the caller.
// Everything happens on one thread, so plain counters do.
namespace postern::server {

namespace asio = boost::asio;

namespace {

struct Batch {
  Batch(const asio::any_io_executor& executor, std::vector<Task> tasks)
      : all_ended(executor, asio::steady_timer::time_point::max()), tasks(std::move(tasks)) {}

  asio::steady_timer all_ended;  // never expires; cancelled when the last worker ends
  std::vector<Task> tasks;
  std::size_t next = 0;
  std::size_t workers = 0;
};

asio::awaitable<void> RunOne(const Task& task, std::string_view name) {
  try {
    co_await task();
  } catch (const std::exception& error) {
    Log(LogLevel::kError,
        absl::StrCat(std::string(name), " ended by an exception: ", error.what()));
  }
}

asio::awaitable<void> Work(std::shared_ptr<Batch> batch, std::string_view name) {
  while (batch->next < batch->tasks.size()) co_await RunOne(batch->tasks[batch->next++], name);
  if (--batch->workers == 0) batch->all_ended.cancel();
}

}  // namespace

asio::awaitable<void> RunAll(std::string_view name, std::vector<Task> tasks, std::size_t parallel) {
  if (tasks.size() == 1) {
    co_await RunOne(tasks.front(), name);
    co_return;
  }
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto batch = std::make_shared<Batch>(executor, std::move(tasks));
  const std::size_t workers = std::min(parallel, batch->tasks.size());
  batch->workers = workers;
  for (std::size_t i = 0; i < workers; ++i) {
    client::SpawnOn(executor, name, [batch, name] { return Work(batch, name); });
  }
  while (batch->workers > 0) {
    co_await batch->all_ended.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace postern::server
