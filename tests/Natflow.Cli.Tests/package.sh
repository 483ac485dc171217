#!/bin/bash
# Installs, starts, upgrades, removes and purges the package on this machine's own root, over which overlays lie: nothing stays. As root, in namespaces of its own:
# unshare --mount --net package.sh DIRECTORY FIRST.deb SECOND.deb. Says what it finds, a line each.
set -eu
work=$1 first=$2 second=$3
conf=/etc/natflow/natflow.conf

mount -t tmpfs tmpfs "$work"
for directory in etc usr var; do
  mkdir "$work/$directory" "$work/$directory.work"
  mount -t overlay overlay -o "lowerdir=/$directory,upperdir=$work/$directory,workdir=$work/$directory.work" "/$directory"
done
mount -t tmpfs tmpfs /run
passwd=$(cat /etc/passwd /etc/group)

quiet() { "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; }

quiet dpkg --install "$first"
echo "user $(getent passwd natflow | cut -d: -f6,7)"
stat -c 'owner %U:%G %a %n' /etc/natflow $conf
for file in /usr/share/man/man1/natflow.1.gz /usr/share/bash-completion/completions/natflow /usr/share/zsh/vendor-completions/_natflow /usr/share/fish/vendor_completions.d/natflow.fish; do
  test -s $file && echo "there $file"
done
quiet natflow check-config --config $conf

ip link set lo up
for side in lan wan; do
  ip link add ${side}0 type veth peer name ${side}1
  ip link set ${side}0 up
  ip link set ${side}1 up
done
ip addr add 10.0.0.1/24 dev lan0
ip addr add 203.0.113.1/24 dev wan0
cat > $conf <<EOF
# the operator's own
natflow {
  ports { lan = [ { interface = lan0, mode = af_packet } ], wan = [ { interface = wan0, mode = af_packet } ] }
  nat.public = [ 203.0.113.1 ]
  offload.engine = none
  management.http.enabled = on
}
EOF
quiet natflow token alice --role admin
token=$(cat "$work/log")
stat -c 'owner %U:%G %a %n' /etc/natflow/tokens
install -d -o natflow -g natflow -m 750 /run/natflow /var/lib/natflow
capabilities=+net_admin,+net_raw,+bpf,+perfmon
setpriv --reuid natflow --regid natflow --init-groups --inh-caps $capabilities --ambient-caps $capabilities natflow run --config $conf > "$work/run.log" 2>&1 &
gateway=$!
for (( i = 0; i < 300; i++ )); do
  natflow status --json > "$work/status" 2> /dev/null && break
  kill -0 $gateway || { cat "$work/run.log" >&2; exit 1; }
done
echo "state $(grep -o '"state":"[a-z]*"' "$work/status")"
tag=$(curl -s -o /dev/null -D - -H "Authorization: Bearer $token" http://127.0.0.1:8558/api/v1/sets | tr -d '\r' | sed -n 's/^ETag: //p')
code=$(curl -s -o "$work/answer" -w '%{http_code}' -X PUT -H "Authorization: Bearer $token" -H "If-Match: $tag" -H 'Content-Type: application/json' \
  -d '{"sets":[{"name":"guests","entries":["10.1.0.0/16"],"file":"","isKernel":false}]}' http://127.0.0.1:8558/api/v1/sets)
echo "put $code"
echo "written $(grep -c 'written by the API' $conf)"
kill -TERM $gateway
wait $gateway && echo "ended 0"

quiet dpkg --force-confold --install "$second"
echo "kept $(head -1 $conf)"
echo "version $(dpkg-query -W -f '${Version}' natflow)"
quiet dpkg --remove natflow
echo "removed $(ls /usr/bin/natflow /usr/lib/natflow 2> /dev/null | wc -l), configuration $(ls /etc/natflow | tr '\n' ' ')"
quiet dpkg --purge natflow
test "$passwd" = "$(cat /etc/passwd /etc/group)" && echo "users as before"
cd "$work"
find etc usr var -name '*natflow*' -not -type c | sed 's/^/left /'
