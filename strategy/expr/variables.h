#ifndef POSTERN_STRATEGY_EXPR_VARIABLES_H_
#define POSTERN_STRATEGY_EXPR_VARIABLES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/expr/types.h"
#include "strategy/expr/value.h"
#include "strategy/expr/workspace.h"

namespace postern::strategy {

// Which variables there are where an expression is evaluated (docs/policy-language.md); each set
// holds the one before it.
enum class VariableSet : std::uint8_t {
  kRoute,    // queue.strategy.route: what is known of a recipient before any host is
  kHost,     // queue.strategy.connection and .tls: also mx and remote_ip
  kLimiter,  // queue.limiter: also local_ip, once the source address is chosen
};

// The values of the variables for one evaluation. Borrows everything: what it points to must
// outlive the evaluation's result. Plain data; fill in what is known.
struct Variables {
  std::string_view rcpt;
  std::string_view rcpt_domain;
  std::span<const std::string> recipients;
  std::string_view sender;
  std::string_view sender_domain;
  std::int64_t priority = 0;
  std::int64_t retry_num = 0;
  std::int64_t notify_num = 0;
  std::int64_t expires_in = 0;
  std::string_view last_status;
  std::string_view last_error = "none";
  std::string_view queue_name;
  std::int64_t queue_age = 0;
  std::string_view received_from_ip = "127.0.0.1";
  std::int64_t received_via_port = 0;
  std::string_view source = "unknown";
  std::int64_t size = 0;
  // kHost and above.
  std::string_view mx;
  std::string_view remote_ip;
  // kLimiter.
  std::string_view local_ip;
  // labels['name']; none when null.
  const std::map<std::string, std::string>* labels = nullptr;
};

enum class VariableId : std::uint8_t {
  kRcpt,
  kRcptDomain,
  kRecipients,
  kSender,
  kSenderDomain,
  kPriority,
  kRetryNum,
  kNotifyNum,
  kExpiresIn,
  kLastStatus,
  kLastError,
  kQueueName,
  kQueueAge,
  kReceivedFromIp,
  kReceivedViaPort,
  kSource,
  kSize,
  kMx,
  kRemoteIp,
  kLocalIp,
};

// How the text of a variable is always written.
enum class TextForm : std::uint8_t {
  kAny,
  kDomain,   // as DomainName has it: lower-case A-labels; or no domain at all
  kAddress,  // behind its last '@' stands a kDomain
};

struct VariableInfo {
  std::string_view name;
  VariableId id;
  TypeSet type;
  // The first set that has it.
  VariableSet since;
  // In one sentence, for the reference.
  std::string_view meaning;
  // The values that it takes, when they are a closed list.
  std::span<const std::string_view> values = {};
  TextForm form = TextForm::kAny;
};

// Every variable, in the order of VariableId.
std::span<const VariableInfo> AllVariables();

// nullptr for a name that is none.
const VariableInfo* FindVariable(std::string_view name);

// Whether `name` is a variable of Stalwart's that no policy expression can use ("helo_domain").
bool IsForeignVariable(std::string_view name);

// The value of a variable. The workspace is used for arrays only.
Value LoadVariable(VariableId id, const Variables& variables, Workspace& workspace);

// labels[name]; '' when there is no such label.
Value LoadLabel(std::string_view name, const Variables& variables);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_EXPR_VARIABLES_H_
