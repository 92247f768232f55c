#!/bin/sh
# A mail server whose package excludes Postfix's, for a test: it runs in a root directory of its own, which holds its
# programs (unpacked by tools/setup --test), the libraries that they need, its users, its configuration and the mail that
# it takes. It takes mail on one loopback address and port for alice@example.com, which then is in DIR/mail/new for everybody
# to read, and refuses all other recipients. Needs root: for chroot, and because these servers become other users.
#
#   chroot_server.sh exim|opensmtpd UNPACKED ADDRESS PORT
#
# UNPACKED is the folder with the contents of the package. Says "folder DIR" once it listens. The end of the
# input, or SIGTERM, ends it and removes the folder.
set -eu
kind=$1 unpacked=$2 address=$3 port=$4
PATH=/usr/sbin:/usr/bin:/sbin:/bin

dir=$(mktemp -d /tmp/postern-"$kind".XXXXXX)
chmod 755 "$dir"
server=
publisher=
finish() {
  trap - EXIT INT TERM
  [ -z "$publisher" ] || kill "$publisher" 2>/dev/null || true
  # It has a process group of its own.
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    tries=0
    while kill -0 "$server" 2>/dev/null && [ $tries -lt 100 ]; do
      tries=$((tries + 1))
      sleep 0.05
    done
    kill -s KILL -- "-$server" 2>/dev/null || true
  fi
  rm -rf "$dir"
  exit
}
trap finish EXIT INT TERM

cp -R --preserve=mode "$unpacked/." "$dir"
mkdir -p "$dir/dev" "$dir/etc" "$dir/tmp" "$dir/var/run" "$dir/bin" "$dir/run"
chmod 1777 "$dir/tmp"
mknod -m 666 "$dir/dev/null" c 1 3
mknod -m 666 "$dir/dev/zero" c 1 5
mknod -m 444 "$dir/dev/random" c 1 8
mknod -m 444 "$dir/dev/urandom" c 1 9
cp /bin/dash "$dir/bin/sh"
for program in "$dir"/usr/sbin/* "$dir"/usr/libexec/*/* "$dir/bin/sh"; do
  [ -f "$program" ] || continue
  ldd "$program" 2>/dev/null || true
done | grep -o '/[^ ]*' | sort -u | while read -r library; do
  case $library in *'not found'*) continue ;; esac
  [ -f "$library" ] || continue
  mkdir -p "$dir${library%/*}"
  cp -L "$library" "$dir$library"
done

cat >"$dir/etc/passwd" <<END
root:x:0:0::/:/bin/sh
Debian-exim:x:901:901::/nonexistent:/bin/false
opensmtpd:x:902:902::/var/empty:/bin/false
opensmtpq:x:903:903::/nonexistent:/bin/false
alice:x:904:904::/home/alice:/bin/sh
END
cat >"$dir/etc/group" <<END
root:x:0:
Debian-exim:x:901:
opensmtpd:x:902:
opensmtpq:x:903:
alice:x:904:
END
echo 'root:*:::::::' >"$dir/etc/shadow"
echo 'passwd: files' >"$dir/etc/nsswitch.conf"
echo '127.0.0.1 localhost mx.example.com' >"$dir/etc/hosts"
mkdir -p "$dir/home/alice"
chown 904:904 "$dir/home/alice"
chmod 711 "$dir/home" "$dir/home/alice"

case $kind in
  exim)
    # What it delivers with is itself, started once more.
    chmod 4755 "$dir/usr/sbin/exim4"
    mkdir -p "$dir/var/spool/exim4" "$dir/etc/exim4"
    chown 901:901 "$dir/var/spool/exim4"
    cat >"$dir/etc/exim4/exim4.conf" <<END
primary_hostname = mx.example.com
daemon_smtp_ports = $port
local_interfaces = $address
spool_directory = /var/spool/exim4
log_file_path = /var/spool/exim4/%slog
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
smtp_accept_max = 0
begin acl
rcpt:
  deny !domains = example.com
       message = relay not permitted
  accept verify = recipient
  deny message = Unknown user
begin routers
local:
  driver = accept
  check_local_user
  transport = maildir
begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = /home/\$local_part_data/Maildir
  create_directory
  mode = 0644
  directory_mode = 0755
END
    set -- /usr/sbin/exim4 -bdf -oP /run/exim.pid
    ;;
  opensmtpd)
    mkdir -p "$dir/var/empty" "$dir/var/spool/smtpd"
    chmod 711 "$dir/var/spool/smtpd"
    cat >"$dir/etc/smtpd.conf" <<END
listen on $address port $port hostname mx.example.com
action "local" maildir
match from any for domain "example.com" action "local"
END
    set -- /usr/sbin/smtpd -d -f /etc/smtpd.conf
    ;;
esac

setsid chroot "$dir" "$@" </dev/null >"$dir/log" 2>&1 &
server=$!
# /proc/net/tcp has what listens (0A), in hexadecimal digits.
listens() { grep -qs "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$port") [0-9A-F:]* 0A" /proc/net/tcp; }
until listens; do
  kill -0 "$server" 2>/dev/null || { cat "$dir/log" >&2; exit 1; }
  sleep 0.05
done

# Mailboxes are their owners' alone.
publish() {
  for message in "$dir/home/alice/Maildir/new"/*; do
    name=${message##*/}
    if [ -f "$message" ] && [ ! -e "$dir/mail/new/$name" ]; then
      cp "$message" "$dir/mail/part"
      chmod 644 "$dir/mail/part"
      mv "$dir/mail/part" "$dir/mail/new/$name"
    fi
  done
}
mkdir -p "$dir/mail/new"
while sleep 0.05; do publish; done &
publisher=$!

echo "folder $dir"
while read -r _; do :; done
