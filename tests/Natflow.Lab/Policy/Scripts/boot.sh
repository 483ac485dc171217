#!/bin/sh
# Applies path settings, zones, users, rates and host rules at boot, in the order of a distribution's scripts for the kernel module: the lines are theirs, devices are sockets
# under $DEV. A redirection to a device goes by socat; sets are made by ipset before rules name them.

DEV=${DEV:-/run/natflow}
LAN=${LAN:-lan0}
WAN=${WAN:-wan0}

put() { socat -t 10 - "UNIX-CONNECT:$DEV/$1"; }
get() { socat -t 10 -u "UNIX-CONNECT:$DEV/$1" -; }

path_start() {
	{
		echo "debug=3"
		echo "disabled=0"
		if get natflow_ctl | grep -q 'hwnat='; then echo "hwnat=1"; fi
		if get natflow_ctl | grep -q 'hwnat_wed_disabled='; then echo "hwnat_wed_disabled=0"; fi
		echo "delay_pkts=0"
		echo "go_slowpath_if_no_qos=0"
		echo "ifname_group_type=0"
		echo "ifname_group_clear"
		echo "ifname_group_add=$LAN"
	} | put natflow_ctl
	# Of an operator's rc.local.
	printf 'vline_clear\nvline_add=%s,%s,ipv6\n' "$LAN" "$WAN" | put natflow_ctl
}

zone_start() {
	echo "clean" | put natflow_zone_ctl
	echo "lan_zone 0=$LAN" | put natflow_zone_ctl
	for name in "$WAN" "tun+"; do
		echo "wan_zone 1=$name" | put natflow_zone_ctl
	done
	echo "update_match" | put natflow_zone_ctl
}

list_set() { # name, then the two families' members with | between
	ipset destroy "$1" 2>/dev/null
	ipset destroy "$1_v4" 2>/dev/null
	ipset destroy "$1_v6" 2>/dev/null
	ipset create "$1" list:set
	ipset create "$1_v4" hash:net family inet
	ipset create "$1_v6" hash:net family inet6
	ipset add "$1" "$1_v4"
	ipset add "$1" "$1_v6"
	for member in ${2%%|*}; do ipset add "$1_v4" "$member"; done
	for member in ${2##*|}; do ipset add "$1_v6" "$member"; done
}

user_start() {
	printf 'clean\ndisabled=0\n' | put natflow_user_ctl
	list_set auth_sipgrp_0 "0.0.0.0/1 128.0.0.0/1|fc00::/7 2000::/3"
	list_set auth_ipwhite_0 "10.0.0.200|2001:db8:1::200"
	echo "auth id=0,szone=0,type=auto,sipgrp=auth_sipgrp_0,ipwhite=auth_ipwhite_0,macwhite=" | put natflow_user_ctl
	echo "no_flow_timeout=86400" | put natflow_user_ctl
	echo "redirect_ip=10.10.10.10" | put natflow_user_ctl
	echo "https_redirect_en=0" | put natflow_user_ctl
	echo "https_redirect_port=443" | put natflow_user_ctl
	echo "update_magic" | put natflow_user_ctl
}

qos_start() {
	echo "clear" | put natflow_qos_ctl
	list_set qos_u1 "10.0.0.11 10.0.0.12|2001:db8:1::11"
	ipset destroy qos_rp1 2>/dev/null
	ipset create qos_rp1 bitmap:port range 0-65535
	ipset add qos_rp1 80
	ipset add qos_rp1 443
	echo "add user=qos_u1,user_port=,remote=,remote_port=qos_rp1,proto=tcp,rxbytes=1310720,txbytes=655360" | put natflow_qos_ctl
	echo "add user=10.0.0.0/24,user_port=,remote=198.51.100.50,remote_port=,proto=,rxbytes=1310720,txbytes=1310720" | put natflow_qos_ctl
	echo "tc_classid_mode=0" | put natflow_qos_ctl
}

hostacl_start() {
	echo "clear" | put hostacl_ctl
	for slot in 0 1; do
		for family in ipv4 ipv6 mac; do ipset destroy "host_acl_rule${slot}_$family" 2>/dev/null; done
	done
	# The second rule is for one client, by both families.
	ipset create host_acl_rule1_ipv4 hash:net family inet
	ipset create host_acl_rule1_ipv6 hash:net family inet6
	ipset add host_acl_rule1_ipv4 10.0.0.11
	ipset add host_acl_rule1_ipv6 2001:db8:1::11
	for host in BAD.test ads.example; do
		echo "add acl=0,2,$(echo "$host" | tr 'A-Z' 'a-z')" | put hostacl_ctl
	done
	echo "add acl=1,1,games.test" | put hostacl_ctl
}

clients_start() {
	get natflow_userinfo_ctl | while IFS=, read -r ip rest; do
		case $ip in 10.0.0.10) echo "set-token-ctrl $ip 2621440 1310720" | put natflow_userinfo_ctl ;; esac
	done
}

path_start
zone_start
user_start
qos_start
hostacl_start
clients_start
