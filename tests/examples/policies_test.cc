#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "strategy/config/policy_loader.h"

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
  EXPECT_GE(toml.size(), 3U);
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

}  // namespace
}  // namespace postern::strategy
