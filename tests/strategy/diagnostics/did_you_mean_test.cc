#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "strategy/diagnostics/issue.h"

namespace postern::strategy {
namespace {

constexpr std::string_view kTimeouts[] = {"connect",   "greeting", "ehlo",
                                          "mail-from", "rcpt-to",  "data"};

TEST(DidYouMeanTest, ASlipIsMendedAndAnotherWordIsNot) {
  struct Case {
    std::string_view word;
    std::string_view meant;  // empty: none
  };
  for (const Case& c : {
           Case{"connect", "connect"},
           Case{"conect", "connect"},       // left out
           Case{"connnect", "connect"},     // doubled
           Case{"connekt", "connect"},      // another letter
           Case{"conencts", "connect"},     // two neighbours swapped, and one too many
           Case{"Mail-From", "mail-from"},  // case costs nothing
           Case{"mail_from", "mail-from"},
           Case{"mailFrom", "mail-from"},
           Case{"rctp-to", "rcpt-to"},
           Case{"elho", "ehlo"},
           Case{"greetings", "greeting"},
           Case{"date", "data"},
           Case{"", ""},
           Case{"x", ""},
           Case{"tls", ""},
           Case{"banner", ""},
           Case{"connection-limit", ""},
       }) {
    EXPECT_EQ(DidYouMean(c.word, kTimeouts), c.meant) << c.word;
  }
}

TEST(DidYouMeanTest, AShortWordAllowsOneEditOnly) {
  constexpr std::string_view kWords[] = {"mx"};
  EXPECT_EQ(DidYouMean("mxx", kWords), "mx");
  EXPECT_EQ(DidYouMean("m", kWords), "mx");
  EXPECT_EQ(DidYouMean("a", kWords), "");
  EXPECT_EQ(DidYouMean("tls", kWords), "");
}

TEST(DidYouMeanTest, TheNearestWinsAndTheFirstOfEquals) {
  constexpr std::string_view kWords[] = {"pool-one", "pool-b", "pool-c", "pool-a1"};
  EXPECT_EQ(DidYouMean("pool-x", kWords), "pool-b");
  EXPECT_EQ(DidYouMean("pool-a", kWords), "pool-b");
  EXPECT_EQ(DidYouMean("pool-a2", kWords), "pool-a1");
}

TEST(DidYouMeanTest, WordsTooLongToBeSlipsAreLeftAlone) {
  const std::string at_limit(64, 'a'), beyond(65, 'a'), huge(1'000'000, 'a');
  EXPECT_EQ(DidYouMean(at_limit, std::vector<std::string_view>{at_limit}), at_limit);
  EXPECT_EQ(DidYouMean(beyond, std::vector<std::string_view>{beyond}), "");
  EXPECT_EQ(DidYouMean(at_limit, std::vector<std::string_view>{huge, "", beyond}), "");
  EXPECT_EQ(DidYouMean(huge, std::vector<std::string_view>{huge}), "");
}

TEST(DidYouMeanTest, WithoutCandidatesThereIsNone) { EXPECT_EQ(DidYouMean("word", {}), ""); }

}  // namespace
}  // namespace postern::strategy
