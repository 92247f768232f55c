#include "server/app/flags.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/rpc/listen.h"

namespace postern::server {
namespace {

absl::StatusOr<Flags> Parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "posternd");
  return ParseFlags(arguments);
}

TEST(FlagsTest, DefaultsAreLoopbackAndTheBuiltInPolicy) {
  const auto flags = Parse({});
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->action, Flags::Action::kServe);
  EXPECT_TRUE(flags->config.empty());
  EXPECT_EQ(ToText(flags->listen), "127.0.0.1:50051");
  EXPECT_FALSE(flags->ops_listen.has_value());
  EXPECT_EQ(flags->max_message_bytes, 67108864u);
  EXPECT_EQ(flags->log_level, LogLevel::kInfo);
}

TEST(FlagsTest, EveryFlagIsRead) {
  const auto flags = Parse({"--config", "a.toml", "--listen=0.0.0.0:0", "--insecure", "--config",
                            "b.yaml", "--ops-listen", "[::]:8080", "--max-message-bytes", "1000",
                            "--log-level", "debug", "--check"});
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_EQ(flags->config, (std::vector<std::string>{"a.toml", "b.yaml"}));
  EXPECT_EQ(ToText(flags->listen), "0.0.0.0:0");
  EXPECT_EQ(ToText(flags->ops_listen.value()), "[::]:8080");
  EXPECT_EQ(flags->max_message_bytes, 1000u);
  EXPECT_TRUE(flags->insecure);
  EXPECT_EQ(flags->log_level, LogLevel::kDebug);
  EXPECT_EQ(flags->action, Flags::Action::kCheck);
}

TEST(FlagsTest, TheFlagsOfCheckAreRead) {
  const auto flags = Parse({"--check", "--strict", "--format", "json", "--color", "never"});
  ASSERT_TRUE(flags.ok()) << flags.status();
  EXPECT_TRUE(flags->strict);
  EXPECT_EQ(flags->format, Flags::Format::kJson);
  EXPECT_EQ(flags->colour, Flags::WithColour::kNever);
  for (const std::string flag : {"--strict", "--format=json", "--color=always"})
    EXPECT_FALSE(Parse({flag}).ok()) << flag;
  EXPECT_FALSE(Parse({"--check", "--format", "yaml"}).ok());
  EXPECT_FALSE(Parse({"--check", "--color", "sometimes"}).ok());
}

TEST(FlagsTest, LoopbackNeedsNoPermission) {
  for (const char* listen : {"127.0.0.1:0", "127.8.9.10:1", "[::1]:65535", "localhost:50051"}) {
    EXPECT_TRUE(Parse({"--listen", listen}).ok()) << listen;
  }
}

TEST(FlagsTest, WrongCommandLinesAreSentencesThatNameTheFlag) {
  struct Case {
    std::vector<std::string> arguments;
    std::string says;
  };
  for (const Case& c : {
           Case{{"--listen", "0.0.0.0:50051"}, "--insecure"},
           Case{{"--listen", "[::]:50051"}, "--insecure"},
           Case{{"--listen", "192.0.2.1:50051"}, "--insecure"},
           Case{{"--listen", "127.0.0.1"}, "--listen 127.0.0.1: write"},
           Case{{"--listen", "127.0.0.1:65536"}, "--listen"},
           Case{{"--listen", "127.0.0.1:"}, "--listen"},
           Case{{"--listen", "127.0.0.1:x"}, "--listen"},
           Case{{"--listen", "::1:50051"}, "--listen"},
           Case{{"--listen", "[127.0.0.1]:50051"}, "--listen"},
           Case{{"--listen", "mail.example.org:50051"}, "--listen"},
           Case{{"--ops-listen", ":8080"}, "--ops-listen"},
           Case{{"--max-message-bytes", "0"}, "--max-message-bytes 0"},
           Case{{"--max-message-bytes", "-1"}, "--max-message-bytes"},
           Case{{"--max-message-bytes", "64M"}, "--max-message-bytes"},
           Case{{"--max-message-bytes", "1073741825"}, "from 1 to 1073741824"},
           Case{{"--log-level", "loud"}, "--log-level loud"},
           Case{{"--config"}, "--config needs a value"},
           Case{{"--confog", "x"}, "--confog"},
           Case{{"--check=yes"}, "--check=yes"},
           Case{{"policy.toml"}, "unexpected argument policy.toml"},
       }) {
    const auto flags = Parse(c.arguments);
    ASSERT_FALSE(flags.ok()) << c.says;
    EXPECT_NE(std::string(flags.status().message()).find(c.says), std::string::npos)
        << flags.status();
  }
}

TEST(FlagsTest, HelpNamesEveryFlag) {
  for (const char* flag : {"--config", "--check", "--listen", "--insecure", "--ops-listen",
                           "--max-message-bytes", "--log-level", "--help", "--version"}) {
    EXPECT_NE(HelpText().find(flag), std::string::npos) << flag;
  }
}

}  // namespace
}  // namespace postern::server
