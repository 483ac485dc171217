/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The soft PPE behind the interface's receive offloads: segments that were joined (GRO), or never cut (TSO of a sender on this machine), are forwarded together,
 * and no frame is copied. For af_packet ports, in two steps on one CPU, one after the other for each frame:
 * - The tap, which filters the port's packet sockets, decides. What the table forwards is nothing for the gateway.
 * - The program at ingress does what the tap has noted, or leaves the frame to the guard. The sockets have a copy of that.
 * Ethernet without tags alone: a tag lies beside the frame here.
 */
#ifndef NATFLOW_PPE_TC_H
#define NATFLOW_PPE_TC_H

#include "host_guard.h"
#include "ppe_core.h"

#define L3_OFFSET	HEADER_BYTES_MIN
#define TAP_KEEP	0xffffffff
#define TAP_LEAVE	0
#define BPF_F_OF_IPV6	(1ull << 7)	/* BPF_F_IPV6 of Linux 6.16. */

/* A decision of the tap. */
struct ppe_note {
	__u32 frame_bytes;	/* Of the frame that it is for; 0 for none. */
	__u16 fate;
	__u16 is_ipv6;
	__u32 slot;
	__u32 word;		/* The entry's, when the tap found it. */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ppe_note);
} ppe_notes SEC(".maps");

/* Place in ppe_devices to interface, 0 for none: a devmap is XDP's alone. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PPE_DEVICES);
	__type(key, __u32);
	__type(value, __u32);
} ppe_interfaces SEC(".maps");

/* Headers as the tap copies them: it does not see the frame itself. The addresses are aligned. */
struct ppe_head {
	__u16 padding;
	struct ethhdr ethernet;
	union {
		struct {
			struct iphdr ip4;
			__u32 ports4;
		};
		struct {
			struct ipv6hdr ip6;
			__u32 ports6;
		};
	};
} __attribute__((packed, aligned(4)));

static __always_inline __u32 interface_of(__u32 device)
{
	__u32 *ifindex = bpf_map_lookup_elem(&ppe_interfaces, &device);

	return ifindex ? *ifindex : 0;
}

static __always_inline __u32 transport_bytes(__u8 protocol)
{
	return protocol == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr);
}

/* Of a frame that stands for several: each of them has the headers. */
static __always_inline __u32 ppe_segments(const struct __sk_buff *skb, __u32 header_bytes, __u32 l3_bytes)
{
	__u32 size = skb->gso_size;

	return size && l3_bytes > header_bytes + size ? (l3_bytes - header_bytes + size - 1) / size : 1;
}

static __always_inline enum ppe_counter tap_check_transport(struct __sk_buff *skb, const struct ppe_packet *packet, __u32 l3_header_bytes, __u32 l3_room)
{
	__u8 flags;

	if (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP)
		return PPE_NOT_OURS;
	if (packet->l3_bytes < l3_header_bytes + transport_bytes(packet->protocol) || packet->l3_bytes > l3_room)
		return PPE_NOT_OURS;
	if (packet->protocol != IPPROTO_TCP)
		return PPE_FORWARDED;
	if (bpf_skb_load_bytes(skb, L3_OFFSET + l3_header_bytes + TCP_FLAGS_OFFSET, &flags, sizeof(flags)))
		return PPE_NOT_OURS;
	return flags & TCP_FIN_SYN_RST ? PPE_PUNT_TCP_FLAGS : PPE_FORWARDED;
}

/* Whether an entry's packet may take it. */
static __always_inline enum ppe_counter tap_admit(const struct __sk_buff *skb, const struct ppe_packet *packet, __u32 l3_header_bytes,
						  const struct ppe_action *action, __u32 word)
{
	__u32 header_bytes = l3_header_bytes + transport_bytes(packet->protocol), segment_bytes = packet->l3_bytes;
	struct ppe_way way;
	enum ppe_counter fate;

	if (skb->gso_size && segment_bytes > header_bytes + skb->gso_size)
		segment_bytes = header_bytes + skb->gso_size;
	fate = ppe_admit(packet, segment_bytes, action, word, &way);
	if (fate)
		return fate;
	if (way.header_bytes != HEADER_BYTES_MIN || !interface_of(way.link->device))
		return PPE_PUNT_LINK;
	return ppe_check_shard(action->shard, ppe_now(packet));
}

static __always_inline enum ppe_counter tap_decide4(struct __sk_buff *skb, struct ppe_packet *packet, const struct ppe_head *head, __u32 l3_room,
						    struct ppe_note *note)
{
	__u32 address[2] = { head->ip4.saddr, head->ip4.daddr };
	struct ppe_entry4 *entry;
	enum ppe_counter fate;

	packet->protocol = head->ip4.protocol;
	packet->l3_bytes = bpf_ntohs(head->ip4.tot_len);
	packet->ports = head->ports4;
	if (head->ip4.version != 4)
		return PPE_NOT_OURS;
	if (head->ip4.ihl != 5)
		return PPE_PUNT_OPTIONS;
	if (head->ip4.frag_off & bpf_htons(IP_FRAGMENT))
		return PPE_PUNT_FRAGMENT;
	fate = tap_check_transport(skb, packet, sizeof(head->ip4), l3_room);
	if (fate)
		return fate;
	entry = ppe_find4(packet, address, hash4(packet, address), &note->slot, &note->word);
	if (!entry)
		return PPE_MISS;
	if (head->ip4.ttl <= 1)
		return PPE_PUNT_HOP_LIMIT;
	return tap_admit(skb, packet, sizeof(head->ip4), &entry->action, note->word);
}

static __always_inline enum ppe_counter tap_decide6(struct __sk_buff *skb, struct ppe_packet *packet, const struct ppe_head *head, __u32 l3_room,
						    struct ppe_note *note)
{
	struct ppe_entry6 *entry;
	enum ppe_counter fate;
	__u32 address[8];

	packet->protocol = head->ip6.nexthdr;
	packet->l3_bytes = sizeof(head->ip6) + bpf_ntohs(head->ip6.payload_len);
	packet->ports = head->ports6;
	if (head->ip6.version != 6)
		return PPE_NOT_OURS;
	fate = tap_check_transport(skb, packet, sizeof(head->ip6), l3_room);
	if (fate)
		return fate;
	__builtin_memcpy(address, &head->ip6.saddr, sizeof(address));
	entry = ppe_find6(packet, address, hash6(packet, address), &note->slot, &note->word);
	if (!entry)
		return PPE_MISS;
	if (head->ip6.hop_limit <= 1)
		return PPE_PUNT_HOP_LIMIT;
	note->is_ipv6 = 1;
	return tap_admit(skb, packet, sizeof(head->ip6), &entry->action, note->word);
}

/* What is known of a frame's port: 0 where it is none of the PPE's. */
static __always_inline int ppe_begin(const struct __sk_buff *skb, struct ppe_packet *packet, struct ppe_counters *counters)
{
	struct ppe_port *port = ppe_find_port(skb->ifindex);
	__u32 zero = 0;

	packet->counters = counters;
	packet->config = bpf_map_lookup_elem(&ppe_config, &zero);
	if (!port || !packet->config)
		return 0;
	packet->zone = ppe_guess(&counters->last_zone, port->zone);
	return 1;
}

static __always_inline enum ppe_counter tap_decide(struct __sk_buff *skb, struct ppe_counters *counters, struct ppe_note *note)
{
	struct ppe_packet packet;
	struct ppe_head head;
	__u32 room = skb->len - L3_OFFSET;

	if (skb->vlan_present || skb->len < L3_OFFSET + sizeof(head.ip4) + sizeof(struct udphdr))
		return PPE_NOT_OURS;
	if (bpf_skb_load_bytes(skb, 0, &head.ethernet, sizeof(head.ethernet) + sizeof(head.ip4) + sizeof(head.ports4)))
		return PPE_NOT_OURS;
	if (head.ethernet.h_dest[0] & 1 || !ppe_begin(skb, &packet, counters))
		return PPE_NOT_OURS;
	if (head.ethernet.h_proto == bpf_htons(ETH_P_IP))
		return tap_decide4(skb, &packet, &head, room, note);
	if (head.ethernet.h_proto != bpf_htons(ETH_P_IPV6) || bpf_skb_load_bytes(skb, L3_OFFSET, &head.ip6, sizeof(head.ip6) + sizeof(head.ports6)))
		return PPE_NOT_OURS;
	return tap_decide6(skb, &packet, &head, room, note);
}

SEC("socket")
int natflow_ppe_tap(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct ppe_counters *counters = bpf_map_lookup_elem(&ppe_counts, &zero);
	struct ppe_note *note = bpf_map_lookup_elem(&ppe_notes, &zero);
	enum ppe_counter fate;

	if (!counters || !note)
		return TAP_KEEP;
	note->frame_bytes = 0;
	note->is_ipv6 = 0;
	fate = tap_decide(skb, counters, note);
	if (fate != PPE_FORWARDED && !ppe_is_drop(fate)) {
		ppe_count(counters, fate);
		return TAP_KEEP;
	}
	note->fate = fate;
	note->frame_bytes = skb->len;
	return TAP_LEAVE;
}

/* Whether the headers up to there can be read and written. */
static __always_inline int ppe_pull(struct __sk_buff *skb, __u32 bytes)
{
	return (void *)(long)skb->data + bytes <= (void *)(long)skb->data_end || !bpf_skb_pull_data(skb, bytes);
}

/*
 * A TCP or UDP checksum, by what changed below it and within its own header. The kernel knows whether the field holds a whole checksum, the pseudo header's
 * alone for what finishes it later, or none.
 */
static __always_inline void ppe_fix_checksum(struct __sk_buff *skb, __u8 protocol, __u32 l3_header_bytes, __u64 family, __u32 addresses_delta, __u32 ports_delta)
{
	__u32 l4 = L3_OFFSET + l3_header_bytes;
	__u32 field = protocol == IPPROTO_TCP ? l4 + __builtin_offsetof(struct tcphdr, check) : l4 + __builtin_offsetof(struct udphdr, check);
	__u64 mangled = protocol == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;

	/* Kernels before 6.16 do not know the family's flag, nor need it but for checksums that hardware summed up. */
	if (bpf_l4_csum_replace(skb, field, 0, addresses_delta, BPF_F_PSEUDO_HDR | mangled | family) && family)
		bpf_l4_csum_replace(skb, field, 0, addresses_delta, BPF_F_PSEUDO_HDR | mangled);
	bpf_l4_csum_replace(skb, field, 0, ports_delta, mangled);
}

static __always_inline __u32 delta_of(const __u32 *old, const __u32 *new, int words)
{
	__u32 sum = 0;
	int i;

#pragma unroll
	for (i = 0; i < words; i++)
		sum += (__u16)~old[i] + (__u16)(~old[i] >> 16) + (new[i] & 0xffff) + (new[i] >> 16);
	return sum;
}

/* What is known of a frame on its way, beside ppe_packet. */
struct ppe_joined {
	struct ppe_way way;
	__u32 segments;
	__u64 now;
};

/* The way of the entry's packet, paid for. Nothing of the frame is changed yet. */
static __always_inline enum ppe_counter joined_admit(const struct __sk_buff *skb, struct ppe_packet *packet, __u32 l3_header_bytes,
						     const struct ppe_action *action, __u8 entry_flags, __u32 word, struct ppe_joined *joined)
{
	__u32 header_bytes = l3_header_bytes + transport_bytes(packet->protocol);

	if (ppe_admit(packet, 0, action, word, &joined->way))
		return PPE_DROP_CHANGED;	/* The tap knew of no reason. */
	joined->segments = ppe_segments(skb, header_bytes, packet->l3_bytes);
	packet->l3_bytes += (joined->segments - 1) * header_bytes;
	joined->way.direction = entry_flags & PPE_FLAG_WAN ? 1 : 0;
	joined->now = ppe_now(packet);
	return ppe_meter(packet, &joined->way, joined->now);
}

static __always_inline enum ppe_counter ppe_forward4_joined(struct __sk_buff *skb, struct ppe_packet *packet, const struct ppe_note *note, __u32 *ifindex)
{
	__u32 slot = note->slot, address[2], addresses_delta, ports_delta;
	struct ppe_entry4 *entry = bpf_map_lookup_elem(&ppe_entries4, &slot);
	struct ppe_joined joined;
	enum ppe_counter fate;
	struct iphdr *ip;
	__u32 *ports;
	void *data;

	if (!entry || !ppe_pull(skb, L3_OFFSET + sizeof(*ip) + sizeof(struct udphdr)))
		return PPE_DROP_CHANGED;
	data = (void *)(long)skb->data;
	ip = data + L3_OFFSET;
	ports = (__u32 *)(ip + 1);
	if ((void *)(ports + 2) > (void *)(long)skb->data_end)
		return PPE_DROP_CHANGED;
	address[0] = ip->saddr;
	address[1] = ip->daddr;
	packet->protocol = ip->protocol;
	packet->ports = *ports;
	packet->l3_bytes = bpf_ntohs(ip->tot_len);
	if (!equals4(packet, entry, address))
		return PPE_DROP_CHANGED;
	fate = joined_admit(skb, packet, sizeof(*ip), &entry->action, entry->flags, note->word, &joined);
	if (fate)
		return fate;
	addresses_delta = delta_of(address, &entry->new_saddr, 2);
	ports_delta = delta_of(&packet->ports, &entry->new_ports, 1);
	put_header14(data, joined.way.link);
	rewrite_ip4(ip, entry, &joined.way);
	*ports = entry->new_ports;
	ppe_fix_checksum(skb, packet->protocol, sizeof(*ip), 0, addresses_delta, ports_delta);
	*ifindex = interface_of(joined.way.link->device);
	return ppe_leave(packet, joined.segments, &entry->action, note->word, &entry->counts, &joined.way, joined.now);
}

static __always_inline enum ppe_counter ppe_forward6_joined(struct __sk_buff *skb, struct ppe_packet *packet, const struct ppe_note *note, __u32 *ifindex)
{
	__u32 slot = note->slot, address[8], addresses_delta, ports_delta;
	struct ppe_entry6 *entry = bpf_map_lookup_elem(&ppe_entries6, &slot);
	struct ppe_joined joined;
	enum ppe_counter fate;
	struct ipv6hdr *ip;
	__u32 *ports;
	void *data;

	if (!entry || !ppe_pull(skb, L3_OFFSET + sizeof(*ip) + sizeof(struct udphdr)))
		return PPE_DROP_CHANGED;
	data = (void *)(long)skb->data;
	ip = data + L3_OFFSET;
	ports = (__u32 *)(ip + 1);
	if ((void *)(ports + 2) > (void *)(long)skb->data_end)
		return PPE_DROP_CHANGED;
	__builtin_memcpy(address, &ip->saddr, sizeof(address));
	packet->protocol = ip->nexthdr;
	packet->ports = *ports;
	packet->l3_bytes = sizeof(*ip) + bpf_ntohs(ip->payload_len);
	if (!equals6(packet, entry, address))
		return PPE_DROP_CHANGED;
	fate = joined_admit(skb, packet, sizeof(*ip), &entry->action, entry->flags, note->word, &joined);
	if (fate)
		return fate;
	addresses_delta = delta_of(address, entry->new_saddr, 4) + delta_of(address + 4, entry->new_daddr, 4);
	ports_delta = delta_of(&packet->ports, &entry->new_ports, 1);
	put_header14(data, joined.way.link);
	((struct ethhdr *)data)->h_proto = bpf_htons(ETH_P_IPV6);
	rewrite_ip6(ip, entry, &joined.way);
	if (entry->flags & PPE_FLAG_NAT6) {
		*ports = entry->new_ports;
		ppe_fix_checksum(skb, packet->protocol, sizeof(*ip), BPF_F_OF_IPV6, addresses_delta, ports_delta);
	}
	*ifindex = interface_of(joined.way.link->device);
	return ppe_leave(packet, joined.segments, &entry->action, note->word, &entry->counts, &joined.way, joined.now);
}

SEC("tc")
int natflow_ppe_tc(struct __sk_buff *skb)
{
	__u32 zero = 0, ifindex = 0;
	struct ppe_counters *counters = bpf_map_lookup_elem(&ppe_counts, &zero);
	struct ppe_note *note = bpf_map_lookup_elem(&ppe_notes, &zero);
	struct ppe_packet packet;
	enum ppe_counter fate;
	__u32 noted_bytes;

	if (!counters || !note)
		return host_guard(skb);
	noted_bytes = note->frame_bytes;
	note->frame_bytes = 0;	/* It was for one frame. */
	if (noted_bytes != skb->len || !ppe_begin(skb, &packet, counters))
		return host_guard(skb);
	fate = note->fate;
	if (fate == PPE_FORWARDED)
		fate = note->is_ipv6 ? ppe_forward6_joined(skb, &packet, note, &ifindex) : ppe_forward4_joined(skb, &packet, note, &ifindex);
	ppe_count(counters, fate);
	return fate == PPE_FORWARDED ? bpf_redirect(ifindex, 0) : TCX_DROP;
}

#endif
