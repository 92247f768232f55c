#ifndef POSTERN_COMMON_PLAN_TLS_PLAN_H_
#define POSTERN_COMMON_PLAN_TLS_PLAN_H_

#include <string>

namespace postern {

// What a connection must prove. So far the built-in `default` strategy alone exists: opportunistic
// STARTTLS, which a session without TLS meets in clear. Plain data.
struct TlsPlan {
  std::string strategy_id = "default";

  friend bool operator==(const TlsPlan&, const TlsPlan&) = default;
};

}  // namespace postern

#endif  // POSTERN_COMMON_PLAN_TLS_PLAN_H_
