#include "cli/options.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "cli/help.h"

namespace postern::cli {
namespace {

TEST(OptionsTest, EveryFlagIsRead) {
  const auto parsed =
      ParseOptions({"deliver",      "--server",     "127.0.0.1:1", "--from=a@b.example",
                    "--to",         "c@d.example",  "--to",        "e@f.example",
                    "--file",       "m.eml",        "--route",     "mx",
                    "--connection", "pool",         "--timeout",   "500ms",
                    "--smtp-utf8",  "--transcript", "commands",    "--validate-only"});
  ASSERT_TRUE(std::holds_alternative<DeliverOptions>(parsed));
  const auto& options = std::get<DeliverOptions>(parsed);
  EXPECT_EQ(options.call.server, "127.0.0.1:1");
  EXPECT_EQ(options.from, "a@b.example");
  EXPECT_EQ(options.to, (std::vector<std::string>{"c@d.example", "e@f.example"}));
  EXPECT_EQ(options.file, "m.eml");
  EXPECT_EQ(options.transcript, v1::TRANSCRIPT_LEVEL_COMMANDS);
  EXPECT_EQ(options.route, "mx");
  EXPECT_EQ(options.connection, "pool");
  EXPECT_EQ(options.call.timeout, std::chrono::milliseconds(500));
  EXPECT_TRUE(options.smtp_utf8);
  EXPECT_TRUE(options.validate_only);
}

TEST(OptionsTest, TheNullSenderIsWrittenOut) {
  const auto parsed = ParseOptions({"deliver", "--from", "", "--to", "a@b.example"});
  ASSERT_TRUE(std::holds_alternative<DeliverOptions>(parsed));
  EXPECT_EQ(std::get<DeliverOptions>(parsed).from, "");
  EXPECT_EQ(std::get<DeliverOptions>(parsed).call.timeout, std::chrono::seconds(60));
}

v1::ResolveStrategyRequest RequestOf(const std::string& text) {
  v1::ResolveStrategyRequest request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
  return request;
}

TEST(ExplainOptionsTest, EachFlagIsAFieldOfTheRequest) {
  struct Case {
    std::vector<std::string> flags;
    std::string request;
  };
  for (const Case& c : {
           Case{{}, ""},
           Case{{"--retry-num", "4"}, "context { retry_num: 4 }"},
           Case{{"--retry-num", "4294967295"}, "context { retry_num: 4294967295 }"},
           Case{{"--notify-num=2"}, "context { notify_num: 2 }"},
           Case{{"--last-error", "tls"}, "context { last_error: ERROR_KIND_TLS }"},
           Case{{"--last-error", "unexpected-reply"},
                "context { last_error: ERROR_KIND_UNEXPECTED_REPLY }"},
           Case{{"--last-status", "450 later"}, "context { last_status: '450 later' }"},
           Case{{"--label", "tenant=acme", "--label=sum=1+1=2", "--label", "none="},
                "context { labels { key: 'tenant' value: 'acme' } labels { key: 'sum' value: "
                "'1+1=2' "
                "} labels { key: 'none' value: '' } }"},
           Case{{"--queue-name", "slow"}, "context { queue_name: 'slow' }"},
           Case{{"--queue-age", "2h"}, "context { queue_age { seconds: 7200 } }"},
           Case{{"--expires-in", "3d"}, "context { expires_in { seconds: 259200 } }"},
           Case{{"--source", "local"}, "context { source: 'local' }"},
           Case{{"--received-from-ip", "::1"}, "context { received_from_ip: '::1' }"},
           Case{{"--received-via-port", "587"}, "context { received_via_port: 587 }"},
           Case{{"--priority", "-9"}, "context { priority: -9 }"},
           Case{{"--size", "5000000000"}, "message_size: 5000000000"},
           Case{{"--mx", "mx.example.org"}, "mx: 'mx.example.org'"},
           Case{{"--remote-ip", "192.0.2.1"}, "remote_ip: '192.0.2.1'"},
           Case{{"--dns"}, "lookup_dns: true"},
           Case{{"--smtp-utf8"}, "envelope { smtp_utf8: true }"},
           Case{{"--route", "a", "--connection", "b", "--tls", "c"},
                "override { route: 'a' connection: 'b' tls: 'c' }"},
       }) {
    std::vector<std::string> arguments = {"explain", "--from", "a@b.example", "--to",
                                          "c@d.example"};
    arguments.insert(arguments.end(), c.flags.begin(), c.flags.end());
    const auto parsed = ParseOptions(arguments);
    ASSERT_TRUE(std::holds_alternative<ExplainOptions>(parsed)) << c.request;
    v1::ResolveStrategyRequest expected = RequestOf(c.request);
    expected.mutable_envelope()->set_mail_from("a@b.example");
    expected.mutable_envelope()->add_recipients()->set_address("c@d.example");
    // What nothing was said of may be there, empty.
    expected.mutable_context();
    expected.mutable_override();
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
        std::get<ExplainOptions>(parsed).request, expected))
        << std::get<ExplainOptions>(parsed).request.DebugString();
  }
}

TEST(ExplainOptionsTest, TheCallAndTheFormAreRead) {
  const auto parsed = ParseOptions({"explain", "--from", "", "--to", "a@b.example",
                                    "--to=c@d.example", "--server", "127.0.0.1:1", "--timeout",
                                    "2m", "--json", "--policy", "a.toml", "--policy=b.yaml"});
  ASSERT_TRUE(std::holds_alternative<ExplainOptions>(parsed));
  const auto& options = std::get<ExplainOptions>(parsed);
  EXPECT_EQ(options.call.server, "127.0.0.1:1");
  EXPECT_EQ(options.call.timeout, std::chrono::minutes(2));
  EXPECT_TRUE(options.json);
  EXPECT_EQ(options.policy_files, (std::vector<std::string>{"a.toml", "b.yaml"}));
  EXPECT_EQ(options.request.envelope().recipients_size(), 2);
  EXPECT_FALSE(options.request.lookup_dns());
}

TEST(CheckOptionsTest, FilesAreWhatBelongsToNoFlag) {
  const auto parsed =
      ParseOptions({"check", "a.toml", "--server", "127.0.0.1:1", "b.yaml", "--json", "-"});
  ASSERT_TRUE(std::holds_alternative<CheckOptions>(parsed));
  const auto& options = std::get<CheckOptions>(parsed);
  EXPECT_EQ(options.files, (std::vector<std::string>{"a.toml", "b.yaml", "-"}));
  EXPECT_EQ(options.call.server, "127.0.0.1:1");
  EXPECT_TRUE(options.json);
}

TEST(OptionsTest, HelpIsThatOfTheCommand) {
  struct Case {
    std::vector<std::string> arguments;
    std::string command;
  };
  for (const Case& c :
       {Case{{"--help"}, ""}, Case{{"help"}, ""}, Case{{"help", "explain"}, "explain"},
        Case{{"deliver", "--nonsense", "--help"}, "deliver"},
        Case{{"explain", "--help"}, "explain"}, Case{{"send", "--help"}, ""}}) {
    const auto parsed = ParseOptions(c.arguments);
    ASSERT_TRUE(std::holds_alternative<ShowHelp>(parsed)) << c.command;
    EXPECT_EQ(std::get<ShowHelp>(parsed).command, c.command);
  }
}

TEST(OptionsTest, AValueMayLookLikeAnything) {
  const auto parsed =
      ParseOptions({"explain", "--from", "help", "--to", "a=b@c.example", "--mx=a=b"});
  ASSERT_TRUE(std::holds_alternative<ExplainOptions>(parsed));
  const auto& request = std::get<ExplainOptions>(parsed).request;
  EXPECT_EQ(request.envelope().mail_from(), "help");
  EXPECT_EQ(request.envelope().recipients(0).address(), "a=b@c.example");
  EXPECT_EQ(request.mx(), "a=b");
}

// A flag that is read and not explained, or explained and not read, is found here.
TEST(HelpTest, NamesEveryFlagThatIsRead) {
  for (const std::string command : {"deliver", "explain", "check"}) {
    const std::string help = HelpText(command);
    int flags = 0;
    for (std::size_t at = help.find("\n  --"); at != std::string::npos;
         at = help.find("\n  --", at + 1)) {
      const std::string flag = help.substr(at + 3, help.find(' ', at + 3) - at - 3);
      const auto parsed = ParseOptions({command, flag});
      ASSERT_TRUE(std::holds_alternative<UsageError>(parsed)) << flag;
      EXPECT_EQ(std::get<UsageError>(parsed).sentence.find("unknown"), std::string::npos) << flag;
      ++flags;
    }
    EXPECT_GE(flags, 3) << command;
  }
  EXPECT_NE(HelpText("").find("postern explain"), std::string::npos);
}

TEST(OptionsTest, WrongCommandLinesAreSentences) {
  struct Case {
    std::vector<std::string> arguments;
    std::string says;
  };
  const std::string count = "it takes a whole number from 0 to 4294967295";
  for (const Case& c : {
           Case{{}, "postern deliver"},
           Case{{"send"}, "unknown command send"},
           Case{{"help", "send"}, "unknown command send"},
           Case{{"deliver"}, "--from is missing"},
           Case{{"deliver", "--from", "a@b.example"}, "--to is missing"},
           Case{{"deliver", "--to", "a@b.example"}, "--from is missing"},
           Case{{"deliver", "--to"}, "--to has no value"},
           Case{{"deliver", "--frm", "x"}, "unknown flag --frm"},
           Case{{"deliver", "--validate-only=no"}, "--validate-only no: it takes no value"},
           Case{{"deliver", "--timeout", "0s"}, "--timeout 0s: it takes a time"},
           Case{{"deliver", "--timeout", "5 weeks"}, "--timeout 5 weeks"},
           Case{{"deliver", "--timeout", "2000m"}, "--timeout 2000m"},
           Case{{"deliver", "--dns"}, "unknown flag --dns"},
           Case{{"check"}, "say which files"},
           Case{{"check", "--to", "x"}, "unknown flag --to"},
           Case{{"explain", "--from", ""}, "--to is missing"},
           Case{{"explain", "--to", "a@b.example"}, "--from is missing"},
           Case{{"explain", "--file", "x"}, "unknown flag --file"},
           Case{{"explain", "to"}, "unknown flag to"},
           Case{{"explain", "--retry-num", "-1"}, "--retry-num -1: " + count},
           Case{{"explain", "--retry-num", "4294967296"}, count},
           Case{{"explain", "--retry-num", "1x"}, count},
           Case{{"explain", "--retry-num", ""}, count},
           Case{{"explain", "--priority", "10"}, "from -9 to 9"},
           Case{{"explain", "--received-via-port", "0"}, "a port from 1 to 65535"},
           Case{{"explain", "--size", "99999999999999999999"}, "a number of octets"},
           Case{{"explain", "--expires-in", "soon"}, "a time such as"},
           Case{{"explain", "--label", "tenant"}, "KEY=VALUE"},
           Case{{"explain", "--label", "=acme"}, "KEY=VALUE"},
           Case{{"explain", "--label", "a=1", "--label", "a=2"}, "each key once"},
           Case{{"explain", "--last-error", "TLS"}, "one of none, dns, unexpected-reply"},
           Case{{"explain", "--last-error", "unspecified"}, "one of none"},
           Case{{"explain", "--last-error", ""}, "one of none"},
       }) {
    const auto parsed = ParseOptions(c.arguments);
    ASSERT_TRUE(std::holds_alternative<UsageError>(parsed)) << c.says;
    EXPECT_NE(std::get<UsageError>(parsed).sentence.find(c.says), std::string::npos)
        << std::get<UsageError>(parsed).sentence;
  }
}

}  // namespace
}  // namespace postern::cli
