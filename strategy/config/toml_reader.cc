// toml++ does the parsing; this file fences it: what could hurt is refused before (text_check,
// toml_scan), its exceptions end here, and its trees are copied into ours (toml_tree). It stops at
// the first error and takes no table twice, so it gets the text in parts: a header with its keys at
// a time, and where that fails each statement by itself.

#include <toml++/toml.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "strategy/config/reader.h"
#include "strategy/config/text_check.h"
#include "strategy/config/toml_places.h"
#include "strategy/config/toml_scan.h"
#include "strategy/config/toml_tree.h"

namespace postern::strategy {
namespace {

constexpr std::size_t kMaxSyntaxErrors = 20;

// What to do about the mistakes that people make most, by what toml++ says of them.
std::string_view Advice(std::string_view what) {
  constexpr std::pair<std::string_view, std::string_view> kAdvice[] = {
      {"redefine", "keep one of the two, or put both into one table"},
      {"table header: expected ']', saw ':'", "put the address in quotes"},
      {"expected '=', saw ':'", "write 'key = value'; the name of a YAML file ends in .yaml"},
      {"could not determine value type", "put it in quotes"},
      {"not representable", "write a smaller number"},
      {"parsing decimal integer", "put a duration or an address in quotes"},
      {"parsing floating-point", "put a duration or an address in quotes"},
      {"unescaped control characters", "is a closing quote missing?"},
  };
  for (const auto& [said, advice] : kAdvice) {
    if (what.find(said) != std::string_view::npos) return advice;
  }
  return "";
}

// The message and the advice for a bracket or a string that is not closed.
std::pair<std::string, std::string> Unclosed(std::string_view text) {
  const std::string_view three = text.substr(0, 3);
  const bool is_string = three == R"(""")" || three == "'''";
  const std::string opens(is_string ? three : text.substr(0, 1));
  const std::string closes = is_string ? opens : opens == "[" ? "]" : "}";
  return {absl::StrCat("this is not valid TOML: what ", opens, " opens here is not closed"),
          absl::StrCat("close it with ", closes)};
}

class TomlReader {
 public:
  TomlReader(const SourceText& source, const DocumentLimits& limits, IssueList& issues)
      : source_(source), issues_(issues), places_(source), tree_(source, places_, limits, issues) {}

  DocumentNode Read(std::span<const TomlStatement> statements) {
    while (!statements.empty()) {
      std::size_t count = 1;
      while (count < statements.size() && !statements[count].is_header()) ++count;
      if (!ReadPart(statements.first(count)) && !ReadEach(statements.first(count))) break;
      statements = statements.subspan(count);
    }
    return tree_.Take();
  }

 private:
  // A header, if there is one, and what follows it. False when toml++ does not take all of it.
  bool ReadPart(std::span<const TomlStatement> part) {
    if (part.size() == 1) return false;
    for (const TomlStatement& statement : part) {
      if (!statement.is_closed()) return false;
    }
    try {
      Parse(part.front(), part.back().end);
      return true;
    } catch (const toml::parse_error&) {
      return false;
    }
  }

  // The same, one by one. False when there were too many errors to go on.
  bool ReadEach(std::span<const TomlStatement> part) {
    for (const TomlStatement& statement : part) {
      if (errors_ >= kMaxSyntaxErrors) {
        issues_.Note({source_.file(), source_.At(statement.begin), 1}, "too-many-errors",
                     absl::StrCat("after ", kMaxSyntaxErrors,
                                  " syntax errors the file is not read on from here"),
                     "mend these first, then check again");
        return false;
      }
      try {
        Parse(statement, statement.end);
      } catch (const toml::parse_error& error) {
        ++errors_;
        Report(statement, error);
        if (statement.is_header()) tree_.LoseTable();
      }
    }
    return true;
  }

  void Parse(const TomlStatement& first, std::size_t end) {
    const std::string_view text = source_.text().substr(first.begin, end - first.begin);
    tree_.Add(toml::parse(text), LinesBefore(first), first.is_header() ? &first : nullptr);
  }

  std::uint32_t LinesBefore(const TomlStatement& statement) const {
    return source_.At(statement.begin).line - 1;
  }

  void Report(const TomlStatement& statement, const toml::parse_error& error) {
    std::string what(error.description());
    if (!statement.is_closed() && what.find("end-of-file") != std::string::npos) {
      auto [message, advice] = Unclosed(source_.text().substr(statement.unclosed));
      issues_.Error({source_.file(), source_.At(statement.unclosed), 1}, "toml-syntax",
                    std::move(message), std::move(advice));
      return;
    }
    const bool is_duplicate = what.find("redefine") != std::string::npos;
    if (constexpr std::string_view kPrefix = "Error while "; what.starts_with(kPrefix))
      what.erase(0, kPrefix.size());
    issues_.Error(places_.Range(error.source(), LinesBefore(statement)),
                  is_duplicate ? "duplicate-key" : "toml-syntax",
                  absl::StrCat("this is not valid TOML: ", what), std::string(Advice(what)));
  }

  const SourceText& source_;
  IssueList& issues_;
  const TomlPlaces places_;
  TomlTree tree_;
  std::size_t errors_ = 0;
};

}  // namespace

std::optional<DocumentNode> ReadToml(const SourceText& source, const DocumentLimits& limits,
                                     IssueList& issues) {
  if (!CheckText(source, limits, issues)) return std::nullopt;
  const std::optional<std::vector<TomlStatement>> statements = ScanToml(source, limits, issues);
  if (!statements) return std::nullopt;
  try {
    return TomlReader(source, limits, issues).Read(*statements);
  } catch (const std::exception& error) {
    issues.Error({source.file(), {}, 1}, "unreadable",
                 absl::StrCat("the file cannot be read as TOML: ", error.what()));
  }
  return std::nullopt;
}

}  // namespace postern::strategy
