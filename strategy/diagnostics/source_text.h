#ifndef POSTERN_STRATEGY_DIAGNOSTICS_SOURCE_TEXT_H_
#define POSTERN_STRATEGY_DIAGNOSTICS_SOURCE_TEXT_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postern::strategy {

// A place in a file as people count: both from 1; the column counts octets. Line 0: the file as a
// whole.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  friend auto operator<=>(const Position&, const Position&) = default;
};

// A stretch of one file. `file` is the name given to the reader (a path as the user wrote it).
struct SourceRange {
  std::string file;
  Position begin;
  // Octets on the first line that the caret underlines; at least 1.
  std::uint32_t length = 1;

  friend bool operator==(const SourceRange&, const SourceRange&) = default;
};

// One policy file in memory, with its lines found once. A UTF-8 byte order mark at its start is
// dropped, so that columns count what is seen. Any octets are taken: readers check what they mean.
// Immutable; any thread.
class SourceText {
 public:
  SourceText(std::string file, std::string text);

  const std::string& file() const { return file_; }
  std::string_view text() const { return text_; }
  // Without its line end; empty when there is no such line. `line` counts from 1.
  std::string_view Line(std::uint32_t line) const;
  // Where the octet at `offset` stands; past the end counts as the end.
  Position At(std::size_t offset) const;

 private:
  std::string file_;
  std::string text_;
  // Offsets of the first octet of each line. 32 bits: no text that a reader takes is 4 GiB long.
  std::vector<std::uint32_t> line_starts_;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_DIAGNOSTICS_SOURCE_TEXT_H_
