#include "strategy/config/macros.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include "strategy/config/policy_loader.h"
#include "tests/strategy/diagnostics/brief.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class MacrosTest : public ::testing::Test {
 protected:
  MacrosTest() { setenv("POSTERN_TEST_NAME", "mail", 1); }
  ~MacrosTest() override { unsetenv("POSTERN_TEST_NAME"); }

  static std::string Write(const std::string& name, const std::string& text) {
    std::string path = ::testing::TempDir() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  static LoadedPolicy LoadFile(const std::string& text, const std::string& name = "policy.toml") {
    return LoadPolicyFiles({Write(name, text)});
  }
  static LoadedPolicy LoadText(const std::string& text) {
    return LoadPolicyTexts({SourceText("p.toml", text)});
  }
};

const RelayRoute& RelayOf(const LoadedPolicy& loaded) {
  return std::get<RelayRoute>(loaded.policy->routes.at("mx").kind);
}

constexpr char kRelay[] =
    "[queue.route.mx]\ntype = \"relay\"\naddress = \"a.example\"\ntls.implicit = false\n"
    "auth.username = \"u\"\n";

TEST_F(MacrosTest, TheEnvironmentIsPutInAnywhereAndSeveralTimes) {
  const LoadedPolicy loaded = LoadFile(
      "[server]\nhostname = \"%{env:POSTERN_TEST_NAME}%.%{env:POSTERN_TEST_NAME}%.example.org\"\n");
  ASSERT_NE(loaded.policy, nullptr) << loaded.rendered;
  EXPECT_EQ(loaded.policy->server_hostname, "mail.mail.example.org");
}

TEST_F(MacrosTest, AFileIsPutInWithoutItsLastLineEnd) {
  const std::string secret = Write("secret", "s3cret word\n");
  const LoadedPolicy loaded =
      LoadFile(std::string(kRelay) + "auth.secret = \"%{file:" + secret + "}%\"\n");
  ASSERT_NE(loaded.policy, nullptr) << loaded.rendered;
  EXPECT_EQ(RelayOf(loaded).auth->secret.Reveal(), "s3cret word");
  EXPECT_THAT(loaded.issues, IsEmpty()) << "no literal secret: " << loaded.rendered;
  const LoadedPolicy other =
      LoadFile(std::string(kRelay) + "auth.secret = \"%{file://" + secret + "}%\"\n");
  EXPECT_EQ(RelayOf(other).auth->secret.Reveal(), "s3cret word") << "file://";
}

TEST_F(MacrosTest, YamlHasThemToo) {
  const LoadedPolicy loaded =
      LoadFile("server:\n  hostname: \"%{env:POSTERN_TEST_NAME}%.example.org\"\n", "p.yaml");
  ASSERT_NE(loaded.policy, nullptr) << loaded.rendered;
  EXPECT_EQ(loaded.policy->server_hostname, "mail.example.org");
}

TEST_F(MacrosTest, AnotherSettingMayBeNamed) {
  const LoadedPolicy loaded = LoadText(
      "[server]\nhostname = \"mail.example.org\"\n[names]\n\"a.b\" = 7\n"
      "[queue.connection.default]\nehlo-hostname = "
      "\"x%{cfg:names.\"a.b\"}%.%{cfg:server.hostname}%\"\n");
  EXPECT_EQ(loaded.policy, nullptr) << "a quote inside quotes";
  const LoadedPolicy fine = LoadText(
      "[server]\nhostname = \"mail.example.org\"\n"
      "[queue.connection.default]\nehlo-hostname = 'x.%{cfg:server.hostname}%'\n");
  ASSERT_NE(fine.policy, nullptr) << fine.rendered;
  EXPECT_EQ(fine.policy->connections.at("default").ehlo_hostname, "x.mail.example.org");
}

struct Wrong {
  std::string value;
  std::string rule;
  std::string message;
};

TEST_F(MacrosTest, WhatCannotBeExpandedIsAnErrorAtTheValue) {
  for (const Wrong& wrong : {
           Wrong{"%{env:POSTERN_NO_SUCH}%", "bad-macro", "the variable POSTERN_NO_SUCH is not set"},
           Wrong{"%{file:/nonexistent/secret}%", "bad-macro", "the file cannot be read"},
           Wrong{"%{env:POSTERN_TEST_NAME}% %{env:X", "bad-macro", "a macro has no end"},
           Wrong{"%{vault:x}%", "bad-macro", "there is no macro 'vault:x'"},
           Wrong{"%{env:}%", "bad-macro", "there is no macro 'env:'"},
           Wrong{"%{cfg:server.nothing}%", "bad-macro", "the policy has no value"},
           Wrong{"%{cfg:queue}%", "bad-macro", "the policy has no value 'queue'"},
           Wrong{"%{cfg:server.hostname}%", "bad-macro", "name each other"},
       }) {
    const LoadedPolicy loaded = LoadFile("[server]\nhostname = \"" + wrong.value + "\"\n[queue]\n");
    EXPECT_THAT(Briefs(loaded.issues),
                ElementsAre("2:12+" + std::to_string(wrong.value.size() + 2) + " " + wrong.rule));
    EXPECT_THAT(loaded.issues.at(0).message, HasSubstr(wrong.message));
  }
}

TEST_F(MacrosTest, ATextOverTheWireReadsNeitherFilesNorTheEnvironment) {
  const LoadedPolicy loaded = LoadText(
      "[server]\nhostname = \"%{env:POSTERN_TEST_NAME}%.example.org\"\n"
      "[queue.connection.a]\nehlo-hostname = \"%{file:/etc/hostname}%\"\n");
  EXPECT_THAT(Briefs(loaded.issues),
              ElementsAre("2:12+39 macro-not-available", "4:17+24 macro-not-available"));
}

TEST_F(MacrosTest, WhatAMacroStandsForIsNeverShown) {
  const std::string secret = Write("secret", "s3cret word");
  for (const std::string line : {"port", "address", "ip-lookup", "deny-destinations"}) {
    const LoadedPolicy loaded =
        LoadFile("[queue.route.mx]\ntype = \"relay\"\n" +
                 (line == "address" ? "" : std::string("address = \"a.example\"\n")) + line +
                 " = \"%{file:" + secret + "}%\"\n");
    EXPECT_EQ(loaded.policy, nullptr) << line;
    EXPECT_THAT(loaded.rendered, Not(HasSubstr("s3cret"))) << line;
    EXPECT_THAT(loaded.rendered, HasSubstr("cannot be used")) << line;
  }
}

TEST_F(MacrosTest, TheVersionChangesWithWhatAMacroStandsFor) {
  const std::string text = "[server]\nhostname = \"%{env:POSTERN_TEST_NAME}%.example.org\"\n";
  const std::string before = LoadFile(text).policy->version;
  EXPECT_EQ(LoadFile(text).policy->version, before);
  setenv("POSTERN_TEST_NAME", "other", 1);
  EXPECT_NE(LoadFile(text).policy->version, before);
}

TEST_F(MacrosTest, SectionsThatAreNotOursKeepTheirs) {
  const LoadedPolicy loaded = LoadText(
      "[storage]\nkey = \"%{env:POSTERN_NO_SUCH}%\"\n[server]\nhostname = \"a.example\"\n");
  EXPECT_NE(loaded.policy, nullptr) << loaded.rendered;
}

TEST_F(MacrosTest, AFileThatIsTooLargeIsRefused) {
  const std::string large = Write("large", std::string(MacroExpander::kMaxValue + 1, 'x'));
  const LoadedPolicy loaded = LoadFile("[server]\nhostname = \"%{file:" + large + "}%\"\n");
  ASSERT_EQ(loaded.issues.size(), 1u);
  EXPECT_THAT(loaded.issues[0].message, HasSubstr("more than the 65536 octets"));
}

}  // namespace
}  // namespace postern::strategy
