#ifndef POSTERN_SERVER_RPC_ANSWER_TIME_H_
#define POSTERN_SERVER_RPC_ANSWER_TIME_H_

#include <algorithm>

#include "common/clock.h"

namespace postern::server {

// How long before the caller's deadline the answer must be on its way, so that the caller gets
// outcomes and not DEADLINE_EXCEEDED: 5 % of the time that is left, between 50 ms and 1 s. Pure.
constexpr Duration AnswerMargin(Duration remaining) {
  return std::clamp<Duration>(remaining / 20, std::chrono::milliseconds(50),
                              std::chrono::seconds(1));
}

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_ANSWER_TIME_H_
