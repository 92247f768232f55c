#ifndef POSTERN_COMMON_UTF8_H_
#define POSTERN_COMMON_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postern {

// One character, and how many octets of UTF-8 it takes. Plain data.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t octets = 0;  // 0: not valid UTF-8
};

// The character at the front of `text`, which is not empty. Overlong forms, surrogates and values
// above U+10FFFF are not valid (RFC 3629 3). Pure.
CodePoint DecodeUtf8(std::string_view text);

}  // namespace postern

#endif  // POSTERN_COMMON_UTF8_H_
