#include "strategy/expr/evaluation.h"

#include <algorithm>

namespace postern::strategy {
namespace {

constexpr std::size_t kMaxShown = 200;
constexpr std::size_t kMaxItemsShown = 10;
constexpr std::string_view kMore = "...";

// Cut between two characters.
std::string_view Cut(std::string_view text) {
  std::size_t end = std::min(text.size(), kMaxShown);
  while (end > 0 && end < text.size() && (static_cast<std::uint8_t>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end);
}

void AppendText(std::string_view text, std::string& shown) {
  const std::string_view cut = Cut(text);
  shown.append("'").append(cut).append(cut.size() < text.size() ? kMore : "").append("'");
}

void Append(const Value& value, std::string& shown) {
  if (value.is_text()) return AppendText(value.text(), shown);
  if (value.is_number()) {
    shown += NumberText(value);
    return;
  }
  shown += '[';
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    if (i > 0) shown += ", ";
    if (i == kMaxItemsShown || shown.size() > 4 * kMaxShown) {
      shown += kMore;
      break;
    }
    Append(value.items()[i], shown);
  }
  shown += ']';
}

}  // namespace

std::string ShowValue(const Value& value) {
  std::string shown;
  Append(value, shown);
  return shown;
}

}  // namespace postern::strategy
