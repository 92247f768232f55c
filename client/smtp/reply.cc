// The grammar (RFC 5321 4.2.1), read octet by octet so that no split of the input can matter (M1):
//
//   reply = *( code "-" [text] eol ) code [ " " [text] ] eol
//   code  = "2".."5" 2DIGIT        eol = [CR] LF
//
// Strict in all that decides something (the code, the separator, one code in all lines), lenient in
// what decides nothing (line ends, any octet in the text). A line that cannot become a reply fails
// at its first wrong octet and not at its end, which may never come: TLS alerts have no line ends.

#include "client/smtp/reply.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/remote_text.h"

namespace postern::client {
namespace {

// Of "250-text": three digits and the separator.
constexpr std::size_t kCodeDigits = 3;
constexpr std::size_t kTextStart = 4;
constexpr std::size_t kMaxOffending = 256;
// Of a reply to EHLO, the only one that often has more than one.
constexpr std::size_t kUsualLines = 10;
// RFC 3463 2 has numbers of up to three digits; the registry's subjects end at 7 (RFC 3463 3).
constexpr std::size_t kMaxNumberDigits = 3;
constexpr std::uint16_t kMaxSubject = 7;

bool FitsCode(char c, std::size_t position) {
  return position == 0 ? c >= '2' && c <= '5' : absl::ascii_isdigit(c);
}

// Whether `c` may follow the octets in `line`, which may follow each other.
bool Fits(char c, std::string_view line) {
  if (line.size() < kCodeDigits) return FitsCode(c, line.size());
  if (line.size() == kCodeDigits) return c == ' ' || c == '-' || c == '\r';
  return line[kCodeDigits] != '\r';  // "250" CR: nothing but LF, which ends the line
}

int CodeOf(std::string_view line) {
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

// A whole line's text, without code, separator and line end.
std::string_view TextOf(std::string_view line) {
  if (line.size() <= kTextStart) return {};
  line.remove_prefix(kTextStart);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Takes a number of one to three digits from the front of `text`.
std::optional<std::uint16_t> TakeNumber(std::string_view& text) {
  std::size_t digits = 0;
  std::uint16_t value = 0;
  while (digits < text.size() && absl::ascii_isdigit(text[digits])) {
    if (digits == kMaxNumberDigits) return std::nullopt;
    value = static_cast<std::uint16_t>(value * 10 + (text[digits++] - '0'));
  }
  text.remove_prefix(digits);
  if (digits == 0) return std::nullopt;
  return value;
}

bool TakeDot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

// M5, G22: a code that contradicts the basic one says nothing; the basic code wins. RFC 2034 has
// none for 3xx.
EnhancedCode Sanitise(EnhancedCode enhanced, int code) {
  const auto klass = static_cast<std::uint8_t>(code / 100);
  if (!enhanced.present() || klass == 3) return {};
  if (enhanced.klass != klass || enhanced.subject > kMaxSubject) return {klass, 0, 0};
  return enhanced;
}

}  // namespace

std::string EnhancedCode::ToString() const {
  if (!present()) return "";
  return absl::StrCat(klass, ".", subject, ".", detail);
}

EnhancedCode ParseEnhancedCode(std::string_view text) {
  const std::optional<std::uint16_t> klass = TakeNumber(text);
  if (!klass || (*klass != 2 && *klass != 4 && *klass != 5) || !TakeDot(text)) return {};
  const std::optional<std::uint16_t> subject = TakeNumber(text);
  if (!subject || !TakeDot(text)) return {};
  const std::optional<std::uint16_t> detail = TakeNumber(text);
  // G23: the text may end right here.
  if (!detail || !(text.empty() || text[0] == ' ' || text[0] == '\t')) return {};
  return {static_cast<std::uint8_t>(*klass), *subject, *detail};
}

Reply ForRecord(Reply reply) {
  CutLines(reply.lines);
  return reply;
}

ReplyParser::Result ReplyParser::Feed(std::string_view& input) {
  if (failed_) return *failed_;
  while (!input.empty()) {
    if (const std::optional<Result> result = TakeLine(input)) {
      if (*result != Result::kNeedMore) return *result;
      continue;
    }
    TakeText(input);
    if (input.empty()) break;
    const char c = input.front();
    input.remove_prefix(1);
    const Result result = Take(c);
    if (result != Result::kNeedMore) return result;
  }
  return Result::kNeedMore;
}

// Takes a whole line at once, which it does where the octets one by one would find nothing wrong
// with it; all other lines are theirs.
std::optional<ReplyParser::Result> ReplyParser::TakeLine(std::string_view& input) {
  if (!line_.empty()) return std::nullopt;
  const std::size_t lf = input.find('\n');
  if (lf == std::string_view::npos || lf < kTextStart) return std::nullopt;
  if (lf > limits_.max_line || lf >= limits_.max_octets - octets_) return std::nullopt;
  const std::string_view line = input.substr(0, lf);
  const bool more = line[kCodeDigits] == '-';
  const bool good = FitsCode(line[0], 0) && FitsCode(line[1], 1) && FitsCode(line[2], 2) &&
                    (more || line[kCodeDigits] == ' ');
  if (!good || (!lines_.empty() && CodeOf(line) != code_)) return std::nullopt;
  if (more && lines_.size() + 1 >= limits_.max_lines) return std::nullopt;
  code_ = CodeOf(line);
  octets_ += lf + 1;
  input.remove_prefix(lf + 1);
  return AddLine(TextOf(line), more);
}

// What Take would do with the octets up to the line's end or a limit, where any octet fits.
void ReplyParser::TakeText(std::string_view& input) {
  if (line_.size() < kTextStart || line_[kCodeDigits] == '\r') return;
  const std::string_view text = input.substr(
      0,
      std::min({input.find('\n'), limits_.max_line - line_.size(), limits_.max_octets - octets_}));
  line_ += text;
  octets_ += text.size();
  input.remove_prefix(text.size());
}

ReplyParser::Result ReplyParser::Take(char c) {
  const bool line_full = line_.size() == limits_.max_line && c != '\n';
  if (line_full || octets_ == limits_.max_octets) return Fail(Result::kTooLong);
  ++octets_;
  if (c == '\n' && line_.size() >= kCodeDigits) return EndOfLine();
  const bool fits = Fits(c, line_);
  line_ += c;
  if (!fits) return Fail(Result::kMalformed);
  if (line_.size() == kTextStart) return Separator();
  return Result::kNeedMore;
}

// The code of a line is known only here: "250" alone might still become "2500".
ReplyParser::Result ReplyParser::Separator() {
  const int code = CodeOf(line_);
  if (!lines_.empty() && code != code_) return Fail(Result::kInconsistent);
  code_ = code;
  return Result::kNeedMore;
}

ReplyParser::Result ReplyParser::EndOfLine() {
  if (line_.size() == kCodeDigits) {  // "250" LF
    if (const Result result = Separator(); result != Result::kNeedMore) return result;
  }
  const bool more = line_.size() > kCodeDigits && line_[kCodeDigits] == '-';
  // Another line must come, and there may be no other.
  if (more && lines_.size() + 1 >= limits_.max_lines) return Fail(Result::kTooLong);
  const Result result = AddLine(TextOf(line_), more);
  line_.clear();
  return result;
}

ReplyParser::Result ReplyParser::AddLine(std::string_view text, bool more) {
  if (lines_.empty() && more) lines_.reserve(kUsualLines);
  lines_.emplace_back(text);
  return more ? Result::kNeedMore : Result::kReply;
}

ReplyParser::Result ReplyParser::Fail(Result why) {
  offending_ = line_.substr(0, kMaxOffending);
  failed_ = why;
  return why;
}

Reply ReplyParser::TakeReply() {
  Reply reply;
  reply.code = std::exchange(code_, 0);
  reply.lines = std::exchange(lines_, {});
  octets_ = 0;
  for (const std::string& line : reply.lines) {
    reply.enhanced = Sanitise(ParseEnhancedCode(line), reply.code);
    if (reply.enhanced.present()) break;
  }
  return reply;
}

bool ReplyParser::mid_reply() const { return !line_.empty() || !lines_.empty(); }

}  // namespace postern::client
