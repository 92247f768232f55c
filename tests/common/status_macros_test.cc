#include "common/status_macros.h"

#include <gtest/gtest.h>

#include <memory>

namespace postern {
namespace {

absl::Status Check(int value) {
  if (value < 0) return absl::OutOfRangeError("negative");
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<int>> Make(int value) {
  POSTERN_RETURN_IF_ERROR(Check(value));
  return std::make_unique<int>(value);
}

absl::StatusOr<int> Sum(int a, int b) {
  POSTERN_ASSIGN_OR_RETURN(const std::unique_ptr<int> first, Make(a));
  std::unique_ptr<int> second;
  POSTERN_ASSIGN_OR_RETURN(second, Make(b));
  return *first + *second;
}

TEST(StatusMacrosTest, AnErrorLeavesTheFunctionAndAValueIsMovedOut) {
  EXPECT_EQ(Sum(1, 2).value(), 3);
  EXPECT_EQ(Sum(-1, 2).status(), absl::OutOfRangeError("negative"));
  EXPECT_EQ(Sum(1, -2).status(), absl::OutOfRangeError("negative"));
}

TEST(StatusMacrosTest, TheCheckIsOneStatementUnderAnElse) {
  const auto check = [](bool first, int value) {
    if (first)
      POSTERN_RETURN_IF_ERROR(Check(value));
    else
      return absl::CancelledError("else");
    return absl::OkStatus();
  };
  EXPECT_EQ(check(true, 1), absl::OkStatus());
  EXPECT_EQ(check(true, -1), absl::OutOfRangeError("negative"));
  EXPECT_EQ(check(false, -1), absl::CancelledError("else"));
}

}  // namespace
}  // namespace postern
