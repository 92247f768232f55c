#ifndef POSTERN_TESTS_FAKES_MAILDIR_H_
#define POSTERN_TESTS_FAKES_MAILDIR_H_

#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "tests/fakes/child_process.h"
#include "tests/fakes/eventually.h"

namespace postern::fakes {

// Waits for the one message in a maildir, and gives it. Throws a sentence when there is none, or
// more.
inline std::string OnlyMessageIn(const std::string& maildir) {
  std::vector<std::string> messages;
  const bool there = Eventually([&] {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(maildir + "/new", none)) {
      messages.push_back(ReadFile(entry.path()));
    }
    return !messages.empty();
  });
  if (!there || messages.size() > 1) {
    throw std::runtime_error(std::to_string(messages.size()) + " messages in " + maildir);
  }
  return messages.front();
}

}  // namespace postern::fakes

#endif  // POSTERN_TESTS_FAKES_MAILDIR_H_
