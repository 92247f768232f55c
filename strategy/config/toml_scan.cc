#include "strategy/config/toml_scan.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace postern::strategy {
namespace {

// One pass over the text. A key's segments are the dots since the last octet that can stand before
// a key, plus one: a value has one dot at most, so it does not matter which of the two is passed.
class TomlScan {
 public:
  TomlScan(const SourceText& source, const DocumentLimits& limits, IssueList& issues)
      : source_(source), text_(source.text()), limits_(limits), issues_(issues) {}

  bool Run() {
    while (at_ < text_.size()) {
      if (!Step()) return false;
    }
    return true;
  }

 private:
  bool Step() {
    const char c = text_[at_];
    switch (c) {
      case '#':
        at_ = std::min(text_.find('\n', at_), text_.size());
        return true;
      case '"':
      case '\'':
        SkipString(c);
        return true;
      case '[':
      case '{':
        return Open();
      case ']':
      case '}':
        depth_ -= depth_ > 0 ? 1 : 0;
        break;
      case '.':
        return Dot();
      case ',':
      case '=':
        StartOfKey();
        return CountValue();
      case '\n':
        StartOfKey();
        return true;
      default:
        break;
    }
    ++at_;
    return true;
  }

  void StartOfKey() {
    dots_ = 0;
    key_ = ++at_;
  }

  bool Open() {
    if (++depth_ > limits_.max_depth) {
      return Refuse(at_, "too-deep",
                    absl::StrCat("values are nested more than ", limits_.max_depth, " deep here"));
    }
    StartOfKey();
    return CountValue();
  }

  bool Dot() {
    ++at_;
    if (++dots_ < limits_.max_key_segments) return CountValue();
    while (key_ < at_ && (text_[key_] == ' ' || text_[key_] == '\t')) ++key_;
    return Refuse(
        key_, "key-too-long",
        absl::StrCat("this key has more than ", limits_.max_key_segments, " dotted parts"));
  }

  bool CountValue() {
    if (++values_ <= limits_.max_nodes) return true;
    return Refuse(
        at_ - 1, "too-many-values",
        absl::StrCat("the file holds more than ", limits_.max_nodes, " values up to here"));
  }

  static std::string_view ThreeOf(char quote) { return quote == '"' ? R"(""")" : "'''"; }

  // Moves behind a string of any of the four kinds; one that does not end ends with its line, or,
  // in three quotes, with the text.
  void SkipString(char quote) {
    if (text_.substr(at_, 3) == ThreeOf(quote)) {
      SkipLongString(quote);
      return;
    }
    for (++at_; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        return;
      }
      if (quote == '"' && text_[at_] == '\\' && text_.substr(at_ + 1, 1) != "\n") ++at_;
    }
    at_ = std::min(at_, text_.size());
  }

  void SkipLongString(char quote) {
    const std::string_view end = ThreeOf(quote);
    for (at_ += 3; at_ < text_.size(); ++at_) {
      if (quote == '"' && text_[at_] == '\\') {
        ++at_;
      } else if (text_.substr(at_, 3) == end) {
        at_ += 3;
        // One or two quotes may stand right before the three that close (TOML 1.0, "String").
        for (int more = 0; more < 2 && text_.substr(at_).starts_with(quote); ++more) ++at_;
        return;
      }
    }
    at_ = text_.size();
  }

  bool Refuse(std::size_t offset, std::string_view rule, std::string message) {
    issues_.Error({source_.file(), source_.At(offset), 1}, rule, std::move(message),
                  "no policy needs that; is this the right file?");
    return false;
  }

  const SourceText& source_;
  const std::string_view text_;
  const DocumentLimits& limits_;
  IssueList& issues_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t dots_ = 0;
  std::size_t key_ = 0;  // where the latest key could start
  std::size_t values_ = 0;
};

}  // namespace

bool CheckTomlShape(const SourceText& source, const DocumentLimits& limits, IssueList& issues) {
  return TomlScan(source, limits, issues).Run();
}

}  // namespace postern::strategy
