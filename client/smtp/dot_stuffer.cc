// The state is what the next octet may be: at the start of a line a dot is doubled, after a CR only
// LF may come. The text between line ends is copied in one piece. Whatever was refused or finished
// ends in kEnded, from where there is no way on, so that no terminator can follow half a message.

#include "client/smtp/dot_stuffer.h"

#include <cstddef>
#include <utility>

namespace postern::client {
namespace {

// How much of `text` is before the first octet that is no text: CR, LF or NUL. Each is looked for
// by itself, which the library does many octets at a time.
std::size_t LengthOfText(std::string_view text) {
  for (const char c : {'\r', '\n', '\0'}) text = text.substr(0, text.find(c));
  return text.size();
}

}  // namespace

bool DotStuffer::Append(std::string_view chunk, std::string& out) {
  if (state_ == State::kEnded) return false;
  const std::size_t size_before = out.size();
  while (!chunk.empty() && state_ != State::kEnded) Step(chunk, out);
  if (state_ == State::kEnded) out.resize(size_before);
  return state_ != State::kEnded;
}

// Takes the LF of a CRLF, or the rest of a line up to and with its CR.
void DotStuffer::Step(std::string_view& chunk, std::string& out) {
  if (state_ == State::kAfterCr) {
    state_ = chunk.front() == '\n' ? State::kLineStart : State::kEnded;
    out += '\n';
    chunk.remove_prefix(1);
    return;
  }
  if (state_ == State::kLineStart && chunk.front() == '.') out += '.';  // RFC 5321 4.5.2
  const std::size_t length = LengthOfText(chunk);
  out.append(chunk.substr(0, length));
  chunk.remove_prefix(length);
  state_ = State::kInLine;
  if (chunk.empty()) return;
  state_ = chunk.front() == '\r' ? State::kAfterCr : State::kEnded;
  out += '\r';
  chunk.remove_prefix(1);
}

bool DotStuffer::Finish(std::string& out) {
  const State state = std::exchange(state_, State::kEnded);
  if (state == State::kAfterCr || state == State::kEnded) return false;
  if (state == State::kInLine) out += "\r\n";  // I11
  out += ".\r\n";
  return true;
}

}  // namespace postern::client
