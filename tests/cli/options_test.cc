#include "cli/options.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace postern::cli {
namespace {

TEST(OptionsTest, EveryFlagIsRead) {
  const auto parsed =
      ParseOptions({"deliver", "--server", "127.0.0.1:1", "--from=a@b.example", "--to",
                    "c@d.example", "--to", "e@f.example", "--file", "m.eml", "--route", "mx",
                    "--connection", "pool", "--timeout", "500ms", "--validate-only"});
  ASSERT_TRUE(std::holds_alternative<DeliverOptions>(parsed));
  const auto& options = std::get<DeliverOptions>(parsed);
  EXPECT_EQ(options.server, "127.0.0.1:1");
  EXPECT_EQ(options.from, "a@b.example");
  EXPECT_EQ(options.to, (std::vector<std::string>{"c@d.example", "e@f.example"}));
  EXPECT_EQ(options.file, "m.eml");
  EXPECT_EQ(options.route, "mx");
  EXPECT_EQ(options.connection, "pool");
  EXPECT_EQ(options.timeout, std::chrono::milliseconds(500));
  EXPECT_TRUE(options.validate_only);
}

TEST(OptionsTest, TheNullSenderIsWrittenOut) {
  const auto parsed = ParseOptions({"deliver", "--from", "", "--to", "a@b.example"});
  ASSERT_TRUE(std::holds_alternative<DeliverOptions>(parsed));
  EXPECT_EQ(std::get<DeliverOptions>(parsed).from, "");
  EXPECT_EQ(std::get<DeliverOptions>(parsed).timeout, std::chrono::seconds(60));
}

TEST(OptionsTest, HelpWinsOverEverything) {
  EXPECT_TRUE(std::holds_alternative<ShowHelp>(ParseOptions({"--help"})));
  EXPECT_TRUE(std::holds_alternative<ShowHelp>(ParseOptions({"deliver", "--nonsense", "--help"})));
}

TEST(OptionsTest, WrongCommandLinesAreSentences) {
  struct Case {
    std::vector<std::string> arguments;
    std::string says;
  };
  for (const Case& c : {
           Case{{}, "postern deliver"},
           Case{{"send"}, "unknown command send"},
           Case{{"deliver"}, "--from is missing"},
           Case{{"deliver", "--from", "a@b.example"}, "--to is missing"},
           Case{{"deliver", "--to", "a@b.example"}, "--from is missing"},
           Case{{"deliver", "--to"}, "--to"},
           Case{{"deliver", "--frm", "x"}, "--frm x"},
           Case{{"deliver", "--timeout", "0s"}, "--timeout 0s"},
           Case{{"deliver", "--timeout", "5 weeks"}, "--timeout 5 weeks"},
           Case{{"deliver", "--timeout", "2000m"}, "--timeout 2000m"},
       }) {
    const auto parsed = ParseOptions(c.arguments);
    ASSERT_TRUE(std::holds_alternative<UsageError>(parsed)) << c.says;
    EXPECT_NE(std::get<UsageError>(parsed).sentence.find(c.says), std::string::npos)
        << std::get<UsageError>(parsed).sentence;
  }
}

}  // namespace
}  // namespace postern::cli
