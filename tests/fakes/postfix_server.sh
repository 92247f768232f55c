#!/bin/sh
# A Postfix of its own for a test: everything it reads and writes is in a new folder in /tmp, and the system's own
# Postfix is left alone. It takes mail on one loopback address and port for one recipient of example.com and bücher.example,
# refuses all other recipients, and holds what it takes in its queue. Needs root: Postfix's master becomes other users.
#
#   postfix_server.sh ADDRESS PORT RECIPIENT SMTPUTF8
#
# SMTPUTF8, yes or no, is whether it offers that.
#
# Says "folder DIR" once it listens. Each line on the input names a message in the queue, which is then
# written to DIR/read/ID. The end of the input, or SIGTERM, ends it and removes the folder.
set -eu
address=$1 port=$2 recipient=$3 smtputf8=$4
PATH=/usr/sbin:/usr/bin:/sbin:/bin

dir=$(mktemp -d /tmp/postern-postfix.XXXXXX)
chmod 755 "$dir"
# Whether a process still runs; one that has ended and that nobody has waited for yet does not.
runs() { grep -qs '^State:.[^Z]' "/proc/$1/status"; }
finish() {
  trap - EXIT INT TERM
  master=$(tr -dc 0-9 2>/dev/null <"$dir/queue/pid/master.pid" || true) # padded with blanks
  if [ -n "$master" ]; then
    # master has a session of its own, and ends with all its children.
    tries=0
    while runs "$master" && [ $tries -lt 100 ]; do
      kill "$master" 2>/dev/null || true
      tries=$((tries + 1))
      sleep 0.05
    done
    kill -s KILL -- "-$master" 2>/dev/null || true
  fi
  rm -rf "$dir"
  exit
}
trap finish EXIT INT TERM

# The folders that `postfix start` would make, without its warnings about owners.
mkdir "$dir/etc" "$dir/queue" "$dir/data" "$dir/read" "$dir/queue/pid"
chown postfix "$dir/data"
for queue in active bounce corrupt defer deferred flush hold incoming maildrop private public saved trace; do
  mkdir -m 700 "$dir/queue/$queue"
  chown postfix "$dir/queue/$queue"
done
chgrp postdrop "$dir/queue/maildrop" "$dir/queue/public"
chmod 730 "$dir/queue/maildrop"
chmod 710 "$dir/queue/public"

# inet_interfaces must name an interface's own address; master.cf says where it listens.
cat >"$dir/etc/main.cf" <<END
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
maillog_file = $dir/log
maillog_file_prefixes = $dir
myhostname = mx.example.com
mydestination = example.com, bücher.example
smtputf8_enable = $smtputf8
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps = inline:{ {$recipient = here} }
local_header_rewrite_clients =
message_size_limit = 0
in_flow_delay = 0
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
smtpd_relay_restrictions = reject_unauth_destination
smtpd_data_restrictions = check_client_access static:HOLD
END
cat >"$dir/etc/master.cf" <<END
$address:$port inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
postlog unix-dgram n - n - 1 postlogd
END

# It goes on in the background, and listens when this returns.
postfix -c "$dir/etc" start </dev/null >&2
echo "folder $dir"

while read -r id; do
  case $id in
    *[!0-9A-Za-z]* | '') echo "not a message of the queue: $id" >&2 ;;
    *)
      if postcat -c "$dir/etc" -bh "$dir/queue/hold/$id" >"$dir/part"; then
        chmod 644 "$dir/part"
        mv "$dir/part" "$dir/read/$id"
      fi
      ;;
  esac
done
