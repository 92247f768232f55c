#include "common/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace postern {
namespace {

using ::testing::MatchesRegex;

// What `act` writes to standard error.
template <typename Act>
std::string Logged(Act act) {
  testing::internal::CaptureStderr();
  act();
  return testing::internal::GetCapturedStderr();
}

class LogTest : public testing::Test {
 protected:
  void TearDown() override { SetLogLevel(LogLevel::kInfo); }
};

TEST_F(LogTest, ALineHasUtcTimeLevelAndText) {
  const std::string line = Logged([] { Log(LogLevel::kWarning, "The policy was not read."); });
  EXPECT_THAT(line, MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"
                                 " warning The policy was not read\\.\n"));
}

TEST_F(LogTest, TextIsNeverAFormatNorMoreThanOneLine) {
  const std::string line = Logged([] { Log(LogLevel::kInfo, "a {} %s {0:x}\r\nforged\x1B[0m"); });
  EXPECT_THAT(line, testing::EndsWith(" info a {} %s {0:x}\\x0D\\x0Aforged\\x1B[0m\n"));
}

TEST_F(LogTest, ATextOfSeveralLinesIsLoggedLineByLine) {
  const std::string lines = Logged([] { LogLines(LogLevel::kInfo, "one\n\n  two\n"); });
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
  EXPECT_THAT(lines, testing::HasSubstr(" info one\n"));
  EXPECT_THAT(lines, testing::EndsWith(" info   two\n"));
}

TEST_F(LogTest, LongTextIsCut) {
  const std::string line = Logged([] { Log(LogLevel::kError, std::string(100'000, 'x')); });
  EXPECT_THAT(line, testing::EndsWith("xxx...\n"));
  EXPECT_LT(line.size(), 4096u + 64u);
}

TEST_F(LogTest, LinesUnderTheLevelAreDropped) {
  const std::string at_first = Logged([] {
    Log(LogLevel::kDebug, "unseen");
    Log(LogLevel::kInfo, "seen");
  });
  EXPECT_THAT(at_first, MatchesRegex("[^\n]* info seen\n"));
  const std::string at_error = Logged([] {
    SetLogLevel(LogLevel::kError);
    Log(LogLevel::kWarning, "unseen");
    Log(LogLevel::kError, "seen");
  });
  EXPECT_THAT(at_error, MatchesRegex("[^\n]* error seen\n"));
  const std::string at_debug = Logged([] {
    SetLogLevel(LogLevel::kDebug);
    Log(LogLevel::kDebug, "seen");
  });
  EXPECT_THAT(at_debug, MatchesRegex("[^\n]* debug seen\n"));
}

TEST_F(LogTest, LinesOfSeveralThreadsStayWhole) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  const std::string text = Logged([] {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([] {
        for (int line = 0; line < kLines; ++line) {
          SetLogLevel(LogLevel::kInfo);
          Log(LogLevel::kInfo, "from beginning to end");
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  std::istringstream lines(text);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    ASSERT_THAT(line, MatchesRegex("[^ ]+Z info from beginning to end"));
  }
  EXPECT_EQ(count, kThreads * kLines);
}

}  // namespace
}  // namespace postern
