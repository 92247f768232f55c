#include "client/smtp/stage.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace postern::client {
namespace {

TEST(StageTest, EveryStageHasARowOfItsOwn) {
  std::set<std::string_view> names;
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < kStageCount; ++i) {
    const StageInfo& info = Info(static_cast<Stage>(i));
    EXPECT_EQ(info.stage, static_cast<Stage>(i));
    EXPECT_TRUE(info.rfc.empty() || info.rfc.starts_with("RFC ")) << info.name;
    names.insert(info.name);
    words.insert(info.human);
  }
  EXPECT_EQ(names.size(), kStageCount);
  EXPECT_EQ(words.size(), kStageCount);
}

TEST(StageTest, TheNamesAreThoseOfTheApi) {
  EXPECT_EQ(Info(Stage::kPlan).name, "PLAN");
  EXPECT_EQ(Info(Stage::kStartTls).name, "STARTTLS");
  EXPECT_EQ(Info(Stage::kMailFrom).name, "MAIL_FROM");
  EXPECT_EQ(Info(Stage::kFinalReply).name, "FINAL_REPLY");
}

TEST(StageTest, EachStageIsRuledByItsTimeout) {
  using Timeout = Duration StageTimeouts::*;
  const struct {
    Stage stage;
    Timeout timeout;
  } kRows[] = {
      {Stage::kPlan, nullptr},
      {Stage::kDns, nullptr},
      {Stage::kConnect, &StageTimeouts::connect},
      {Stage::kGreeting, &StageTimeouts::greeting},
      {Stage::kEhlo, &StageTimeouts::ehlo},
      {Stage::kStartTls, nullptr},
      {Stage::kAuth, nullptr},
      {Stage::kMailFrom, &StageTimeouts::mail_from},
      {Stage::kRcptTo, &StageTimeouts::rcpt_to},
      {Stage::kData, &StageTimeouts::data},
      {Stage::kBody, &StageTimeouts::data},
      {Stage::kFinalReply, &StageTimeouts::data},
  };
  ASSERT_EQ(std::size(kRows), kStageCount);
  for (const auto& row : kRows) {
    EXPECT_TRUE(Info(row.stage).timeout == row.timeout) << Info(row.stage).name;
  }
}

}  // namespace
}  // namespace postern::client
