#ifndef POSTERN_SERVER_POLICY_STORE_FILE_WATCH_H_
#define POSTERN_SERVER_POLICY_STORE_FILE_WATCH_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/descriptor.h"

namespace postern::server {

// Tells when files may say something else than before, by inotify(7): when one is written, replaced
// or removed, or when a symbolic link on the way to it is. So it sees an editor, `mv`, and
// Kubernetes, which mounts policy.toml -> ..data/policy.toml and replaces the link ..data. It
// watches the folders that these names are in, not the files, which come and go. For one thread.
class FileWatch {
 public:
  // Fails with a sentence when the system gives no inotify instance.
  static absl::StatusOr<FileWatch> Open();

  // Watches for changes of these files, and of nothing else; links are followed as they are now, so
  // call it again after each change. Fails with a sentence about the first folder that cannot be
  // watched; the others are watched all the same.
  absl::Status Follow(const std::vector<std::string>& paths);

  // Takes what has happened, without waiting; whether any of it was about the files.
  bool Drain();

  // Readable when there is something to drain.
  int descriptor() const { return inotify_.get(); }

 private:
  explicit FileWatch(Descriptor inotify) : inotify_(std::move(inotify)) {}

  Descriptor inotify_;
  // Names that matter, by folder; and the folders by their watch.
  std::map<std::string, std::set<std::string>> names_;
  std::map<int, std::string> folders_;
};

// The names that decide what `path` is: (folder, name) for the file itself and each symbolic link
// on the way to it, in the order of the way. A way that ends in nothing ends the list. At most 40
// links, as the system takes.
std::vector<std::pair<std::string, std::string>> NamesOnTheWay(const std::string& path);

}  // namespace postern::server

#endif  // POSTERN_SERVER_POLICY_STORE_FILE_WATCH_H_
