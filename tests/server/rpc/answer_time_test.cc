#include "server/rpc/answer_time.h"

#include <gtest/gtest.h>

namespace postern::server {
namespace {

TEST(AnswerMarginTest, IsFivePercentWithinItsBounds) {
  struct Case {
    int remaining_ms;
    int margin_ms;
  };
  for (const Case& c : {Case{-5, 50}, Case{0, 50}, Case{100, 50}, Case{1000, 50}, Case{1020, 51},
                        Case{10000, 500}, Case{20000, 1000}, Case{3600000, 1000}}) {
    EXPECT_EQ(AnswerMargin(Duration(c.remaining_ms)).count(), c.margin_ms) << c.remaining_ms;
  }
}

}  // namespace
}  // namespace postern::server
