#include "client/net/interrupt.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postern::client {
namespace {

constexpr TimePoint kNow(std::chrono::hours(1));
constexpr TimePoint kLater(std::chrono::hours(2));

// An interrupt, and what its hooks did.
class InterruptTest : public testing::Test {
 protected:
  // A hook that notes its name.
  Interrupt::Hook Note(const std::string& name) {
    return interrupt_->OnTrigger([this, name] { noted_ += name; });
  }
  // Whatever it wants, after which it notes its name.
  template <typename Act>
  Interrupt::Hook Do(const std::string& name, Act act) {
    return interrupt_->OnTrigger([this, name, act = std::move(act)] {
      act();
      noted_ += name;
    });
  }
  void Trigger() { interrupt_->Trigger(InterruptReason::kCancelled, kNow); }

  std::unique_ptr<Interrupt> interrupt_ = std::make_unique<Interrupt>();
  std::string noted_;
};

TEST_F(InterruptTest, ANewOneHasNoReason) { EXPECT_EQ(interrupt_->reason(), std::nullopt); }

TEST_F(InterruptTest, TheFirstTriggerCounts) {
  interrupt_->Trigger(InterruptReason::kDeadline, kNow);
  interrupt_->Trigger(InterruptReason::kCancelled, kLater);
  EXPECT_EQ(interrupt_->reason(), InterruptReason::kDeadline);
  EXPECT_EQ(interrupt_->when(), kNow);
}

TEST_F(InterruptTest, HooksRunOnceInTheirOrderInsideTrigger) {
  const Interrupt::Hook a = Note("a");
  const Interrupt::Hook b = Note("b");
  const Interrupt::Hook c = Note("c");
  EXPECT_EQ(noted_, "");
  Trigger();
  EXPECT_EQ(noted_, "abc");
  Trigger();
  EXPECT_EQ(noted_, "abc");
}

TEST_F(InterruptTest, AHookSeesTheReasonAndTheTime) {
  std::optional<InterruptReason> reason;
  TimePoint when;
  const Interrupt::Hook hook = Do("", [&] {
    reason = interrupt_->reason();
    when = interrupt_->when();
  });
  interrupt_->Trigger(InterruptReason::kDeadline, kNow);
  EXPECT_EQ(reason, InterruptReason::kDeadline);
  EXPECT_EQ(when, kNow);
}

TEST_F(InterruptTest, AHookThatHasGoneIsNotCalled) {
  const Interrupt::Hook a = Note("a");
  {
    const Interrupt::Hook b = Note("b");
  }
  const Interrupt::Hook c = Note("c");
  Trigger();
  EXPECT_EQ(noted_, "ac");
}

TEST_F(InterruptTest, AMovedHookStaysRegistered) {
  Interrupt::Hook inner;
  {
    Interrupt::Hook a = Note("a");
    Interrupt::Hook moved(std::move(a));
    inner = std::move(moved);
  }
  Trigger();
  EXPECT_EQ(noted_, "a");
}

TEST_F(InterruptTest, AssigningToAHookUnregistersWhatItWas) {
  Interrupt::Hook hook = Note("a");
  hook = Note("b");
  Trigger();
  EXPECT_EQ(noted_, "b");
}

TEST_F(InterruptTest, AHookAssignedToItselfStaysRegistered) {
  Interrupt::Hook hook = Note("a");
  Interrupt::Hook& same = hook;
  hook = std::move(same);
  Trigger();
  EXPECT_EQ(noted_, "a");
}

TEST_F(InterruptTest, WhatComesAfterTheTriggerIsNeverCalled) {
  Trigger();
  const Interrupt::Hook late = Note("late");
  Trigger();
  EXPECT_EQ(noted_, "");
}

TEST_F(InterruptTest, AHookMayRegisterAnotherWhichIsNotCalled) {
  Interrupt::Hook late;
  const Interrupt::Hook a = Do("a", [&] { late = Note("late"); });
  const Interrupt::Hook b = Note("b");
  Trigger();
  EXPECT_EQ(noted_, "ab");
}

TEST_F(InterruptTest, AHookMayUnregisterItselfAndGoOnUsingWhatItCaptured) {
  Interrupt::Hook a;
  std::vector<std::string> seen;
  // Long enough to be on the heap: a use after its end would show.
  const std::string captured(100, 'x');
  a = Do("a", [&a, &seen, captured] {
    a = Interrupt::Hook();
    seen.push_back(captured);
  });
  const Interrupt::Hook b = Note("b");
  Trigger();
  EXPECT_EQ(noted_, "ab");
  EXPECT_EQ(seen, std::vector{captured});
}

TEST_F(InterruptTest, AHookMayUnregisterTheNextOne) {
  std::optional<Interrupt::Hook> b;
  const Interrupt::Hook a = Do("a", [&] { b.reset(); });
  b = Note("b");
  const Interrupt::Hook c = Note("c");
  Trigger();
  EXPECT_EQ(noted_, "ac");
}

TEST_F(InterruptTest, AHookMayUnregisterAllThatFollow) {
  std::vector<Interrupt::Hook> rest;
  const Interrupt::Hook a = Do("a", [&] { rest.clear(); });
  for (const char* name : {"b", "c", "d"}) rest.push_back(Note(name));
  Trigger();
  EXPECT_EQ(noted_, "a");
}

TEST_F(InterruptTest, AHookMayUnregisterOneThatHasRun) {
  std::optional<Interrupt::Hook> a = Note("a");
  const Interrupt::Hook b = Do("b", [&] { a.reset(); });
  const Interrupt::Hook c = Note("c");
  Trigger();
  EXPECT_EQ(noted_, "abc");
}

TEST_F(InterruptTest, ATriggerInsideAHookDoesNothing) {
  const Interrupt::Hook a =
      Do("a", [&] { interrupt_->Trigger(InterruptReason::kDeadline, kLater); });
  const Interrupt::Hook b = Note("b");
  Trigger();
  EXPECT_EQ(noted_, "ab");
  EXPECT_EQ(interrupt_->reason(), InterruptReason::kCancelled);
}

TEST_F(InterruptTest, AHookMayDestroyTheInterruptAndTheOthersStillRun) {
  const Interrupt::Hook a = Do("a", [&] { interrupt_.reset(); });
  const Interrupt::Hook b = Note("b");
  Trigger();
  EXPECT_EQ(noted_, "ab");
}

TEST_F(InterruptTest, AHookMayOutliveItsInterrupt) {
  Interrupt::Hook a = Note("a");
  Interrupt::Hook b = Note("b");
  interrupt_.reset();
  Interrupt::Hook moved = std::move(a);
  b = Interrupt::Hook();
  EXPECT_EQ(noted_, "");
}

}  // namespace
}  // namespace postern::client
