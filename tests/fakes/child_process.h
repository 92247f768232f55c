#ifndef POSTERN_TESTS_FAKES_CHILD_PROCESS_H_
#define POSTERN_TESTS_FAKES_CHILD_PROCESS_H_

#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "tests/fakes/eventually.h"

namespace postern::fakes {

// A program that a test runs: its output goes to files of the test, its input is a pipe that stays
// open as long as this object lives. Made and owned by a test, used by one thread. Throws a
// sentence when the program cannot be started; every wait is bounded. The destructor ends the
// program: the pipe is closed, SIGTERM sent, and SIGKILL where that does not help; should the test
// itself be killed, the kernel signals the program (though not one that has become another user).
class ChildProcess {
 public:
  struct Options {
    // "NAME=value", added to the environment of the test.
    std::vector<std::string> environment;
    // What the program gets when the test ends without having ended it.
    int orphan_signal = SIGKILL;
  };

  // arguments[0] is a path, or a name that is looked up in PATH.
  explicit ChildProcess(std::vector<std::string> arguments)
      : ChildProcess(std::move(arguments), Options()) {}
  ChildProcess(std::vector<std::string> arguments, const Options& options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int number) const;
  // Writes a line to the program's input; false when it reads no more.
  bool WriteLine(const std::string& line) const;
  void CloseInput();
  // Its exit status, 128 and the signal's number when it was killed; nullopt when it still runs
  // after `limit`.
  std::optional<int> WaitForExit(Duration limit = kPatience);
  // What it has written so far.
  std::string out() const;
  std::string err() const;
  // Whether the program, still running or not, has written `text` to its standard error within
  // `limit`.
  bool WaitForErr(std::string_view text, Duration limit = kPatience) const;

 private:
  std::string out_path_;
  std::string err_path_;
  int input_ = -1;
  int pid_fd_ = -1;
  pid_t pid_ = -1;
  std::optional<int> status_;  // once it has ended and was waited for
};

// The octets of a file; empty when there is none.
std::string ReadFile(const std::string& path);
// Writes a file; throws a sentence when that fails.
void WriteFile(const std::string& path, std::string_view octets);

// A new folder that every user may enter, removed with all that is in it at the end. In /tmp and
// not in TEST_TMPDIR, for programs that become other users: those may not get to the latter.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_CHILD_PROCESS_H_
