#include "cli/cli.h"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <sysexits.h>

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "postern/v1/delivery_service.pb.h"
#include "postern/v1/policy_service.pb.h"
#include "tests/fakes/scripted_server.h"
#include "tests/server/rpc/service_lab.h"

namespace postern::cli {
namespace {

using fakes::Script;
using fakes::ScriptedServer;

// The command line against a real service whose mail goes to a scripted server.
class CliTest : public ::testing::Test {
 protected:
  void Play(std::vector<Script> scripts) {
    smtp_ = std::make_unique<ScriptedServer>(std::move(scripts));
    lab_ = std::make_unique<server::ServiceLab>(server::RelayPolicy(smtp_->port()));
  }

  int Run(std::vector<std::string> more, const std::string& input = "Subject: x\n\nhello\n") {
    return RunCommand("deliver", std::move(more), input);
  }

  int RunCommand(const std::string& command, std::vector<std::string> more,
                 const std::string& input = "") {
    std::vector<std::string> arguments = {command, "--from", "from@example.org"};
    if (lab_ != nullptr) {
      arguments.push_back("--server");
      arguments.push_back(lab_->address());
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::istringstream in(input);
    return RunCli(arguments, in, out_, err_);
  }

  std::unique_ptr<ScriptedServer> smtp_;
  std::unique_ptr<server::ServiceLab> lab_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CliTest, DeliversWhatItReadsAndSaysHow) {
  Play({fakes::Greeting() + fakes::Ehlo("250-8BITMIME\r\n") + fakes::Mail() + fakes::Rcpt() +
        fakes::Data() + fakes::Quit()});
  EXPECT_EQ(Run({"--to", "to@example.com"}, "Subject: x\n\nh\xe9llo\r\n.\n"), 0) << err_.str();
  EXPECT_EQ(smtp_->connections().at(0).bodies.at(0), "Subject: x\r\n\r\nh\xe9llo\r\n..\r\n");
  for (const char* part : {"to@example.com  DELIVERED", "source address 127.0.0.2",
                           "EHLO name out.example.org", "timings: ", "final reply"}) {
    EXPECT_NE(out_.str().find(part), std::string::npos) << part << " in " << out_.str();
  }
}

TEST_F(CliTest, ARefusalIsItsExitStatus) {
  Play({fakes::Greeting() + fakes::Ehlo() + fakes::Mail() + fakes::Rcpt("550 no\r\n") +
        fakes::ReadToEnd()});
  EXPECT_EQ(Run({"--to", "to@example.com"}), EX_UNAVAILABLE);
  EXPECT_NE(out_.str().find("PERMANENT_FAILURE at RCPT_TO"), std::string::npos) << out_.str();
}

TEST_F(CliTest, AFileIsRead) {
  Play({fakes::GoodDialogue()});
  const std::string path = server::WriteFile("message.eml", "Subject: file\n\n");
  EXPECT_EQ(Run({"--to", "to@example.com", "--file", path}), 0) << err_.str();
  EXPECT_EQ(smtp_->connections().at(0).bodies.at(0), "Subject: file\r\n\r\n");
}

TEST_F(CliTest, SmtpUtf8TakesAnAddressOutsideAscii) {
  Play({fakes::Greeting() + fakes::Ehlo("250-8BITMIME\r\n250-SMTPUTF8\r\n") + fakes::Mail() +
        fakes::Rcpt() + fakes::Data() + fakes::Quit()});
  EXPECT_EQ(Run({"--to", "jürgen@bücher.example", "--smtp-utf8"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("jürgen@bücher.example  DELIVERED"), std::string::npos) << out_.str();
  const std::vector<std::string> commands = smtp_->connections().at(0).commands;
  EXPECT_EQ(commands.at(1), "MAIL FROM:<from@example.org> SMTPUTF8");
  EXPECT_EQ(commands.at(2), "RCPT TO:<jürgen@bücher.example>");
}

TEST_F(CliTest, WhatTheServerRefusesIsNamedFieldByField) {
  Play({});
  EXPECT_EQ(Run({"--to", "nobody", "--route", "nowhere"}), EX_DATAERR);
  EXPECT_NE(err_.str().find("envelope.recipients[0].address: "), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("override.route: "), std::string::npos) << err_.str();
  // Each once, also the first, which the status quotes.
  EXPECT_NE(err_.str().find("the request cannot be taken:\n  envelope"), std::string::npos)
      << err_.str();
}

TEST_F(CliTest, ValidateOnlyIsASuccessWithoutAConnection) {
  Play({});
  EXPECT_EQ(Run({"--to", "to@example.com", "--validate-only"}), 0) << out_.str();
  EXPECT_EQ(smtp_->accepted(), 0u);
}

TEST_F(CliTest, WithoutAServerTheMessageMayBeTriedLater) {
  EXPECT_EQ(Run({"--to", "to@example.com", "--server", "127.0.0.1:1", "--timeout", "5s"}),
            EX_TEMPFAIL);
  EXPECT_NE(err_.str().find("127.0.0.1:1"), std::string::npos) << err_.str();
}

TEST_F(CliTest, WhatCannotBeReadIsSaid) {
  for (const char* path : {"/nonexistent/message.eml", "/"}) {
    EXPECT_EQ(Run({"--to", "to@example.com", "--file", path}), EX_NOINPUT) << path;
    EXPECT_NE(err_.str().find(path), std::string::npos);
  }
}

TEST_F(CliTest, AWrongCommandLineIsAUsageError) {
  EXPECT_EQ(Run({}), EX_USAGE);
  EXPECT_NE(err_.str().find("--to is missing; see postern help deliver"), std::string::npos);
}

TEST_F(CliTest, ExplainsWithoutAConnection) {
  Play({});
  EXPECT_EQ(RunCommand("explain", {"--to", "to@example.com", "--dns"}), 0) << err_.str();
  for (const std::string& part :
       {std::string("to@example.com\n\n  route       relay  "), std::string("    yes  'relay'\n"),
        std::string("127.0.0.2  EHLO out.example.org (queue.source-ip)  weight 1\n"),
        "targets     127.0.0.1:" + std::to_string(smtp_->port()) + "  127.0.0.1\n"}) {
    EXPECT_NE(out_.str().find(part), std::string::npos) << part << " in\n" << out_.str();
  }
  EXPECT_EQ(smtp_->accepted(), 0u);
}

TEST_F(CliTest, TheHostsThatDnsGivesAreExplained) {
  Play({});
  lab_->dns().Mx("example.com", {{20, "mx2.example.com"}, {10, "mx1.example.com"}});
  lab_->dns().Host("mx1.example.com", {"203.0.114.1", "2600::1"});
  lab_->dns().Host("mx2.example.com", {"10.0.0.1"});
  EXPECT_EQ(RunCommand("explain", {"--to", "to@example.com", "--route", "mx", "--dns"}), 0);
  EXPECT_NE(out_.str().find("  targets     10 mx1.example.com:25  203.0.114.1, 2600::1\n"
                            "              20 mx2.example.com:25  not tried: "),
            std::string::npos)
      << out_.str();
}

TEST_F(CliTest, WhatWouldNotLeaveIsExplainedAndNoError) {
  Play({});
  lab_->dns().MxFails("gone.example", client::DnsStatus::kNxDomain);
  EXPECT_EQ(RunCommand("explain", {"--to", "to@gone.example", "--route", "mx", "--dns"}), 0);
  EXPECT_NE(out_.str().find("to@gone.example\n  would "), std::string::npos) << out_.str();
}

TEST_F(CliTest, TheExplanationAsJsonIsTheWholeAnswer) {
  Play({});
  EXPECT_EQ(RunCommand("explain", {"--to", "to@example.com", "--json"}), 0) << err_.str();
  v1::ResolveStrategyResponse response;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(out_.str(), &response).ok())
      << out_.str();
  EXPECT_EQ(response.resolutions(0).route().trace(0).rule(), "queue.strategy.route");
  EXPECT_NE(out_.str().find("\"policy_version\""), std::string::npos) << out_.str();
}

TEST_F(CliTest, WhatCannotBeExplainedIsNamedFieldByField) {
  Play({});
  EXPECT_EQ(RunCommand("explain",
                       {"--to", "to@example.com", "--tls", "none", "--received-from-ip", "here"}),
            EX_DATAERR);
  EXPECT_EQ(out_.str(), "");
  EXPECT_NE(err_.str().find("\n  override.tls: "), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("\n  context.received_from_ip: "), std::string::npos) << err_.str();
}

TEST_F(CliTest, WhatWouldChangeWithAnotherPolicyIsExplained) {
  Play({});
  const std::string path = server::WriteFile("other.toml", server::RelayPolicy(2500));
  EXPECT_EQ(RunCommand("explain", {"--to", "to@example.com", "--policy", path}), 0) << err_.str();
  EXPECT_NE(out_.str().find("the relay 127.0.0.1, port 2500,"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find(path + ":5:9"), std::string::npos) << out_.str();
}

TEST_F(CliTest, APolicyThatCannotBeReadIsNoQuestion) {
  EXPECT_EQ(RunCommand("explain", {"--to", "to@example.com", "--policy", "/nonexistent.toml"}),
            EX_NOINPUT);
  EXPECT_EQ(err_.str(), "postern: cannot read /nonexistent.toml\n");
}

TEST_F(CliTest, APolicyThatIsWrongIsNotAsked) {
  Play({});
  const std::string path =
      server::WriteFile("wrong.toml", "[queue.connection.default]\nsource-ip = 1\n");
  EXPECT_EQ(RunCommand("explain", {"--to", "to@example.com", "--policy", path}), EX_DATAERR);
  EXPECT_NE(err_.str().find("  candidate_policy: " + path + ":2:1: "), std::string::npos)
      << err_.str();
}

TEST_F(CliTest, ChecksAPolicyWithoutTakingIt) {
  Play({});
  const auto check = [this](const std::string& policy, std::vector<std::string> flags) {
    out_.str("");
    std::istringstream in(policy);
    flags.insert(flags.begin(), {"check", "--server", lab_->address(), "-"});
    return RunCli(flags, in, out_, err_);
  };
  EXPECT_EQ(check(server::RelayPolicy(2500), {}), 0) << err_.str();
  EXPECT_NE(out_.str().find("0 errors, "), std::string::npos) << out_.str();
  EXPECT_EQ(check("[queue.connection.default]\nsource-ip = 1\n", {}), EX_DATAERR) << err_.str();
  EXPECT_NE(out_.str().find("-:2:1: error: unknown key 'source-ip' in 'queue.connection.default' "
                            "[unknown-key]\n    2 | source-ip = 1\n      | ^ did you mean"),
            std::string::npos)
      << out_.str();
  EXPECT_EQ(check("[queue.connection.default]\nsource-ip = 1\n", {"--json"}), EX_DATAERR);
  v1::CheckPolicyResponse response;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(out_.str(), &response).ok())
      << out_.str();
  EXPECT_EQ(response.issues(0).rule(), "unknown-key");
}

TEST_F(CliTest, WithoutAServerNothingIsExplained) {
  EXPECT_EQ(RunCommand("explain",
                       {"--to", "to@example.com", "--server", "127.0.0.1:1", "--timeout", "5s"}),
            EX_TEMPFAIL);
  EXPECT_NE(err_.str().find("127.0.0.1:1"), std::string::npos) << err_.str();
}

}  // namespace
}  // namespace postern::cli
