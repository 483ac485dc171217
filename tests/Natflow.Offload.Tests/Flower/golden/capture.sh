#!/bin/sh
# Writes what `tc` sends for the rules of a flow, one file a request: the netlink message in hexadecimal, its sequence number zero.
# Usage: capture.sh FOLDER. Needs root, iproute2 and strace; makes a network namespace of its own and deletes it. The kernel may refuse the rules.
set -eu
folder=$1
space=nf-$$-tc
trap 'ip netns del "$space" 2>/dev/null || true' EXIT
ip netns add "$space"
ip -n "$space" link add lan0 index 101 type veth peer name wan0 index 102

record() {
  name=$1
  shift
  ip netns exec "$space" strace -qq -e trace=sendmsg -e write=all -o "$folder/$name.trace" "$@" >/dev/null 2>&1 || true
  # Bytes 8 to 11 are the sequence number: of the clock, so cleared.
  sed -n 's/^ | [0-9a-f]* *\(.\{50\}\).*$/\1/p' "$folder/$name.trace" | tr -d ' \n' | sed 's/^\(.\{16\}\).\{8\}/\100000000/' | fold -w 64 >"$folder/$name.hex"
  echo >>"$folder/$name.hex"
  rm "$folder/$name.trace"
}

out="filter add dev lan0 ingress protocol ip pref 100 handle 0x1001 flower skip_sw indev lan0"
in="filter add dev wan0 ingress protocol ip pref 100 handle 0x1002 flower skip_sw indev wan0"
to_gateway="munge eth src set 02:11:22:33:44:02 munge eth dst set 02:de:ad:be:ef:fe"
to_client="munge eth src set 02:11:22:33:44:01 munge eth dst set 02:aa:bb:cc:dd:10"
inside="src_ip 192.168.1.10/32 dst_ip 203.0.113.80/32 src_port 40000 dst_port 443"
outside="src_ip 203.0.113.80/32 dst_ip 198.51.100.7/32 src_port 443 dst_port 51000"

record qdisc tc qdisc add dev lan0 clsact
record snat-tcp-out tc $out ip_proto tcp $inside \
  action pedit ex $to_gateway munge ip src set 198.51.100.7 munge tcp sport set 51000 pipe \
  action csum ip and tcp pipe action mirred egress redirect dev wan0
record snat-tcp-in tc $in ip_proto tcp $outside \
  action pedit ex $to_client munge ip dst set 192.168.1.10 munge tcp dport set 40000 pipe \
  action csum ip and tcp pipe action mirred egress redirect dev lan0
record snat-udp-out tc $out ip_proto udp $inside \
  action pedit ex $to_gateway munge ip src set 198.51.100.7 munge udp sport set 51000 pipe \
  action csum ip and udp pipe action mirred egress redirect dev wan0
record twice-udp tc $out ip_proto udp $inside \
  action pedit ex $to_gateway munge ip src set 198.51.100.7 munge ip dst set 192.168.1.20 \
  munge udp sport set 51000 munge udp dport set 8443 pipe \
  action csum ip and udp pipe action mirred egress redirect dev wan0
record route-tcp tc $out ip_proto tcp $inside \
  action pedit ex $to_gateway pipe action mirred egress redirect dev wan0
record route-tcp-ttl tc $out ip_proto tcp $inside \
  action pedit ex $to_gateway munge ip ttl dec pipe action csum ip pipe action mirred egress redirect dev wan0
record vlan-push tc $out ip_proto tcp $inside \
  action pedit ex $to_gateway munge ip src set 198.51.100.7 munge tcp sport set 51000 pipe \
  action csum ip and tcp pipe action vlan push id 20 protocol 802.1Q pipe action mirred egress redirect dev wan0
record vlan-pop tc filter add dev wan0 ingress protocol 802.1Q pref 100 handle 0x1002 flower skip_sw indev wan0 vlan_id 20 vlan_ethtype ip \
  ip_proto tcp $outside action vlan pop pipe \
  action pedit ex $to_client munge ip dst set 192.168.1.10 munge tcp dport set 40000 pipe \
  action csum ip and tcp pipe action mirred egress redirect dev lan0
record route6-udp tc filter add dev lan0 ingress protocol ipv6 pref 100 handle 0x1001 flower skip_sw indev lan0 ip_proto udp \
  src_ip 2001:db8:1::10/128 dst_ip 2001:db8:ffff::80/128 src_port 40000 dst_port 443 \
  action pedit ex $to_gateway pipe action mirred egress redirect dev wan0
record get tc -s filter get dev lan0 ingress protocol ip pref 100 handle 0x1001 flower
record delete tc filter del dev lan0 ingress protocol ip pref 100 handle 0x1001 flower
record flush tc filter del dev lan0 ingress protocol ip pref 100
