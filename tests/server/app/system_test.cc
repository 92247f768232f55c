#include "server/app/system.h"

#include <gtest/gtest.h>

namespace postern::server {
namespace {

TEST(AsEhloNameTest, TakesFullyQualifiedHostNamesOnly) {
  EXPECT_EQ(AsEhloName("Mail.Example.ORG"), "mail.example.org");
  for (const char* name : {"", "mail", "localhost", "a_b.example.org", "192.0.2.1",
                           "-a.example.org", "a..example.org"}) {
    EXPECT_EQ(AsEhloName(name), std::nullopt) << name;
  }
}

TEST(MaxInFlightTest, LeavesDescriptorsForTheCallers) {
  struct Case {
    std::size_t descriptors;
    std::size_t calls;
  };
  for (const Case& c : {Case{0, 1}, Case{64, 1}, Case{256, 1}, Case{264, 1}, Case{1024, 96},
                        Case{4096, 480}, Case{1048576, 1000}}) {
    EXPECT_EQ(MaxInFlight(c.descriptors), c.calls) << c.descriptors;
  }
}

TEST(RaiseDescriptorLimitTest, RaisingTwiceChangesNothingMore) {
  const std::size_t limit = RaiseDescriptorLimit();
  EXPECT_GE(limit, 64u);
  EXPECT_EQ(RaiseDescriptorLimit(), limit);
}

TEST(MaxConnectionsTest, LeavesDescriptorsForTheServiceAndItsCallers) {
  EXPECT_EQ(MaxConnections(64), 8u);
  EXPECT_EQ(MaxConnections(1024), 768u);
  EXPECT_EQ(MaxConnections(1'048'576), 1'048'320u);
}

}  // namespace
}  // namespace postern::server
