#ifndef POSTERN_COMMON_DESCRIPTOR_H_
#define POSTERN_COMMON_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace postern {

// Owns a file descriptor and closes it. Movable; one thread at a time.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }

  int get() const { return value_; }
  bool is_open() const { return value_ >= 0; }

 private:
  int value_ = -1;
};

}  // namespace postern

#endif  // POSTERN_COMMON_DESCRIPTOR_H_
