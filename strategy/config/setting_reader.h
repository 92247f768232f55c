#ifndef POSTERN_STRATEGY_CONFIG_SETTING_READER_H_
#define POSTERN_STRATEGY_CONFIG_SETTING_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/clock.h"
#include "common/domain_name.h"
#include "common/ip_address.h"
#include "common/plan/tls_plan.h"
#include "common/secret.h"
#include "strategy/config/schema_walk.h"
#include "strategy/config/values.h"
#include "strategy/diagnostics/issue.h"
#include "strategy/expr/expression.h"
#include "strategy/expr/if_block.h"
#include "strategy/policy/policy_draft.h"

namespace postern::strategy {

// Reads the value of a setting as its row of the schema wants it: first its kind is checked, then
// its text. What is wrong is an Issue at the value that names what was found and what is expected;
// nullopt when there was one. For one thread.
//
// In Stalwart's files every value is a string, so a whole number and a boolean may be written as
// one here too.
class SettingReader {
 public:
  explicit SettingReader(IssueList& issues) : issues_(issues) {}

  std::optional<bool> Boolean(const Setting& setting);
  // Within the bounds of the row.
  std::optional<std::int64_t> Integer(const Setting& setting);
  std::optional<Duration> Wait(const Setting& setting);
  // The index of the row's choice.
  std::optional<std::size_t> Choice(const Setting& setting);
  std::optional<Placed<std::string>> EhloName(const Setting& setting);
  std::optional<Placed<std::variant<DomainName, IpAddress>>> RelayAddress(const Setting& setting);
  std::optional<Placed<std::string>> Text(const Setting& setting);
  std::optional<Placed<Secret>> SecretText(const Setting& setting);
  std::optional<TlsRequirement> Requirement(const Setting& setting);
  std::optional<Rate> LimitRate(const Setting& setting);
  // An expression that gives an id, or an if/then/else list of them, with the variables of its
  // place.
  std::optional<IfBlock> Rule(const Setting& setting, VariableSet variables);
  // An expression that is true or false.
  std::optional<Expression> Condition(const Setting& setting, VariableSet variables);

  // One value or an array of them: those that could be read.
  std::vector<Placed<IpAddress>> SourceAddresses(const Setting& setting);
  std::vector<Placed<Cidr>> Networks(const Setting& setting);
  std::vector<Placed<ResolverSettings::Upstream>> Upstreams(const Setting& setting);
  std::vector<Placed<std::string>> Domains(const Setting& setting);
  std::vector<Placed<std::string>> Mailboxes(const Setting& setting);
  // The indices of the row's choices.
  std::vector<std::size_t> Choices(const Setting& setting);

  // A setting that is stored nowhere (text for people, or a choice of one).
  void Check(const Setting& setting);

 private:
  // The text of `value`, one of the setting's; nullptr when its kind is not among the two.
  const std::string* TextOf(const Setting& setting, const DocumentNode& value,
                            DocumentNode::Kind also = DocumentNode::Kind::kString);
  void WrongKind(const Setting& setting, const DocumentNode& value);
  // As TextOf; any scalar is an expression.
  const std::string* ExpressionText(const Setting& setting, const DocumentNode& value);
  std::optional<IfBlockItem> Branch(const Setting& setting, const DocumentNode& element);
  std::optional<std::size_t> OneChoice(const Setting& setting, const DocumentNode& value);
  // Gives the value, or reports at `value` why there is none.
  template <typename T>
  std::optional<T> Take(std::string_view rule, const DocumentNode& value, Parsed<T> parsed);
  template <typename T>
  std::vector<Placed<T>> List(const Setting& setting, std::string_view rule,
                              Parsed<T> (*parse)(std::string_view));
  // Calls `read` with each item of an array, or with the one value.
  template <typename Read>
  void ForEach(const Setting& setting, const Read& read);

  IssueList& issues_;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_SETTING_READER_H_
