#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "strategy/config/policy_loader.h"
#include "strategy/resolver/strategy_resolver.h"

namespace postern::strategy {
namespace {

std::vector<std::string> Examples(const std::string& ending) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator("examples")) {
    if (entry.path().extension() == ending) paths.push_back(entry.path().string());
  }
  return paths;
}

std::string TwinOf(const std::string& toml) {
  return std::filesystem::path(toml).replace_extension(".yaml").string();
}

TEST(ExamplePoliciesTest, AreThereInBothFormats) {
  const std::vector<std::string> toml = Examples(".toml");
  EXPECT_GE(toml.size(), 4U);
  EXPECT_EQ(Examples(".yaml").size(), toml.size());
}

TEST(ExamplePoliciesTest, HaveNothingToComplainAbout) {
  for (const char* const ending : {".toml", ".yaml"}) {
    for (const std::string& path : Examples(ending)) {
      const LoadedPolicy loaded = LoadPolicyFiles({path});
      EXPECT_NE(loaded.policy, nullptr) << path;
      EXPECT_EQ(loaded.rendered, "") << path;
    }
  }
}

TEST(ExamplePoliciesTest, AreEqualToTheirTwins) {
  for (const std::string& path : Examples(".toml")) {
    const LoadedPolicy toml = LoadPolicyFiles({path});
    const LoadedPolicy yaml = LoadPolicyFiles({TwinOf(path)});
    ASSERT_NE(toml.policy, nullptr) << path;
    ASSERT_NE(yaml.policy, nullptr) << TwinOf(path);
    EXPECT_EQ(*toml.policy, *yaml.policy) << path;
  }
}

// Mail, and the ways that the comments of examples/strategies.toml promise it.
struct Mail {
  std::string rcpt_domain = "else.example";
  std::string mx = "mx.else.example";
  std::string tenant = {};
  std::string stream = {};
  std::int64_t retry_num = 0;
  std::string last_error = "none";
  std::string route = "mx";
  std::string connection = "default";
  std::string tls = "default";
};

Facts FactsOf(const Mail& mail) {
  Facts facts;
  facts.rcpt_domain = mail.rcpt_domain;
  facts.mx = mail.mx;
  facts.context.retry_num = mail.retry_num;
  facts.context.last_error = mail.last_error;
  facts.context.labels = {{"tenant", mail.tenant}, {"stream", mail.stream}};
  return facts;
}

TEST(ExamplePoliciesTest, StrategiesChooseWhatTheirCommentsSay) {
  const StrategyResolver resolver(LoadPolicyFiles({"examples/strategies.toml"}).policy, {});
  for (const Mail& mail : {
           Mail{},
           Mail{.rcpt_domain = "example.net",
                .mx = "store.internal.example.org",
                .route = "mailboxes",
                .tls = "inside"},
           Mail{.rcpt_domain = "eu.partner.example", .route = "partner"},
           Mail{.rcpt_domain = "notpartner.example"},
           Mail{.tenant = "acme", .connection = "acme"},
           Mail{.tenant = "acme", .retry_num = 2, .connection = "acme"},
           Mail{.stream = "bulk", .retry_num = 2, .connection = "retry"},
           Mail{.retry_num = 3,
                .last_error = "connection",
                .route = "other-site",
                .connection = "retry"},
           // In buckets 5 and 82 of 100.
           Mail{.rcpt_domain = "shop.example", .stream = "bulk", .connection = "bulk-new"},
           Mail{.rcpt_domain = "post.example", .stream = "bulk", .connection = "bulk"},
           Mail{.mx = "us-2.mx.example.com", .connection = "near-us"},
           Mail{.mx = "ap-1.mx.example.com"},
           Mail{
               .rcpt_domain = "bank.example", .retry_num = 1, .last_error = "tls", .tls = "strict"},
           Mail{.retry_num = 1, .last_error = "tls", .tls = "invalid-tls"},
       }) {
    SCOPED_TRACE(mail.rcpt_domain + " at " + mail.mx + ", attempt " +
                 std::to_string(mail.retry_num));
    const Facts facts = FactsOf(mail);
    EXPECT_EQ(resolver.ResolveRoute(facts).choice.strategy_id, mail.route);
    EXPECT_EQ(resolver.ResolveConnection(facts).choice.strategy_id, mail.connection);
    EXPECT_EQ(resolver.ResolveTls(facts).choice.strategy_id, mail.tls);
  }
}

}  // namespace
}  // namespace postern::strategy
