// Whether a message is good is asked of all its octets at once, and of its lines only how long they
// are; what is wrong with a bad one is then looked for line by line. Messages are tens of
// megabytes, so this must run at the speed of memory and not of a loop over octets.

#include "common/message.h"

#include <algorithm>
#include <utility>

#include "common/octets.h"

namespace postern {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

struct Scan {
  std::optional<MessageDefect> defect;
  bool has_eight_bit = false;
  std::size_t longest_line = 0;
};

// The first defect of the end of `line`, which begins at `offset` of the message and includes its
// LF, if it has one.
std::optional<MessageDefect> LineEndDefect(std::string_view line, std::size_t offset) {
  using Kind = MessageDefect::Kind;
  const bool has_lf = line.back() == '\n';
  const std::size_t cr = line.find('\r');
  // What follows this CR is not LF: it is another octet, or the end of the message.
  if (cr != kNone && !(has_lf && cr + 2 == line.size())) {
    return MessageDefect{Kind::kBareCarriageReturn, offset + cr};
  }
  if (cr == kNone && has_lf) return MessageDefect{Kind::kBareLineFeed, offset + line.size() - 1};
  return std::nullopt;
}

// The first defect of a message that has one.
MessageDefect FirstDefect(std::string_view octets) {
  if (octets.empty()) return {MessageDefect::Kind::kEmpty, 0};
  const std::size_t nul = octets.find('\0');
  for (std::size_t start = 0; start < octets.size();) {
    const std::size_t lf = octets.find('\n', start);
    const std::string_view line = octets.substr(start, lf == kNone ? kNone : lf + 1 - start);
    const std::optional<MessageDefect> defect = LineEndDefect(line, start);
    if (defect && defect->offset < nul) return *defect;
    start += line.size();
    if (nul < start) break;
  }
  return {MessageDefect::Kind::kNul, nul};
}

// Of octets that have only CRLF.
std::size_t LongestLine(std::string_view octets) {
  std::size_t longest = 0;
  std::size_t start = 0;
  for (std::size_t lf = octets.find('\n'); lf != kNone; lf = octets.find('\n', start)) {
    longest = std::max(longest, lf - 1 - start);
    start = lf + 1;
  }
  return std::max(longest, octets.size() - start);
}

Scan ScanMessage(std::string_view octets) {
  Scan scan;
  if (octets.empty() || !HasOnlyCrlf(octets) || octets.find('\0') != kNone) {
    scan.defect = FirstDefect(octets);
    return scan;
  }
  scan.longest_line = LongestLine(octets);
  scan.has_eight_bit = HasEightBit(octets);
  return scan;
}

}  // namespace

std::string MessageDefect::ToString() const {
  const std::string at = " at octet " + std::to_string(offset);
  switch (kind) {
    case Kind::kEmpty:
      return "the message is empty";
    case Kind::kBareCarriageReturn:
      return "a bare CR" + at + "; every line must end in CRLF";
    case Kind::kBareLineFeed:
      return "a bare LF" + at + "; every line must end in CRLF";
    case Kind::kNul:
      return "a NUL" + at + "; SMTP cannot carry it";
  }
  return "";
}

std::variant<std::shared_ptr<const Message>, MessageDefect> Message::FromRaw(std::string octets) {
  const Scan scan = ScanMessage(octets);
  if (scan.defect) return *scan.defect;
  if (!octets.ends_with('\n')) octets += "\r\n";
  return std::shared_ptr<const Message>(
      new Message(std::move(octets), scan.has_eight_bit, scan.longest_line));
}

std::variant<std::shared_ptr<const Message>, MessageDefect> Message::FromText(
    std::string_view text) {
  // Offsets are the caller's, so a NUL is looked for before any line end changes length.
  if (const std::size_t nul = text.find('\0'); nul != kNone) {
    return MessageDefect{MessageDefect::Kind::kNul, nul};
  }
  std::string octets;
  octets.reserve(text.size() + text.size() / 32 + 2);
  // Both positions are kept from line to line: looking for an LF anew at each CR would take
  // quadratic time on a text that has only CRs.
  std::size_t lf = text.find('\n');
  std::size_t cr = text.find('\r');
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min({lf, cr, text.size()});
    octets.append(text.substr(start, end - start)).append("\r\n");
    start = end + (cr != kNone && lf == cr + 1 && cr == end ? 2 : 1);
    if (lf != kNone && lf < start) lf = text.find('\n', start);
    if (cr != kNone && cr < start) cr = text.find('\r', start);
  }
  return FromRaw(std::move(octets));
}

Message::Message(std::string octets, bool has_eight_bit, std::size_t longest_line)
    : octets_(std::move(octets)), has_eight_bit_(has_eight_bit), longest_line_(longest_line) {}

}  // namespace postern
