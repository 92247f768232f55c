#ifndef POSTERN_COMMON_SECRET_H_
#define POSTERN_COMMON_SECRET_H_

#include <string>
#include <utility>

namespace postern {

// A text that must reach nobody but the server it is for: it has no way to print itself, and
// whoever needs it has to say Reveal(). A value type; any thread.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  // Only for the wire. Never for a log, a transcript, an answer or an error.
  const std::string& Reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string text_;
};

}  // namespace postern

#endif  // POSTERN_COMMON_SECRET_H_
