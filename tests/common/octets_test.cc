#include "common/octets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>

namespace postern {
namespace {

// The same questions, octet by octet.
bool IsCrlfByOctet(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return false;
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) return false;
  }
  return true;
}
bool IsEightBit(char c) { return static_cast<unsigned char>(c) > 0x7F; }
bool IsPrintable(char c) { return c >= ' ' && c <= '~'; }

void ExpectAnswers(const std::string& text) {
  EXPECT_EQ(HasOnlyCrlf(text), IsCrlfByOctet(text)) << ::testing::PrintToString(text);
  EXPECT_EQ(HasEightBit(text), std::ranges::any_of(text, IsEightBit));
  EXPECT_EQ(IsPrintableAscii(text), std::ranges::all_of(text, IsPrintable));
}

// Wherever the loops go from many octets at a time to one.
constexpr std::size_t kLongest = 80;

TEST(OctetsTest, OneOctetIsSeenWhereverItStands) {
  for (std::size_t size = 0; size <= kLongest; ++size) {
    ExpectAnswers(std::string(size, 'x'));
    for (std::size_t at = 0; at < size; ++at) {
      for (const char c : {'\r', '\n', '\0', '\x1F', ' ', '~', '\x7F', '\x80', '\xFF'}) {
        std::string text(size, 'x');
        text[at] = c;
        ExpectAnswers(text);
        if (at + 1 == size) continue;
        text.replace(at, 2, "\r\n");
        EXPECT_TRUE(HasOnlyCrlf(text));
        ExpectAnswers(text);
      }
    }
  }
}

TEST(OctetsTest, AnyTextIsAnsweredAsOctetByOctet) {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % kLongest, 'x');
    for (auto changes = random() % 6; changes > 0 && text.size() > 1; --changes) {
      const std::size_t at = random() % (text.size() - 1);
      if (random() % 4 != 0) {
        text.replace(at, 2, "\r\n");
      } else {
        text[at] = static_cast<char>(random());
      }
    }
    ExpectAnswers(text);
  }
}

}  // namespace
}  // namespace postern
