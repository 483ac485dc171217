// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The soft PPE: forwards the packets of bound flows in front of the kernel. One program for LAN and WAN ports. What an entry does not fully describe is
 * left to the gateway, unchanged.
 */
#include "host_sockets.h"
#include "ppe_tc.h"

#define SUM_BYTES_MAX		2048	/* Of TCP or UDP that are summed up. */
#define PPPOE_SESSION		0x1100	/* Version 1, type 1, code 0. */

struct pppoe_header {
	__be16 type_code;
	__be16 session;
	__be16 length;
	__be16 protocol;
};

/* Whether a checksum is right as it stands. A loop over the packet: not for each of them. Global, so that the verifier follows it once, not from each call. */
__noinline int is_right(struct xdp_md *ctx, __u32 offset, __u32 bytes, __u32 pseudo_sum)
{
	void *data_end = (void *)(long)ctx->data_end, *at = (void *)(long)ctx->data;
	__u64 sum = pseudo_sum;
	__u32 i;

	if (offset > HEADER_BYTES_MAX + sizeof(struct ipv6hdr) || bytes > SUM_BYTES_MAX)
		return 0;
	at += offset;
	for (i = 0; i < SUM_BYTES_MAX / sizeof(__u32) && (i + 1) * sizeof(__u32) <= bytes; i++, at += sizeof(__u32)) {
		if (at + sizeof(__u32) > data_end)
			return 0;
		sum += *(__u32 *)at;
	}
	if (bytes & 2) {
		if (at + sizeof(__u16) > data_end)
			return 0;
		sum += *(__u16 *)at;
		at += sizeof(__u16);
	}
	if (bytes & 1) {
		if (at + 1 > data_end)
			return 0;
		sum += *(__u8 *)at;
	}
	sum = (__u32)sum + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return fold(sum) == 0xffff;
}

/*
 * Checksum field of a packet whose sender left the rest to hardware: the pseudo header's sum, not complemented. A finished one looks like it in one of 65,536
 * packets; that one is right as it stands, and what would finish it would leave it so.
 */
static __always_inline int is_partial(struct xdp_md *ctx, const struct ppe_packet *packet, const __u32 *addresses, int words, __u32 l3_header_bytes, void *l4)
{
	__u32 l4_bytes = packet->l3_bytes - l3_header_bytes;
	__u32 sum = sum_words(addresses, words) + bpf_htons(packet->protocol) + bpf_htons(l4_bytes);
	__u16 check = packet->protocol == IPPROTO_TCP ? ((struct tcphdr *)l4)->check : ((struct udphdr *)l4)->check;

	return check == fold(sum) && !is_right(ctx, packet->l3_offset + l3_header_bytes, l4_bytes, sum);
}

static __always_inline enum ppe_counter ppe_depart(__u32 shard, const struct ppe_way *way, __u64 now)
{
	enum ppe_counter fate = ppe_check_shard(shard, now);

	if (fate)
		return fate;
	return bpf_redirect_map(&ppe_devices, way->link->device, 0) == XDP_REDIRECT ? PPE_FORWARDED : PPE_PUNT_LINK;
}

/* The lengths that Ethernet, up to two tags and PPPoE can have, by aligned words of the link: two bytes are left over in each. */
static __always_inline void put_header(void *data, void *data_end, const struct ppe_link *link, __u32 header_bytes, __be16 ethertype, __be16 ppp,
					__u32 l3_bytes)
{
	__u32 tail_offset = header_bytes - 2 * sizeof(__be16);
	__be16 *tail;

	switch (header_bytes) {
	case 14:
		COPY(__u16, 18, 0);
		COPY(__u32, 20, 2);
		COPY(__u64, 24, 6);
		break;
	case 18:
		COPY(__u16, 14, 0);
		COPY(__u64, 16, 2);
		COPY(__u64, 24, 10);
		break;
	case 22:
		COPY(__u16, 10, 0);
		COPY(__u32, 12, 2);
		COPY(__u64, 16, 6);
		COPY(__u64, 24, 14);
		break;
	case 26:
		COPY(__u16, 6, 0);
		COPY(__u64, 8, 2);
		COPY(__u64, 16, 10);
		COPY(__u64, 24, 18);
		break;
	default:
		COPY(__u16, 2, 0);
		COPY(__u32, 4, 2);
		COPY(__u64, 8, 6);
		COPY(__u64, 16, 14);
		COPY(__u64, 24, 22);
		break;
	}
	barrier_var(tail_offset);	/* The verifier takes no negative offset from the packet's beginning. */
	tail = data + tail_offset;
	if ((void *)(tail + 2) > data_end)
		return;			/* Not reached: the packet follows. */
	if (link->is_pppoe) {
		tail[0] = bpf_htons(l3_bytes + sizeof(ppp));
		tail[1] = ppp;
	} else {
		tail[1] = ethertype;
	}
}

static __always_inline void put_transport(void *l4, __u8 protocol, __u32 ports, __u32 delta)
{
	struct tcphdr *tcp = l4;
	struct udphdr *udp = l4;

	*(__u32 *)l4 = ports;
	if (protocol == IPPROTO_TCP) {
		tcp->check = check_apply(tcp->check, delta);
	} else if (udp->check) {		/* 0 is "no checksum" and stays 0: RFC 768. */
		udp->check = check_apply(udp->check, delta);
		if (!udp->check)
			udp->check = 0xffff;
	}
}

static __always_inline void rewrite4(const struct ppe_packet *packet, struct iphdr *ip, const struct ppe_entry4 *entry, const struct ppe_way *way)
{
	rewrite_ip4(ip, entry, way);
	put_transport(ip + 1, packet->protocol, entry->new_ports, entry->l4_delta);
}

static __always_inline void rewrite6(const struct ppe_packet *packet, struct ipv6hdr *ip, const struct ppe_entry6 *entry, const struct ppe_way *way)
{
	rewrite_ip6(ip, entry, way);
	if (entry->flags & PPE_FLAG_NAT6)
		put_transport(ip + 1, packet->protocol, entry->new_ports, entry->l4_delta);
}

static __always_inline enum ppe_counter ppe_transport(struct ppe_packet *packet, void *l4, void *data_end)
{
	packet->ports = *(__u32 *)l4;
	if (packet->protocol != IPPROTO_TCP)
		return PPE_FORWARDED;
	if (l4 + sizeof(struct tcphdr) > data_end)
		return PPE_NOT_OURS;
	if (((__u8 *)l4)[TCP_FLAGS_OFFSET] & TCP_FIN_SYN_RST)
		return PPE_PUNT_TCP_FLAGS;
	return PPE_FORWARDED;
}

/*
 * Gives the frame a link header of another length, puts the packet's new header in front, and says where the packet lies. A macro, for the
 * verifier follows pointers into the packet through no call.
 */
#define PPE_MOVE(ctx, packet, way, ip, ethertype, ppp)								\
({														\
	int shift = (int)(packet)->l3_offset - (int)(way)->header_bytes;					\
	__u32 header_bytes = (way)->header_bytes;								\
	void *data, *data_end;											\
														\
	if (shift && bpf_xdp_adjust_head(ctx, shift))								\
		return PPE_PUNT_HEADROOM;							\
	fate = ppe_meter(packet, way, now);									\
	if (fate)												\
		return fate;											\
	data = (void *)(long)(ctx)->data;									\
	data_end = (void *)(long)(ctx)->data_end;								\
	if (header_bytes < HEADER_BYTES_MIN)									\
		return PPE_DROP_CHANGED;						\
	barrier_var(header_bytes);	/* Two comparisons, which the verifier follows; a merged one it does not. */	\
	if (header_bytes > HEADER_BYTES_MAX)									\
		return PPE_DROP_CHANGED;						\
	ip = data + header_bytes;										\
	if (data + PPE_HEADER_BYTES_MAX > data_end || (void *)(ip + 1) + sizeof(struct udphdr) > data_end ||	\
	    ((packet)->protocol == IPPROTO_TCP && (void *)(ip + 1) + sizeof(struct tcphdr) > data_end))		\
		return PPE_DROP_CHANGED;	/* Not reached: the packet was whole before. */	\
	put_header(data, data_end, (way)->link, header_bytes, bpf_htons(ethertype), bpf_htons(ppp), (packet)->l3_bytes);	\
})

static __always_inline enum ppe_counter ppe_forward4(struct xdp_md *ctx, struct ppe_packet *packet, __u32 l3_room)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + packet->l3_offset;
	struct ppe_way way;
	struct ppe_entry4 *entry;
	__u32 address[2], slot, word;
	__u64 now;
	enum ppe_counter fate;

	if ((void *)(ip + 1) + sizeof(struct udphdr) > data_end || ip->version != 4)
		return PPE_NOT_OURS;
	packet->protocol = ip->protocol;
	if (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP)
		return PPE_NOT_OURS;
	if (ip->ihl != 5)
		return PPE_PUNT_OPTIONS;
	if (ip->frag_off & bpf_htons(IP_FRAGMENT))
		return PPE_PUNT_FRAGMENT;
	packet->l3_bytes = bpf_ntohs(ip->tot_len);
	if (packet->l3_bytes < sizeof(*ip) + sizeof(struct udphdr) || packet->l3_bytes > l3_room)
		return PPE_NOT_OURS;
	fate = ppe_transport(packet, ip + 1, data_end);
	if (fate)
		return fate;

	address[0] = ip->saddr;
	address[1] = ip->daddr;
	entry = ppe_find4(packet, address, hash4(packet, address), &slot, &word);
	if (!entry)
		return PPE_MISS;

	if (ip->ttl <= 1)
		return PPE_PUNT_HOP_LIMIT;
	fate = ppe_admit(packet, packet->l3_bytes, &entry->action, word, &way);
	if (fate)
		return fate;
	if (packet->port_flags & PPE_PORT_PARTIAL && is_partial(ctx, packet, address, 2, sizeof(*ip), ip + 1))
		return PPE_PUNT_CHECKSUM;
	way.direction = entry->flags & PPE_FLAG_WAN ? 1 : 0;
	now = ppe_now(packet);
	fate = ppe_depart(entry->action.shard, &way, now);
	if (fate)
		return fate;
	if (packet->l3_offset == HEADER_BYTES_MIN && way.header_bytes == HEADER_BYTES_MIN) {
		/* Ethernet in, Ethernet out: most packets. */
		fate = ppe_meter(packet, &way, now);
		if (fate)
			return fate;
		put_header14(data, way.link);
		rewrite4(packet, ip, entry, &way);
	} else {
		PPE_MOVE(ctx, packet, &way, ip, ETH_P_IP, 0x0021);
		rewrite4(packet, ip, entry, &way);
	}
	return ppe_leave(packet, 1, &entry->action, word, &entry->counts, &way, now);
}

static __always_inline enum ppe_counter ppe_forward6(struct xdp_md *ctx, struct ppe_packet *packet, __u32 l3_room)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct ipv6hdr *ip = data + packet->l3_offset;
	struct ppe_way way;
	struct ppe_entry6 *entry;
	__u32 address[8], slot, word;
	__u64 now;
	enum ppe_counter fate;

	if ((void *)(ip + 1) + sizeof(struct udphdr) > data_end || ip->version != 6)
		return PPE_NOT_OURS;
	packet->protocol = ip->nexthdr;
	if (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP)
		return PPE_NOT_OURS;
	packet->l3_bytes = sizeof(*ip) + bpf_ntohs(ip->payload_len);
	if (packet->l3_bytes < sizeof(*ip) + sizeof(struct udphdr) || packet->l3_bytes > l3_room)
		return PPE_NOT_OURS;
	fate = ppe_transport(packet, ip + 1, data_end);
	if (fate)
		return fate;

	__builtin_memcpy(address, &ip->saddr, sizeof(address));
	entry = ppe_find6(packet, address, hash6(packet, address), &slot, &word);
	if (!entry)
		return PPE_MISS;

	if (ip->hop_limit <= 1)
		return PPE_PUNT_HOP_LIMIT;
	fate = ppe_admit(packet, packet->l3_bytes, &entry->action, word, &way);
	if (fate)
		return fate;
	if (packet->port_flags & PPE_PORT_PARTIAL && is_partial(ctx, packet, address, 8, sizeof(*ip), ip + 1))
		return PPE_PUNT_CHECKSUM;
	way.direction = entry->flags & PPE_FLAG_WAN ? 1 : 0;
	now = ppe_now(packet);
	fate = ppe_depart(entry->action.shard, &way, now);
	if (fate)
		return fate;
	PPE_MOVE(ctx, packet, &way, ip, ETH_P_IPV6, 0x0057);
	rewrite6(packet, ip, entry, &way);
	return ppe_leave(packet, 1, &entry->action, word, &entry->counts, &way, now);
}

static __always_inline enum ppe_counter ppe_run(struct xdp_md *ctx, struct ppe_counters *counters)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct ppe_packet packet;
	struct pppoe_header *pppoe;
	struct host_vlan *vlan;
	struct ppe_port *port;
	__u32 offset = sizeof(*eth), zero = 0, room;
	__be16 proto;
	int i;

	packet.counters = counters;
	if ((void *)(eth + 1) > data_end || eth->h_dest[0] & 1)
		return PPE_NOT_OURS;
	proto = eth->h_proto;
	if (proto != bpf_htons(ETH_P_IP)) {
#pragma unroll
		for (i = 0; i < HOST_VLAN_TAGS_MAX; i++) {
			if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD) && proto != bpf_htons(ETH_P_QINQ1))
				break;
			vlan = data + offset;
			if ((void *)(vlan + 1) > data_end)
				return PPE_NOT_OURS;
			proto = vlan->proto;
			offset += sizeof(*vlan);
		}
	}
	room = data_end - data - offset;
	if (proto == bpf_htons(ETH_P_PPP_SES)) {
		pppoe = data + offset;
		if ((void *)(pppoe + 1) > data_end || pppoe->type_code != bpf_htons(PPPOE_SESSION))
			return PPE_NOT_OURS;
		offset += sizeof(*pppoe);
		room -= sizeof(*pppoe);
		if (bpf_ntohs(pppoe->length) < sizeof(pppoe->protocol) || room < bpf_ntohs(pppoe->length) - sizeof(pppoe->protocol))
			return PPE_NOT_OURS;
		room = bpf_ntohs(pppoe->length) - sizeof(pppoe->protocol);
		proto = pppoe->protocol == bpf_htons(0x0021) ? bpf_htons(ETH_P_IP) :
			pppoe->protocol == bpf_htons(0x0057) ? bpf_htons(ETH_P_IPV6) : 0;
	}
	if (proto != bpf_htons(ETH_P_IP) && proto != bpf_htons(ETH_P_IPV6))
		return PPE_NOT_OURS;

	port = ppe_find_port(ctx->ingress_ifindex);
	packet.config = bpf_map_lookup_elem(&ppe_config, &zero);
	if (!port || !packet.config)
		return PPE_NOT_OURS;
	packet.zone = ppe_guess(&counters->last_zone, port->zone);
	packet.port_flags = port->flags;
	packet.l3_offset = offset;
	return proto == bpf_htons(ETH_P_IP) ? ppe_forward4(ctx, &packet, room) : ppe_forward6(ctx, &packet, room);
}

SEC("xdp")
int natflow_ppe(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct ppe_counters *counters = bpf_map_lookup_elem(&ppe_counts, &zero);

	if (counters) {
		enum ppe_counter fate = ppe_run(ctx, counters);

		ppe_count(counters, fate);
		if (fate == PPE_FORWARDED)
			return XDP_REDIRECT;
		if (ppe_is_drop(fate))
			return XDP_DROP;
	}
	return miss_to_kernel ? XDP_PASS : host_deliver(ctx);
}

char _license[] SEC("license") = "Dual MIT/GPL";
