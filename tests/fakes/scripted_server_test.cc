#include "tests/fakes/scripted_server.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <string>

namespace postern::fakes {
namespace {

using Stream = boost::asio::ip::tcp::iostream;

Stream Connect(const ScriptedServer& server) {
  return Stream(server.address().ToString(), std::to_string(server.port()));
}

TEST(ScriptedServer, PlaysItsScriptAndKeepsWhatItGot) {
  ScriptedServer server({Greeting() + Ehlo() + Data()});
  Stream client = Connect(server);
  client << "EHLO me\r\nDATA\r\n..a\r\n\r\n.\r\n" << std::flush;
  std::string all((std::istreambuf_iterator<char>(client)), std::istreambuf_iterator<char>());
  EXPECT_EQ(server.Finish(), "");
  EXPECT_TRUE(all.ends_with("250 2.0.0 queued as 1\r\n")) << all;
  const Recorded recorded = server.connections().at(0);
  EXPECT_EQ(recorded.commands, (std::vector<std::string>{"EHLO me", "DATA"}));
  EXPECT_EQ(recorded.bodies.at(0), "..a\r\n\r\n");
  EXPECT_EQ(Unstuff(recorded.bodies.at(0)), ".a\r\n\r\n");
  EXPECT_EQ(recorded.peer.ToString(), "127.0.0.1");
  EXPECT_EQ(recorded.received, "EHLO me\r\nDATA\r\n..a\r\n\r\n.\r\n");
}

TEST(ScriptedServer, SaysWhatWentOffTheScript) {
  ScriptedServer server({Greeting() + Expect("EHLO me")});
  Stream client = Connect(server);
  client << "EHLO you\r\n" << std::flush;
  EXPECT_EQ(server.Finish(), "connection 1, step 2: expected \"EHLO me\", got \"EHLO you\"");
}

TEST(ScriptedServer, SaysWhenAConnectionIsMissingOrOneTooMany) {
  ScriptedServer lonely({Greeting()}, {.limit = std::chrono::milliseconds(50)});
  EXPECT_TRUE(lonely.Finish().starts_with("only 0 of 1 scripts")) << lonely.Finish();
  ScriptedServer crowded({Script{Stall()}});
  const Stream first = Connect(crowded);
  const Stream second = Connect(crowded);
  EXPECT_EQ(crowded.Finish(), "connection 2 is not in the script");
}

TEST(ScriptedServer, NoStepWaitsLongerThanTheLimit) {
  ScriptedServer server({Script{ReadBody()}}, {.limit = std::chrono::milliseconds(200)});
  Stream client = Connect(server);
  client << "abc" << std::flush;
  EXPECT_TRUE(server.Finish().starts_with("connection 1, step 1: the client sent nothing more"));
}

}  // namespace
}  // namespace postern::fakes
