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
#include "strategy/config/schema_walk.h"
#include "strategy/config/values.h"
#include "strategy/diagnostics/issue.h"
#include "strategy/expr/expression.h"
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
  std::optional<Expression> Formula(const Setting& setting);

  // One value or an array of them: those that could be read.
  std::vector<Placed<IpAddress>> SourceAddresses(const Setting& setting);
  std::vector<Placed<Cidr>> Networks(const Setting& setting);
  std::vector<Placed<ResolverSettings::Upstream>> Upstreams(const Setting& setting);

  // A setting that is stored nowhere (text for people, or a choice of one).
  void Check(const Setting& setting);

 private:
  // The text of `value`, one of the setting's; nullptr when its kind is not among the two.
  const std::string* TextOf(const Setting& setting, const DocumentNode& value,
                            DocumentNode::Kind also = DocumentNode::Kind::kString);
  void WrongKind(const Setting& setting, const DocumentNode& value);
  // Gives the value, or reports at `value` why there is none.
  template <typename T>
  std::optional<T> Take(std::string_view rule, const DocumentNode& value, Parsed<T> parsed);
  template <typename T>
  std::vector<Placed<T>> List(const Setting& setting, std::string_view rule,
                              Parsed<T> (*parse)(std::string_view));

  IssueList& issues_;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_SETTING_READER_H_
