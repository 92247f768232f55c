#include "client/net/connect_errors.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace postern::client {
namespace {

constexpr std::array kCalls = {ConnectCall::kOpen, ConnectCall::kBind, ConnectCall::kConnect};

TEST(StatusOfError, AShortageIsOursAtWhicheverCall) {
  for (const int error_number : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    for (const ConnectCall call : kCalls) {
      EXPECT_EQ(StatusOfError(call, error_number), ConnectStatus::kLocalResources)
          << std::strerror(error_number) << " at call " << static_cast<int>(call);
    }
  }
}

TEST(StatusOfError, AnAddressThatIsNotAvailableIsTheSourceAtBindAndAPortAtConnect) {
  EXPECT_EQ(StatusOfError(ConnectCall::kBind, EADDRNOTAVAIL), ConnectStatus::kBindFailed);
  EXPECT_EQ(StatusOfError(ConnectCall::kConnect, EADDRNOTAVAIL), ConnectStatus::kLocalResources);
}

TEST(StatusOfError, AnythingElseAtBindIsTheSource) {
  for (const int error_number : {EADDRINUSE, EACCES, EPERM, EINVAL, EAFNOSUPPORT}) {
    EXPECT_EQ(StatusOfError(ConnectCall::kBind, error_number), ConnectStatus::kBindFailed)
        << std::strerror(error_number);
  }
}

TEST(StatusOfError, NoPortLeftAtConnectIsOurs) {
  for (const int error_number : {EADDRINUSE, EAGAIN}) {
    EXPECT_EQ(StatusOfError(ConnectCall::kConnect, error_number), ConnectStatus::kLocalResources)
        << std::strerror(error_number);
  }
}

TEST(StatusOfError, AnythingElseAtConnectIsTheNetworkOrTheRemote) {
  for (const int error_number : {ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT,
                                 EACCES, EPERM, EINVAL, ENETDOWN, EHOSTDOWN}) {
    EXPECT_EQ(StatusOfError(ConnectCall::kConnect, error_number), ConnectStatus::kFailed)
        << std::strerror(error_number);
  }
}

TEST(StatusOfError, AFamilyThatThisMachineDoesNotHaveIsAFailureOfThatTarget) {
  EXPECT_EQ(StatusOfError(ConnectCall::kOpen, EAFNOSUPPORT), ConnectStatus::kFailed);
}

}  // namespace
}  // namespace postern::client
