#include "strategy/config/policy_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "common/digest.h"
#include "tests/strategy/diagnostics/brief.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LoadedPolicy Load(const std::string& file, const std::string& text) {
  return LoadPolicyTexts({SourceText(file, text)});
}

TEST(LoadPolicyTextsTest, NoTextsGiveTheBuiltInPolicy) {
  const LoadedPolicy loaded = LoadPolicyTexts({});
  ASSERT_NE(loaded.policy, nullptr);
  EXPECT_EQ(loaded.policy->version, "built-in");
  EXPECT_EQ(*loaded.policy, Policy());
  EXPECT_EQ(*loaded.policy->route_strategy.literal(), "mx");
  EXPECT_EQ(*loaded.policy->connection_strategy.literal(), "default");
  EXPECT_THAT(loaded.issues, IsEmpty());
  EXPECT_EQ(loaded.rendered, "");
}

TEST(LoadPolicyTextsTest, AGoodTextGivesAPolicyAndNoWords) {
  const LoadedPolicy loaded = Load("p.toml", "[server]\nhostname = \"mail.example.org\"\n");
  ASSERT_NE(loaded.policy, nullptr);
  EXPECT_EQ(loaded.policy->server_hostname, "mail.example.org");
  EXPECT_EQ(loaded.rendered, "");
}

TEST(LoadPolicyTextsTest, AnErrorLeavesNoPolicyAndSaysWhereAndWhy) {
  const LoadedPolicy loaded = Load("p.toml", "[server]\nhostnam = \"mail.example.org\"\n");
  EXPECT_EQ(loaded.policy, nullptr);
  EXPECT_THAT(Briefs(loaded.issues), ElementsAre("2:1+7 unknown-key"));
  EXPECT_EQ(loaded.rendered,
            "p.toml:2:1: error: unknown key 'hostnam' in 'server' [unknown-key]\n"
            "    2 | hostnam = \"mail.example.org\"\n"
            "      | ^~~~~~~ did you mean 'hostname'?\n"
            "1 error, 0 warnings\n");
}

TEST(LoadPolicyTextsTest, AWarningLeavesThePolicy) {
  const LoadedPolicy loaded = Load("p.toml", "[server]\nhostname = \"mail\"\n");
  EXPECT_NE(loaded.policy, nullptr);
  EXPECT_THAT(Briefs(loaded.issues), ElementsAre("2:12+6 ehlo-not-qualified?"));
  EXPECT_THAT(loaded.rendered, EndsWith("0 errors, 1 warning\n"));
}

TEST(LoadPolicyTextsTest, TheNameDecidesTheFormat) {
  const std::string yaml = "server:\n  hostname: mail.example.org\n";
  const std::string toml = "server.hostname = \"mail.example.org\"\n";
  for (const std::string file : {"p.yaml", "p.yml", "/etc/p.YAML", "a.toml.yml"})
    EXPECT_NE(Load(file, yaml).policy, nullptr) << file;
  for (const std::string file : {"p.toml", "p.conf", "p", "yaml", ".yaml.bak", "p.yaml.toml"})
    EXPECT_NE(Load(file, toml).policy, nullptr) << file;
  EXPECT_THAT(Load("p.toml", yaml).rendered, HasSubstr("the name of a YAML file ends in .yaml"));
}

TEST(LoadPolicyTextsTest, ATextWithoutAnySettingIsAMistake) {
  for (const std::string text : {"", "\n\n", "# nothing yet\n", "\xEF\xBB\xBF"}) {
    for (const std::string file : {"p.toml", "p.yaml"}) {
      const LoadedPolicy loaded = Load(file, text);
      EXPECT_EQ(loaded.policy, nullptr) << file << text;
      EXPECT_EQ(loaded.rendered, file +
                                     ": error: there is no setting in this file [empty-file]\n"
                                     "      | write a policy into it, or leave the file out\n"
                                     "1 error, 0 warnings\n");
    }
  }
}

TEST(LoadPolicyTextsTest, SeveralTextsOfBothFormatsAreOnePolicy) {
  const LoadedPolicy loaded =
      LoadPolicyTexts({SourceText("a.toml",
                                  "[queue.strategy]\nroute = \"'smart'\"\n"
                                  "[queue.connection.default]\nehlo-hostname = \"a.example\"\n"),
                       SourceText("b.yaml",
                                  "queue:\n  route:\n    smart: {type: relay, address: b.example}\n"
                                  "  connection:\n    default: {source-ips: 192.0.2.1}\n")});
  ASSERT_NE(loaded.policy, nullptr) << loaded.rendered;
  EXPECT_EQ(loaded.policy->routes.count("smart"), 1u);
  const ConnectionStrategy& connection = loaded.policy->connections.at("default");
  EXPECT_EQ(connection.ehlo_hostname, "a.example");
  EXPECT_EQ(connection.source_ips.size(), 1u);
}

TEST(LoadPolicyTextsTest, IssuesOfEveryTextAreShownWithTheirOwnLines) {
  const LoadedPolicy loaded =
      LoadPolicyTexts({SourceText("a.toml", "[server]\nhostname = \"a.example\"\nx = \n"),
                       SourceText("b.toml", "[server]\nhostname = \"b.example\"\n"),
                       SourceText("c.yaml", "server:\n  hostname: c.example\n")});
  EXPECT_EQ(loaded.policy, nullptr);
  EXPECT_THAT(Briefs(loaded.issues),
              ElementsAre("3:5+1 toml-syntax", "2:1+8 duplicate-key", "2:3+8 duplicate-key"));
  EXPECT_THAT(loaded.rendered, HasSubstr("    3 | x = \n"));
  EXPECT_THAT(loaded.rendered,
              HasSubstr("c.yaml:2:3: error: 'server.hostname' is already defined at a.toml:2:1"));
}

// What the broken file would have defined cannot be missed in the others.
TEST(LoadPolicyTextsTest, AFileThatCannotBeReadRaisesNoFurtherQuestions) {
  const LoadedPolicy loaded =
      LoadPolicyTexts({SourceText("a.toml", "[queue.strategy]\nroute = \"'smart'\"\n"),
                       SourceText("b.toml", "[queue.route.smart\n")});
  EXPECT_THAT(Briefs(loaded.issues), ElementsAre("1:19+1 toml-syntax"));
}

TEST(LoadPolicyTextsTest, IdsAreCheckedInPoliciesThatHaveErrorsToo) {
  const LoadedPolicy loaded = Load("p.toml",
                                   "[server]\nhostname = \"mail\"\nx.y = 1\nhostnme = 1\n"
                                   "[queue.strategy]\nroute = \"'smart'\"\n");
  EXPECT_THAT(Briefs(loaded.issues),
              ElementsAre("3:1+1 skipped-section.", "4:1+7 unknown-key", "6:10+7 undefined-id"));
}

TEST(LoadPolicyTextsTest, TheVersionIsTheSha256OfTheTextWhateverItsName) {
  const std::string text = "[server]\nhostname = \"mail.example.org\"\n";
  const std::string version = Load("p.toml", text).policy->version;
  EXPECT_EQ(version, Sha256Hex(text).substr(0, 16));
  EXPECT_EQ(Load("q.toml", text).policy->version, version);
  EXPECT_NE(Load("p.toml", text + "\n").policy->version, version);
}

TEST(LoadPolicyTextsTest, TheVersionOfSeveralTextsTellsWhereOneEnds) {
  const SourceText one("a.toml", "server.hostname = \"a.example\"\n# 1\n");
  const std::string version =
      LoadPolicyTexts({one, SourceText("b.toml", "# 2\nresolver.type = \"system\"\n")})
          .policy->version;
  EXPECT_EQ(version.size(), 16u);
  EXPECT_NE(LoadPolicyTexts({SourceText("a.toml", "server.hostname = \"a.example\"\n# 1\n# 2\n"),
                             SourceText("b.toml", "resolver.type = \"system\"\n")})
                .policy->version,
            version);
}

struct Twins {
  std::string name;
  std::string toml;
  std::string yaml;
};

TEST(LoadPolicyTextsTest, TwinsInTomlAndYamlAreEqualPolicies) {
  for (const Twins& twins : {
           Twins{"everything", R"(
[server]
hostname = "mail.example.org"
[queue.connection.pool]
source-ips = ["192.0.2.1", "2001:db8::1"]
ehlo-hostname = "pool.example.org"
timeout.connect = "10s"
timeout.data = "1m30s"
[queue.connection."a.b"]
source-ips = "192.0.2.9"
[queue.source-ip."192.0.2.1"]
ehlo-hostname = "out-1.example.org"
[queue.source-ip."2001:db8::1"]
ehlo-hostname = "[IPv6:2001:db8::1]"
[queue.strategy]
route = "'smart'"
connection = "'pool'"
[queue.route.smart]
type = "relay"
address = "relay.example.org"
port = 2525
tls.implicit = false
[queue.route.direct]
type = "mx"
ip-lookup = "ipv4_only"
limits.mx = 3
deny-destinations = ["10.0.0.0/8"]
[resolver]
type = "custom"
custom = ["udp://127.0.0.1:5300"]
)",
                 R"(
server:
  hostname: mail.example.org
queue:
  connection:
    pool:
      source-ips: [192.0.2.1, "2001:db8::1"]
      ehlo-hostname: pool.example.org
      timeout: {connect: 10s, data: 1m30s}
    a.b:
      source-ips: 192.0.2.9
  source-ip:
    192.0.2.1:
      ehlo-hostname: out-1.example.org
    2001:db8::1:
      ehlo-hostname: "[IPv6:2001:db8::1]"
  strategy:
    route: "'smart'"
    connection: "'pool'"
  route:
    smart:
      type: relay
      address: relay.example.org
      port: 2525
      tls:
        implicit: false
    direct:
      type: mx
      ip-lookup: ipv4_only
      limits:
        mx: 3
      deny-destinations:
        - 10.0.0.0/8
resolver:
  type: custom
  custom:
    - udp://127.0.0.1:5300
)"},
           Twins{"with an alias",
                 "[queue.connection.a]\nsource-ips = \"192.0.2.1\"\n"
                 "[queue.connection.b]\nsource-ips = \"192.0.2.1\"\n",
                 "queue:\n  connection:\n    a: &a {source-ips: 192.0.2.1}\n    b: *a\n"},
           Twins{"in other spellings",
                 "[queue.source-ip.192.0.2.1]\nehlo-hostname = \"Out.Example.org.\"\n"
                 "[queue.connection.x]\nsource-ips = \"2001:DB8:0::1\"\ntimeout.ehlo = \"90s\"\n",
                 "queue:\n  source-ip: {192.0.2.1: {ehlo-hostname: out.example.org}}\n"
                 "  connection: {x: {source-ips: [\"2001:db8::1\"], timeout: {ehlo: 1m 30s}}}\n"},
       }) {
    const LoadedPolicy toml = Load("p.toml", twins.toml);
    const LoadedPolicy yaml = Load("p.yaml", twins.yaml);
    ASSERT_NE(toml.policy, nullptr) << twins.name << ":\n" << toml.rendered;
    ASSERT_NE(yaml.policy, nullptr) << twins.name << ":\n" << yaml.rendered;
    EXPECT_EQ(*toml.policy, *yaml.policy) << twins.name;
    EXPECT_NE(*toml.policy, Policy()) << twins.name;
    EXPECT_NE(toml.policy->version, yaml.policy->version) << twins.name;
  }
}

// Stalwart's own forms, which mean here what its documentation says (values of our own).
TEST(LoadPolicyTextsTest, TheFormsOfStalwartsDocumentationLoad) {
  for (const std::string toml : {
           "[queue.connection.default]\nsource-ips = [\"192.0.2.1\", \"2001:db8::1\"]\n",
           "[queue.connection.default]\nsource-ips = \"192.0.2.1\"\n",
           "[queue.connection.default]\nehlo-hostname = \"mail.example.org\"\n",
           "[queue.source-ip.\"192.0.2.1\"]\nehlo-hostname = \"mail.example.org\"\n",
           "[queue.connection.default.timeout]\nconnect = \"3m\"\ngreeting = \"3m\"\n"
           "ehlo = \"3m\"\nmail-from = \"3m\"\nrcpt-to = \"3m\"\ndata = \"10m\"\n",
           "[queue.route.\"mx\"]\ntype = \"mx\"\nip-lookup = \"ipv4_then_ipv6\"\n"
           "[queue.route.mx.limits]\nmx = 5\nmultihomed = 2\n",
           "[queue.route.relay]\ntype = \"relay\"\naddress = \"relay.example.org\"\nport = 25\n"
           "protocol = \"smtp\"\n[queue.route.relay.tls]\nimplicit = true\n",
           "[queue.strategy]\nroute = \"'mx'\"\nconnection = \"'default'\"\n",
       }) {
    const LoadedPolicy loaded = Load("p.toml", toml);
    EXPECT_NE(loaded.policy, nullptr) << loaded.rendered;
  }
}

class LoadPolicyFilesTest : public ::testing::Test {
 protected:
  LoadPolicyFilesTest() {
    std::string pattern = ::testing::TempDir() + "/policy-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }

  // The path of a new file with this text.
  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  // The only issue of these files, which give no policy.
  static Issue OnlyIssue(const std::vector<std::string>& paths) {
    const LoadedPolicy loaded = LoadPolicyFiles(paths);
    EXPECT_EQ(loaded.policy, nullptr);
    EXPECT_EQ(loaded.issues.size(), 1u) << loaded.rendered;
    return loaded.issues.empty() ? Issue() : loaded.issues.front();
  }

  std::string folder_;
};

TEST_F(LoadPolicyFilesTest, NoFilesGiveTheBuiltInPolicy) {
  EXPECT_EQ(LoadPolicyFiles({}).policy->version, "built-in");
}

TEST_F(LoadPolicyFilesTest, FilesAreReadWholeAndNamedAsGiven) {
  const std::string text =
      "[server]\nhostname = \"mail\"\n" + std::string(200'000, '#') + "\n# end\n";
  const std::string path = Write("p.toml", text);
  const LoadedPolicy loaded = LoadPolicyFiles({path});
  ASSERT_NE(loaded.policy, nullptr) << loaded.rendered;
  EXPECT_EQ(loaded.policy->version, Sha256Hex(text).substr(0, 16));
  EXPECT_THAT(loaded.rendered, HasSubstr(path + ":2:12: warning: "));
}

TEST_F(LoadPolicyFilesTest, ASymbolicLinkIsFollowed) {
  const std::string path = Write("p.toml", "server.hostname = \"mail.example.org\"\n");
  const std::string link = folder_ + "/link.toml";
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  EXPECT_NE(LoadPolicyFiles({link}).policy, nullptr);
}

TEST_F(LoadPolicyFilesTest, AMissingFileIsAnIssueThatNamesIt) {
  const Issue issue = OnlyIssue({folder_ + "/nowhere.toml"});
  EXPECT_EQ(Brief(issue), "0:0+1 missing-file");
  EXPECT_EQ(issue.range.file, folder_ + "/nowhere.toml");
  EXPECT_THAT(issue.message, HasSubstr("No such file"));
  EXPECT_EQ(OnlyIssue({""}).rule, "missing-file");
  EXPECT_EQ(OnlyIssue({Write("f", "x = 1") + "/p.toml"}).rule, "missing-file");
}

TEST_F(LoadPolicyFilesTest, AFileThatCannotBeReadIsAnIssueWithTheSystemsReason) {
  const std::string loop = folder_ + "/loop.toml";
  ASSERT_EQ(symlink(loop.c_str(), loop.c_str()), 0);
  const Issue issue = OnlyIssue({loop});
  EXPECT_EQ(issue.rule, "unreadable-file");
  EXPECT_THAT(issue.message, HasSubstr("Too many levels of symbolic links"));

  const std::string path = Write("p.toml", "server.hostname = \"mail.example.org\"\n");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  if (access(path.c_str(), R_OK) == 0) return;  // root may read everything
  EXPECT_THAT(OnlyIssue({path}).suggestion, HasSubstr("let the user"));
}

TEST_F(LoadPolicyFilesTest, WhatIsNoRegularFileIsAnIssueAndIsNotWaitedFor) {
  EXPECT_THAT(OnlyIssue({folder_}).message, HasSubstr("a folder"));
  const std::string pipe = folder_ + "/pipe.toml";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(OnlyIssue({pipe}).rule, "not-a-file");
  EXPECT_EQ(OnlyIssue({"/dev/zero"}).rule, "not-a-file");
  EXPECT_EQ(OnlyIssue({"/dev/null"}).rule, "not-a-file");
}

TEST_F(LoadPolicyFilesTest, AFileThatIsTooLargeIsNotRead) {
  const std::string path = Write("big.toml", "");
  // Fifty megabytes, and a terabyte that no machine would read in time.
  for (const off_t size : {off_t{50'000'000}, off_t{1} << 40}) {
    if (truncate(path.c_str(), size) != 0) continue;
    EXPECT_EQ(Brief(OnlyIssue({path})), "0:0+1 file-too-large") << size;
  }
}

// It says that it is empty, and is not.
TEST_F(LoadPolicyFilesTest, AFileOfUnknownSizeIsReadToItsEnd) {
  const LoadedPolicy loaded = LoadPolicyFiles({"/proc/self/status"});
  ASSERT_FALSE(loaded.issues.empty());
  EXPECT_EQ(loaded.issues.front().rule, "toml-syntax");
}

TEST_F(LoadPolicyFilesTest, AnEmptyFileIsAnIssue) {
  EXPECT_EQ(Brief(OnlyIssue({Write("p.toml", "")})), "0:0+1 empty-file");
}

TEST_F(LoadPolicyFilesTest, ABinaryFileIsAnIssue) {
  EXPECT_EQ(OnlyIssue({"/proc/self/exe"}).rule, "binary");
}

TEST_F(LoadPolicyFilesTest, AFileNamedTwiceIsAnIssue) {
  const std::string path = Write("p.toml", "server.hostname = \"mail.example.org\"\n");
  EXPECT_EQ(Brief(OnlyIssue({path, path})), "0:0+1 file-twice");
}

TEST_F(LoadPolicyFilesTest, EveryFileIsLookedAtWhateverIsWrongWithTheOthers) {
  const LoadedPolicy loaded = LoadPolicyFiles(
      {folder_ + "/nowhere.toml", Write("a.toml", "x = 1\n"), folder_, Write("b.yaml", "y: 2\n")});
  EXPECT_EQ(loaded.policy, nullptr);
  EXPECT_THAT(Briefs(loaded.issues), ElementsAre("0:0+1 missing-file", "0:0+1 not-a-file",
                                                 "1:1+1 unknown-key", "1:1+1 unknown-key"));
}

}  // namespace
}  // namespace postern::strategy
