#include "strategy/config/policy_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/descriptor.h"
#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

class PolicyFile {
 public:
  PolicyFile(const std::string& path, std::size_t max_octets, IssueList& issues)
      : path_(path), max_octets_(max_octets), issues_(issues) {}

  std::optional<SourceText> Read() {
    // Not blocking: opening a pipe would wait for its writer.
    const Descriptor file(open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file.is_open()) return RefuseForSystem(errno);
    struct stat status{};
    if (fstat(file.get(), &status) != 0) return RefuseForSystem(errno);
    if (S_ISDIR(status.st_mode))
      return Refuse("not-a-file", "this is a folder, not a file", "name the file in it");
    if (!S_ISREG(status.st_mode))
      return Refuse("not-a-file", "this is not a regular file", "write the policy into a file");
    if (static_cast<std::uintmax_t>(status.st_size) > max_octets_) return RefuseAsTooLarge();
    return ReadAll(file, static_cast<std::size_t>(status.st_size));
  }

 private:
  // The size is where to start from: a file may grow, and some in /proc claim to be empty.
  std::optional<SourceText> ReadAll(const Descriptor& file, std::size_t expected) {
    std::string text;
    std::size_t size = 0;
    while (true) {
      if (size == text.size()) text.resize(std::max(expected + 1, 2 * size));
      const ssize_t count = read(file.get(), text.data() + size, text.size() - size);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return RefuseForSystem(errno);
      if (count == 0) break;
      size += static_cast<std::size_t>(count);
      if (size > max_octets_) return RefuseAsTooLarge();
    }
    text.resize(size);
    return SourceText(path_, std::move(text));
  }

  std::nullopt_t Refuse(std::string_view rule, std::string message, std::string suggestion) {
    issues_.Error({path_, {}, 1}, rule, std::move(message), std::move(suggestion));
    return std::nullopt;
  }

  std::nullopt_t RefuseForSystem(int error) {
    const bool is_missing = error == ENOENT || error == ENOTDIR;
    return Refuse(is_missing ? "missing-file" : "unreadable-file",
                  Concat("the file cannot be read: ", std::generic_category().message(error)),
                  is_missing        ? "check the path"
                  : error == EACCES ? "let the user that runs posternd read it"
                                    : "");
  }

  std::nullopt_t RefuseAsTooLarge() {
    return Refuse("file-too-large",
                  Concat("the file has more than the ", std::to_string(max_octets_),
                         " octets that a policy may have"),
                  "is this the right file?");
  }

  const std::string& path_;
  const std::size_t max_octets_;
  IssueList& issues_;
};

}  // namespace

std::optional<SourceText> ReadPolicyFile(const std::string& path, std::size_t max_octets,
                                         IssueList& issues) {
  return PolicyFile(path, max_octets, issues).Read();
}

MacroText SystemMacros::Environment(const std::string& name) const {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return {std::nullopt, Concat("the variable ", name, " is not set")};
  return {value, ""};
}

MacroText SystemMacros::File(const std::string& path) const {
  IssueList issues;
  const std::optional<SourceText> file = ReadPolicyFile(path, MacroExpander::kMaxValue, issues);
  if (!file) return {std::nullopt, issues.Sorted().front().message};
  std::string_view text = file->text();
  if (text.find('\0') != std::string_view::npos) return {std::nullopt, "the file holds a NUL"};
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return {std::string(text), ""};
}

}  // namespace postern::strategy
