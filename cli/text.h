#ifndef POSTERN_CLI_TEXT_H_
#define POSTERN_CLI_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/duration.pb.h"

// Text for a terminal: made harmless, measured, broken into lines, coloured. Pure.
namespace postern::cli {

// What a terminal shows of `text`: control characters, bidirectional controls and invalid UTF-8 are
// written as "\xNN", so that no text from elsewhere moves the cursor or reorders a line. The server
// escapes too; a server may be anyone's.
std::string Printable(std::string_view text);

// How many columns `text` takes, one for each character: wide and combining ones are not told
// apart.
std::size_t Columns(std::string_view text);

// `text` with spaces behind it up to `columns`.
std::string Padded(std::string text, std::size_t columns);

// `text` in at most about `columns`: its beginning, and how much there is in all, as in
// "'abc... (1,200 characters)".
std::string Shortened(std::string_view text, std::size_t columns);

// Where prose may be broken: at each space.
std::vector<std::string> WordsOf(std::string_view prose);

// Where an expression may be broken: at spaces that are in no string literal; where the parts
// between
// && and || fit into `columns`, only before those.
std::vector<std::string> PartsOf(std::string_view expression, std::size_t columns);

// `pieces`, joined by spaces into lines of at most `columns`, the first of at most `first_columns`.
// A piece is never broken: one that is too long has a line of its own, for the terminal to wrap.
std::vector<std::string> Flow(const std::vector<std::string>& pieces, std::size_t columns,
                              std::size_t first_columns);

// "1m30s", "250ms", "0s": as a policy writes it. What is left below a millisecond is dropped.
std::string HumanDuration(const google::protobuf::Duration& duration);

// How something is set off on a terminal.
enum class Tone { kPlain, kStrong, kDim, kGood, kWarning, kBad };

// What the text is shown on.
struct Terminal {
  bool colour = false;
  std::size_t width = 100;

  // `text`, set off where there is colour.
  std::string Paint(Tone tone, std::string_view text) const;
};

// Standard output: its width, from 80 to 120 columns, and colour if it is a terminal that has it
// and NO_COLOR is not set (no-color.org).
Terminal StandardOutput();

}  // namespace postern::cli

#endif  // POSTERN_CLI_TEXT_H_
