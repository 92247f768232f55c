#include "strategy/config/macros.h"

#include <algorithm>
#include <utility>

#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

using Kind = DocumentNode::Kind;

constexpr std::string_view kOpen = "%{";
constexpr std::string_view kClose = "}%";
constexpr std::string_view kForms = "write %{env:NAME}%, %{file:/path}% or %{cfg:key}%";

// One segment off the front of a dotted path, which may be in quotes.
std::string TakeSegment(std::string_view& path) {
  const bool is_quoted = path.starts_with('"');
  if (is_quoted) path.remove_prefix(1);
  const std::size_t end = std::min(path.find(is_quoted ? '"' : '.'), path.size());
  std::string segment(path.substr(0, end));
  path.remove_prefix(end);
  if (is_quoted && !path.empty()) path.remove_prefix(1);
  if (path.starts_with('.')) path.remove_prefix(1);
  return segment;
}

const DocumentNode* FindScalar(const DocumentNode& document, std::string_view path) {
  const DocumentNode* node = &document;
  while (!path.empty()) {
    const DocumentEntry* const entry = node->is_table() ? node->Find(TakeSegment(path)) : nullptr;
    if (entry == nullptr) return nullptr;
    node = &entry->value;
  }
  return node->is_table() || node->kind == Kind::kArray ? nullptr : node;
}

}  // namespace

bool MacroExpander::HasMacro(const DocumentNode& value) {
  if (value.kind == Kind::kString) return value.scalar.find(kOpen) != std::string::npos;
  return std::ranges::any_of(value.items, HasMacro) ||
         std::ranges::any_of(value.entries,
                             [](const DocumentEntry& entry) { return HasMacro(entry.value); });
}

std::optional<DocumentNode> MacroExpander::Expand(const DocumentNode& value) {
  DocumentNode expanded = value;
  if (value.kind == Kind::kString && HasMacro(value)) {
    std::optional<std::string> text = ExpandText(value.scalar, value.range, 0);
    if (!text) return std::nullopt;
    expanded.scalar = *std::move(text);
    expanded.is_expanded = true;
  }
  bool is_complete = true;
  const auto expand = [&](DocumentNode& node) {
    std::optional<DocumentNode> inner = Expand(node);
    is_complete &= inner.has_value();
    if (inner) node = *std::move(inner);
    expanded.is_expanded |= node.is_expanded;
  };
  for (DocumentNode& item : expanded.items) expand(item);
  for (DocumentEntry& entry : expanded.entries) expand(entry.value);
  if (!is_complete) return std::nullopt;
  return expanded;
}

std::optional<std::string> MacroExpander::ExpandText(std::string_view text,
                                                     const SourceRange& range, int depth) {
  std::string expanded;
  for (;;) {
    const std::size_t open = text.find(kOpen);
    expanded += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open + kOpen.size());
    const std::size_t close = text.find(kClose);
    if (close == std::string_view::npos) {
      return Refuse(range, "bad-macro", "a macro has no end: '%{' without '}%'",
                    std::string(kForms));
    }
    const std::optional<std::string> value = Value(text.substr(0, close), range, depth);
    if (!value) return std::nullopt;
    expanded += *value;
    text.remove_prefix(close + kClose.size());
  }
  if (expanded.size() <= kMaxValue) return expanded;
  return Refuse(range, "bad-macro",
                Concat("with its macros expanded this value has more than ",
                       std::to_string(kMaxValue), " octets"),
                "is this the right file?");
}

// `macro` is what stands between the braces.
std::optional<std::string> MacroExpander::Value(std::string_view macro, const SourceRange& range,
                                                int depth) {
  const std::size_t colon = std::min(macro.find(':'), macro.size());
  const std::string_view name = macro.substr(0, colon);
  std::string_view argument = macro.substr(std::min(colon + 1, macro.size()));
  if (name == "cfg") return Setting(argument, range, depth);
  if ((name != "env" && name != "file") || argument.empty()) {
    return Refuse(range, "bad-macro", Concat("there is no macro ", Quoted(macro)),
                  std::string(kForms));
  }
  if (source_ == nullptr) {
    return Refuse(range, "macro-not-available",
                  Concat("the macro ", Quoted(macro),
                         " is not expanded here: a policy that comes as text may not read this "
                         "machine's files and environment"),
                  "check it where its files are, with posternd --check");
  }
  if (name == "env") return Taken(source_->Environment(std::string(argument)), macro, range);
  if (argument.starts_with("//")) argument.remove_prefix(2);
  return Taken(source_->File(std::string(argument)), macro, range);
}

std::optional<std::string> MacroExpander::Taken(MacroText found, std::string_view macro,
                                                const SourceRange& range) {
  if (!found.text) {
    return Refuse(range, "bad-macro",
                  Concat("the macro ", Quoted(macro), " stands for nothing: ", found.problem), "");
  }
  expanded_.append(macro).append(1, '\0').append(*found.text).append(1, '\0');
  return found.text;
}

std::optional<std::string> MacroExpander::Setting(std::string_view key, const SourceRange& range,
                                                  int depth) {
  const DocumentNode* const value = FindScalar(document_, key);
  if (value == nullptr) {
    return Refuse(range, "bad-macro",
                  Concat("the policy has no value ", Quoted(key), " for %{cfg:...}%"),
                  "name the key of one value, such as server.hostname");
  }
  if (depth == kMaxDepth) {
    return Refuse(range, "bad-macro",
                  Concat("the values that %{cfg:...}% names name each other, or more than ",
                         std::to_string(kMaxDepth), " in a row"),
                  "write the value out in one of them");
  }
  return ExpandText(value->scalar, range, depth + 1);
}

std::nullopt_t MacroExpander::Refuse(const SourceRange& range, std::string_view rule,
                                     std::string message, std::string suggestion) {
  issues_.Error(range, rule, std::move(message), std::move(suggestion));
  return std::nullopt;
}

}  // namespace postern::strategy
