#include "client/net/cut_off.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "client/net/interrupt.h"
#include "client/net/transport.h"
#include "tests/client/net/net_lab.h"

namespace postern::client {
namespace {

using std::chrono::milliseconds;

TimePoint Now() { return std::chrono::steady_clock::now(); }

// Something that would last for ever, under a watch, as a read from a silent socket would.
class Operation {
 public:
  Operation(boost::asio::io_context& context, CutOff& cut_off, TimePoint deadline,
            Interrupt* interrupt = nullptr)
      : context_(context),
        never_(context, TimePoint::max()),
        watch_(cut_off, deadline, interrupt),
        pending_(watch_.cut() == IoStatus::kOk) {
    if (!pending_) return;
    never_.async_wait(boost::asio::bind_cancellation_slot(watch_.slot(),
                                                          [this](const boost::system::error_code&) {
                                                            pending_ = false;
                                                            ended_ = Now();
                                                          }));
  }
  ~Operation() { Complete(); }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  // As when octets come.
  void Complete() {
    never_.cancel();
    RunToEnd();
  }
  // Runs the loop until this has ended.
  void RunToEnd() {
    const TimePoint limit = In(kLimit);
    while (pending_ && Now() < limit) context_.run_one_until(limit);
    ASSERT_FALSE(pending_) << "was not cut off";
  }

  bool pending() const { return pending_; }
  IoStatus cut() const { return watch_.cut(); }
  TimePoint ended() const { return ended_.value(); }

 private:
  boost::asio::io_context& context_;
  boost::asio::steady_timer never_;
  CutOff::Watch watch_;
  bool pending_;
  std::optional<TimePoint> ended_;
};

class CutOffTest : public testing::Test {
 protected:
  void Trigger() { interrupt_.Trigger(InterruptReason::kCancelled, Now()); }

  boost::asio::io_context context_;
  // An io_context without work stops.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ =
      boost::asio::make_work_guard(context_);
  Interrupt interrupt_;
  CutOff cut_off_{context_.get_executor()};
};

TEST_F(CutOffTest, AnOperationThatEndsByItselfIsNotCut) {
  Operation operation(context_, cut_off_, Late(), &interrupt_);
  operation.Complete();
  EXPECT_EQ(operation.cut(), IoStatus::kOk);
}

// --- The deadline --------------------------------------------------------------------------------

TEST_F(CutOffTest, TheDeadlineEndsTheOperationAndNotBefore) {
  const TimePoint deadline = In(milliseconds(30));
  Operation operation(context_, cut_off_, deadline);
  operation.RunToEnd();
  EXPECT_EQ(operation.cut(), IoStatus::kTimeout);
  EXPECT_GE(operation.ended(), deadline);
}

TEST_F(CutOffTest, AnOperationWhoseDeadlineHasPassedNeedNotBegin) {
  const Operation operation(context_, cut_off_, In(milliseconds(-1)));
  EXPECT_FALSE(operation.pending());
  EXPECT_EQ(operation.cut(), IoStatus::kTimeout);
}

TEST_F(CutOffTest, ADeadlineThatMovesOnWithEachOperationCutsOnlyTheOneThatReachesIt) {
  const TimePoint first_deadline = In(milliseconds(50));
  TimePoint deadline = first_deadline;
  int completed = 0;
  // Past several of the first deadlines, so that the timer fires too early more than once.
  for (const TimePoint end = first_deadline + milliseconds(150); Now() < end; ++completed) {
    deadline = In(milliseconds(50));
    Operation operation(context_, cut_off_, deadline);
    context_.run_one_for(milliseconds(1));
    if (!operation.pending()) break;  // this machine stood still for 50 ms
    operation.Complete();
    ASSERT_EQ(operation.cut(), IoStatus::kOk);
  }
  EXPECT_GT(completed, 0);
  deadline = In(milliseconds(50));
  Operation last(context_, cut_off_, deadline);
  last.RunToEnd();
  EXPECT_EQ(last.cut(), IoStatus::kTimeout);
  EXPECT_GE(last.ended(), deadline);
}

TEST_F(CutOffTest, AnEarlierDeadlineAfterALaterOneIsKept) {
  Operation(context_, cut_off_, Late()).Complete();
  const TimePoint deadline = In(milliseconds(30));
  Operation operation(context_, cut_off_, deadline);
  operation.RunToEnd();
  EXPECT_EQ(operation.cut(), IoStatus::kTimeout);
  EXPECT_GE(operation.ended(), deadline);
  EXPECT_LT(operation.ended(), deadline + kLimit);
}

TEST_F(CutOffTest, ALaterDeadlineAfterAnEarlierOneIsNotCutAtTheEarlierOne) {
  const TimePoint earlier = In(milliseconds(20));
  Operation(context_, cut_off_, earlier).Complete();
  Operation operation(context_, cut_off_, Late());
  while (Now() <= earlier + milliseconds(5)) context_.run_one_until(earlier + milliseconds(6));
  EXPECT_TRUE(operation.pending());
  EXPECT_EQ(operation.cut(), IoStatus::kOk);
}

TEST_F(CutOffTest, ADeadlineThatPassesBetweenOperationsCutsNone) {
  const TimePoint deadline = In(milliseconds(20));
  Operation(context_, cut_off_, deadline).Complete();
  context_.run_until(deadline + milliseconds(5));
  Operation operation(context_, cut_off_, Late());
  EXPECT_TRUE(operation.pending());
  operation.Complete();
  EXPECT_EQ(operation.cut(), IoStatus::kOk);
}

TEST_F(CutOffTest, AfterATimeoutTheNextOperationHasItsOwnDeadline) {
  Operation(context_, cut_off_, In(milliseconds(1))).RunToEnd();
  const TimePoint deadline = In(milliseconds(20));
  Operation next(context_, cut_off_, deadline);
  EXPECT_EQ(next.cut(), IoStatus::kOk);
  next.RunToEnd();
  EXPECT_EQ(next.cut(), IoStatus::kTimeout);
  EXPECT_GE(next.ended(), deadline);
}

// --- The interrupt -------------------------------------------------------------------------------

TEST_F(CutOffTest, TheInterruptEndsTheOperation) {
  Operation operation(context_, cut_off_, Late(), &interrupt_);
  Trigger();
  EXPECT_EQ(operation.cut(), IoStatus::kInterrupted);
  operation.RunToEnd();
  EXPECT_EQ(operation.cut(), IoStatus::kInterrupted);
}

TEST_F(CutOffTest, AfterTheInterruptNoOperationNeedBegin) {
  Trigger();
  const Operation operation(context_, cut_off_, Late(), &interrupt_);
  EXPECT_FALSE(operation.pending());
  EXPECT_EQ(operation.cut(), IoStatus::kInterrupted);
}

TEST_F(CutOffTest, AnOperationWithoutTheInterruptGoesOn) {
  Operation operation(context_, cut_off_, Late());
  Trigger();
  EXPECT_TRUE(operation.pending());
  operation.Complete();
  EXPECT_EQ(operation.cut(), IoStatus::kOk);
}

TEST_F(CutOffTest, AnInterruptBetweenOperationsCutsOnlyThoseThatWatchIt) {
  Operation(context_, cut_off_, Late(), &interrupt_).Complete();
  Trigger();
  Operation without(context_, cut_off_, Late());
  EXPECT_EQ(without.cut(), IoStatus::kOk);
  without.Complete();
  const Operation with(context_, cut_off_, Late(), &interrupt_);
  EXPECT_EQ(with.cut(), IoStatus::kInterrupted);
}

// --- Both ----------------------------------------------------------------------------------------

TEST_F(CutOffTest, AnInterruptBeforeTheOperationCountsMoreThanAPassedDeadline) {
  Trigger();
  const Operation operation(context_, cut_off_, In(milliseconds(-1)), &interrupt_);
  EXPECT_EQ(operation.cut(), IoStatus::kInterrupted);
}

TEST_F(CutOffTest, AfterAnInterruptThePassingDeadlineDoesNotCount) {
  const TimePoint deadline = In(milliseconds(5));
  Operation operation(context_, cut_off_, deadline, &interrupt_);
  Trigger();
  while (Now() <= deadline) context_.run_one_until(deadline + milliseconds(1));
  operation.RunToEnd();
  EXPECT_EQ(operation.cut(), IoStatus::kInterrupted);
}

TEST_F(CutOffTest, AfterATimeoutTheInterruptDoesNotCount) {
  Operation operation(context_, cut_off_, In(milliseconds(5)), &interrupt_);
  operation.RunToEnd();
  Trigger();
  EXPECT_EQ(operation.cut(), IoStatus::kTimeout);
}

// --- Lifetimes: coroutines that are destroyed with their loop go in any order
// ---------------------

TEST(CutOff, AWatchMayOutliveItsCutOffAndItsInterrupt) {
  boost::asio::io_context context;
  auto interrupt = std::make_unique<Interrupt>();
  auto cut_off = std::make_unique<CutOff>(context.get_executor());
  const CutOff::Watch watch(*cut_off, In(milliseconds(1)), interrupt.get());
  cut_off.reset();
  interrupt->Trigger(InterruptReason::kCancelled, Now());
  interrupt.reset();
  context.run_for(kLimit);  // nothing is left to wait for
  EXPECT_TRUE(context.stopped());
}

TEST(CutOff, ItsTimerDoesNotKeepALoopBusyOnceItHasGone) {
  boost::asio::io_context context;
  {
    CutOff cut_off(context.get_executor());
    const CutOff::Watch watch(cut_off, Late(), nullptr);
  }
  context.run_for(kLimit);
  EXPECT_TRUE(context.stopped());
}

}  // namespace
}  // namespace postern::client
