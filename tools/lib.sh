# Shared by the scripts in tools/. Sourced, not run; the caller has set -euo pipefail.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
name=$(basename "$0")
# Containers and cron jobs may have none; Bazel needs one, too.
export HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
# Programs that are not Debian packages (grpcurl, buf) are kept here, outside the tree, and packages that are only
# unpacked there.
go_tools=${XDG_CACHE_HOME:-$HOME/.cache}/postern/bin
unpacked=${XDG_CACHE_HOME:-$HOME/.cache}/postern/servers
# Debian's programs before others of the same name; a user's own PATH often lacks the sbin folders, where Postfix and
# the DNS servers are.
export PATH=$go_tools:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH

say() { printf '%s: %s\n' "$name" "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# Runs a command as root: as it is, or with sudo.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root for: $* (run as root, or install sudo)"
  fi
}

# Bazel, with its output kept short and free of control sequences when nobody watches.
bazel() {
  local options=()
  [[ -t 2 ]] || options+=(--color=no --curses=no --noshow_progress)
  local command=$1
  shift
  # Debian's launcher passes options that its own Java calls deprecated, and Java says so when the server starts.
  # (A filter on standard error would do, but the server would inherit its pipe and keep it open.)
  command bazel info server_pid >/dev/null 2>&1 || true
  command bazel "$command" "${options[@]}" "$@"
}
