#include "server/policy_store/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace postern::server {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;
// Closed after writing: what is half written is not read. The rest are changes of names.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM |
                                  IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB;

// Follows one path; each link starts the way anew, from its target.
class Way {
 public:
  std::vector<std::pair<std::string, std::string>> Walk(const fs::path& path) {
    std::error_code error;
    fs::path rest = fs::absolute(path, error);
    while (!error && links_ <= kMaxLinks) {
      const fs::path next = Step(rest);
      if (next.empty()) break;
      rest = next;
    }
    return std::move(names_);
  }

 private:
  // Up to the first link; what is to be followed instead, or nothing at the end.
  fs::path Step(const fs::path& path) {
    fs::path folder;
    for (auto part = path.begin(); part != path.end(); ++part) {
      const fs::path here = folder / *part;
      const bool is_last = std::next(part) == path.end();
      std::error_code error;
      if (fs::is_symlink(fs::symlink_status(here, error))) {
        names_.emplace_back(folder.string(), part->string());
        ++links_;
        fs::path target = folder / fs::read_symlink(here, error);
        if (error) return {};
        for (++part; part != path.end(); ++part) target /= *part;
        return target.lexically_normal();
      }
      if (is_last) names_.emplace_back(folder.string(), part->string());
      folder = here;
    }
    return {};
  }

  std::vector<std::pair<std::string, std::string>> names_;
  int links_ = 0;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> NamesOnTheWay(const std::string& path) {
  return Way().Walk(path);
}

absl::StatusOr<FileWatch> FileWatch::Open() {
  Descriptor inotify(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (inotify.is_open()) return FileWatch(std::move(inotify));
  return absl::ResourceExhaustedError(absl::StrCat("inotify: ", std::strerror(errno)));
}

absl::Status FileWatch::Follow(const std::vector<std::string>& paths) {
  std::map<std::string, std::set<std::string>> names;
  for (const std::string& path : paths) {
    for (const auto& [folder, name] : NamesOnTheWay(path)) names[folder].insert(name);
  }
  names_ = std::move(names);
  // A watch on a folder that is watched already is the same watch. Those that no name needs any
  // more are let go of.
  std::map<int, std::string> folders;
  absl::Status status;
  for (const auto& [folder, wanted] : names_) {
    const int watch = inotify_add_watch(inotify_.get(), folder.c_str(), kEvents | IN_ONLYDIR);
    if (watch >= 0) {
      folders[watch] = folder;
    } else if (status.ok()) {
      status = absl::UnavailableError(absl::StrCat(folder, ": ", std::strerror(errno)));
    }
  }
  for (const auto& [watch, folder] : folders_) {
    if (!folders.contains(watch)) inotify_rm_watch(inotify_.get(), watch);
  }
  folders_ = std::move(folders);
  return status;
}

bool FileWatch::Drain() {
  bool is_about_files = false;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  ssize_t size = 0;
  while ((size = read(inotify_.get(), buffer.data(), buffer.size())) > 0) {
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* const name = buffer.data() + at + sizeof(event);
      at += sizeof(event) + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) is_about_files = true;  // some were lost
      const auto folder = folders_.find(event.wd);
      if (folder == folders_.end() || (event.mask & IN_IGNORED) != 0) continue;
      is_about_files |= event.len == 0 || names_[folder->second].contains(name);
    }
  }
  return is_about_files;
}

}  // namespace postern::server
