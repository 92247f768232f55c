#ifndef POSTERN_SERVER_RPC_VIOLATIONS_H_
#define POSTERN_SERVER_RPC_VIOLATIONS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postern::server {

// Stable tokens of what is wrong with a field.
inline constexpr std::string_view kInvalid = "INVALID";
inline constexpr std::string_view kUnsupported = "UNSUPPORTED";
inline constexpr std::string_view kUnknownStrategy = "UNKNOWN_STRATEGY";

// One field of a request that cannot be taken as it is.
struct Violation {
  std::string field;        // "envelope.recipients[3].address"
  std::string_view reason;  // one of the tokens above
  std::string description;  // a sentence for the caller's programmer
};

// What is wrong with one request, all of it at once. Made for one call, used on its thread.
// Bounded: after kMaxKept it only counts.
class Violations {
 public:
  static constexpr std::size_t kMaxKept = 20;

  // Text of the caller within `field` and `description` is escaped, and both are cut.
  void Add(std::string_view field, std::string_view reason, std::string_view description);

  bool empty() const { return total_ == 0; }
  std::size_t total() const { return total_; }
  const std::vector<Violation>& kept() const { return kept_; }
  // UNSUPPORTED when any of them is that: what this server cannot do is no mistake of the caller's,
  // and mending the others would not help. Else the token that all of them share;
  // "INVALID_REQUEST" when they differ or are merely INVALID.
  std::string_view Reason() const;

 private:
  std::size_t total_ = 0;
  bool same_reason_ = true;
  bool unsupported_ = false;
  std::vector<Violation> kept_;
};

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_VIOLATIONS_H_
