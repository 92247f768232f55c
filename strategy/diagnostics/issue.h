#ifndef POSTERN_STRATEGY_DIAGNOSTICS_ISSUE_H_
#define POSTERN_STRATEGY_DIAGNOSTICS_ISSUE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/diagnostics/source_text.h"

namespace postern::strategy {

// An error stops the policy from being used; a warning and a note do not.
enum class Severity { kError, kWarning, kNote };

// One thing that is wrong with (or worth knowing about) a human's policy file.
struct Issue {
  Severity severity = Severity::kError;
  // Stable, lower-case-with-dashes: "unknown-key", "bad-duration".
  std::string rule;
  SourceRange range;
  // What is wrong, as a sentence without its full stop.
  std::string message;
  // What to do: "did you mean 'ehlo-hostname'?", "write \"5m\" for five minutes". May be empty.
  std::string suggestion;
};

// Collects issues while a file is read; passed down by reference. Not synchronised. Bounded: after
// 1,000 it only counts, and says so in a last note; but an error then takes the place of a warning
// or a note, so that a policy that is refused always shows why.
class IssueList {
 public:
  void Error(SourceRange range, std::string_view rule, std::string message,
             std::string suggestion = "");
  void Warning(SourceRange range, std::string_view rule, std::string message,
               std::string suggestion = "");
  void Note(SourceRange range, std::string_view rule, std::string message,
            std::string suggestion = "");

  // Adds all that `other` holds, what it only counted included.
  void Append(const IssueList& other);

  bool has_errors() const { return errors_ > 0; }
  // Sorted by file (in the order first seen), then place. Ends with the note on what was left out,
  // if any.
  std::vector<Issue> Sorted() const;

 private:
  void Add(Severity severity, SourceRange range, std::string_view rule, std::string message,
           std::string suggestion);

  std::vector<Issue> issues_;
  std::size_t errors_ = 0;
  std::size_t others_kept_ = 0;  // issues_ that are not errors
  std::size_t dropped_ = 0;
};

// The issues as a compiler prints them:
//
//   policy.toml:3:1: error: unknown key 'ehlo-hostnam' in 'queue.connection.x' [unknown-key]
//       3 | ehlo-hostnam = "mail.example.org"
//         | ^~~~~~~~~~~~ did you mean 'ehlo-hostname'?
//
// `sources` holds the files that ranges name (one that is missing is shown without its line). A tab
// before the caret is kept as a tab, control bytes are escaped, and a long line is cut around the
// caret. Closes with a line that counts errors and warnings. Empty when there are no issues.
enum class Colour : std::uint8_t { kNo, kYes };  // as terminals have it (ECMA-48)
std::string RenderIssues(std::span<const Issue> issues, std::span<const SourceText> sources,
                         Colour colour = Colour::kNo);

// The issues as one JSON array (RFC 8259) of {file, line, column, severity, rule, message,
// suggestion} and a line end; "[]" when there are none. Control bytes of the file are escaped as in
// RenderIssues, so that it is always valid UTF-8.
std::string IssuesAsJson(std::span<const Issue> issues);

// "error", "warning", "note".
std::string_view SeverityName(Severity severity);

// The candidate nearest to `word` by edit distance, when near enough to be meant; empty otherwise.
// Pure.
std::string_view DidYouMean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_DIAGNOSTICS_ISSUE_H_
