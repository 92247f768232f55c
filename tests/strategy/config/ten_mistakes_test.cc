// One file with ten mistakes, each of its own kind, and word for word what `posternd --check` says.

#include <gtest/gtest.h>

#include <string>

#include "strategy/config/policy_loader.h"

namespace postern::strategy {
namespace {

constexpr char kPolicy[] = R"toml(
[server]
hostnam = "mail.example.org"

[queue.strategy]
route = "relay"
connection = "'pol'"

[queue.connection.pool]
source-ips = ["192.0.2.1", "192.0.2.300"]
connect = "30s"
timeout.rcpt-to = 30

[queue.source-ip."2001:DB8::1"]
ehlo-hostname = "out_1.example.org"

[queue.source-ip."2001:db8:0::1"]
ehlo-hostname = "out-2.example.org"

[queue.route.smart]
type = "relay"
port = 70000
)toml";

constexpr char kIssues[] =
    R"(policy.toml:3:1: error: unknown key 'hostnam' in 'server' [unknown-key]
    3 | hostnam = "mail.example.org"
      | ^~~~~~~ did you mean 'hostname'?
policy.toml:6:10: error: 'relay' is not an expression: a strategy's id stands in quotes of its own [bad-expression]
    6 | route = "relay"
      |          ^~~~~ write "'relay'"
policy.toml:7:15: error: there is no queue.connection.'pol' [undefined-id]
    7 | connection = "'pol'"
      |               ^~~~~ did you mean 'pool'?
policy.toml:10:28: error: '192.0.2.300' is not an IP address [bad-address]
   10 | source-ips = ["192.0.2.1", "192.0.2.300"]
      |                            ^~~~~~~~~~~~~ write one such as "192.0.2.1" or "2001:db8::1"
policy.toml:11:1: error: unknown key 'connect' in 'queue.connection.pool' [unknown-key]
   11 | connect = "30s"
      | ^~~~~~~ did you mean 'timeout.connect'?
policy.toml:12:19: error: '30' is not a duration: a number needs its unit [bad-duration]
   12 | timeout.rcpt-to = 30
      |                   ^~ write "30s" for seconds or "30ms" for milliseconds
policy.toml:15:17: error: 'out_1.example.org' is not a host name: the label 'out_1' may hold only letters, digits and hyphens [bad-host-name]
   15 | ehlo-hostname = "out_1.example.org"
      |                 ^~~~~~~~~~~~~~~~~~~ write a host name such as "mail.example.org"
policy.toml:17:18: error: '2001:db8:0::1' is the address 2001:db8::1, which is already defined at policy.toml:14:18 [duplicate-key]
   17 | [queue.source-ip."2001:db8:0::1"]
      |                  ^~~~~~~~~~~~~~~ keep one of the two
policy.toml:20:14: error: the relay 'smart' has no address [missing-key]
   20 | [queue.route.smart]
      |              ^~~~~ add the key 'address' with the server's host name or IP address
policy.toml:22:8: error: '70000' is out of range [bad-number]
   22 | port = 70000
      |        ^~~~~ write a whole number from 1 to 65535
10 errors, 0 warnings
)";

TEST(TenMistakesTest, EachIsShownAtItsPlaceWithWhatToDo) {
  const LoadedPolicy loaded = LoadPolicyTexts({SourceText("policy.toml", kPolicy)});
  EXPECT_EQ(loaded.policy, nullptr);
  EXPECT_EQ(loaded.issues.size(), 10u);
  EXPECT_EQ(loaded.rendered, kIssues);
}

}  // namespace
}  // namespace postern::strategy
