#ifndef POSTERN_STRATEGY_CONFIG_TOML_SCAN_H_
#define POSTERN_STRATEGY_CONFIG_TOML_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "strategy/config/document.h"
#include "strategy/diagnostics/issue.h"
#include "strategy/diagnostics/source_text.h"

namespace postern::strategy {

// One header or one "key = value" of a TOML text, in whole lines; lines of blanks and comments
// belong to none.
struct TomlStatement {
  enum class Kind : std::uint8_t { kKeyValue, kTable, kArrayElement };  // kArrayElement: [[a.b]]

  std::size_t begin = 0;  // where its first line starts
  std::size_t end = 0;    // behind its last line
  Kind kind = Kind::kKeyValue;
  // Of a header: the segments of its key ("a.b" has two), right when the header is.
  std::size_t segments = 0;
  // Where the bracket or the string starts that should have been closed before `end`.
  std::size_t unclosed = std::string_view::npos;

  bool is_header() const { return kind != Kind::kKeyValue; }
  bool is_closed() const { return unclosed == std::string_view::npos; }
};

// Takes a TOML text apart, so that each part can be parsed by itself, and checks on the way that it
// keeps the limits on nesting, on the segments of a key and (roughly, from above) on the number of
// values: toml++ never sees a text that would cost it its stack or our memory. The first breach is
// an Issue, and nullopt. Strings and brackets are followed as toml++ does, so that what looks like
// a header inside them is none. Where one is not closed, its statement ends before the first line
// that could not stand inside it (a header of words; within '[' also "key ="), in a string that
// runs to the text's end before the first such header. After 20 of these it stops. Linear. The text
// has passed CheckText.
std::optional<std::vector<TomlStatement>> ScanToml(const SourceText& source,
                                                   const DocumentLimits& limits, IssueList& issues);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_TOML_SCAN_H_
