#!/usr/bin/env bash
# `postern explain` as a person uses it: the program, against posternd with a policy whose rules branch and miss.
set -euo pipefail
source tests/fakes/lib.sh

# Paths are shown as --config gave them, so the policy is named from where posternd runs.
mkdir -p "$TEST_TMPDIR/here"
ln -s "$PWD/server" "$PWD/cli" "$TEST_TMPDIR/here"
cd "$TEST_TMPDIR/here"
cat >policy.toml <<'END'
[server]
hostname = "mail.example.org"

[queue.strategy]
route = [
  { if = "retry_num > 3 || last_error == 'connection'", then = "'backup'" },
  { if = "matches('^(.+)@corp[.]example$', rcpt)", then = "'site-' + labels['site']" },
  { else = "'mx'" },
]
connection = [
  { if = "mx == 'mx.slow.example' && is_ip_in_cidr(remote_ip, '192.0.2.0/24')", then = "'slow'" },
  { else = "'default'" },
]
tls = [
  { if = "mx == 'mx.slow.example'", then = "'strict'" },
  { else = "'default'" },
]

[queue.route.backup]
type = "relay"
address = "127.0.0.1"
port = 2525
protocol = "smtp"
tls.implicit = false

[queue.route.site-north]
type = "relay"
address = "192.0.2.25"
tls.implicit = false
ip-lookup = "ipv4_only"

[queue.connection.slow]
source-ips = ["127.0.0.2", "127.0.0.3"]
ehlo-hostname = "slow.example.org"
timeout.connect = "6m30s"

[queue.source-ip."127.0.0.2"]
ehlo-hostname = "out-2.example.org"

[queue.tls.strict]
starttls = "require"
END
start_posternd --config policy.toml

# explains NAME ARGUMENTS... : what explain says must be standard input; what it said otherwise is there to be pasted.
explains() {
  local said
  said=$(cli/postern explain --server "$address" --from news@example.org "${@:2}" 2>&1) || fail "$1: status $?: $said"
  said=$(sed -E 's/^policy [0-9a-f]{16}$/policy HASH/' <<<"$said")
  diff <(cat) <(printf '%s\n' "$said") || fail "$1 says otherwise (> above); whole:
$said"
}

explains "what if this were the host, of a third attempt" \
  --to joe@example.com --retry-num 2 --last-error connection --mx mx.slow.example --remote-ip 192.0.2.7 --dns <<'END'
policy HASH

joe@example.com
  would be put off: the plan needs TLS, which this version does not have: TLS strategy "strict"
    has starttls = "require", and mail never leaves in clear where that is wanted; let
    queue.strategy.tls choose another for mail that may, or wait for a version with TLS (PLAN,
    TLS_UNAVAILABLE, 4.7.4)

  route       backup                                                            queue.strategy.route
    yes  [0] if retry_num > 3 || last_error == 'connection' then 'backup'           policy.toml:6:10
             read retry_num = 2, last_error = 'connection'
    -    [1] if matches('^(.+)@corp[.]example$', rcpt)                              policy.toml:7:10
             then 'site-' + labels['site'] (not reached)
    -    [2] else 'mx' (not reached)                                                policy.toml:8:12

  connection  slow                                                         queue.strategy.connection
    yes  [0] if mx == 'mx.slow.example'                                            policy.toml:11:10
             && is_ip_in_cidr(remote_ip, '192.0.2.0/24')
             then 'slow'
             read mx = 'mx.slow.example', remote_ip = '192.0.2.7'
    -    [1] else 'default' (not reached)                                          policy.toml:12:12

  tls         strict                                                              queue.strategy.tls
    yes  [0] if mx == 'mx.slow.example' then 'strict'                              policy.toml:15:10
             read mx = 'mx.slow.example'
    -    [1] else 'default' (not reached)                                          policy.toml:16:12

  leaves from 127.0.0.2  EHLO out-2.example.org (queue.source-ip)   weight 1
              127.0.0.3  EHLO slow.example.org  (queue.connection)  weight 1
  timeouts    connect 6m30s, greeting 5m, EHLO 5m, MAIL FROM 5m, RCPT TO 5m, DATA 10m
  TLS plan    STARTTLS required, DANE optional, MTA-STS optional, invalid certificates refused;
              limits: handshake 3m, MTA-STS policy 5m
  route plan  the relay 127.0.0.1, port 2525, SMTP, no TLS from the start; IPv4 before IPv6
  targets     127.0.0.1:2525  127.0.0.1
END

explains "two recipients, each with a route of its own" \
  --to ann@corp.example --to bob@example.com --label site=north <<'END'
policy HASH

ann@corp.example

  route       site-north                                                        queue.strategy.route
    no   [0] if retry_num > 3 || last_error == 'connection' then 'backup'           policy.toml:6:10
             read retry_num = 0, last_error = 'none'
    yes  [1] if matches('^(.+)@corp[.]example$', rcpt)                              policy.toml:7:10
             then 'site-' + labels['site']
             read rcpt = 'ann@corp.example', labels['site'] = 'north'
             gives site-north
    -    [2] else 'mx' (not reached)                                                policy.toml:8:12

  connection  default                                                      queue.strategy.connection
    no   [0] if mx == 'mx.slow.example'                                            policy.toml:11:10
             && is_ip_in_cidr(remote_ip, '192.0.2.0/24')
             then 'slow'
             read mx = ''
    yes  [1] else 'default'                                                        policy.toml:12:12

  tls         default                                                             queue.strategy.tls
    no   [0] if mx == 'mx.slow.example' then 'strict'                              policy.toml:15:10
             read mx = ''
    yes  [1] else 'default'                                                        policy.toml:16:12

  leaves from the address that the system chooses
  EHLO name   mail.example.org (server.hostname)
  timeouts    connect 5m, greeting 5m, EHLO 5m, MAIL FROM 5m, RCPT TO 5m, DATA 10m
  TLS plan    STARTTLS optional, DANE optional, MTA-STS optional, invalid certificates refused;
              limits: handshake 3m, MTA-STS policy 5m
  route plan  the relay 192.0.2.25, port 25, SMTP, no TLS from the start; IPv4 only

bob@example.com

  route       mx                                                                queue.strategy.route
    no   [0] if retry_num > 3 || last_error == 'connection' then 'backup'           policy.toml:6:10
             read retry_num = 0, last_error = 'none'
    no   [1] if matches('^(.+)@corp[.]example$', rcpt)                              policy.toml:7:10
             then 'site-' + labels['site']
             read rcpt = 'bob@example.com'
    yes  [2] else 'mx'                                                              policy.toml:8:12

  connection  default                                                      queue.strategy.connection
    no   [0] if mx == 'mx.slow.example'                                            policy.toml:11:10
             && is_ip_in_cidr(remote_ip, '192.0.2.0/24')
             then 'slow'
             read mx = ''
    yes  [1] else 'default'                                                        policy.toml:12:12

  tls         default                                                             queue.strategy.tls
    no   [0] if mx == 'mx.slow.example' then 'strict'                              policy.toml:15:10
             read mx = ''
    yes  [1] else 'default'                                                        policy.toml:16:12

  leaves from the address that the system chooses
  EHLO name   mail.example.org (server.hostname)
  timeouts    connect 5m, greeting 5m, EHLO 5m, MAIL FROM 5m, RCPT TO 5m, DATA 10m
  TLS plan    STARTTLS optional, DANE optional, MTA-STS optional, invalid certificates refused;
              limits: handshake 3m, MTA-STS policy 5m
  route plan  the mail exchangers of the recipient's domain, port 25; at most 5 hosts,
              2 addresses each; IPv4 before IPv6; never 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10
              and 16 more networks
END

explains "a rule whose id is not there" --to ann@corp.example --label site=south <<'END'
policy HASH

ann@corp.example

  route       mx  FALLBACK: there is no 'site-south'                            queue.strategy.route
    no   [0] if retry_num > 3 || last_error == 'connection' then 'backup'           policy.toml:6:10
             read retry_num = 0, last_error = 'none'
    yes  [1] if matches('^(.+)@corp[.]example$', rcpt)                              policy.toml:7:10
             then 'site-' + labels['site']
             read rcpt = 'ann@corp.example', labels['site'] = 'south'
             gives site-south, but there is no 'site-south'
    -    [2] else 'mx' (not reached)                                                policy.toml:8:12
    =>   fallback: mx

  connection  default                                                      queue.strategy.connection
    no   [0] if mx == 'mx.slow.example'                                            policy.toml:11:10
             && is_ip_in_cidr(remote_ip, '192.0.2.0/24')
             then 'slow'
             read mx = ''
    yes  [1] else 'default'                                                        policy.toml:12:12

  tls         default                                                             queue.strategy.tls
    no   [0] if mx == 'mx.slow.example' then 'strict'                              policy.toml:15:10
             read mx = ''
    yes  [1] else 'default'                                                        policy.toml:16:12

  leaves from the address that the system chooses
  EHLO name   mail.example.org (server.hostname)
  timeouts    connect 5m, greeting 5m, EHLO 5m, MAIL FROM 5m, RCPT TO 5m, DATA 10m
  TLS plan    STARTTLS optional, DANE optional, MTA-STS optional, invalid certificates refused;
              limits: handshake 3m, MTA-STS policy 5m
  route plan  the mail exchangers of the recipient's domain, port 25; at most 5 hosts,
              2 addresses each; IPv4 before IPv6; never 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10
              and 16 more networks
END

# What was read is shown, and does nothing to the terminal.
said=$(cli/postern explain --server "$address" --from "" --to ann@corp.example --label $'site=\e[2J' --json)
[[ $said != *$'\e'* ]] || fail "an escape sequence got into the JSON: $said"
said=$(cli/postern explain --server "$address" --from "" --to ann@corp.example --label $'site=\e[2J')
[[ $said == *"labels['site'] = '\\x1B[2J'"* ]] || fail "what was read is not shown: $said"
[[ $said != *$'\e'* ]] || fail "an escape sequence got through: $said"

# A pipe has no colour, a terminal has, unless told otherwise.
on_a_terminal() {
  script -qec "$* cli/postern explain --server $address --from '' --to joe@example.com" /dev/null
}
[[ $(on_a_terminal env -u NO_COLOR TERM=xterm) == *$'\e[1mjoe@example.com\e[0m'* ]] || fail "no colour on a terminal"
[[ $(on_a_terminal env NO_COLOR=1 TERM=xterm) != *$'\e'* ]] || fail "colour in spite of NO_COLOR"
[[ $(on_a_terminal env -u NO_COLOR TERM=dumb) != *$'\e'* ]] || fail "colour on a dumb terminal"
