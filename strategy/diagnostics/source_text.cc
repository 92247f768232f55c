#include "strategy/diagnostics/source_text.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace postern::strategy {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::vector<std::uint32_t> FindLines(std::string_view text) {
  // Where lines can no longer be counted in 32 bits, they are not: readers refuse such texts.
  text = text.substr(0, std::numeric_limits<std::uint32_t>::max());
  std::vector<std::uint32_t> starts;
  // Counted first, so that a file of nothing but line ends costs its lines once.
  starts.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
  starts.push_back(0);
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    starts.push_back(static_cast<std::uint32_t>(at + 1));
  return starts;
}

}  // namespace

SourceText::SourceText(std::string file, std::string text)
    : file_(std::move(file)), text_(std::move(text)) {
  if (text_.starts_with(kByteOrderMark)) text_.erase(0, kByteOrderMark.size());
  line_starts_ = FindLines(text_);
}

std::string_view SourceText::Line(std::uint32_t line) const {
  if (line == 0 || line > line_starts_.size()) return {};
  const std::size_t begin = line_starts_[line - 1];
  const std::size_t end = line < line_starts_.size() ? line_starts_[line] - 1 : text_.size();
  std::string_view found = std::string_view(text_).substr(begin, end - begin);
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

Position SourceText::At(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::uint32_t>(next - line_starts_.begin());
  return {line, static_cast<std::uint32_t>(offset - line_starts_[line - 1] + 1)};
}

}  // namespace postern::strategy
