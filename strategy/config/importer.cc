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
#include "strategy/config/macros.h"
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
  Importer(const DocumentNode& document, const MacroSource* macros, IssueList& issues)
      : document_(document),
        issues_(issues),
        macros_(document, macros, issues),
        plain_reader_(issues),
        veiled_reader_(veiled_),
        walk_(*this, issues) {}

  PolicyDraft Import() {
    walk_.Walk(SchemaRoot(), document_, "");
    CheckResolver();
    walk_.ReportSkipped();
    draft_.expanded_macros = macros_.expanded();
    return std::move(draft_);
  }

  void OnSection(const Section& section) override;
  void OnSetting(const Setting& setting) override;

 private:
  SettingReader& reader() { return is_veiled_ ? veiled_reader_ : plain_reader_; }
  void ReadSetting(const Setting& setting);
  // Calls `read` with the setting, its macros expanded.
  template <typename Read>
  void WithMacros(const Setting& setting, const Read& read);
  void ReportVeiled(const Setting& setting);

  // What a setting is about; false when it is about something else.
  bool ReadConnectionSetting(const Setting& setting);
  bool ReadRouteSetting(const Setting& setting);
  bool ReadRelaySetting(const Setting& setting);
  bool ReadTlsSetting(const Setting& setting);
  bool ReadLimiterSetting(const Setting& setting);
  void ReadOtherSetting(const Setting& setting);
  void ReadTimeout(const Setting& setting, Duration StageTimeouts::* stage);

  // Reads a section named by an id into `draft`, which is at `current` meanwhile.
  template <typename Draft>
  void ReadNamed(const Section& section, Draft*& current, std::vector<Draft>& all);
  void ReadRoute(const Section& section);
  void CheckAuth(const Section& section);
  void CheckLimiter(const Section& section);
  void CheckRoute(const Section& section);
  void ReadSourceIp(const Section& section);
  void AddSourceIp(const Section& section, std::string_view text, const SourceRange& range);
  bool FitsRouteType(const Setting& setting);
  void CheckResolver();

  const DocumentNode& document_;
  IssueList& issues_;
  MacroExpander macros_;
  // For values that a macro was expanded in: what is wrong with them is told without showing them.
  IssueList veiled_;
  SettingReader plain_reader_;
  SettingReader veiled_reader_;
  bool is_veiled_ = false;
  SchemaWalk walk_;
  PolicyDraft draft_;
  // The section that is being read.
  ConnectionDraft* connection_ = nullptr;
  SourceIpDraft* source_ip_ = nullptr;
  RouteDraft* route_ = nullptr;
  TlsDraft* tls_ = nullptr;
  LimiterDraft* limiter_ = nullptr;

  absl::flat_hash_map<IpAddress, SourceRange> source_ip_places_;
  // Of the resolver's keys, where there are any.
  std::optional<SourceRange> resolver_type_;
  std::optional<SourceRange> resolver_custom_;
  bool is_resolver_type_read_ = true;
};

void Importer::OnSection(const Section& section) {
  const std::string& pattern = section.schema.pattern();
  if (pattern == "queue.connection.<id>") {
    ReadNamed(section, connection_, draft_.connections);
  } else if (pattern == "queue.source-ip.<ip>") {
    ReadSourceIp(section);
  } else if (pattern == "queue.route.<id>") {
    ReadRoute(section);
  } else if (pattern == "queue.tls.<id>") {
    ReadNamed(section, tls_, draft_.tls);
  } else if (pattern == "queue.limiter.outbound.<id>") {
    ReadNamed(section, limiter_, draft_.limiters);
    CheckLimiter(section);
  }
}

void Importer::OnSetting(const Setting& setting) {
  if (!FitsRouteType(setting)) return;
  WithMacros(setting, [&](const Setting& expanded) { ReadSetting(expanded); });
}

template <typename Read>
void Importer::WithMacros(const Setting& setting, const Read& read) {
  if (!MacroExpander::HasMacro(setting.value)) return read(setting);
  const std::optional<DocumentNode> expanded = macros_.Expand(setting.value);
  if (!expanded) return;
  is_veiled_ = true;
  read({setting.row, setting.path, setting.key_range, *expanded});
  is_veiled_ = false;
  ReportVeiled(setting);
}

void Importer::ReportVeiled(const Setting& setting) {
  const bool is_error = veiled_.has_errors();
  for (const Issue& issue : std::exchange(veiled_, IssueList()).Sorted()) {
    if (is_error != (issue.severity == Severity::kError)) continue;
    std::string message = Concat("with its macros expanded, the value of ", Quoted(setting.path),
                                 is_error ? " cannot be used" : " is hardly meant so");
    std::string suggestion = "it is not shown, as it may be secret; look at what the macro names";
    if (is_error) {
      issues_.Error(setting.value.range, issue.rule, std::move(message), std::move(suggestion));
    } else {
      issues_.Warning(setting.value.range, issue.rule, std::move(message), std::move(suggestion));
    }
    return;  // one is enough to look
  }
}

void Importer::ReadSetting(const Setting& setting) {
  if (setting.row.field == Field::kNone) return reader().Check(setting);
  if (ReadConnectionSetting(setting) || ReadRouteSetting(setting) || ReadRelaySetting(setting) ||
      ReadTlsSetting(setting) || ReadLimiterSetting(setting))
    return;
  ReadOtherSetting(setting);
}

void Importer::ReadTimeout(const Setting& setting, Duration StageTimeouts::* stage) {
  const std::optional<Duration> limit = reader().Wait(setting);
  if (!limit) return;
  const std::string_view key = setting.row.key.substr(setting.row.key.find("timeout."));
  connection_->timeouts.push_back({stage, key, {*limit, setting.value.range}});
}

bool Importer::ReadConnectionSetting(const Setting& setting) {
  switch (setting.row.field) {
    case Field::kConnectionEhloHostname:
      connection_->ehlo_hostname = reader().EhloName(setting);
      return true;
    case Field::kConnectionSourceIps:
      connection_->source_ips = reader().SourceAddresses(setting);
      return true;
    case Field::kTimeoutConnect:
      ReadTimeout(setting, &StageTimeouts::connect);
      return true;
    case Field::kTimeoutGreeting:
      ReadTimeout(setting, &StageTimeouts::greeting);
      return true;
    case Field::kTimeoutEhlo:
      ReadTimeout(setting, &StageTimeouts::ehlo);
      return true;
    case Field::kTimeoutMailFrom:
      ReadTimeout(setting, &StageTimeouts::mail_from);
      return true;
    case Field::kTimeoutRcptTo:
      ReadTimeout(setting, &StageTimeouts::rcpt_to);
      return true;
    case Field::kTimeoutData:
      ReadTimeout(setting, &StageTimeouts::data);
      return true;
    default:
      return false;
  }
}

bool Importer::ReadRouteSetting(const Setting& setting) {
  switch (setting.row.field) {
    case Field::kRouteType:
      return true;  // read first, by ReadRoute
    case Field::kRouteMaxHosts:
      Assign(reader().Integer(setting), route_->mx.max_hosts);
      return true;
    case Field::kRouteMaxAddresses:
      Assign(reader().Integer(setting), route_->mx.max_addresses);
      return true;
    case Field::kRouteIpLookup:
      if (const std::optional<std::size_t> choice = reader().Choice(setting))
        route_->ip_lookup = {static_cast<IpLookup>(*choice), setting.value.range};
      return true;
    case Field::kRoutePort:
      Assign(reader().Integer(setting), route_->port);
      return true;
    case Field::kRouteDenyDestinations:
      route_->deny_destinations = AddressFilter(Values(reader().Networks(setting)));
      return true;
    default:
      return false;
  }
}

bool Importer::ReadRelaySetting(const Setting& setting) {
  switch (setting.row.field) {
    case Field::kRelayAddress:
      route_->address = reader().RelayAddress(setting);
      return true;
    case Field::kRelayProtocol:
      Assign(reader().Choice(setting), route_->protocol);
      return true;
    case Field::kRelayTlsImplicit:
      Assign(reader().Boolean(setting), route_->tls_implicit);
      return true;
    case Field::kRelayAllowInvalidCerts:
      Assign(reader().Boolean(setting), route_->allow_invalid_certs);
      return true;
    case Field::kRelayUsername:
      route_->username = reader().Text(setting);
      return true;
    case Field::kRelaySecret:
      route_->secret = reader().SecretText(setting);
      route_->is_secret_literal = !setting.value.is_expanded;
      return true;
    default:
      return false;
  }
}

bool Importer::ReadTlsSetting(const Setting& setting) {
  switch (setting.row.field) {
    case Field::kTlsDane:
      Assign(reader().Requirement(setting), tls_->plan.dane);
      return true;
    case Field::kTlsMtaSts:
      Assign(reader().Requirement(setting), tls_->plan.mta_sts);
      return true;
    case Field::kTlsStartTls:
      Assign(reader().Requirement(setting), tls_->plan.starttls);
      return true;
    case Field::kTlsAllowInvalidCerts:
      Assign(reader().Boolean(setting), tls_->plan.allow_invalid_certs);
      return true;
    case Field::kTlsTimeout:
      Assign(reader().Wait(setting), tls_->plan.tls_timeout);
      return true;
    case Field::kTlsMtaStsTimeout:
      Assign(reader().Wait(setting), tls_->plan.mta_sts_timeout);
      return true;
    default:
      return false;
  }
}

bool Importer::ReadLimiterSetting(const Setting& setting) {
  switch (setting.row.field) {
    case Field::kLimiterEnable:
      Assign(reader().Boolean(setting), limiter_->limiter.enable);
      return true;
    case Field::kLimiterKeys:
      for (const std::size_t key : reader().Choices(setting))
        limiter_->limiter.keys.push_back(static_cast<LimiterKey>(key));
      return true;
    case Field::kLimiterMatch:
      limiter_->limiter.match = reader().Condition(setting, VariableSet::kLimiter);
      return true;
    case Field::kLimiterRate:
      Assign(reader().LimitRate(setting), limiter_->limiter.rate);
      return true;
    case Field::kLimiterConcurrency:
      Assign(reader().Integer(setting), limiter_->limiter.concurrency);
      return true;
    default:
      return false;
  }
}

void Importer::ReadOtherSetting(const Setting& setting) {
  switch (setting.row.field) {
    case Field::kServerHostname:
      draft_.server_hostname = reader().EhloName(setting);
      return;
    case Field::kSourceIpEhloHostname:
      source_ip_->ehlo_hostname = reader().EhloName(setting);
      return;
    case Field::kStrategyConnection:
      draft_.connection_strategy = reader().Rule(setting, VariableSet::kHost);
      return;
    case Field::kStrategyRoute:
      draft_.route_strategy = reader().Rule(setting, VariableSet::kRoute);
      return;
    case Field::kStrategyTls:
      draft_.tls_strategy = reader().Rule(setting, VariableSet::kHost);
      return;
    case Field::kLocalDomains:
      for (const auto& domain : reader().Domains(setting)) draft_.local.AddDomain(domain.value);
      return;
    case Field::kLocalAddresses:
      for (const auto& address : reader().Mailboxes(setting))
        draft_.local.AddAddress(address.value);
      return;
    case Field::kResolverType: {
      const std::optional<std::size_t> type = reader().Choice(setting);
      Assign(type, draft_.resolver.type);
      resolver_type_ = setting.value.range;
      is_resolver_type_read_ = type.has_value();
      return;
    }
    case Field::kResolverCustom:
      draft_.resolver.custom = Values(reader().Upstreams(setting));
      resolver_custom_ = setting.key_range;
      return;
    default:
      return;  // a row without a reader, which the tests of the schema would show
  }
}

template <typename Draft>
void Importer::ReadNamed(const Section& section, Draft*& current, std::vector<Draft>& all) {
  if (!CheckId(section.entry, issues_)) return;
  Draft draft;
  draft.id = section.entry.key;
  draft.range = section.entry.key_range;
  current = &draft;
  if (walk_.WalkInto(section)) all.push_back(std::move(draft));
  current = nullptr;
}

void Importer::CheckLimiter(const Section& section) {
  const DocumentNode& table = section.entry.value;
  if (!table.is_table() || table.Find("rate") != nullptr || table.Find("concurrency") != nullptr)
    return;
  issues_.Error(section.entry.key_range, "missing-key",
                Concat("the limiter ", Quoted(section.entry.key), " has no rate"),
                "add the key 'rate', as in rate = \"100/1h\"");
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
    WithMacros({row, JoinPath(section.path, "type"), type->key_range, type->value},
               [&](const Setting& setting) {
                 const std::optional<std::size_t> choice = reader().Choice(setting);
                 if (choice)
                   route.type = *choice == 0 ? RouteDraft::Type::kMx : RouteDraft::Type::kRelay;
               });
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
  CheckAuth(section);
}

// Half of an authentication would be none, without a word.
void Importer::CheckAuth(const Section& section) {
  const DocumentEntry* const auth = section.entry.value.Find("auth");
  if (auth == nullptr || !auth->value.is_table() || route_->type != RouteDraft::Type::kRelay)
    return;
  for (const std::string_view key : {"username", "secret"}) {
    if (auth->value.Find(key) != nullptr) continue;
    issues_.Error(
        auth->key_range, "missing-key",
        Concat("the authentication of the relay ", Quoted(section.entry.key), " has no ", key),
        Concat("add the key 'auth.", key, "', or take 'auth' out"));
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

PolicyDraft ImportPolicy(const DocumentNode& document, IssueList& issues,
                         const MacroSource* macros) {
  return Importer(document, macros, issues).Import();
}

}  // namespace postern::strategy
