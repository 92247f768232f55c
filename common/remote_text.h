#ifndef POSTERN_COMMON_REMOTE_TEXT_H_
#define POSTERN_COMMON_REMOTE_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

// Makes text that a stranger sent fit for answers and logs: valid UTF-8, with control characters
// (C0, DEL, C1), bidirectional overrides and isolates, and invalid bytes written as "\xNN" or
// "\u{NNNN}"; a backslash stays as it is. Cut at `max_octets` of output, on a character boundary,
// with "..." where something was cut.
std::string EscapeRemoteText(std::string_view text, std::size_t max_octets = 4096);

// Whether EscapeRemoteText would give `text` as it is. May say no of a text that it would not
// change.
bool IsPlainText(std::string_view text, std::size_t max_octets = 4096);

// Cuts raw lines to what is worth keeping of them for a record: at most `max_octets` in all; lines
// that would begin beyond that go. What is cut is lost, which nothing marks.
void CutLines(std::vector<std::string>& lines, std::size_t max_octets = 4096);

// "u***@example.org": a mailbox as logs show it by default, with the first character of its local
// part.
std::string MaskMailbox(std::string_view mailbox);

}  // namespace postern

#endif  // POSTERN_COMMON_REMOTE_TEXT_H_
