#include "strategy/config/yaml_tree.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "strategy/config/scalars.h"

namespace postern::strategy {
namespace {

// What yaml-cpp calls the tag of a plain scalar or of a collection without one, and of a quoted or
// block scalar (YAML 1.2.2 6.9.1, non-specific tags).
constexpr std::string_view kPlainTag = "?";
constexpr std::string_view kQuotedTag = "!";
constexpr std::string_view kStandardPrefix = "tag:yaml.org,2002:";

constexpr char kRightFile[] = "no policy needs that; is this the right file?";

// "str" for the tag !!str; empty for a tag that is not a standard one.
std::string_view StandardType(std::string_view tag) {
  if (!tag.starts_with(kStandardPrefix)) return {};
  return tag.substr(kStandardPrefix.size());
}

bool IsUntagged(std::string_view tag) {
  return tag.empty() || tag == kPlainTag || tag == kQuotedTag;
}

// Behind the tag and the anchor that may stand before a node.
std::size_t SkipProperties(std::string_view text, std::size_t at) {
  constexpr std::string_view kBlanks = " \t\r\n";
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    at = text.find_first_of(kBlanks, at);
    at = at == std::string_view::npos ? at : text.find_first_not_of(kBlanks, at);
  }
  return std::min(at, text.size());
}

bool IsQuote(char c) { return c == '"' || c == '\''; }

// The length of the quoted scalar at the start of `text`; npos when it does not end there.
std::size_t QuotedLength(std::string_view text) {
  const char quote = text[0];
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || text.substr(i + 1, 1) != "'") return i + 1;
      ++i;  // in single quotes, two stand for one
    }
  }
  return std::string_view::npos;
}

// How much of `line`, which starts with a scalar of this value, to underline.
std::size_t ScalarLength(std::string_view line, std::string_view value) {
  if (line.empty()) return 1;
  if (IsQuote(line[0])) return std::min(QuotedLength(line), line.size());
  return line.starts_with(value) ? std::max<std::size_t>(value.size(), 1) : 1;
}

// yaml-cpp 0.7 lets the end of the file close a string.
bool IsUnclosed(std::string_view text) {
  return !text.empty() && IsQuote(text[0]) && QuotedLength(text) == std::string_view::npos;
}

}  // namespace

YamlTree::YamlTree(const SourceText& source, const DocumentLimits& limits, IssueList& issues)
    : source_(source), limits_(limits), issues_(issues) {}

DocumentNode YamlTree::Take() {
  if (!has_root_) root_ = {};
  if (!root_.is_table()) {
    Refuse(root_.range, "not-a-table",
           absl::StrCat("a policy is a table of keys and values, but this is ",
                        std::string(KindName(root_.kind))),
           "write 'key: value'");
  }
  root_.range = {source_.file(), {1, 1}, 1};
  return std::move(root_);
}

void YamlTree::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (AwaitsKey()) return RefuseKey(RangeAt(mark), "nothing");
  if (open_.empty()) return;  // `---` and no more: a document without content
  DocumentNode node;
  node.kind = DocumentNode::Kind::kString;
  // A value that is missing is reported at its key: yaml-cpp gives the place of what comes next.
  const DocumentNode& parent = *open_.back().node;
  node.range = parent.is_table() ? parent.entries.back().key_range : RangeAt(mark);
  Refuse(node.range, "null-value", "this has no value (YAML null)",
         "give it a value, or leave the key out");
  Attach(std::move(node), anchor);
}

void YamlTree::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  SourceRange range = RangeAt(mark);
  range.length = static_cast<std::uint32_t>(
      std::min(source_.text().find_first_of(" \t\r\n,]}", static_cast<std::size_t>(mark.pos)),
               source_.text().size()) -
      static_cast<std::size_t>(mark.pos));
  if (AwaitsKey()) RefuseKey(range, "an alias");
  const DocumentNode& target = Target(range, anchor);
  ChargeCopy(target, open_.size(), range);
  DocumentNode copy = target;
  copy.range = std::move(range);
  Attach(std::move(copy), YAML::NullAnchor);
}

void YamlTree::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                        const std::string& value) {
  SourceRange range = RangeAt(mark, value);
  if (IsUnclosed(source_.text().substr(OffsetOf(mark)))) {
    Stop(range, "yaml-syntax", "this is not valid YAML: the string has no closing quote",
         "close it where it ends");
  }
  if (AwaitsKey()) return TakeKey(range, tag, anchor, value);
  DocumentNode node;
  node.kind = DocumentNode::Kind::kString;
  node.range = std::move(range);
  ReadScalar(tag, value, node);
  Attach(std::move(node), anchor);
}

void YamlTree::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                               YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  OpenNode(DocumentNode::Kind::kArray, "seq", mark, tag, anchor);
}

void YamlTree::OnSequenceEnd() { open_.pop_back(); }

void YamlTree::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                          YAML::EmitterStyle::value) {
  OpenNode(DocumentNode::Kind::kTable, "map", mark, tag, anchor);
}

void YamlTree::OnMapEnd() { open_.pop_back(); }

void YamlTree::TakeKey(const SourceRange& range, const std::string& tag, YAML::anchor_t anchor,
                       const std::string& value) {
  Open& table = open_.back();
  if (!IsUntagged(tag) && StandardType(tag).empty()) {
    Refuse(range, "unknown-tag", absl::StrCat("the tag '", tag, "' is not known"), "leave it out");
  } else if (tag == kPlainTag && value == "<<") {
    Refuse(range, "merge-key", "merge keys ('<<') are not part of YAML 1.2 and not read",
           "write the merged keys out");
  }
  const auto [first, is_new] = table.keys.emplace(value, range.begin);
  if (!is_new) {
    Refuse(range, "duplicate-key",
           absl::StrCat("the key '", value, "' is already defined at line ", first->second.line),
           "keep one of the two, or put both into one table");
  }
  if (anchor != YAML::NullAnchor) anchors_[anchor] = std::nullopt;
  table.node->entries.push_back({value, range, {}});
  table.awaits_key = false;
}

void YamlTree::RefuseKey(const SourceRange& range, std::string_view what) {
  Stop(range, "bad-key",
       absl::StrCat("a key must be a plain word, but this is ", std::string(what)),
       "write 'key: value'");
}

void YamlTree::ReadScalar(const std::string& tag, const std::string& value, DocumentNode& node) {
  if (!IsUntagged(tag)) return ReadTagged(StandardType(tag), value, node);
  std::optional<Scalar> scalar = Scalar{DocumentNode::Kind::kString, value};
  if (tag != kQuotedTag) scalar = ReadCoreScalar(value);
  if (!scalar) {
    Refuse(node.range, "number-out-of-range", "this number does not fit 64 bits",
           "if it is text, write it in quotes");
    return;
  }
  node.kind = scalar->kind;
  node.scalar = std::move(scalar->text);
}

// !!str, !!bool, !!int and !!float say what a scalar is; all others would need a meaning of ours.
void YamlTree::ReadTagged(std::string_view type, const std::string& value, DocumentNode& node) {
  using Kind = DocumentNode::Kind;
  node.scalar = value;
  if (type == "str") return;
  if (type != "bool" && type != "int" && type != "float") {
    Refuse(node.range, "unknown-tag", "a policy knows no values of this YAML tag",
           "use !!str, !!bool, !!int, !!float, or no tag");
    return;
  }
  std::optional<Scalar> scalar = ReadCoreScalar(value);
  if (scalar && type == "float" && scalar->kind == Kind::kInteger)
    scalar = ReadCoreScalar(absl::StrCat(scalar->text, ".0"));
  const Kind wanted = type == "bool"  ? Kind::kBoolean
                      : type == "int" ? Kind::kInteger
                                      : Kind::kFloat;
  if (!scalar || scalar->kind != wanted) {
    Refuse(
        node.range, "tag-mismatch",
        absl::StrCat("'", value, "' is not ", std::string(KindName(wanted)), ", as its tag says"),
        "leave the tag out");
    return;
  }
  node.kind = wanted;
  node.scalar = std::move(scalar->text);
}

void YamlTree::OpenNode(DocumentNode::Kind kind, std::string_view type, const YAML::Mark& mark,
                        const std::string& tag, YAML::anchor_t anchor) {
  DocumentNode node;
  node.kind = kind;
  node.range = RangeAt(mark);
  if (AwaitsKey()) RefuseKey(node.range, KindName(kind));
  if (!IsUntagged(tag) && StandardType(tag) != type) {
    Refuse(node.range, "unknown-tag",
           absl::StrCat("the tag '", tag, "' means nothing on ", std::string(KindName(kind))),
           "leave it out");
  }
  DocumentNode& attached = Attach(std::move(node), anchor);
  open_.push_back({&attached, attached.is_table(), {}});
}

DocumentNode& YamlTree::Attach(DocumentNode node, YAML::anchor_t anchor) {
  CheckDepth(open_.size(), node.range);
  if (++nodes_ > limits_.max_nodes) {
    Stop(node.range, "too-many-values",
         absl::StrCat("the file holds more than ", limits_.max_nodes, " values up to here"),
         kRightFile);
  }
  DocumentNode* place = &root_;
  if (open_.empty()) {
    has_root_ = true;
    root_ = std::move(node);
  } else if (Open& parent = open_.back(); parent.node->is_table()) {
    parent.awaits_key = true;
    place = &parent.node->entries.back().value;
    *place = std::move(node);
  } else {
    place = &parent.node->items.emplace_back(std::move(node));
  }
  if (anchor != YAML::NullAnchor) anchors_[anchor] = PathOfLast();
  return *place;
}

YamlTree::Path YamlTree::PathOfLast() const {
  std::vector<std::uint32_t> path;
  for (const Open& open : open_) {
    const std::size_t children =
        open.node->is_table() ? open.node->entries.size() : open.node->items.size();
    path.push_back(static_cast<std::uint32_t>(children - 1));
  }
  return path;
}

DocumentNode* YamlTree::Find(const Path& path) {
  if (!path) return nullptr;
  DocumentNode* node = &root_;
  for (const std::uint32_t child : *path)
    node = node->is_table() ? &node->entries[child].value : &node->items[child];
  return node;
}

const DocumentNode& YamlTree::Target(const SourceRange& range, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  const DocumentNode* target = found == anchors_.end() ? nullptr : Find(found->second);
  if (target == nullptr) {
    Stop(range, "bad-alias", "this alias names an anchor that is not on a value",
         "put the anchor on a value, or write the value out");
  }
  for (const Open& open : open_) {
    if (open.node != target) continue;
    Stop(range, "bad-alias", "this alias stands inside the value that it names",
         "write the value out");
  }
  return *target;
}

// A few aliases of aliases ask for more copies than there is memory, so that all of one is counted
// before any of it is copied.
void YamlTree::ChargeCopy(const DocumentNode& node, std::size_t depth, const SourceRange& range) {
  CheckDepth(depth, range);
  ++nodes_;
  alias_octets_ += node.scalar.size();
  for (const DocumentEntry& entry : node.entries) alias_octets_ += entry.key.size();
  if (++alias_nodes_ > limits_.max_alias_nodes || alias_octets_ > limits_.max_octets) {
    Stop(range, "too-many-aliases",
         absl::StrCat("the aliases up to here copy more than ", limits_.max_alias_nodes,
                      " values or ", limits_.max_octets, " octets"),
         "write the values out, or use fewer aliases");
  }
  for (const DocumentEntry& entry : node.entries) ChargeCopy(entry.value, depth + 1, range);
  for (const DocumentNode& item : node.items) ChargeCopy(item, depth + 1, range);
}

std::size_t YamlTree::OffsetOf(const YAML::Mark& mark) const {
  return SkipProperties(source_.text(), mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos));
}

SourceRange YamlTree::RangeAt(const YAML::Mark& mark, std::string_view value) const {
  const Position begin = source_.At(OffsetOf(mark));
  std::string_view line = source_.Line(begin.line);
  line.remove_prefix(std::min<std::size_t>(begin.column - 1, line.size()));
  return {source_.file(), begin, static_cast<std::uint32_t>(ScalarLength(line, value))};
}

void YamlTree::Refuse(const SourceRange& range, std::string_view rule, std::string message,
                      std::string suggestion) {
  issues_.Error(range, rule, std::move(message), std::move(suggestion));
}

void YamlTree::Stop(const SourceRange& range, std::string_view rule, std::string message,
                    std::string suggestion) {
  Refuse(range, rule, std::move(message), std::move(suggestion));
  throw StopReading();
}

void YamlTree::CheckDepth(std::size_t depth, const SourceRange& range) {
  if (depth <= limits_.max_depth) return;
  Stop(range, "too-deep",
       absl::StrCat("tables and arrays are nested more than ", limits_.max_depth, " deep here"),
       kRightFile);
}

}  // namespace postern::strategy
