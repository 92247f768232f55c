#include "common/octets.h"

#include <cstddef>
#include <cstdint>

namespace postern {

bool HasOnlyCrlf(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() == '\n' || text.back() == '\r') return false;
  std::uint8_t wrong = 0;
  for (std::size_t i = 1; i < text.size(); ++i)
    wrong |= static_cast<std::uint8_t>((text[i - 1] == '\r') != (text[i] == '\n'));
  return wrong == 0;
}

bool HasEightBit(std::string_view text) {
  std::uint8_t seen = 0;
  for (const char c : text) seen |= static_cast<std::uint8_t>(c);
  return seen > 0x7F;
}

bool IsPrintableAscii(std::string_view text) {
  std::uint8_t wrong = 0;
  for (const char c : text)
    wrong |= static_cast<std::uint8_t>(static_cast<std::uint8_t>(c - ' ') > '~' - ' ');
  return wrong == 0;
}

}  // namespace postern
