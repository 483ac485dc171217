/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Which frames are for the box itself. Shared by the XDP program of the af_xdp port and the ingress guard of the af_packet port,
 * so that both ports leave the same traffic to the kernel.
 */
#ifndef NATFLOW_HOST_FILTER_H
#define NATFLOW_HOST_FILTER_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define HOST_VLAN_TAGS_MAX	2
#define HOST_EXTENSIONS_MAX	4
#define HOST_ADDRESSES_MAX	4096
#define HOST_PORT_WORDS		1024	/* 65,536 bits a protocol. */
#define HOST_IP_FRAGMENT	0x3fff	/* MF or an offset. */


/* Value of both address maps. */
#define LOCAL_NAT_PUBLIC	(1 << 0) /* Also a NAT address; without it everything is the kernel's. */

/* Numbers leave the process: never renumber, only append. */
enum host_counter {
	HOST_GATEWAY = 0,	/* Taken by the gateway. */
	HOST_NOT_IP = 1,	/* ARP, LLDP and the like, or more tags than the bound. */
	HOST_GROUP = 2,		/* Multicast, broadcast, link-local, loopback, unspecified. */
	HOST_LOCAL = 3,		/* An address of the box. */
	HOST_PPPOE = 4,		/* PPPoE that is the kernel's. */
	HOST_NO_SOCKET = 5,	/* Dropped: the gateway's, but nobody listens on the queue. */
	HOST_UNKNOWN_PORT = 6,	/* Dropped: the gateway's, on an interface that is no port of it. */
	HOST_COUNTERS = 8,
};

struct host_counters {
	__u64 count[HOST_COUNTERS];
};
_Static_assert(sizeof(struct host_counters) == 64, "HostFilterLayout.CountersBytes");

struct host_address6 {
	__u32 word[4];
};
_Static_assert(sizeof(struct host_address6) == 16, "HostFilterLayout.Address6Bytes");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HOST_ADDRESSES_MAX);
	__type(key, __u32);
	__type(value, __u32);
} local_addresses4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HOST_ADDRESSES_MAX);
	__type(key, struct host_address6);
	__type(value, __u32);
} local_addresses6 SEC(".maps");

/* Words 0 to 1023: TCP; from 1024: UDP. Bit n % 64 of word n / 64. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * HOST_PORT_WORDS);
	__type(key, __u32);
	__type(value, __u64);
} gateway_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct host_counters);
} host_counts SEC(".maps");

/* Set before loading. */
const volatile __u32 pppoe_to_gateway = 0;

struct host_vlan {
	__be16 tci;
	__be16 proto;
};

static __always_inline void host_count(enum host_counter counter)
{
	__u32 zero = 0;
	struct host_counters *counters = bpf_map_lookup_elem(&host_counts, &zero);

	if (counters)
		counters->count[counter]++;	/* Per CPU, and programs on one CPU do not interrupt each other. */
}

static __always_inline int host_port_is_gateways(__u8 protocol, __be16 port_be)
{
	__u32 port = bpf_ntohs(port_be);
	__u32 index = (protocol == IPPROTO_UDP ? HOST_PORT_WORDS : 0) + port / 64;
	__u64 *word = bpf_map_lookup_elem(&gateway_ports, &index);

	return word && *word >> (port & 63) & 1;
}

/*
 * A packet to an address that is both the box's and NAT's. What the port bitmap cannot decide (fragments, answers, errors) goes to
 * the gateway, which hands back what is the kernel's.
 */
static __always_inline enum host_counter host_transport(__u8 protocol, void *l4, void *data_end)
{
	__u8 *type = l4;
	__be16 *ports = l4;

	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		if ((void *)(ports + 2) > data_end)
			return HOST_GATEWAY;	/* Truncated: counted there. */
		return host_port_is_gateways(protocol, ports[1]) ? HOST_GATEWAY : HOST_LOCAL;
	case IPPROTO_ICMP:
		if ((void *)(type + 1) > data_end)
			return HOST_GATEWAY;
		switch (*type) {
		case 0: case 3: case 4: case 11: case 12: case 14: case 18:	/* Replies and errors. */
			return HOST_GATEWAY;
		}
		return HOST_LOCAL;
	case IPPROTO_ICMPV6:
		if ((void *)(type + 1) > data_end)
			return HOST_GATEWAY;
		return (*type >= 1 && *type <= 4) || *type == 129 ? HOST_GATEWAY : HOST_LOCAL;
	}
	return HOST_LOCAL;
}

static __always_inline enum host_counter host_classify4(void *l3, void *data_end)
{
	struct iphdr *ip = l3;
	__u32 daddr, *flags;

	if ((void *)(ip + 1) > data_end || ip->version != 4)
		return HOST_GATEWAY;
	daddr = bpf_ntohl(ip->daddr);
	if (daddr >> 28 >= 0xe || daddr >> 24 == 0 || daddr >> 24 == 127 || daddr >> 16 == 0xa9fe)
		return HOST_GROUP;
	flags = bpf_map_lookup_elem(&local_addresses4, &ip->daddr);
	if (!flags)
		return HOST_GATEWAY;
	if (!(*flags & LOCAL_NAT_PUBLIC))
		return HOST_LOCAL;
	if (ip->frag_off & bpf_htons(HOST_IP_FRAGMENT) || ip->ihl < 5)
		return HOST_GATEWAY;
	return host_transport(ip->protocol, l3 + ip->ihl * 4, data_end);
}

static __always_inline int host_is_group6(const struct in6_addr *address)
{
	const __u32 *word = address->in6_u.u6_addr32;

	if (address->in6_u.u6_addr8[0] == 0xff)
		return 1;
	if ((word[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000))
		return 1;
	return !word[0] && !word[1] && !word[2] && bpf_ntohl(word[3]) <= 1;
}

static __always_inline enum host_counter host_classify6(void *l3, void *data_end)
{
	struct ipv6hdr *ip = l3;
	struct host_address6 key;
	void *l4 = ip + 1;
	__u8 protocol, *extension;
	__u32 *flags;
	int i;

	if ((void *)(ip + 1) > data_end || ip->version != 6)
		return HOST_GATEWAY;
	if (host_is_group6(&ip->daddr))
		return HOST_GROUP;
	__builtin_memcpy(&key, &ip->daddr, sizeof(key));
	flags = bpf_map_lookup_elem(&local_addresses6, &key);
	if (!flags)
		return HOST_GATEWAY;
	if (!(*flags & LOCAL_NAT_PUBLIC))
		return HOST_LOCAL;

	protocol = ip->nexthdr;
	for (i = 0; i < HOST_EXTENSIONS_MAX; i++) {
		if (protocol != IPPROTO_HOPOPTS && protocol != IPPROTO_ROUTING && protocol != IPPROTO_DSTOPTS)
			break;
		extension = l4;
		if ((void *)(extension + 2) > data_end)
			return HOST_GATEWAY;
		protocol = extension[0];
		l4 += (extension[1] + 1) * 8;
	}
	if (i == HOST_EXTENSIONS_MAX || protocol == IPPROTO_FRAGMENT)
		return HOST_GATEWAY;
	return host_transport(protocol, l4, data_end);
}

/* HOST_GATEWAY, or why the frame is the kernel's. */
static __always_inline enum host_counter host_classify(void *data, void *data_end)
{
	struct ethhdr *eth = data;
	void *l3 = eth + 1;
	struct host_vlan *vlan;
	__be16 proto;
	int i;

	if ((void *)(eth + 1) > data_end)
		return HOST_NOT_IP;
	if (eth->h_dest[0] & 1)		/* Never forwarded: RFC 1812 section 5.3.4. */
		return HOST_GROUP;

	proto = eth->h_proto;
#pragma unroll
	for (i = 0; i < HOST_VLAN_TAGS_MAX; i++) {
		if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD) && proto != bpf_htons(ETH_P_QINQ1))
			break;
		vlan = l3;
		if ((void *)(vlan + 1) > data_end)
			return HOST_NOT_IP;
		proto = vlan->proto;
		l3 = vlan + 1;
	}

	if (proto == bpf_htons(ETH_P_IP))
		return host_classify4(l3, data_end);
	if (proto == bpf_htons(ETH_P_IPV6))
		return host_classify6(l3, data_end);
	if (proto == bpf_htons(ETH_P_PPP_SES))
		return pppoe_to_gateway ? HOST_GATEWAY : HOST_PPPOE;
	return HOST_NOT_IP;
}

#endif
