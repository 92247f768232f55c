#include "common/remote_text.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "common/octets.h"
#include "common/utf8.h"

namespace postern {
namespace {

// Characters that change how the text around them is shown, or that cannot be seen at all.
bool IsHidden(std::uint32_t c) {
  return (c >= 0x80 && c < 0xA0) || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

std::string Hex(const char* format, unsigned value) {
  char buffer[16];
  const int length = std::snprintf(buffer, sizeof(buffer), format, value);
  return std::string(buffer, static_cast<std::size_t>(length));
}

}  // namespace

bool IsPlainText(std::string_view text, std::size_t max_octets) {
  return text.size() <= max_octets && IsPrintableAscii(text);
}

std::string EscapeRemoteText(std::string_view text, std::size_t max_octets) {
  if (IsPlainText(text, max_octets)) return std::string(text);  // what nearly every text is
  static constexpr std::string_view kCut = "...";
  std::string out;
  std::size_t keep = 0;  // as much of `out` as leaves room for the mark of a cut
  while (!text.empty()) {
    const CodePoint point = DecodeUtf8(text);
    std::string piece;
    if (point.octets == 0 || point.value < 0x20 || point.value == 0x7F) {
      piece = Hex("\\x%02X", static_cast<std::uint8_t>(text[0]));
    } else if (IsHidden(point.value)) {
      piece = Hex("\\u{%04X}", point.value);
    } else {
      piece = text.substr(0, point.octets);
    }
    if (out.size() + piece.size() > max_octets) {
      out.resize(keep);
      if (max_octets >= kCut.size()) out += kCut;
      return out;
    }
    out += piece;
    if (out.size() + kCut.size() <= max_octets) keep = out.size();
    text.remove_prefix(point.octets == 0 ? 1 : point.octets);
  }
  return out;
}

void CutLines(std::vector<std::string>& lines, std::size_t max_octets) {
  std::size_t left = max_octets;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (left == 0) return lines.resize(i);
    if (lines[i].size() > left) lines[i].resize(left);
    left -= lines[i].size();
  }
}

std::string MaskMailbox(std::string_view mailbox) {
  const std::size_t at = mailbox.rfind('@');
  if (at == std::string_view::npos) return "***";
  // Half a character would be no UTF-8; of what is none anyway, the octet.
  const std::size_t first = std::max<std::size_t>(DecodeUtf8(mailbox).octets, 1);
  const std::string_view shown = mailbox.substr(0, std::min(first, at));
  return std::string(shown) + "***" + std::string(mailbox.substr(at));
}

}  // namespace postern
