// Sections of tables: one row for each key, each cell from its row of the schema.

#include "strategy/config/reference.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "strategy/config/reference_text.h"
#include "strategy/config/schema.h"
#include "strategy/diagnostics/message.h"
#include "strategy/expr/functions.h"
#include "strategy/expr/limits.h"
#include "strategy/expr/types.h"
#include "strategy/expr/variables.h"

namespace postern::strategy {
namespace {

std::string Code(std::string_view text) { return Concat("`", text, "`"); }

// A cell: '|' would end it, also in code.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string Row(std::initializer_list<std::string_view> cells) {
  std::string row = "|";
  for (const std::string_view cell : cells)
    row += Concat(" ", Cell(cell), cell.empty() ? "|" : " |");
  return row + "\n";
}

// "`"mx"`, `"relay"`".
std::string TextList(std::span<const std::string_view> words) {
  std::string list;
  for (const std::string_view word : words)
    list += Concat(list.empty() ? "" : ", ", Code(Concat("\"", word, "\"")));
  return list;
}

std::string CodeList(std::span<const std::string_view> words) {
  std::string list;
  for (const std::string_view word : words) list += Concat(list.empty() ? "" : ", ", Code(word));
  return list;
}

// "30d", "90s": in the largest unit that divides it.
std::string DurationText(std::int64_t milliseconds) {
  constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}};
  for (const auto& [unit, length] : kUnits) {
    if (milliseconds % length == 0) return Concat(std::to_string(milliseconds / length), unit);
  }
  return Concat(std::to_string(milliseconds), "ms");
}

// What the value is, with its bounds or choices.
std::string ValueText(const SchemaRow& row) {
  switch (row.type) {
    case ValueType::kText:
      return "text";
    case ValueType::kBoolean:
      return "boolean";
    case ValueType::kInteger:
      return Concat("whole number, ", std::to_string(row.min), " to ", std::to_string(row.max));
    case ValueType::kDuration:
      return Concat("duration, at most ", DurationText(row.max));
    case ValueType::kChoice:
      return Concat("one of ", TextList(row.choices));
    case ValueType::kEhloName:
      return "host name or address literal";
    case ValueType::kSourceAddresses:
      return "address, or a list";
    case ValueType::kRelayAddress:
      return "host name or address";
    case ValueType::kNetworks:
      return "network, or a list";
    case ValueType::kUpstreams:
      return "DNS server, or a list";
    case ValueType::kExpression:
      return "expression";
    case ValueType::kCondition:
      return "condition";
    case ValueType::kSecret:
      return "secret";
    case ValueType::kTlsRequirement:
      return Concat("requirement: ", TextList(row.choices));
    case ValueType::kRate:
      return "rate";
    case ValueType::kDomains:
      return "host name, or a list";
    case ValueType::kMailboxes:
      return "mail address, or a list";
    case ValueType::kChoices:
      return Concat("one of ", TextList(row.choices), ", or a list");
    case ValueType::kAnything:
      break;
  }
  return "";
}

std::string MeaningText(const SchemaRow& row) {
  if (row.route_type.empty()) return std::string(row.meaning);
  return Concat("Only for routes of type ", Code(row.route_type), ". ", row.meaning);
}

std::string KeyRow(const SchemaRow& row) {
  return Row({Code(row.key), ValueText(row),
              row.default_value.empty() ? "" : Code(row.default_value), MeaningText(row),
              Code(row.example)});
}

std::string RefusedText(const SchemaRow& row) {
  std::string text;
  for (const RefusedValue& refused : row.refused_values) {
    text += Concat("- ", Code(Concat(row.key, " = \"", refused.value, "\"")),
                   " is refused: ", refused.why, ". Instead, ", refused.instead, ".\n");
  }
  return text;
}

std::string WithoutEffectText(const SchemaRow& row) {
  return Concat("- ", Code(row.key), " has no effect, which is a warning: ", row.meaning, ".\n");
}

std::string SectionText(const ReferenceSection& section) {
  std::string keys;
  std::string remarks;
  for (const SchemaRow& row : SchemaRows()) {
    if (!row.key.starts_with(section.prefix)) continue;
    if (row.standing == Standing::kRead) {
      keys += KeyRow(row);
      remarks += RefusedText(row);
    } else {
      remarks += WithoutEffectText(row);
    }
  }
  std::string text = Concat("\n## ", section.title, "\n\n");
  if (!section.introduction.empty()) text += Concat(section.introduction, "\n\n");
  text += Row({"key", "value", "default", "meaning", "example"});
  text += Concat("| --- | --- | --- | --- | --- |\n", keys);
  return remarks.empty() ? text : Concat(text, "\n", remarks);
}

std::string SkippedText() {
  return Concat(
      "\n## What is passed over\n\n"
      "These sections of Stalwart say nothing about outbound delivery. They are passed over with "
      "one note that names those of a file (`<other>` stands for every name that is not above). A "
      "section that is not in this list is an error, so that a misspelt one is found.\n\n",
      CodeList(SkippedSections()), "\n");
}

std::string_view TypeText(TypeSet types) {
  if (types == kIntegerType) return "integer";
  if (IsOnly(types, kNumberType)) return "number";
  if (types == kTextType) return "text";
  if (types == kArrayType) return "array";
  if (types == (kTextType | kArrayType)) return "text or array";
  return types == (kIntegerType | kArrayType) ? "integer or array" : "any";
}

std::string_view PlacesText(VariableSet since) {
  switch (since) {
    case VariableSet::kRoute:
      return "everywhere";
    case VariableSet::kHost:
      return "connection, tls, limiter";
    case VariableSet::kLimiter:
      return "limiter";
  }
  return "";
}

std::string VariableTable() {
  std::string table = Row({"variable", "type", "where", "meaning"});
  table += "| --- | --- | --- | --- |\n";
  for (const VariableInfo& info : AllVariables()) {
    std::string meaning(info.meaning);
    if (!info.values.empty()) meaning += Concat(": ", CodeList(info.values));
    table += Row({Code(info.name), TypeText(info.type), PlacesText(info.since), meaning});
  }
  return table;
}

std::string FunctionTable() {
  std::string table = Row({"function", "gives", "meaning"});
  table += "| --- | --- | --- |\n";
  std::string of_stores;
  for (const FunctionInfo& info : AllFunctions()) {
    if (info.kind == FunctionInfo::Kind::kStore) {
      of_stores += Concat(of_stores.empty() ? "" : ", ", Code(info.name));
    } else {
      table += Row({Code(info.usage), TypeText(info.result), info.meaning});
    }
  }
  return Concat(table,
                "\nThese functions of Stalwart need its stores, and are errors here: ", of_stores,
                ".\n");
}

std::string LimitTable() {
  const ExpressionLimits loading;
  const EvaluationLimits running;
  const struct {
    std::string_view what;
    std::size_t limit;
  } kRows[] = {
      {"octets of an expression", loading.source},
      {"brackets and calls inside each other", loading.nesting},
      {"operators in a row, such as `a + b + c`", loading.height},
      {"constants, names, operators and calls of an expression", loading.nodes},
      {"items of an array that is written out", loading.array},
      {"instructions of a regular expression, once compiled", loading.regex_program},
      {"octets of memory for a regular expression", loading.regex_memory},
      {"branches of an if/then/else list", loading.branches},
      {"steps of an evaluation", running.steps},
      {"octets of a text that an evaluation makes", running.text},
      {"items of an array that an evaluation makes", running.array},
  };
  std::string table = Row({"what", "at most"});
  table += "| --- | --- |\n";
  for (const auto& row : kRows) table += Row({row.what, std::to_string(row.limit)});
  return table;
}

constexpr std::string_view kBegin = "<!-- generated: ";
constexpr std::string_view kBeginEnd = " -->\n";
constexpr std::string_view kEnd = "<!-- end of generated -->";

std::string TableOf(std::string_view name) {
  if (name == "variables") return VariableTable();
  if (name == "functions") return FunctionTable();
  return name == "limits" ? LimitTable() : Concat("There is no table called ", name, ".\n");
}

}  // namespace

std::string ConfigurationReference() {
  std::string reference(kReferenceIntroduction);
  for (const ReferenceSection& section : kReferenceSections) reference += SectionText(section);
  return Concat(reference, SkippedText());
}

std::string WithGeneratedTables(std::string_view document) {
  std::string result;
  while (true) {
    const std::size_t begin = document.find(kBegin);
    const std::size_t name_end = document.find(kBeginEnd, begin);
    const std::size_t end = document.find(kEnd, name_end);
    if (end == std::string_view::npos) return Concat(result, document);
    const std::size_t name = begin + kBegin.size();
    result += document.substr(0, name_end + kBeginEnd.size());
    result += Concat("\n", TableOf(document.substr(name, name_end - name)), "\n");
    document.remove_prefix(end);
    result += document.substr(0, kEnd.size());
    document.remove_prefix(kEnd.size());
  }
}

}  // namespace postern::strategy
