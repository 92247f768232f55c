// Statements start at the first octet of a line that is neither blank nor a comment, and end with
// their line, unless a bracket or a string is open there. Only brackets, strings, dots, commas and
// line ends are looked at.

#include "strategy/config/toml_scan.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace postern::strategy {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
// Each costs a walk to the end of the text, and each is an error.
constexpr std::size_t kMaxUnclosed = 20;

bool IsBare(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
}

// A look at one line from a place in it. What it takes off is gone from the front.
class LineLook {
 public:
  explicit LineLook(std::string_view rest) : rest_(rest.substr(0, rest.find('\n'))) {}

  // "[a.b]" or "[[a.b]]", and no more than a comment behind it. A first word that an array may hold
  // too (true, inf, a number, anything in quotes) makes it none.
  bool IsHeader() {
    SkipBlanks();
    const bool is_element = rest_.starts_with("[[");
    if (!Take('[') || (is_element && !Take('['))) return false;
    SkipBlanks();
    const std::string_view word = rest_.substr(0, BareLength());
    if (word.empty() || !absl::ascii_isalpha(static_cast<unsigned char>(word[0]))) return false;
    if (word == "true" || word == "false" || word == "inf" || word == "nan") return false;
    if (!TakeKey() || !Take(']') || (is_element && !Take(']'))) return false;
    SkipBlanks();
    return rest_.empty() || rest_[0] == '#' || rest_[0] == '\r';
  }

  // "a.b ="
  bool IsKeyValue() { return TakeKey() && Take('='); }

 private:
  void SkipBlanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  bool Take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::size_t BareLength() const {
    const auto* const end = std::find_if_not(rest_.begin(), rest_.end(), IsBare);
    return static_cast<std::size_t>(end - rest_.begin());
  }

  bool TakeKey() {
    do {
      SkipBlanks();
      const std::size_t length = SegmentLength();
      if (length == 0) return false;
      rest_.remove_prefix(length);
      SkipBlanks();
    } while (Take('.'));
    return true;
  }

  std::size_t SegmentLength() const {
    if (!rest_.starts_with('"') && !rest_.starts_with('\'')) return BareLength();
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == rest_[0]) return i + 1;
      if (rest_[0] == '"' && rest_[i] == '\\') ++i;
    }
    return 0;
  }

  std::string_view rest_;
};

class TomlScan {
 public:
  TomlScan(const SourceText& source, const DocumentLimits& limits, IssueList& issues)
      : source_(source), text_(source.text()), limits_(limits), issues_(issues) {}

  bool Run() {
    while (unclosed_ < kMaxUnclosed && FindStatement()) {
      if (!ScanStatement()) return false;
    }
    return true;
  }

  std::vector<TomlStatement> Take() { return std::move(statements_); }

 private:
  // Moves to the start of a statement; line_ is the start of its line.
  bool FindStatement() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        SkipComment();
      } else if (c == '\n') {
        line_ = ++at_;
      } else if (c == ' ' || c == '\t' || c == '\r') {
        ++at_;
      } else {
        return true;
      }
    }
    return false;
  }

  bool ScanStatement() {
    TomlStatement statement;
    statement.begin = line_;
    if (text_[at_] == '[') {
      statement.kind = text_.substr(at_, 2) == "[[" ? TomlStatement::Kind::kArrayElement
                                                    : TomlStatement::Kind::kTable;
    }
    StartOfKey(at_);
    while (at_ < text_.size()) {
      if (text_[at_] == '\n' && EndsAtLineEnd(statement)) break;
      if (!Step()) return false;
    }
    statement.end = at_;
    if (statement.is_header() && statement.segments == 0) statement.segments = dots_ + 1;
    if (!statement.is_header() && open_string_ == kNone && !open_.empty())
      open_string_ = open_.back();
    statement.unclosed = std::exchange(open_string_, kNone);
    unclosed_ += statement.is_closed() ? 0 : 1;
    open_.clear();
    statements_.push_back(statement);
    return true;
  }

  // Moves behind the line end.
  bool EndsAtLineEnd(TomlStatement& statement) {
    if (statement.segments == 0 && statement.is_header()) statement.segments = dots_ + 1;
    line_ = ++at_;
    StartOfKey(at_);
    return open_.empty() || statement.is_header() || CannotStandInside();
  }

  // Whether the line that starts here can be no part of the brackets that are open.
  bool CannotStandInside() const {
    const std::string_view rest = text_.substr(at_);
    if (LineLook(rest).IsHeader()) return true;
    return text_[open_.back()] == '[' && LineLook(rest).IsKeyValue();
  }

  bool Step() {
    const char c = text_[at_];
    switch (c) {
      case '#':
        SkipComment();
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
        if (!open_.empty()) open_.pop_back();
        break;
      case '.':
        return Dot();
      case ',':
      case '=':
        StartOfKey(at_ + 1);
        ++at_;
        return CountValue();
      default:
        break;
    }
    ++at_;
    return true;
  }

  void SkipComment() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  // A key's segments are the dots since the last octet that can stand before a key, plus one: a
  // value has one dot at most, so it does not matter which of the two is passed.
  void StartOfKey(std::size_t at) {
    dots_ = 0;
    key_ = at;
  }

  bool Open() {
    open_.push_back(at_);
    if (open_.size() > limits_.max_depth) {
      return Refuse(at_, "too-deep",
                    absl::StrCat("values are nested more than ", limits_.max_depth, " deep here"));
    }
    StartOfKey(++at_);
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
  // in three quotes, before the next header.
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
    const std::size_t begin = at_;
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
    open_string_ = begin;
    at_ = HeaderAfter(begin);
  }

  // The line end before the next line that is a header; the text's end when there is none.
  std::size_t HeaderAfter(std::size_t at) const {
    do {
      at = text_.find('\n', at + 1);
    } while (at != kNone && !LineLook(text_.substr(at + 1)).IsHeader());
    return std::min(at, text_.size());
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
  std::vector<TomlStatement> statements_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;             // where the line starts
  std::vector<std::size_t> open_;    // brackets of the statement that are not closed yet
  std::size_t open_string_ = kNone;  // the string that runs to the text's end
  std::size_t unclosed_ = 0;         // statements
  std::size_t dots_ = 0;
  std::size_t key_ = 0;  // where the latest key could start
  std::size_t values_ = 0;
};

}  // namespace

std::optional<std::vector<TomlStatement>> ScanToml(const SourceText& source,
                                                   const DocumentLimits& limits,
                                                   IssueList& issues) {
  TomlScan scan(source, limits, issues);
  if (!scan.Run()) return std::nullopt;
  return scan.Take();
}

}  // namespace postern::strategy
