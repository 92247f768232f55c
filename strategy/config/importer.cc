// SchemaWalk finds the keys, SettingReader reads their values; here they come to their places in
// the draft, and what takes more than one key to see is checked: what a route must have, and what
// the resolver's two keys say together.

#include "strategy/config/importer.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "strategy/config/schema.h"
#include "strategy/config/schema_walk.h"
#include "strategy/config/section_names.h"
#include "strategy/config/setting_reader.h"
#include "strategy/config/values.h"
#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

template <typename To, typename From>
void Assign(const std::optional<From>& value, To& target) {
  if (value) target = static_cast<To>(*value);
}

template <typename T>
std::vector<T> Values(std::vector<Placed<T>> placed) {
  std::vector<T> values;
  values.reserve(placed.size());
  for (Placed<T>& one : placed) values.push_back(std::move(one.value));
  return values;
}

std::string Place(const SourceRange& range) {
  return Concat(range.file, ":", std::to_string(range.begin.line), ":",
                std::to_string(range.begin.column));
}

std::string_view TypeName(RouteDraft::Type type) {
  return type == RouteDraft::Type::kMx ? "mx" : "relay";
}

class Importer : public SchemaVisitor {
 public:
  explicit Importer(IssueList& issues) : issues_(issues), reader_(issues), walk_(*this, issues) {}

  PolicyDraft Import(const DocumentNode& document) {
    walk_.Walk(SchemaRoot(), document, "");
    CheckResolver();
    walk_.ReportSkipped();
    return std::move(draft_);
  }

  void OnSection(const Section& section) override;
  void OnSetting(const Setting& setting) override;

 private:
  void ReadConnection(const Section& section);
  void ReadRoute(const Section& section);
  void CheckRoute(const Section& section);
  void ReadSourceIp(const Section& section);
  void AddSourceIp(const Section& section, std::string_view text, const SourceRange& range);
  bool FitsRouteType(const Setting& setting);
  void CheckResolver();

  IssueList& issues_;
  SettingReader reader_;
  SchemaWalk walk_;
  PolicyDraft draft_;
  // The section that is being read.
  ConnectionDraft* connection_ = nullptr;
  SourceIpDraft* source_ip_ = nullptr;
  RouteDraft* route_ = nullptr;

  absl::flat_hash_map<IpAddress, SourceRange> source_ip_places_;
  // Of the resolver's keys, where there are any.
  std::optional<SourceRange> resolver_type_;
  std::optional<SourceRange> resolver_custom_;
  bool is_resolver_type_read_ = true;
};

void Importer::OnSection(const Section& section) {
  const std::string& pattern = section.schema.pattern();
  if (pattern == "queue.connection.<id>") {
    ReadConnection(section);
  } else if (pattern == "queue.source-ip.<ip>") {
    ReadSourceIp(section);
  } else if (pattern == "queue.route.<id>") {
    ReadRoute(section);
  }
}

void Importer::OnSetting(const Setting& setting) {
  if (!FitsRouteType(setting)) return;
  switch (setting.row.field) {
    case Field::kNone:
      return reader_.Check(setting);
    case Field::kServerHostname:
      draft_.server_hostname = reader_.EhloName(setting);
      return;
    case Field::kConnectionEhloHostname:
      connection_->ehlo_hostname = reader_.EhloName(setting);
      return;
    case Field::kConnectionSourceIps:
      connection_->source_ips = reader_.SourceAddresses(setting);
      return;
    case Field::kTimeoutConnect:
      return Assign(reader_.Wait(setting), connection_->timeouts.connect);
    case Field::kTimeoutGreeting:
      return Assign(reader_.Wait(setting), connection_->timeouts.greeting);
    case Field::kTimeoutEhlo:
      return Assign(reader_.Wait(setting), connection_->timeouts.ehlo);
    case Field::kTimeoutMailFrom:
      return Assign(reader_.Wait(setting), connection_->timeouts.mail_from);
    case Field::kTimeoutRcptTo:
      return Assign(reader_.Wait(setting), connection_->timeouts.rcpt_to);
    case Field::kTimeoutData:
      return Assign(reader_.Wait(setting), connection_->timeouts.data);
    case Field::kSourceIpEhloHostname:
      source_ip_->ehlo_hostname = reader_.EhloName(setting);
      return;
    case Field::kStrategyConnection:
      draft_.connection_strategy = reader_.Formula(setting);
      return;
    case Field::kStrategyRoute:
      draft_.route_strategy = reader_.Formula(setting);
      return;
    case Field::kRouteType:
      return;  // read first, by ReadRoute
    case Field::kRouteMaxHosts:
      return Assign(reader_.Integer(setting), route_->mx.max_hosts);
    case Field::kRouteMaxAddresses:
      return Assign(reader_.Integer(setting), route_->mx.max_addresses);
    case Field::kRouteIpLookup:
      return Assign(reader_.Choice(setting), route_->ip_lookup);
    case Field::kRoutePort:
      return Assign(reader_.Integer(setting), route_->port);
    case Field::kRouteDenyDestinations:
      route_->deny_destinations = AddressFilter(Values(reader_.Networks(setting)));
      return;
    case Field::kRelayAddress:
      route_->address = reader_.RelayAddress(setting);
      return;
    case Field::kRelayTlsImplicit:
      return Assign(reader_.Boolean(setting), route_->tls_implicit);
    case Field::kResolverType: {
      const std::optional<std::size_t> type = reader_.Choice(setting);
      Assign(type, draft_.resolver.type);
      resolver_type_ = setting.value.range;
      is_resolver_type_read_ = type.has_value();
      return;
    }
    case Field::kResolverCustom:
      draft_.resolver.custom = Values(reader_.Upstreams(setting));
      resolver_custom_ = setting.key_range;
      return;
  }
}

void Importer::ReadConnection(const Section& section) {
  if (!CheckId(section.entry, issues_)) return;
  ConnectionDraft connection;
  connection.id = section.entry.key;
  connection.range = section.entry.key_range;
  connection_ = &connection;
  if (walk_.WalkInto(section)) draft_.connections.push_back(std::move(connection));
  connection_ = nullptr;
}

void Importer::ReadRoute(const Section& section) {
  if (!CheckId(section.entry, issues_)) return;
  RouteDraft route;
  route.id = section.entry.key;
  route.range = section.entry.key_range;
  route_ = &route;
  // First its type, which decides what its other keys may be.
  if (const DocumentEntry* const type = section.entry.value.Find("type")) {
    const SchemaRow& row = *section.schema.Find("type")->row();
    const std::optional<std::size_t> choice =
        reader_.Choice({row, JoinPath(section.path, "type"), type->key_range, type->value});
    if (choice) route.type = *choice == 0 ? RouteDraft::Type::kMx : RouteDraft::Type::kRelay;
  }
  if (walk_.WalkInto(section)) {
    CheckRoute(section);
    draft_.routes.push_back(std::move(route));
  }
  route_ = nullptr;
}

void Importer::CheckRoute(const Section& section) {
  const DocumentNode& table = section.entry.value;
  const bool has_address = table.Find("address") != nullptr;
  if (table.Find("type") == nullptr) {
    issues_.Error(section.entry.key_range, "missing-key",
                  Concat("the route ", Quoted(section.entry.key), " has no type"),
                  has_address ? "add the key 'type' with \"relay\""
                              : "add the key 'type' with \"mx\" or \"relay\"");
  }
  if (route_->type == RouteDraft::Type::kRelay && !has_address) {
    issues_.Error(section.entry.key_range, "missing-key",
                  Concat("the relay ", Quoted(section.entry.key), " has no address"),
                  "add the key 'address' with the server's host name or IP address");
  }
}

bool Importer::FitsRouteType(const Setting& setting) {
  const std::string_view wanted = setting.row.route_type;
  if (wanted.empty() || route_ == nullptr || route_->type == RouteDraft::Type::kUnknown)
    return true;
  const std::string_view type = TypeName(route_->type);
  if (type == wanted) return true;
  issues_.Error(setting.key_range, "key-of-other-type",
                Concat(Quoted(setting.path), " is for routes of type \"", wanted,
                       "\"; this one is \"", type, "\""),
                Concat("take it out, or make the type \"", wanted, "\""));
  return false;
}

void Importer::ReadSourceIp(const Section& section) {
  for (const AddressSection& address : AddressSections(section.entry)) {
    const std::string path = JoinPath("queue.source-ip", address.text);
    AddSourceIp({section.schema, path, *address.entry}, address.text, address.range);
  }
}

void Importer::AddSourceIp(const Section& section, std::string_view text,
                           const SourceRange& range) {
  const Parsed<IpAddress> ip = ParseSourceAddress(text);
  if (!ip.ok()) {
    issues_.Error(range, "bad-address", ip.error().message, ip.error().suggestion);
    return;
  }
  SourceIpDraft source_ip;
  source_ip.ip = *ip;
  source_ip.range = range;
  source_ip_ = &source_ip;
  const auto [first, is_new] = source_ip_places_.emplace(*ip, range);
  if (!is_new) {
    const std::string canonical = (*ip).ToString();
    const std::string name =
        text == canonical ? "" : Concat(" is the address ", canonical, ", which");
    issues_.Error(range, "duplicate-key",
                  Concat(Quoted(text), name, " is already defined at ", Place(first->second)),
                  "keep one of the two");
  }
  if (walk_.WalkInto(section) && is_new) draft_.source_ips.push_back(std::move(source_ip));
  source_ip_ = nullptr;
}

void Importer::CheckResolver() {
  if (!is_resolver_type_read_) return;
  const bool is_custom = draft_.resolver.type == ResolverSettings::Type::kCustom;
  if (is_custom && !resolver_custom_) {
    issues_.Error(*resolver_type_, "missing-key", "a custom resolver needs its servers",
                  "list them in 'resolver.custom', as in [\"udp://192.0.2.53:53\"]");
  }
  if (!is_custom && resolver_custom_) {
    issues_.Error(*resolver_custom_, "key-of-other-type",
                  "'resolver.custom' is used only by a resolver of type \"custom\"",
                  "make 'resolver.type' \"custom\", or take this out");
  }
}

}  // namespace

PolicyDraft ImportPolicy(const DocumentNode& document, IssueList& issues) {
  return Importer(issues).Import(document);
}

}  // namespace postern::strategy
