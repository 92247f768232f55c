// gRPC over HTTP/2 as its protocol description has it: a message is a flag octet, four octets of
// length, and the octets; the status comes in the trailers.

#include "tests/benchmarks/server/caller.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace postern::benchmarks {
namespace {

// Flag and length of a message.
constexpr std::size_t kPrefix = 5;
// What may be on its way to the caller: more than all answers that there are at a time.
constexpr std::uint32_t kWindow = std::uint32_t{8} << 20;

[[noreturn]] void Fail(const std::string& what) { throw std::runtime_error(what); }

void CheckSystem(bool worked, const char* what) {
  if (!worked) throw std::system_error(errno, std::generic_category(), what);
}

// For nghttp2's results: negative ones are errors.
void CheckHttp2(long result, const char* what) {
  if (result < 0) Fail(std::string(what) + ": " + nghttp2_strerror(static_cast<int>(result)));
}

std::string Prefixed(std::string_view message) {
  const std::uint32_t size = htonl(static_cast<std::uint32_t>(message.size()));
  std::string octets(kPrefix, '\0');
  std::memcpy(octets.data() + 1, &size, sizeof(size));
  return octets.append(message);
}

// A connection to "127.0.0.1:50051", closed at the end.
class Socket {
 public:
  explicit Socket(const std::string& address) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    CheckSystem(fd_ >= 0, "socket");
    const std::size_t colon = address.rfind(':');
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    if (inet_pton(AF_INET, address.substr(0, colon).c_str(), &server.sin_addr) != 1)
      Fail("not an IPv4 address: " + address);
    CheckSystem(connect(fd_, reinterpret_cast<const sockaddr*>(&server), sizeof(server)) == 0,
                "connect");
    const int yes = 1;
    CheckSystem(setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) == 0, "setsockopt");
  }
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void Write(std::string_view octets) const {
    while (!octets.empty()) {
      const ssize_t sent = send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      CheckSystem(sent >= 0, "send");
      octets.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // At least one octet.
  template <std::size_t kSize>
  std::size_t Read(std::array<std::uint8_t, kSize>& buffer) const {
    const ssize_t received = recv(fd_, buffer.data(), buffer.size(), 0);
    CheckSystem(received >= 0, "recv");
    if (received == 0) Fail("the service closed the connection");
    return static_cast<std::size_t>(received);
  }

 private:
  const int fd_;
};

}  // namespace

class Caller::Impl {
 public:
  Impl(std::string address, std::string path, std::string_view request)
      : authority_(std::move(address)),
        path_(std::move(path)),
        request_(Prefixed(request)),
        socket_(authority_) {
    const sched_param none{};
    CheckSystem(sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &none) == 0,
                "sched_setscheduler");
    nghttp2_session_callbacks* callbacks = nullptr;
    CheckHttp2(nghttp2_session_callbacks_new(&callbacks), "callbacks");
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnClose);
    const int made = nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    CheckHttp2(made, "session");
    const std::array<nghttp2_settings_entry, 1> settings{
        {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}}};
    CheckHttp2(
        nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()),
        "settings");
    CheckHttp2(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow),
               "window");
  }
  ~Impl() { nghttp2_session_del(session_); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Run(std::size_t count, std::size_t in_flight,
           const std::function<void(std::string_view)>& check) {
    left_ = count;
    for (std::size_t i = 0; i < in_flight; ++i) Call();
    while (!calls_.empty()) {
      WriteAll();
      const std::size_t received = socket_.Read(buffer_);
      CheckHttp2(nghttp2_session_mem_recv(session_, buffer_.data(), received), "receive");
      for (const Answer& answer : std::exchange(ended_, {})) {
        if (answer.status != "0") Fail("a call ended with grpc-status '" + answer.status + "'");
        if (answer.octets.size() < kPrefix) Fail("a call ended without an answer");
        check(std::string_view(answer.octets).substr(kPrefix));
        Call();
      }
    }
  }

 private:
  struct Answer {
    std::string octets;
    std::string status;
    std::size_t sent = 0;  // of the request
  };

  void Call() {
    if (left_ == 0) return;
    --left_;
    const std::array headers = {
        Header(":method", "POST"), Header(":scheme", "http"),
        Header(":path", path_),    Header(":authority", authority_),
        Header("te", "trailers"),  Header("content-type", "application/grpc")};
    nghttp2_data_provider body{};
    body.read_callback = ReadRequest;
    const std::int32_t stream =
        nghttp2_submit_request(session_, nullptr, headers.data(), headers.size(), &body, nullptr);
    CheckHttp2(stream, "request");
    calls_.emplace(stream, Answer());
  }

  // Neither is written to.
  static nghttp2_nv Header(std::string_view name, std::string_view value) {
    const auto octets = [](std::string_view text) {
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    return {octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  }

  void WriteAll() {
    output_.clear();
    while (true) {
      const std::uint8_t* octets = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_, &octets);
      CheckHttp2(size, "send");
      if (size == 0) break;
      output_.append(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
    }
    socket_.Write(output_);
  }

  static ssize_t ReadRequest(nghttp2_session*, std::int32_t stream, std::uint8_t* to,
                             std::size_t room, std::uint32_t* flags, nghttp2_data_source*,
                             void* self) {
    const auto& impl = *static_cast<Impl*>(self);
    std::size_t& sent = static_cast<Impl*>(self)->calls_[stream].sent;
    const std::size_t size = impl.request_.copy(reinterpret_cast<char*>(to), room, sent);
    sent += size;
    if (sent == impl.request_.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* self) {
    if (std::string_view(reinterpret_cast<const char*>(name), name_size) == "grpc-status") {
      static_cast<Impl*>(self)->calls_[frame->hd.stream_id].status.assign(
          reinterpret_cast<const char*>(value), value_size);
    }
    return 0;
  }

  static int OnData(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data,
                    std::size_t size, void* self) {
    static_cast<Impl*>(self)->calls_[stream].octets.append(reinterpret_cast<const char*>(data),
                                                           size);
    return 0;
  }

  static int OnClose(nghttp2_session*, std::int32_t stream, std::uint32_t, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    const auto call = impl.calls_.find(stream);
    if (call == impl.calls_.end()) return 0;
    impl.ended_.push_back(std::move(call->second));
    impl.calls_.erase(call);
    return 0;
  }

  const std::string authority_;
  const std::string path_;
  const std::string request_;
  const Socket socket_;
  nghttp2_session* session_ = nullptr;
  std::size_t left_ = 0;
  std::unordered_map<std::int32_t, Answer> calls_;
  std::vector<Answer> ended_;
  std::string output_;
  std::array<std::uint8_t, std::size_t{256} << 10> buffer_;
};

Caller::Caller(std::string address, std::string path, std::string_view request)
    : impl_(std::make_unique<Impl>(std::move(address), std::move(path), request)) {}
Caller::~Caller() = default;

void Caller::Run(std::size_t count, std::size_t in_flight,
                 const std::function<void(std::string_view)>& check) {
  impl_->Run(count, in_flight, check);
}

}  // namespace postern::benchmarks
