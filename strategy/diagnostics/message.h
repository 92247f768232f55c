#ifndef POSTERN_STRATEGY_DIAGNOSTICS_MESSAGE_H_
#define POSTERN_STRATEGY_DIAGNOSTICS_MESSAGE_H_

#include <string>
#include <string_view>

#include "common/remote_text.h"

namespace postern::strategy {

// Puts the words of an issue's message together; the pieces are strings and string views. (Debian's
// absl::StrCat takes no std::string_view.) Pure.
template <typename... Pieces>
std::string Concat(const Pieces&... pieces) {
  std::string text;
  (text.append(std::string_view(pieces)), ...);
  return text;
}

// What the user wrote, for a message: in quotes, control bytes escaped, cut when long. Pure.
inline std::string Quoted(std::string_view text) {
  return Concat("'", EscapeRemoteText(text, 80), "'");
}

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_DIAGNOSTICS_MESSAGE_H_
