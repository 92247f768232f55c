// The state is what the next octet may be: at the start of a line a dot is doubled, after a CR only
// LF may come. The text between line ends is copied in one piece. Whatever was refused or finished
// ends in kEnded, from where there is no way on, so that no terminator can follow half a message.

#include "client/smtp/dot_stuffer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace postern::client {
namespace {

bool EndsText(char c) { return c == '\r' || c == '\n' || c == '\0'; }

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
  const auto* const end = std::find_if(chunk.begin(), chunk.end(), EndsText);
  const auto length = static_cast<std::size_t>(end - chunk.begin());
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
