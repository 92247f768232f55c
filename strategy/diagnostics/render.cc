// Prints issues with their lines. Whatever comes from the file (its text, and the keys and values
// that messages quote) is escaped, and the caret counts the columns of what is shown: one for a
// character, four for an octet shown as \x1B; a tab stays a tab on both lines.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/remote_text.h"
#include "strategy/diagnostics/issue.h"

namespace postern::strategy {
namespace {

// Octets of a line that are shown: all of a line of ordinary length, else this many around the
// caret.
constexpr std::size_t kLongLine = 160;
constexpr std::size_t kBeforeCaret = 60;
constexpr std::size_t kAfterCaret = 80;
constexpr char kCut[] = "...";
// Messages quote keys and values, which may be as long as the file.
constexpr std::size_t kMaxMessage = 1000;

constexpr char kNoLineNumber[] = "      | ";

// What terminals take; empty without colour.
struct Palette {
  std::string_view error, warning, note, caret, place, off;

  std::string_view Of(Severity severity) const {
    return severity == Severity::kError ? error : severity == Severity::kWarning ? warning : note;
  }
};
constexpr Palette kPlain;
constexpr Palette kColours = {"\x1B[1;31m", "\x1B[1;35m", "\x1B[1;36m",
                              "\x1B[1;32m", "\x1B[1m",    "\x1B[m"};

bool IsInsideCharacter(char octet) { return (static_cast<std::uint8_t>(octet) & 0xC0) == 0x80; }

// The boundary of a character at or before `offset`. Invalid UTF-8 moves it by three octets at
// most.
std::size_t CharacterStart(std::string_view line, std::size_t offset) {
  for (int back = 0; back < 3 && offset > 0 && offset < line.size(); ++back) {
    if (!IsInsideCharacter(line[offset])) break;
    --offset;
  }
  return offset;
}

// As the terminal gets it: escaped, but for tabs.
std::string Shown(std::string_view text) {
  std::string shown;
  while (true) {
    const std::size_t tab = text.find('\t');
    shown += EscapeRemoteText(text.substr(0, tab), 8 * kLongLine);
    if (tab == std::string_view::npos) return shown;
    shown += '\t';
    text.remove_prefix(tab + 1);
  }
}

// What stands under `shown`: `fill` for each character, tabs as they are.
std::string Under(std::string_view shown, char fill) {
  std::string under;
  for (const char octet : shown) {
    if (!IsInsideCharacter(octet)) under += octet == '\t' ? '\t' : fill;
  }
  return under;
}

// One line of the file, cut to what is shown, and split where the caret starts and ends.
struct Excerpt {
  std::string_view before, marked, after;
  bool cut_before = false, cut_after = false;
};

Excerpt Cut(std::string_view line, std::uint32_t column, std::uint32_t length) {
  Excerpt excerpt;
  std::size_t begin = std::min<std::size_t>(column == 0 ? 0 : column - 1, line.size());
  if (line.size() > kLongLine) {
    const std::size_t last = CharacterStart(line, std::min(begin + kAfterCaret, line.size()));
    const std::size_t first = CharacterStart(line, begin - std::min(begin, kBeforeCaret));
    excerpt.cut_after = last < line.size();
    excerpt.cut_before = first > 0;
    line = line.substr(first, last - first);
    begin -= first;
  }
  std::size_t end = begin + std::min<std::size_t>(length, line.size() - begin);
  // A character is marked whole.
  for (int more = 0; more < 3 && end < line.size() && IsInsideCharacter(line[end]); ++more) ++end;
  excerpt.before = line.substr(0, begin);
  excerpt.marked = line.substr(begin, end - begin);
  excerpt.after = line.substr(begin + excerpt.marked.size());
  return excerpt;
}

constexpr std::string_view kSecret = "secret";

std::size_t FindSecret(std::string_view text) {
  const auto* const found = std::search(
      text.begin(), text.end(), kSecret.begin(), kSecret.end(),
      [](char a, char b) { return absl::ascii_tolower(static_cast<unsigned char>(a)) == b; });
  return found == text.end() ? std::string_view::npos
                             : static_cast<std::size_t>(found - text.begin());
}

// A line as far as it may be shown: it goes into logs. What follows the word "secret" may be one.
// So may be all that an issue points at when it speaks of a secret: YAML has values on the next
// line; and all behind a key that should have been "secret".
std::string_view WithoutSecret(const Issue& issue, std::string_view line) {
  std::size_t shown = line.size();
  if (const std::size_t word = FindSecret(line); word != std::string_view::npos)
    shown = word + kSecret.size();
  if (FindSecret(issue.rule) != std::string_view::npos ||
      FindSecret(issue.suggestion) != std::string_view::npos) {
    const std::size_t begin = issue.range.begin.column == 0 ? 0 : issue.range.begin.column - 1;
    const bool is_key = issue.rule == "unknown-key";
    shown = std::min(shown, is_key ? begin + issue.range.length : begin);
  }
  return line.substr(0, shown);
}

void AppendExcerpt(const Issue& issue, std::string_view line, const Palette& palette,
                   std::string& out) {
  const std::string_view shown_line = WithoutSecret(issue, line);
  Excerpt excerpt = Cut(shown_line, issue.range.begin.column, issue.range.length);
  excerpt.cut_after |= shown_line.size() < line.size();
  const std::string before = absl::StrCat(excerpt.cut_before ? kCut : "", Shown(excerpt.before));
  const std::string marked = Shown(excerpt.marked);
  absl::StrAppendFormat(&out, "%5u | %s%s%s%s\n", issue.range.begin.line, before, marked,
                        Shown(excerpt.after), excerpt.cut_after ? kCut : "");
  std::string caret = Under(marked, '~');
  // A tab under the caret is shown as one column; so is the end of the line.
  std::replace(caret.begin(), caret.end(), '\t', '~');
  if (caret.empty()) caret.push_back('~');
  caret[0] = '^';
  absl::StrAppend(&out, kNoLineNumber, Under(before, ' '), std::string(palette.caret), caret);
  if (!issue.suggestion.empty())
    absl::StrAppend(&out, " ", EscapeRemoteText(issue.suggestion, kMaxMessage));
  out += palette.off;
  out += '\n';
}

void AppendIssue(const Issue& issue, const SourceText* source, const Palette& palette,
                 std::string& out) {
  const SourceRange& range = issue.range;
  if (!range.file.empty()) {
    absl::StrAppend(&out, std::string(palette.place), EscapeRemoteText(range.file));
    if (range.begin.line > 0) absl::StrAppend(&out, ":", range.begin.line, ":", range.begin.column);
    absl::StrAppend(&out, ": ", std::string(palette.off));
  }
  absl::StrAppend(&out, std::string(palette.Of(issue.severity)),
                  std::string(SeverityName(issue.severity)), ": ", std::string(palette.off),
                  EscapeRemoteText(issue.message, kMaxMessage), " [", issue.rule, "]\n");
  if (source != nullptr && range.begin.line > 0) {
    AppendExcerpt(issue, source->Line(range.begin.line), palette, out);
  } else if (!issue.suggestion.empty()) {
    absl::StrAppend(&out, kNoLineNumber, EscapeRemoteText(issue.suggestion, kMaxMessage), "\n");
  }
}

std::string Count(std::size_t count, const char* what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

}  // namespace

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return "error";
}

std::string RenderIssues(std::span<const Issue> issues, std::span<const SourceText> sources,
                         Colour colour) {
  if (issues.empty()) return "";
  std::map<std::string_view, const SourceText*> by_file;
  for (const SourceText& source : sources) by_file.emplace(source.file(), &source);
  std::string out;
  std::size_t errors = 0, warnings = 0;
  for (const Issue& issue : issues) {
    const auto source = by_file.find(issue.range.file);
    AppendIssue(issue, source == by_file.end() ? nullptr : source->second,
                colour == Colour::kYes ? kColours : kPlain, out);
    errors += issue.severity == Severity::kError ? 1 : 0;
    warnings += issue.severity == Severity::kWarning ? 1 : 0;
  }
  absl::StrAppend(&out, Count(errors, "error"), ", ", Count(warnings, "warning"), "\n");
  return out;
}

}  // namespace postern::strategy
