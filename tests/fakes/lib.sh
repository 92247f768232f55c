# Shared by the shell tests. Sourced, not run; the test runs in its runfiles, with TEST_TMPDIR set by Bazel.

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Prints the path of a program that is no Debian package; tools/setup --test installs those in the user's cache.
go_tool() {
  local home
  for home in "${XDG_CACHE_HOME:-}" "${HOME:-}/.cache"; do
    [[ -x $home/postern/bin/$1 ]] && { echo "$home/postern/bin/$1"; return; }
  done
  command -v "$1" || fail "$1 is neither on PATH nor in ~/.cache/postern/bin; tools/setup --test installs it"
}

pids=()
end_all() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "${sink_folder:-}"
}
trap end_all EXIT

# until_true WHAT COMMAND...: waits at most 10 s.
until_true() {
  local what=$1 i
  shift
  for ((i = 0; i < 200; i++)); do
    "$@" && return
    sleep 0.05
  done
  fail "waited 10 s for $what"
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Starts smtp-sink on a free port: sets sink_port, and sink_folder, where it writes what it receives.
start_sink() {
  local user=() i pid
  # Outside TEST_TMPDIR, which other users may not enter: as root the sink drops to the user postfix.
  sink_folder=$(mktemp -d /tmp/postern-sink.XXXXXX)
  chmod 755 "$sink_folder"
  mkdir "$sink_folder/etc" "$sink_folder/received"
  : >"$sink_folder/etc/main.cf"
  if ((EUID == 0)); then
    user=(-u postfix)
    chown postfix "$sink_folder/received"
  fi
  for ((i = 0; i < 20; i++)); do
    sink_port=$((RANDOM % 20000 + 20000))
    answers "$sink_port" && continue
    MAIL_CONFIG=$sink_folder/etc smtp-sink "${user[@]}" -d "$sink_folder/received/message." "127.0.0.1:$sink_port" 100 &
    pid=$!
    pids+=("$pid")
    local tries
    for ((tries = 0; tries < 200; tries++)); do
      answers "$sink_port" && kill -0 "$pid" 2>/dev/null && return
      kill -0 "$pid" 2>/dev/null || break # the port was taken meanwhile: another one
      sleep 0.05
    done
  done
  fail "smtp-sink did not start"
}

# start_posternd ARGS...: sets address, posternd_pid and posternd_log.
start_posternd() {
  posternd_log=$TEST_TMPDIR/posternd.log
  server/posternd --listen 127.0.0.1:0 "$@" 2>"$posternd_log" &
  posternd_pid=$!
  pids+=("$posternd_pid")
  listening() {
    kill -0 "$posternd_pid" 2>/dev/null || fail "posternd did not start: $(cat "$posternd_log")"
    address=$(sed -nE 's/.* listening on ([^ ]*:[0-9]+)$/\1/p' "$posternd_log" | tail -n 1)
    [[ -n $address ]]
  }
  until_true "posternd to listen" listening
}
