#ifndef POSTERN_COMMON_MESSAGE_H_
#define POSTERN_COMMON_MESSAGE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace postern {

// Why octets cannot be a message: what stands at which zero-based offset.
struct MessageDefect {
  enum class Kind { kEmpty, kBareCarriageReturn, kBareLineFeed, kNul };
  Kind kind;
  std::size_t offset;

  // "a bare LF at octet 17; every line must end in CRLF".
  std::string ToString() const;
};

// The octets of one message, proven safe to send: every CR is followed by LF and every LF preceded
// by CR, there is no NUL, and the last line ends in CRLF. Immutable and shared by all transactions
// that carry it; any thread.
class Message {
 public:
  // Exactly these octets; only a missing final CRLF is added (RFC 5321 4.1.1.4).
  static std::variant<std::shared_ptr<const Message>, MessageDefect> FromRaw(std::string octets);
  // Text of people: LF, CR and CRLF line ends all become CRLF. Only an empty text or a NUL is a
  // defect.
  static std::variant<std::shared_ptr<const Message>, MessageDefect> FromText(
      std::string_view text);

  std::string_view octets() const { return octets_; }
  // What SIZE= declares: octets with CRLF, without dot-stuffing (RFC 1870).
  std::size_t size() const { return octets_.size(); }
  bool has_eight_bit() const { return has_eight_bit_; }
  // The longest line in octets, without its CRLF (RFC 5321 4.5.3.1.6 allows 998).
  std::size_t longest_line() const { return longest_line_; }

  static constexpr std::size_t kMaxLine = 998;

 private:
  Message(std::string octets, bool has_eight_bit, std::size_t longest_line);

  std::string octets_;
  bool has_eight_bit_;
  std::size_t longest_line_;
};

}  // namespace postern

#endif  // POSTERN_COMMON_MESSAGE_H_
