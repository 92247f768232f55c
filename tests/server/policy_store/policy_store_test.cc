#include "server/policy_store/policy_store.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace postern::server {
namespace {

class PolicyStoreTest : public ::testing::Test {
 protected:
  void Write(const std::string& text) { std::ofstream(path_, std::ios::trunc) << text; }

  const std::string path_ = ::testing::TempDir() + "/policy.toml";
};

TEST_F(PolicyStoreTest, WithoutFilesTheBuiltInPolicyIsInForce) {
  PolicyStore store({}, {});
  EXPECT_EQ(store.snapshot(), nullptr);
  ASSERT_NE(store.Load().policy, nullptr);
  ASSERT_NE(store.snapshot(), nullptr);
  EXPECT_EQ(store.snapshot()->policy().version, "built-in");
}

TEST_F(PolicyStoreTest, ALoadThatFailsKeepsTheLastGoodPolicy) {
  Write("[server]\nhostname = \"one.example.org\"\n");
  PolicyStore store({path_}, {});
  ASSERT_NE(store.Load().policy, nullptr);
  const auto pinned = store.snapshot();
  EXPECT_EQ(pinned->policy().server_hostname, "one.example.org");

  Write("[server]\nhostnam = \"two.example.org\"\n");
  const strategy::LoadedPolicy failed = store.Load();
  EXPECT_EQ(failed.policy, nullptr);
  EXPECT_NE(failed.rendered.find(path_ + ":2:1"), std::string::npos) << failed.rendered;
  EXPECT_EQ(store.snapshot(), pinned);
  EXPECT_TRUE(store.IsInForce(*pinned));
}

TEST_F(PolicyStoreTest, ANewPolicyLeavesPinnedSnapshotsAsTheyAre) {
  Write("[server]\nhostname = \"one.example.org\"\n");
  PolicyStore store({path_}, {});
  store.Load();
  const auto pinned = store.snapshot();
  EXPECT_TRUE(store.IsInForce(*pinned));
  Write("[server]\nhostname = \"two.example.org\"\n");
  store.Load();
  EXPECT_FALSE(store.IsInForce(*pinned));
  EXPECT_TRUE(store.IsInForce(*store.snapshot()));
  EXPECT_EQ(pinned->policy().server_hostname, "one.example.org");
  EXPECT_EQ(store.snapshot()->policy().server_hostname, "two.example.org");
  EXPECT_NE(store.snapshot()->policy().version, pinned->policy().version);
}

TEST_F(PolicyStoreTest, AMissingFileIsAnIssueThatNamesIt) {
  PolicyStore store({"/nonexistent/policy.toml"}, {});
  const strategy::LoadedPolicy loaded = store.Load();
  EXPECT_EQ(loaded.policy, nullptr);
  EXPECT_NE(loaded.rendered.find("/nonexistent/policy.toml"), std::string::npos);
  EXPECT_EQ(store.snapshot(), nullptr);
}

}  // namespace
}  // namespace postern::server
