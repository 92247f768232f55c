// toml++ does the parsing; this file fences it: what could hurt is refused before (text_check,
// toml_scan), its exceptions end here, and its tree is copied into ours. Two things differ from
// what toml++ gives: its tables are sorted by key, ours are in the order of the file; and it counts
// columns in code points, while we count octets.

#include <toml++/toml.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "strategy/config/reader.h"
#include "strategy/config/scalars.h"
#include "strategy/config/text_check.h"
#include "strategy/config/toml_scan.h"

namespace postern::strategy {
namespace {

bool StartsCharacter(char octet) { return (static_cast<std::uint8_t>(octet) & 0xC0) != 0x80; }

// Turns toml++'s places into ours. Characters are counted once, at every kStep octets, so that a
// place on a line of many megabytes costs as little as any other.
class Places {
 public:
  explicit Places(const SourceText& source) : source_(source), text_(source.text()) {
    std::uint32_t characters = 0;
    for (std::size_t at = 0;; ++at) {
      if (at % kStep == 0) counts_.push_back(characters);
      if (at == text_.size()) break;
      characters += StartsCharacter(text_[at]) ? 1 : 0;
    }
    is_ascii_ = characters == text_.size();
  }

  Position At(const toml::source_position& place) const {
    if (is_ascii_ || place.column <= 1) return {place.line, place.column};
    const std::string_view line = source_.Line(place.line);
    if (line.data() == nullptr) return {place.line, place.column};
    const auto start = static_cast<std::size_t>(line.data() - text_.data());
    const std::size_t offset = OffsetOf(CharactersBefore(start) + place.column - 1);
    return {place.line, static_cast<std::uint32_t>(offset - start + 1)};
  }

  SourceRange Range(const toml::source_region& region) const {
    SourceRange range{source_.file(), At(region.begin), 1};
    Position end = At(region.end);
    if (end.line > range.begin.line) {
      const std::size_t rest = source_.Line(range.begin.line).size() + 1;
      end = {range.begin.line, static_cast<std::uint32_t>(rest)};
    }
    if (end > range.begin) range.length = end.column - range.begin.column;
    return range;
  }

 private:
  static constexpr std::size_t kStep = 256;

  std::uint32_t CharactersBefore(std::size_t offset) const {
    std::uint32_t count = counts_[offset / kStep];
    for (std::size_t at = offset - offset % kStep; at < offset; ++at)
      count += StartsCharacter(text_[at]) ? 1 : 0;
    return count;
  }

  // Where the character stands that has `characters` before it; the text's end when there is none.
  std::size_t OffsetOf(std::uint32_t characters) const {
    const auto after = std::upper_bound(counts_.begin(), counts_.end(), characters);
    const auto step = static_cast<std::size_t>(after - counts_.begin()) - 1;
    std::uint32_t count = counts_[step];
    std::size_t at = step * kStep;
    for (; at < text_.size(); ++at) {
      if (StartsCharacter(text_[at]) && count++ == characters) break;
    }
    return at;
  }

  const SourceText& source_;
  const std::string_view text_;
  std::vector<std::uint32_t> counts_;  // characters before each kStep octets
  bool is_ascii_ = false;
};

// Copies one parsed file into a document.
class Converter {
 public:
  Converter(const SourceText& source, const DocumentLimits& limits, IssueList& issues)
      : places_(source), limits_(limits), issues_(issues) {}

  bool failed() const { return failed_; }

  DocumentNode Convert(const toml::node& node, std::size_t depth) {
    DocumentNode result;
    result.range = places_.Range(node.source());
    if (depth > limits_.max_depth) {
      Refuse(
          result.range, "too-deep",
          absl::StrCat("tables and arrays are nested more than ", limits_.max_depth, " deep here"),
          "no policy needs that; is this the right file?");
    } else if (const toml::table* table = node.as_table()) {
      ConvertTable(*table, depth, result);
    } else if (const toml::array* array = node.as_array()) {
      result.kind = DocumentNode::Kind::kArray;
      result.items.reserve(array->size());
      for (const toml::node& item : *array) result.items.push_back(Convert(item, depth + 1));
    } else {
      ConvertScalar(node, result);
    }
    return result;
  }

 private:
  void ConvertTable(const toml::table& table, std::size_t depth, DocumentNode& result) {
    using Entry = std::pair<const toml::key*, const toml::node*>;
    std::vector<Entry> sorted;
    sorted.reserve(table.size());
    for (const auto& [key, value] : table) sorted.emplace_back(&key, &value);
    std::sort(sorted.begin(), sorted.end(), [](const Entry& a, const Entry& b) {
      return a.first->source().begin < b.first->source().begin;
    });
    result.entries.reserve(sorted.size());
    for (const auto& [key, value] : sorted) {
      result.entries.push_back(
          {std::string(key->str()), places_.Range(key->source()), Convert(*value, depth + 1)});
    }
  }

  void ConvertScalar(const toml::node& node, DocumentNode& result) {
    if (const auto* string = node.as_string()) {
      result.kind = DocumentNode::Kind::kString;
      result.scalar = string->get();
    } else if (const auto* integer = node.as_integer()) {
      result.kind = DocumentNode::Kind::kInteger;
      result.scalar = std::to_string(integer->get());
    } else if (const auto* number = node.as_floating_point()) {
      result.kind = DocumentNode::Kind::kFloat;
      result.scalar = FloatText(number->get());
    } else if (const auto* boolean = node.as_boolean()) {
      result.kind = DocumentNode::Kind::kBoolean;
      result.scalar = boolean->get() ? "true" : "false";
    } else {
      Refuse(result.range, "date-or-time", "a date or a time means nothing in a policy",
             "if it is text, write it in quotes");
    }
  }

  void Refuse(const SourceRange& range, std::string_view rule, std::string message,
              std::string suggestion) {
    failed_ = true;
    issues_.Error(range, rule, std::move(message), std::move(suggestion));
  }

  const Places places_;
  const DocumentLimits& limits_;
  IssueList& issues_;
  bool failed_ = false;
};

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

void ReportSyntax(const SourceText& source, const toml::parse_error& error, IssueList& issues) {
  std::string what(error.description());
  const bool is_duplicate = what.find("redefine") != std::string::npos;
  if (constexpr std::string_view kPrefix = "Error while "; what.starts_with(kPrefix))
    what.erase(0, kPrefix.size());
  issues.Error(Places(source).Range(error.source()), is_duplicate ? "duplicate-key" : "toml-syntax",
               absl::StrCat("this is not valid TOML: ", what), std::string(Advice(what)));
}

std::optional<DocumentNode> Parse(const SourceText& source, const DocumentLimits& limits,
                                  IssueList& issues) {
  const toml::table table = toml::parse(source.text());
  Converter converter(source, limits, issues);
  DocumentNode document = converter.Convert(table, 0);
  document.range = {source.file(), {1, 1}, 1};
  if (converter.failed()) return std::nullopt;
  return document;
}

}  // namespace

std::optional<DocumentNode> ReadToml(const SourceText& source, const DocumentLimits& limits,
                                     IssueList& issues) {
  if (!CheckText(source, limits, issues) || !CheckTomlShape(source, limits, issues))
    return std::nullopt;
  try {
    return Parse(source, limits, issues);
  } catch (const toml::parse_error& error) {
    ReportSyntax(source, error, issues);
  } catch (const std::exception& error) {
    issues.Error({source.file(), {}, 1}, "unreadable",
                 absl::StrCat("the file cannot be read as TOML: ", error.what()));
  }
  return std::nullopt;
}

}  // namespace postern::strategy
