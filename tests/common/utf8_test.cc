#include "common/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace postern {
namespace {

TEST(DecodeUtf8Test, TheFirstCharacterIsReadAndMeasured) {
  struct Case {
    std::string text;
    std::uint32_t value;
    std::size_t octets;
  };
  using namespace std::string_literals;
  for (const Case& c : {
           Case{"ab", 'a', 1},
           Case{"\0"s, 0, 1},
           Case{"\x7F", 0x7F, 1},
           Case{"\xC2\x80", 0x80, 2},
           Case{"\xDF\xBFx", 0x7FF, 2},
           Case{"\xE0\xA0\x80", 0x800, 3},
           Case{"\xED\x9F\xBF", 0xD7FF, 3},
           Case{"\xEE\x80\x80", 0xE000, 3},
           Case{"\xEF\xBF\xBF", 0xFFFF, 3},
           Case{"\xF0\x90\x80\x80", 0x10000, 4},
           Case{"\xF4\x8F\xBF\xBF", 0x10FFFF, 4},
       }) {
    const CodePoint point = DecodeUtf8(c.text);
    EXPECT_EQ(point.value, c.value);
    EXPECT_EQ(point.octets, c.octets);
  }
}

TEST(DecodeUtf8Test, WhatIsNotValidHasNoOctets) {
  for (const char* text : {
           "\x80",              // a continuation
           "\xC2",              // cut
           "\xC2x",             // broken off
           "\xE2\x82",          // cut
           "\xF0\x9F\x93",      // cut
           "\xC0\xAF",          // overlong
           "\xC1\xBF",          // overlong
           "\xE0\x9F\xBF",      // overlong
           "\xF0\x8F\xBF\xBF",  // overlong
           "\xED\xA0\x80",      // surrogate
           "\xED\xBF\xBF",      // surrogate
           "\xF4\x90\x80\x80",  // beyond U+10FFFF
           "\xF5\x80\x80\x80",  // beyond U+10FFFF
           "\xFF",
       }) {
    EXPECT_EQ(DecodeUtf8(text).octets, 0u);
  }
}

}  // namespace
}  // namespace postern
