// yaml-cpp does the parsing, event by event; YamlTree makes the document. This file fences it: what
// could hurt is refused before, and its exceptions end here. The first Issue of syntax is the only
// one of a file: what yaml-cpp said just before it (a value that is "missing", say) is its guess.

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <cstddef>
#include <exception>
#include <istream>
#include <optional>
#include <streambuf>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "strategy/config/reader.h"
#include "strategy/config/text_check.h"
#include "strategy/config/yaml_tree.h"

namespace postern::strategy {
namespace {

// Lets yaml-cpp read a text where it stands.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    // std::streambuf wants char*; nothing here writes through it.
    char* const begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

// Ends the reading where a second document starts.
class NoSecondDocument : public YAML::EventHandler {
 public:
  NoSecondDocument(const SourceText& source, IssueList& issues)
      : source_(source), issues_(issues) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    const auto offset = static_cast<std::size_t>(mark.pos < 0 ? 0 : mark.pos);
    issues_.Error({source_.file(), source_.At(offset), 1}, "second-document",
                  "a second YAML document starts here; a policy file is one document",
                  "put it into a file of its own, or take the '---' out");
    throw StopReading();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  const SourceText& source_;
  IssueList& issues_;
};

// About how many halves of a token the octet at `at` stands for; strings and comments are not told
// from the rest, so this errs to the high side.
std::size_t TokenHalves(std::string_view text, std::size_t at) {
  constexpr std::string_view kEndsWord = " \t\r\n,[]{}";
  switch (text[at]) {
    case '[':
    case ']':
    case '{':
    case '}':
    case ',':
    case '!':
    case '&':
    case '*':
      return 2;
    case '"':
    case '\'':
      return 1;
    case ':':
    case '?':
      return at + 1 == text.size() || kEndsWord.find(text[at + 1]) != std::string_view::npos ? 2
                                                                                             : 0;
    default:
      return 0;
  }
}

// Before it gives its first event of a line, or of a flow collection that may turn out to be a key,
// yaml-cpp keeps all its tokens, at about 100 octets each: YamlTree, which has limits, comes too
// late for those. Two tokens a value are enough for any policy.
bool CheckTokens(const SourceText& source, const DocumentLimits& limits, IssueList& issues) {
  const std::string_view text = source.text();
  std::size_t halves = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    halves += TokenHalves(text, at);
    if (halves <= 4 * limits.max_nodes) continue;
    issues.Error({source.file(), source.At(at), 1}, "too-many-values",
                 absl::StrCat("the file holds about ", limits.max_nodes, " values up to here"),
                 "no policy needs that; is this the right file?");
    return false;
  }
  return true;
}

void ReportSyntax(const SourceText& source, const YAML::Exception& error, IssueList& issues) {
  SourceRange range{source.file(), {}, 1};
  if (error.mark.pos >= 0) range.begin = source.At(static_cast<std::size_t>(error.mark.pos));
  const std::string_view line = source.Line(range.begin.line);
  const std::string_view indent = line.substr(0, line.find_first_not_of(" \t"));
  const bool has_tab = indent.find('\t') != std::string_view::npos;
  issues.Error(range, "yaml-syntax", absl::StrCat("this is not valid YAML: ", error.msg),
               has_tab ? "indent with blanks: in YAML a tab is no indentation" : "");
}

DocumentNode Parse(const SourceText& source, const DocumentLimits& limits, IssueList& issues) {
  TextBuffer buffer(source.text());
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  YamlTree tree(source, limits, issues);
  if (parser.HandleNextDocument(tree)) {
    NoSecondDocument second(source, issues);
    parser.HandleNextDocument(second);
  }
  return tree.Take();
}

}  // namespace

std::optional<DocumentNode> ReadYaml(const SourceText& source, const DocumentLimits& limits,
                                     IssueList& issues) {
  if (!CheckText(source, limits, issues) || !CheckTokens(source, limits, issues))
    return std::nullopt;
  IssueList found;
  std::optional<DocumentNode> document;
  try {
    document = Parse(source, limits, found);
  } catch (const StopReading&) {
    document.reset();  // its Issue is in `found`
  } catch (const YAML::Exception& error) {
    ReportSyntax(source, error, issues);
    return std::nullopt;
  } catch (const std::exception& error) {
    issues.Error({source.file(), {}, 1}, "unreadable",
                 absl::StrCat("the file cannot be read as YAML: ", error.what()));
    return std::nullopt;
  }
  issues.Append(found);
  if (found.has_errors()) document.reset();
  return document;
}

}  // namespace postern::strategy
