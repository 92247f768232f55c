#ifndef POSTERN_CLIENT_SMTP_REPLY_H_
#define POSTERN_CLIENT_SMTP_REPLY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::client {

// class.subject.detail of RFC 3463; all zero: none.
struct EnhancedCode {
  std::uint8_t klass = 0;
  std::uint16_t subject = 0;
  std::uint16_t detail = 0;

  bool present() const { return klass != 0; }
  std::string ToString() const;  // "5.1.1"; "" when not present

  friend bool operator==(const EnhancedCode&, const EnhancedCode&) = default;
};

// One complete SMTP reply (RFC 5321 4.2). The text is a stranger's: raw here, escaped wherever it
// is shown.
struct Reply {
  int code = 0;  // 200..599
  // Each line's text after code and separator, without line end, the enhanced code included.
  std::vector<std::string> lines;
  // Sanitised against `code` (M5, G22): X.0.0 when the text has one that contradicts the basic code
  // or is out of range; not present when the text has none.
  EnhancedCode enhanced;

  int first_digit() const { return code / 100; }
  bool positive() const { return first_digit() == 2; }
  bool intermediate() const { return first_digit() == 3; }
  bool transient() const { return first_digit() == 4; }
  bool permanent() const { return first_digit() == 5; }
};

// The reply as a record keeps it, of which there may be one per recipient: its text is cut at 4
// KiB.
Reply ForRecord(Reply reply);

// Budgets of a reply (B14, M9).
struct ReplyLimits {
  std::size_t max_line = 4 * 1024;  // without its LF
  std::size_t max_lines = 100;
  std::size_t max_octets = 64 * 1024;
};

// Takes octets as they come and gives replies; the same ones for every split of the input (M1).
// Pure; owned by one session. Once it has failed it stays failed: the connection is out of step.
class ReplyParser {
 public:
  enum class Result {
    kNeedMore,
    kReply,         // TakeReply() has it
    kMalformed,     // not an SMTP reply (M2)
    kInconsistent,  // lines of one reply with different codes (C7, M7); carries no verdict
    kTooLong,       // over a limit; code() may be known (J14, J15)
  };

  explicit ReplyParser(ReplyLimits limits = {}) : limits_(limits) {}

  // Consumes from the front of `input` up to the end of one reply, removing what it used; the rest
  // is left.
  Result Feed(std::string_view& input);
  // The reply of the last kReply; the parser is then ready for the next one.
  Reply TakeReply();
  // The code of the reply under way, once three digits and a valid separator are in; 0 before.
  int code() const { return code_; }
  // Whether any octet of an unfinished reply has been taken.
  bool mid_reply() const;
  // The reply under way, for people: its whole lines without code, and what is in of the next one,
  // raw. They stay after a failure.
  const std::vector<std::string>& whole_lines() const { return lines_; }
  const std::string& begun_line() const { return line_; }
  // What could not be understood, for kMalformed and the others: the line up to its first wrong
  // octet, raw, at most 256 octets.
  const std::string& offending() const { return offending_; }

 private:
  std::optional<Result> TakeLine(std::string_view& input);
  Result Take(char c);
  void TakeText(std::string_view& input);
  Result Separator();
  Result EndOfLine();
  Result AddLine(std::string_view text, bool more);
  Result Fail(Result why);

  ReplyLimits limits_;
  std::optional<Result> failed_;
  std::string line_;
  std::vector<std::string> lines_;
  std::size_t octets_ = 0;
  int code_ = 0;
  std::string offending_;
};

// Finds "X.Y.Z" at the front of `text` followed by a blank or the end, X being 2, 4 or 5 and the
// others of one to three digits; not present otherwise. Pure.
EnhancedCode ParseEnhancedCode(std::string_view text);

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SMTP_REPLY_H_
