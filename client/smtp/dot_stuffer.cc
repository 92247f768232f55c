// The state is what the next octet may be: at the start of a line a dot is doubled, after a CR only
// LF may come. A chunk in which nothing is cut or wrong is copied from dot to dot; any other one a
// line at a time. Whatever was refused or finished ends in
// kEnded, from where there is no way on, so that no terminator can follow half a message.

#include "client/smtp/dot_stuffer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "common/octets.h"

namespace postern::client {
namespace {

// Room for some dots and for the terminator.
constexpr std::size_t kSpareOctets = 64;

// How much of `octets` is before the first CR or LF. The library looks for one of them many octets
// at a time.
std::size_t LengthOfText(std::string_view octets) {
  octets = octets.substr(0, octets.find('\r'));
  return std::min(octets.find('\n'), octets.size());
}

}  // namespace

bool DotStuffer::Append(std::string_view chunk, std::string& out) {
  if (chunk.find('\0') != std::string_view::npos) state_ = State::kEnded;
  if (state_ == State::kEnded) return false;
  const std::size_t size_before = out.size();
  out.reserve(size_before + chunk.size() + kSpareOctets);
  if (state_ != State::kAfterCr && HasOnlyCrlf(chunk)) return AppendLines(chunk, out);
  while (!chunk.empty() && state_ != State::kEnded) Step(chunk, out);
  if (state_ == State::kEnded) out.resize(size_before);
  return state_ != State::kEnded;
}

// Takes a chunk whose line ends are all whole.
bool DotStuffer::AppendLines(std::string_view chunk, std::string& out) {
  std::size_t copied = 0;
  for (std::size_t dot = chunk.find('.'); dot != std::string_view::npos;
       dot = chunk.find('.', dot + 1)) {
    const bool at_start = dot == 0 ? state_ == State::kLineStart : chunk[dot - 1] == '\n';
    if (!at_start) continue;
    out.append(chunk.substr(copied, dot - copied)).append(".");  // RFC 5321 4.5.2
    copied = dot;
  }
  out.append(chunk.substr(copied));
  if (!chunk.empty()) state_ = chunk.back() == '\n' ? State::kLineStart : State::kInLine;
  return true;
}

// Takes what is left of a line with its CRLF; where the chunk ends before it does, up to and with
// the CR, or the LF of a CRLF.
void DotStuffer::Step(std::string_view& chunk, std::string& out) {
  if (state_ == State::kAfterCr) {
    state_ = chunk.front() == '\n' ? State::kLineStart : State::kEnded;
    out += '\n';
    chunk.remove_prefix(1);
    return;
  }
  if (state_ == State::kLineStart && chunk.front() == '.') out += '.';  // RFC 5321 4.5.2
  const std::size_t length = LengthOfText(chunk);
  if (chunk.substr(length).starts_with("\r\n")) {
    out.append(chunk.substr(0, length + 2));
    chunk.remove_prefix(length + 2);
    state_ = State::kLineStart;
    return;
  }
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
