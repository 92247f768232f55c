#!/usr/bin/env bash
# posternd as a program: how it starts, refuses to start, and ends.
set -uo pipefail

posternd=$PWD/server/posternd
work=$TEST_TMPDIR
failures=0
running=
trap '[[ -z $running ]] || kill -KILL "$running" 2>/dev/null' EXIT

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect NAME STATUS PATTERN ARGS...: posternd ends by itself with STATUS, having said PATTERN.
expect() {
  local name=$1 status=$2 pattern=$3 said actual
  shift 3
  said=$(timeout 20 "$posternd" "$@" 2>&1)
  actual=$?
  ((actual == status)) || fail "$name: exit status $actual, not $status: $said"
  grep -qE -- "$pattern" <<<"$said" || fail "$name: nothing like '$pattern' in: $said"
}

# start ARGS...: sets running and address.
start() {
  "$posternd" "$@" 2>"$work/log" &
  running=$!
  address=
  local i
  for ((i = 0; i < 200; i++)); do
    address=$(sed -nE 's/.* listening on ([^ ]*:[0-9]+)$/\1/p' "$work/log" | tail -n 1)
    [[ -n $address ]] && return
    kill -0 "$running" 2>/dev/null || break
    sleep 0.05
  done
  fail "posternd $* did not start: $(cat "$work/log")"
}

# stop SIGNAL: ends within 5 s, with status 0.
stop() {
  kill "-$1" "$running"
  timeout 5 tail --pid="$running" -f /dev/null || fail "did not end within 5 s of SIG$1"
  wait "$running"
  local status=$?
  ((status == 0)) || fail "exit status $status after SIG$1: $(cat "$work/log")"
  running=
}

printf '[server]\nhostname = "mail.example.org"\n' >"$work/good.toml"
printf '[server]\nhostnam = "mail.example.org"\n[queue.connection.x]\ntimeout.connect = "soon"\n' >"$work/bad.toml"

expect "help" 0 '--ops-listen' --help
expect "version" 0 '^posternd [0-9]' --version
expect "unknown flag" 64 'see posternd --help' --frobnicate
expect "beyond loopback" 64 'add --insecure' --listen 0.0.0.0:0
expect "check of a good policy" 0 'good.toml: OK' --check --config "$work/good.toml"
expect "check without files" 0 'built-in policy: OK' --check
expect "check shows the first issue" 1 "bad.toml:2:1: error: .*hostnam" --check --config "$work/bad.toml"
expect "check shows the second issue" 1 "bad.toml:4:[0-9]+: error: " --check --config "$work/bad.toml"
printf '[server]\nhostname = "mail"\n' >"$work/warned.toml"
expect "a warning does not stop" 0 'warned.toml: OK' --check --config "$work/warned.toml"
expect "but with --strict" 1 'ehlo-not-qualified' --check --strict --config "$work/warned.toml"
expect "strict without check" 64 'are for --check' --strict
expect "an unknown format" 64 'write text or json' --check --format xml
"$posternd" --check --format json --config "$work/bad.toml" 2>"$work/err" >"$work/json"
(($? == 1)) || fail "--format json of a bad policy: exit status is not 1"
[[ ! -s $work/err ]] || fail "--format json says more: $(cat "$work/err")"
python3 - "$work/json" <<'END' || fail "--format json: $(cat "$work/json")"
import json, sys
issues = json.load(open(sys.argv[1]))
assert [(i["line"], i["severity"], i["rule"]) for i in issues] == [(2, "error", "unknown-key"), (4, "error", "bad-duration")], issues
assert set(issues[0]) == {"file", "line", "column", "severity", "rule", "message", "suggestion"}, issues
END
[[ $("$posternd" --check --format json --config "$work/good.toml") == "[]" ]] || fail "--format json of a good policy is not []"
expect "colour when asked for" 1 $'\x1B\\[1;31merror' --check --color always --config "$work/bad.toml"
expect "check of a missing file" 1 'nowhere.toml' --check --config "$work/nowhere.toml"
expect "start with a bad policy" 1 "bad.toml:2:1: error: " --config "$work/bad.toml" --listen 127.0.0.1:0
expect "start with a bad policy" 1 "bad.toml:4:[0-9]+: error: " --config "$work/bad.toml" --listen 127.0.0.1:0

start --config "$work/good.toml" --listen 127.0.0.1:0
expect "port in use" 1 "cannot listen on $address: the port is in use" --listen "$address"
stop TERM

start --config "$work/good.toml" --listen 0.0.0.0:0 --insecure --ops-listen 127.0.0.1:0
sed 's/mail/other/' "$work/good.toml" >"$work/new"
cp "$work/good.toml" "$work/kept"
mv "$work/new" "$work/good.toml"
for ((i = 0; i < 100; i++)); do grep -q 'is in force now' "$work/log" && break; sleep 0.05; done
grep -q 'is in force now' "$work/log" || fail "an edit is not seen: $(cat "$work/log")"
kill -HUP "$running"
for ((i = 0; i < 100; i++)); do grep -q 'is in force as before' "$work/log" && break; sleep 0.05; done
grep -q 'is in force as before' "$work/log" || fail "SIGHUP does not reload: $(cat "$work/log")"
mv "$work/kept" "$work/good.toml"

grep -q -- '--insecure: .* whoever reaches it may send mail' "$work/log" || fail "--insecure is not in the log: $(cat "$work/log")"
ops=$(sed -nE 's/.*ops listening on ([^ ]*)$/\1/p' "$work/log")
exec 3<>"/dev/tcp/${ops%:*}/${ops##*:}"
printf 'GET /readyz HTTP/1.1\r\n\r\n' >&3
grep -q '200 OK' <&3 || fail "/readyz is not 200"
exec 3>&-
stop INT

if [[ -e /proc/net/if_inet6 ]] && grep -q ' lo$' /proc/net/if_inet6; then
  start --listen '[::1]:0'
  [[ $address == '[::1]:'* ]] || fail "IPv6 address in the log: $address"
  stop TERM
fi

((failures == 0))
