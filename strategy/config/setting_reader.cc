#include "strategy/config/setting_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

using Kind = DocumentNode::Kind;

std::string_view Expected(ValueType type) {
  switch (type) {
    case ValueType::kText:
      return "a text";
    case ValueType::kBoolean:
      return "true or false";
    case ValueType::kInteger:
      return "a whole number";
    case ValueType::kDuration:
      return "a duration";
    case ValueType::kChoice:
      return "one word of a list";
    case ValueType::kEhloName:
      return "a host name";
    case ValueType::kSourceAddresses:
      return "an IP address or an array of them";
    case ValueType::kRelayAddress:
      return "a host name or an IP address";
    case ValueType::kNetworks:
      return "a network or an array of them";
    case ValueType::kUpstreams:
      return "a DNS server or an array of them";
    case ValueType::kExpression:
      return "an expression or a list of if, then and else";
    case ValueType::kCondition:
      return "an expression";
    case ValueType::kSecret:
      return "a text";
    case ValueType::kTlsRequirement:
      return "\"optional\", \"require\" or \"disable\"";
    case ValueType::kRate:
      return "a rate";
    case ValueType::kDomains:
      return "a domain or an array of them";
    case ValueType::kMailboxes:
      return "an address or an array of them";
    case ValueType::kChoices:
      return "one word of a list or an array of them";
    case ValueType::kAnything:
      break;
  }
  return "a value";
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return absl::ascii_tolower(x) == absl::ascii_tolower(y);
  });
}

// A table's place is its header or its first key, which may be far from the key in question.
const SourceRange& PlaceOf(const Setting& setting, const DocumentNode& value) {
  return value.is_table() && &value == &setting.value ? setting.key_range : value.range;
}

bool IsEmptyArray(const DocumentNode& value) {
  return value.kind == Kind::kArray && value.items.empty();
}

}  // namespace

void SettingReader::WrongKind(const Setting& setting, const DocumentNode& value) {
  const SchemaRow& row = setting.row;
  const std::string_view item = &value == &setting.value ? "" : "an item of ";
  issues_.Error(PlaceOf(setting, value), "wrong-type",
                Concat(item, Quoted(setting.path), " must be ", Expected(row.type),
                       ", but this is ", KindName(value.kind)),
                row.example.empty() ? "" : Concat("write it as in ", row.example));
}

const std::string* SettingReader::TextOf(const Setting& setting, const DocumentNode& value,
                                         Kind also) {
  if (value.kind == Kind::kString || value.kind == also) return &value.scalar;
  WrongKind(setting, value);
  return nullptr;
}

template <typename T>
std::optional<T> SettingReader::Take(std::string_view rule, const DocumentNode& value,
                                     Parsed<T> parsed) {
  if (parsed.ok()) return *std::move(parsed);
  issues_.Error(value.range, rule, parsed.error().message, parsed.error().suggestion);
  return std::nullopt;
}

std::optional<bool> SettingReader::Boolean(const Setting& setting) {
  const std::string* const text = TextOf(setting, setting.value, Kind::kBoolean);
  if (text == nullptr) return std::nullopt;
  return Take("bad-boolean", setting.value, ParseBoolean(*text));
}

std::optional<std::int64_t> SettingReader::Integer(const Setting& setting) {
  const std::string* const text = TextOf(setting, setting.value, Kind::kInteger);
  if (text == nullptr) return std::nullopt;
  return Take("bad-number", setting.value, ParseInteger(*text, setting.row.min, setting.row.max));
}

std::optional<Duration> SettingReader::Wait(const Setting& setting) {
  // A number is let through to be told which unit to write.
  const std::string* const text = TextOf(setting, setting.value, Kind::kInteger);
  if (text == nullptr) return std::nullopt;
  return Take("bad-duration", setting.value, ParseDuration(*text));
}

std::optional<std::size_t> SettingReader::OneChoice(const Setting& setting,
                                                    const DocumentNode& value) {
  const std::string* const text = TextOf(setting, value);
  if (text == nullptr) return std::nullopt;
  for (const RefusedValue& refused : setting.row.refused_values) {
    if (!EqualsIgnoringCase(*text, refused.value)) continue;
    issues_.Error(value.range, "not-supported",
                  Concat(Quoted(*text), " cannot be obeyed: ", refused.why),
                  std::string(refused.instead));
    return std::nullopt;
  }
  return Take("bad-choice", value, ParseChoice(*text, setting.row.choices));
}

std::optional<std::size_t> SettingReader::Choice(const Setting& setting) {
  return OneChoice(setting, setting.value);
}

std::vector<std::size_t> SettingReader::Choices(const Setting& setting) {
  std::vector<std::size_t> choices;
  ForEach(setting, [&](const DocumentNode& item) {
    const std::optional<std::size_t> choice = OneChoice(setting, item);
    if (choice) choices.push_back(*choice);
  });
  return choices;
}

std::optional<Placed<std::string>> SettingReader::Text(const Setting& setting) {
  const std::string* const text = TextOf(setting, setting.value);
  if (text == nullptr) return std::nullopt;
  return Placed<std::string>{*text, setting.value.range};
}

std::optional<Placed<Secret>> SettingReader::SecretText(const Setting& setting) {
  const std::string* const text = TextOf(setting, setting.value);
  if (text == nullptr) return std::nullopt;
  return Placed<Secret>{Secret(*text), setting.value.range};
}

std::optional<TlsRequirement> SettingReader::Requirement(const Setting& setting) {
  const std::string* const text = TextOf(setting, setting.value, Kind::kBoolean);
  if (text == nullptr) return std::nullopt;
  return Take("bad-choice", setting.value, ParseTlsRequirement(*text));
}

std::optional<Rate> SettingReader::LimitRate(const Setting& setting) {
  const std::string* const text = TextOf(setting, setting.value, Kind::kBoolean);
  if (text == nullptr) return std::nullopt;
  return Take("bad-rate", setting.value, ParseRate(*text));
}

std::optional<Placed<std::string>> SettingReader::EhloName(const Setting& setting) {
  const std::string* const text = TextOf(setting, setting.value);
  if (text == nullptr) return std::nullopt;
  std::optional<std::string> name = Take("bad-host-name", setting.value, ParseEhloName(*text));
  if (!name) return std::nullopt;
  return Placed<std::string>{*std::move(name), setting.value.range};
}

std::optional<Placed<std::variant<DomainName, IpAddress>>> SettingReader::RelayAddress(
    const Setting& setting) {
  const std::string* const text = TextOf(setting, setting.value);
  if (text == nullptr) return std::nullopt;
  auto address = Take("bad-address", setting.value, ParseRelayAddress(*text));
  if (!address) return std::nullopt;
  return Placed<std::variant<DomainName, IpAddress>>{*std::move(address), setting.value.range};
}

const std::string* SettingReader::ExpressionText(const Setting& setting,
                                                 const DocumentNode& value) {
  if (!value.is_table() && value.kind != Kind::kArray) return &value.scalar;
  WrongKind(setting, value);
  return nullptr;
}

std::optional<Expression> SettingReader::Condition(const Setting& setting, VariableSet variables) {
  const std::string* const text = ExpressionText(setting, setting.value);
  if (text == nullptr) return std::nullopt;
  ExpressionContext context;
  context.variables = variables;
  context.use = ExpressionContext::Use::kCondition;
  return Expression::Parse(*text, setting.value.range, context, issues_);
}

std::optional<IfBlock> SettingReader::Rule(const Setting& setting, VariableSet variables) {
  ExpressionContext context;
  context.variables = variables;
  if (setting.value.kind == Kind::kArray) {
    std::vector<IfBlockItem> items;
    bool is_complete = true;
    for (const DocumentNode& element : setting.value.items) {
      std::optional<IfBlockItem> branch = Branch(setting, element);
      is_complete &= branch.has_value();
      if (branch) items.push_back(*std::move(branch));
    }
    IssueList found;
    std::optional<IfBlock> block = IfBlock::Parse(items, setting.value.range, context, found);
    if (is_complete) {
      issues_.Append(found);
      return block;
    }
    // What the list lacks may be what could not be read.
    for (const Issue& issue : found.Sorted()) {
      if (issue.severity == Severity::kError && issue.rule != "bad-if-block")
        issues_.Error(issue.range, issue.rule, issue.message, issue.suggestion);
    }
    return std::nullopt;
  }
  const std::string* const text = ExpressionText(setting, setting.value);
  if (text == nullptr) return std::nullopt;
  std::optional<Expression> expression =
      Expression::Parse(*text, setting.value.range, context, issues_);
  if (!expression) return std::nullopt;
  return IfBlock(*std::move(expression));
}

// One { if, then } or { else } of a list; nullopt when it is not a table, or has anything else.
std::optional<IfBlockItem> SettingReader::Branch(const Setting& setting,
                                                 const DocumentNode& element) {
  if (!element.is_table()) {
    issues_.Error(
        element.range, "wrong-type",
        Concat("an item of ", Quoted(setting.path),
               " must be a table of if and then, or of else, but this is ", KindName(element.kind)),
        "write { if = \"...\", then = \"'id'\" } or { else = \"'id'\" }");
    return std::nullopt;
  }
  constexpr std::string_view kParts[] = {"if", "then", "else"};
  IfBlockItem item;
  item.range = element.range;
  std::optional<IfBlockItem::Text>* const places[] = {&item.condition, &item.result,
                                                      &item.otherwise};
  bool is_complete = true;
  for (const DocumentEntry& entry : element.entries) {
    const auto* const part = std::ranges::find(kParts, entry.key);
    if (part == std::end(kParts)) {
      const std::string_view near = DidYouMean(entry.key, kParts);
      issues_.Error(entry.key_range, "unknown-key",
                    Concat("unknown key ", Quoted(entry.key), " in ", Quoted(setting.path)),
                    near.empty() ? "the keys here are: if, then, else"
                                 : Concat("did you mean '", near, "'?"));
      is_complete = false;
      continue;
    }
    const std::string* const text = ExpressionText(setting, entry.value);
    is_complete &= text != nullptr;
    if (text != nullptr) *places[part - std::begin(kParts)] = {*text, entry.value.range};
  }
  if (!is_complete) return std::nullopt;
  return item;
}

template <typename Read>
void SettingReader::ForEach(const Setting& setting, const Read& read) {
  if (setting.value.kind != Kind::kArray) return read(setting.value);
  for (const DocumentNode& item : setting.value.items) read(item);
}

template <typename T>
std::vector<Placed<T>> SettingReader::List(const Setting& setting, std::string_view rule,
                                           Parsed<T> (*parse)(std::string_view)) {
  std::vector<Placed<T>> list;
  list.reserve(setting.value.items.size());
  ForEach(setting, [&](const DocumentNode& item) {
    const std::string* const text = TextOf(setting, item);
    if (text == nullptr) return;
    std::optional<T> value = Take(rule, item, parse(*text));
    if (value) list.push_back({*std::move(value), item.range});
  });
  return list;
}

std::vector<Placed<IpAddress>> SettingReader::SourceAddresses(const Setting& setting) {
  if (IsEmptyArray(setting.value)) {
    issues_.Warning(setting.value.range, "empty-list",
                    Concat(Quoted(setting.path), " lists no address: the system chooses one"),
                    "list the addresses, or take the key out");
  }
  return List(setting, "bad-address", ParseSourceAddress);
}

std::vector<Placed<Cidr>> SettingReader::Networks(const Setting& setting) {
  return List(setting, "bad-network", ParseNetwork);
}

std::vector<Placed<ResolverSettings::Upstream>> SettingReader::Upstreams(const Setting& setting) {
  if (IsEmptyArray(setting.value)) {
    issues_.Error(setting.value.range, "empty-list",
                  Concat(Quoted(setting.path), " lists no DNS server"),
                  Concat("write it as in ", setting.row.example));
  }
  return List(setting, "bad-dns-server", ParseUpstream);
}

std::vector<Placed<std::string>> SettingReader::Domains(const Setting& setting) {
  return List(setting, "bad-host-name", ParseLocalDomain);
}

std::vector<Placed<std::string>> SettingReader::Mailboxes(const Setting& setting) {
  return List(setting, "bad-address", ParseLocalAddress);
}

void SettingReader::Check(const Setting& setting) {
  if (setting.row.type == ValueType::kChoice) {
    Choice(setting);
    return;
  }
  const Kind kind = setting.value.kind;
  if (kind == Kind::kTable || kind == Kind::kArray) WrongKind(setting, setting.value);
}

}  // namespace postern::strategy
