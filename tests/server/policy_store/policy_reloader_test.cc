#include "server/policy_store/policy_reloader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "tests/fakes/eventually.h"

namespace postern::server {
namespace {

namespace fs = std::filesystem;

// A folder with a policy file in it, and a store that has read it.
class PolicyReloaderTest : public ::testing::Test {
 protected:
  PolicyReloaderTest() {
    std::string folder = ::testing::TempDir() + "/reload.XXXXXX";
    folder_ = mkdtemp(folder.data());
  }
  ~PolicyReloaderTest() override { fs::remove_all(folder_); }

  static void Write(const fs::path& path, const std::string& name) {
    std::ofstream(path, std::ios::trunc) << "[server]\nhostname = \"" << name << "\"\n";
  }
  static void WriteText(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
  }

  void Start(const fs::path& path) {
    store_.emplace(std::vector<std::string>{path.string()}, strategy::SystemIdentity{});
    ASSERT_NE(store_->Load().policy, nullptr);
    reloader_.emplace(*store_);
  }
  // The name in the policy in force.
  std::string Name() const { return store_->snapshot()->policy().server_hostname.value_or(""); }
  bool BecomesName(const std::string& name) {
    return fakes::Eventually([&] { return Name() == name; });
  }

  fs::path folder_;
  std::optional<PolicyStore> store_;
  std::optional<PolicyReloader> reloader_;
};

TEST_F(PolicyReloaderTest, AFileThatIsWrittenInPlaceIsReadAgain) {
  const fs::path path = folder_ / "policy.toml";
  Write(path, "one.example.org");
  Start(path);
  Write(path, "two.example.org");
  EXPECT_TRUE(BecomesName("two.example.org"));
  Write(path, "three.example.org");
  EXPECT_TRUE(BecomesName("three.example.org"));
}

TEST_F(PolicyReloaderTest, AFileThatIsReplacedByAnotherIsReadAgain) {
  const fs::path path = folder_ / "policy.toml";
  Write(path, "one.example.org");
  Start(path);
  Write(folder_ / "new", "two.example.org");
  fs::rename(folder_ / "new", path);
  EXPECT_TRUE(BecomesName("two.example.org"));
}

// As the kubelet does: a new folder, a new link beside the old one, one rename.
TEST_F(PolicyReloaderTest, AConfigMapThatKubernetesReplacesIsReadAgain) {
  fs::create_directory(folder_ / "..1");
  Write(folder_ / "..1" / "policy.toml", "one.example.org");
  fs::create_directory_symlink("..1", folder_ / "..data");
  fs::create_symlink("..data/policy.toml", folder_ / "policy.toml");
  Start(folder_ / "policy.toml");
  for (const std::string number : {"2", "3"}) {
    fs::create_directory(folder_ / (".." + number));
    Write(folder_ / (".." + number) / "policy.toml", "n" + number + ".example.org");
    fs::create_directory_symlink(".." + number, folder_ / "..data_tmp");
    fs::rename(folder_ / "..data_tmp", folder_ / "..data");
    EXPECT_TRUE(BecomesName("n" + number + ".example.org"));
  }
}

TEST_F(PolicyReloaderTest, OtherWorkWithoutEndDoesNotHoldAnEditOff) {
  const fs::path path = folder_ / "policy.toml";
  Write(path, "one.example.org");
  Start(path);
  std::atomic<bool> enough = false;
  std::function<void()> again = [&] {
    if (!enough) reloader_->Post(again);
  };
  reloader_->Post(again);
  Write(path, "two.example.org");
  EXPECT_TRUE(BecomesName("two.example.org"));
  enough = true;
  reloader_.reset();  // before what it still calls
}

TEST_F(PolicyReloaderTest, AFileThatIsRemovedKeepsThePolicyUntilItIsBack) {
  const fs::path path = folder_ / "policy.toml";
  Write(path, "one.example.org");
  Start(path);
  fs::remove(path);
  EXPECT_TRUE(fakes::Eventually([&] { return store_->status().failure.has_value(); }));
  EXPECT_EQ(Name(), "one.example.org");
  Write(path, "two.example.org");
  EXPECT_TRUE(BecomesName("two.example.org"));
  EXPECT_FALSE(store_->status().failure);
}

TEST_F(PolicyReloaderTest, AFileWithErrorsChangesNothingAndIsToldOf) {
  const fs::path path = folder_ / "policy.toml";
  Write(path, "one.example.org");
  Start(path);
  WriteText(path, "[server]\nhostnam = \"two.example.org\"\n");
  ASSERT_TRUE(fakes::Eventually([&] { return store_->status().failure.has_value(); }));
  EXPECT_EQ(Name(), "one.example.org");
  EXPECT_EQ(store_->status().failure->issues.at(0).rule, "unknown-key");
}

TEST_F(PolicyReloaderTest, OtherFilesOfTheFolderDoNotMatter) {
  const fs::path path = folder_ / "policy.toml";
  Write(path, "one.example.org");
  Start(path);
  absl::StatusOr<FileWatch> watch = FileWatch::Open();
  ASSERT_TRUE(watch.ok()) << watch.status();
  ASSERT_TRUE(watch->Follow({path.string()}).ok());
  Write(folder_ / "other.toml", "two.example.org");
  EXPECT_FALSE(watch->Drain());
  Write(path, "one.example.org");
  EXPECT_TRUE(watch->Drain());
  EXPECT_FALSE(watch->Drain()) << "nothing more";
}

TEST_F(PolicyReloaderTest, ReloadTellsWhatItCameTo) {
  const fs::path path = folder_ / "policy.toml";
  Write(path, "one.example.org");
  Start(path);
  const auto reload = [&] {
    std::promise<Reload> promise;
    reloader_->Reload([&](const Reload& result) { promise.set_value(result); });
    return promise.get_future().get();
  };
  const Reload same = reload();
  EXPECT_NE(same.loaded.policy, nullptr);
  EXPECT_FALSE(same.is_changed);
  WriteText(path, "[server\n");
  EXPECT_EQ(reload().loaded.policy, nullptr);
}

TEST_F(PolicyReloaderTest, OtherResolverSettingsNeedARestart) {
  const fs::path path = folder_ / "policy.toml";
  Write(path, "one.example.org");
  Start(path);
  EXPECT_FALSE(store_->status().needs_restart);
  WriteText(path, "[resolver]\ntype = \"custom\"\ncustom = \"192.0.2.53\"\n");
  EXPECT_TRUE(fakes::Eventually([&] { return store_->status().needs_restart; }));
  Write(path, "one.example.org");
  EXPECT_TRUE(fakes::Eventually([&] { return !store_->status().needs_restart; }));
}

TEST_F(PolicyReloaderTest, WhatWasPostedIsDoneBeforeItEnds) {
  const fs::path path = folder_ / "policy.toml";
  Write(path, "one.example.org");
  Start(path);
  std::atomic<int> done = 0;
  for (int i = 0; i < 100; ++i) reloader_->Post([&] { ++done; });
  reloader_.reset();
  EXPECT_EQ(done, 100);
}

// Once it has nothing of its own to do, only what is posted and the end wake the thread.
TEST_F(PolicyReloaderTest, AnEndThatIsAskedForDuringWorkIsNotForgotten) {
  const fs::path path = folder_ / "policy.toml";
  Write(path, "one.example.org");
  Start(path);
  Write(path, "two.example.org");
  ASSERT_TRUE(BecomesName("two.example.org"));
  std::promise<void> started;
  std::atomic<bool> is_second_done = false;
  reloader_->Post([&] {
    started.set_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  });
  reloader_->Post([&] { is_second_done = true; });
  started.get_future().wait();
  reloader_.reset();
  EXPECT_TRUE(is_second_done);
}

TEST_F(PolicyReloaderTest, AFolderThatIsNotThereIsSaid) {
  absl::StatusOr<FileWatch> watch = FileWatch::Open();
  ASSERT_TRUE(watch.ok()) << watch.status();
  const absl::Status status = watch->Follow({(folder_ / "gone" / "policy.toml").string()});
  EXPECT_NE(status.message().find("gone"), std::string::npos) << status;
}

using Names = std::vector<std::pair<std::string, std::string>>;

TEST_F(PolicyReloaderTest, TheNamesOnTheWayAreTheLinksAndTheFile) {
  fs::create_directory(folder_ / "..1");
  Write(folder_ / "..1" / "policy.toml", "x.example.org");
  fs::create_directory_symlink("..1", folder_ / "..data");
  fs::create_symlink("..data/policy.toml", folder_ / "policy.toml");
  const std::string folder = fs::canonical(folder_).string();
  EXPECT_EQ(NamesOnTheWay(folder + "/policy.toml"),
            (Names{{folder, "policy.toml"}, {folder, "..data"}, {folder + "/..1", "policy.toml"}}));
}

TEST_F(PolicyReloaderTest, LinksThatGoInACircleEnd) {
  fs::create_symlink("b", folder_ / "a");
  fs::create_symlink("a", folder_ / "b");
  EXPECT_LT(NamesOnTheWay((folder_ / "a").string()).size(), 100u);
}

}  // namespace
}  // namespace postern::server
