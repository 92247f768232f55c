#ifndef POSTERN_STRATEGY_CONFIG_SCHEMA_H_
#define POSTERN_STRATEGY_CONFIG_SCHEMA_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postern::strategy {

// What a key's value is; decides which kinds of scalar are taken and who parses them.
enum class ValueType : std::uint8_t {
  kText,
  kBoolean,
  kInteger,
  kDuration,
  kChoice,
  kEhloName,
  kSourceAddresses,  // one or a list, as all types in the plural
  kRelayAddress,
  kNetworks,
  kUpstreams,
  kExpression,  // that gives an id: one expression, or an if/then/else list
  kCondition,   // an expression that is true or false
  kSecret,
  kTlsRequirement,
  kRate,
  kDomains,
  kMailboxes,
  kChoices,
  kAnything,  // of rows that are not read
};

enum class Standing : std::uint8_t {
  kRead,
  kWithoutEffect,  // a warning: Stalwart knows it, and leaving it out changes no delivery
};

// Where the importer puts the value.
enum class Field : std::uint8_t {
  kNone,
  kServerHostname,
  kConnectionEhloHostname,
  kConnectionSourceIps,
  kTimeoutConnect,
  kTimeoutGreeting,
  kTimeoutEhlo,
  kTimeoutMailFrom,
  kTimeoutRcptTo,
  kTimeoutData,
  kSourceIpEhloHostname,
  kStrategyConnection,
  kStrategyRoute,
  kStrategyTls,
  kRouteType,
  kRouteMaxHosts,
  kRouteMaxAddresses,
  kRouteIpLookup,
  kRoutePort,
  kRouteDenyDestinations,
  kRelayAddress,
  kRelayProtocol,
  kRelayTlsImplicit,
  kRelayAllowInvalidCerts,
  kRelayUsername,
  kRelaySecret,
  kTlsDane,
  kTlsMtaSts,
  kTlsStartTls,
  kTlsAllowInvalidCerts,
  kTlsTimeout,
  kTlsMtaStsTimeout,
  kLimiterEnable,
  kLimiterKeys,
  kLimiterMatch,
  kLimiterRate,
  kLimiterConcurrency,
  kLocalDomains,
  kLocalAddresses,
  kResolverType,
  kResolverCustom,
};

// A value that Stalwart takes and this version does not.
struct RefusedValue {
  std::string_view value;
  std::string_view why;
  std::string_view instead;
};

// One key of the policy file: everything that the importer, and the reference made from this table,
// need to know about it. Defaults and examples are in TOML's notation.
struct SchemaRow {
  std::string_view key;  // "queue.connection.<id>.timeout.connect"
  Field field = Field::kNone;
  ValueType type = ValueType::kAnything;
  std::string_view default_value = "";  // empty: none
  // Integers; durations, in milliseconds.
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::span<const std::string_view> choices = {};
  std::span<const RefusedValue> refused_values = {};
  // The only route type that has this key; empty: all.
  std::string_view route_type = "";
  std::string_view meaning = "";
  std::string_view example = "";
  Standing standing = Standing::kRead;
  // Of keys that are not read: what to do about it.
  std::string_view instead = "";
};

// The table. Static; any thread.
std::span<const SchemaRow> SchemaRows();

// The sections of Stalwart that are passed over, sorted; "<other>" stands for any name that is not
// ours. Static; any thread.
std::span<const std::string_view> SkippedSections();

// The same keys as a tree, one node for each segment. Made once from the table; immutable, any
// thread.
class SchemaNode {
 public:
  SchemaNode() = default;

  // The child of that name, else the one that stands for every name, else nullptr.
  const SchemaNode* Find(std::string_view key) const;
  // The children that have a name.
  std::vector<std::string_view> names() const;
  // The path from here ("timeout.connect") to a key called `name` below; empty when there is none.
  std::string PathTo(std::string_view name) const;

  // "queue.connection.<id>"; empty for the root.
  const std::string& pattern() const { return pattern_; }
  bool is_wildcard() const { return pattern_.ends_with('>'); }
  // What stands in the table for this key; nullptr for a section.
  const SchemaRow* row() const { return row_; }
  // A section of Stalwart that is not ours, to be passed over.
  bool is_skipped() const { return is_skipped_; }

 private:
  friend const SchemaNode& SchemaRoot();

  SchemaNode& Grow(std::string_view key);

  std::string pattern_;
  const SchemaRow* row_ = nullptr;
  bool is_skipped_ = false;
  std::vector<std::pair<std::string_view, std::unique_ptr<SchemaNode>>> children_;
  std::unique_ptr<SchemaNode> wildcard_;
};

const SchemaNode& SchemaRoot();

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_SCHEMA_H_
