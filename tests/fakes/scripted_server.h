#ifndef POSTERN_TESTS_FAKES_SCRIPTED_SERVER_H_
#define POSTERN_TESTS_FAKES_SCRIPTED_SERVER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/ip_address.h"

namespace postern::fakes {

// What one client did, as the server saw it. Plain data.
struct Recorded {
  IpAddress peer;                     // where the client came from
  std::uint16_t peer_port = 0;        //
  std::string received;               // every octet, in order
  std::vector<std::string> commands;  // each line read by Expect and ExpectPrefix, without CRLF
  // Each body read by ReadBody, as it came over the wire: dots still doubled, with the CRLF of its
  // last line, without the terminator.
  std::vector<std::string> bodies;
};

// The server's end of one connection, as a step sees it. Every call is bounded by the server's
// limit; one that cannot be met throws a sentence that ends the script and becomes Finish()'s
// answer. Used by one thread of the server.
class Conversation {
 public:
  virtual ~Conversation() = default;

  virtual void Send(std::string_view octets) = 0;
  // With the FIN in the segment of the last octets: who has read them has it, too.
  virtual void SendWithFin(std::string_view octets) = 0;
  // One line, without its CRLF.
  virtual std::string ReadLine() = 0;
  // At least one octet and at most `limit`; empty when the client closed its side.
  virtual std::string Read(std::size_t limit) = 0;
  // Waits, reading nothing, at most `limit`; true as soon as the client has gone.
  virtual bool WaitForPeer(Duration limit) = 0;
  virtual void ShutdownSend() = 0;
  // Ends the connection: with FIN, or with RST.
  virtual void Close(bool reset) = 0;
  virtual Recorded& recorded() = 0;
  // How long a step may wait for the client.
  virtual Duration limit() const = 0;
  [[noreturn]] virtual void Fail(const std::string& sentence) = 0;
};

// One thing that the server does. A test may write its own: any callable that takes a Conversation.
using Step = std::function<void(Conversation&)>;

// What it does on one connection, in order: Greeting() + Ehlo() + Expect("QUIT") + Reset().
struct Script {
  Script() = default;
  Script(std::initializer_list<Step> list) : steps(list) {}

  std::vector<Step> steps;
};

// Writing.
Step Send(std::string octets);
Step SendByteByByte(std::string octets, Duration interval = Duration(0));
// Reading. The line is compared without its CRLF.
Step Expect(std::string line);
Step ExpectPrefix(std::string prefix);
Step ReadBody();                     // up to and with CRLF "." CRLF, kept in Recorded::bodies
Step ReadOctets(std::size_t count);  // exactly so many
Step ReadOneBytePerInterval(Duration interval);  // until the client goes away
Step ReadToEnd();                                // whatever comes, until the client goes away
// The client must close, and must not have sent anything more.
Step ExpectClose();
// Waiting and ending. After the last step of a script the connection is closed with FIN.
Step Stall();  // reads and writes nothing until the client goes away
Step Pause(Duration how_long);
Step SendWithFin(std::string octets);
Step CloseFin();   // half-close: no more from the server, which may go on reading
Step CloseBoth();  // full close
Step Reset();      // RST, with SO_LINGER 0
// Waits, reading and writing nothing, until the test opens the gate. For what Stall() cannot see: a
// client whose window is full goes away unheard, its FIN stands behind what nobody reads.
class Gate {
 public:
  Gate();
  ~Gate();
  void Open();

 private:
  friend Step WaitFor(Gate& gate);
  struct State;
  std::shared_ptr<State> state_;
};
Step WaitFor(Gate& gate);
// Calls into the test, on the server's thread.
Step Do(std::function<void()> action);

// Pieces of a good dialogue, to be joined with +.
Script Greeting();                          // 220
Script Ehlo(std::string extra_lines = "");  // any EHLO or HELO; "250-SIZE 1000\r\n250-8BITMIME\r\n"
Script Mail();                              // any MAIL, 250
Script Rcpt(std::string reply = "250 2.1.5 ok\r\n");  // any RCPT
Script Data();                                        // DATA, 354, the body, 250
Script Quit();                                        // QUIT, 221
Script GoodDialogue(std::size_t recipients = 1);      // all of it
Script operator+(Script first, const Script& second);
Script operator+(Script first, Step last);

// A real TCP server on loopback that plays scripts: the n-th connection gets the n-th script, each
// on a thread of its own. Made by a test and owned by it; all members may be called from any
// thread. A client that does what the script does not say ends that connection with a RST, and the
// sentence about it is what Finish() returns. The destructor ends whatever is still going on.
class ScriptedServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;          // 0: the system chooses
    std::size_t receive_buffer = 0;  // SO_RCVBUF; 0: the system's. Small ones make a writer block.
    Duration limit = std::chrono::seconds(10);  // on each wait
    bool repeat_last = false;  // further connections get the last script; Finish() waits for none
  };

  explicit ScriptedServer(std::vector<Script> scripts);
  ScriptedServer(std::vector<Script> scripts, Options options);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  IpAddress address() const;
  std::uint16_t port() const;

  // Waits until every script has been played to its end, at most twice the limit. Returns "" when
  // all went as written, else what did not, e.g. "connection 1, step 3: expected "DATA", got
  // "RSET"".
  std::string Finish();
  // What is known so far, in the order of the connections.
  std::vector<Recorded> connections() const;
  std::size_t accepted() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether this machine has ::1.
bool HasIpv6Loopback();
// The message that a stuffed body stands for (RFC 5321 4.5.2).
std::string Unstuff(std::string_view body);

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_SCRIPTED_SERVER_H_
