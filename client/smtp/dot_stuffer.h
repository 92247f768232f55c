#ifndef POSTERN_CLIENT_SMTP_DOT_STUFFER_H_
#define POSTERN_CLIENT_SMTP_DOT_STUFFER_H_

#include <string>
#include <string_view>

namespace postern::client {

// Doubles the dot at the start of each line (RFC 5321 4.5.2) of a message that comes in chunks,
// wherever the chunks are cut, and makes the terminator. Input that another server could
// read differently (a bare CR or LF, a NUL) is refused: Append returns false, nothing of the chunk
// is to be sent, and the session must abort; it stays refused. Pure; one per transaction.
class DotStuffer {
 public:
  // Appends the stuffed form of `chunk` to `out`.
  bool Append(std::string_view chunk, std::string& out);
  // Appends what ends the message: CRLF if the last line has none, then ".", CRLF; nothing can
  // follow it. False when the message ended in the middle of a CRLF.
  bool Finish(std::string& out);

 private:
  bool AppendLines(std::string_view chunk, std::string& out);
  void Step(std::string_view& chunk, std::string& out);

  enum class State { kLineStart, kInLine, kAfterCr, kEnded };
  State state_ = State::kLineStart;
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SMTP_DOT_STUFFER_H_
