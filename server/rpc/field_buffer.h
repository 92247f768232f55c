#ifndef POSTERN_SERVER_RPC_FIELD_BUFFER_H_
#define POSTERN_SERVER_RPC_FIELD_BUFFER_H_

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace postern::server {

// Fields of an encoded message, one behind the other. What is of the usual size allocates nothing;
// so large an object belongs on the stack. Not synchronised.
class FieldBuffer {
 public:
  FieldBuffer() = default;
  FieldBuffer(const FieldBuffer&) = delete;
  FieldBuffer& operator=(const FieldBuffer&) = delete;

  // Good until the next change.
  std::string_view view() const { return {data_, size_}; }
  std::size_t size() const { return size_; }
  void Clear() { size_ = 0; }

  // Fields that are encoded already.
  void Append(std::string_view octets) { Take(octets.copy(Room(octets.size()), octets.size())); }

  // A text or a message, given as its octets.
  void AppendField(int field, std::string_view content) {
    auto* const begin = reinterpret_cast<std::uint8_t*>(Room(kMaxHead + content.size()));
    std::uint8_t* end =
        Stream::WriteTagToArray(Format::MakeTag(field, Format::WIRETYPE_LENGTH_DELIMITED), begin);
    end = Stream::WriteVarint32ToArray(static_cast<std::uint32_t>(content.size()), end);
    Take(static_cast<std::size_t>(end - begin));
    Append(content);
  }

  void AppendBool(int field, bool value) {
    auto* const begin = reinterpret_cast<std::uint8_t*>(Room(kMaxHead));
    Take(static_cast<std::size_t>(Format::WriteBoolToArray(field, value, begin) - begin));
  }

 private:
  using Format = google::protobuf::internal::WireFormatLite;
  using Stream = google::protobuf::io::CodedOutputStream;

  // Of a resolution under a policy of some rules.
  static constexpr std::size_t kUsual = 1000;
  // The largest head of a field: two numbers of 32 bits.
  static constexpr std::size_t kMaxHead = 10;

  // Where so many octets can be written.
  char* Room(std::size_t octets) {
    if (octets > capacity_ - size_) Grow(size_ + octets);
    return data_ + size_;
  }
  void Take(std::size_t written) { size_ += written; }

  void Grow(std::size_t needed) {
    const std::size_t capacity = std::max(needed, 2 * capacity_);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    view().copy(larger.get(), size_);
    heap_ = std::move(larger);
    data_ = heap_.get();
    capacity_ = capacity;
  }

  std::array<char, kUsual> block_;
  std::unique_ptr<char[]> heap_;  // instead of the block, once that is too small
  char* data_ = block_.data();
  std::size_t capacity_ = kUsual;
  std::size_t size_ = 0;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_FIELD_BUFFER_H_
