// The nearest candidate by Damerau-Levenshtein distance (insert, delete, replace, swap of
// neighbours; a stretch is edited once), letters compared without case.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "absl/strings/ascii.h"
#include "strategy/diagnostics/issue.h"

namespace postern::strategy {
namespace {

// Longer words are not typing mistakes of a key, and the table below stays small.
constexpr std::size_t kMaxWord = 64;

bool Same(char a, char b) { return absl::ascii_tolower(a) == absl::ascii_tolower(b); }

// How far a candidate may be: two edits, or a third of a long word; a short word has little left
// after two.
std::size_t Threshold(std::size_t length) {
  if (length <= 3) return 1;
  return std::max<std::size_t>(2, length / 3);
}

// The distance, or `limit` + 1 when it is more than `limit`.
std::size_t Distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
  using Row = std::array<std::size_t, kMaxWord + 1>;
  Row two_before{}, before{}, row{};
  for (std::size_t j = 0; j <= b.size(); ++j) before[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = before[j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
      row[j] = std::min({before[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
        row[j] = std::min(row[j], two_before[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    // Rows grow by at most one at a time, and a swap, which reaches over this row, costs one too.
    if (least > limit) return limit + 1;
    two_before = before;
    before = row;
  }
  return std::min(before[b.size()], limit + 1);
}

}  // namespace

std::string_view DidYouMean(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kMaxWord) return {};
  std::size_t limit = Threshold(word.size());
  std::string_view best;
  for (const std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() > kMaxWord) continue;
    const std::size_t distance = Distance(word, candidate, limit);
    if (distance > limit) continue;
    best = candidate;
    if (distance == 0) return best;
    limit = distance - 1;  // the first of equals is kept
  }
  return best;
}

}  // namespace postern::strategy
