// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The soft PPE: forwards the packets of bound flows in front of the kernel. One program for LAN and WAN ports. What an entry does not fully describe is
 * left to the gateway, unchanged.
 */
#include <linux/tcp.h>
#include <linux/udp.h>
#include "host_sockets.h"
#include "ppe_tables.h"

#define METER_ATTEMPTS_MAX	4
#define HEADER_BYTES_MIN	14	/* Ethernet. */
#define HEADER_BYTES_MAX	30	/* Ethernet, two tags, PPPoE, PPP. */
#define IP_FRAGMENT		0x3fff	/* MF or an offset. */
#define TCP_FLAGS_OFFSET	13
#define TCP_FIN_SYN_RST		0x07
#define SUM_BYTES_MAX		2048	/* Of TCP or UDP that are summed up. */
#define PPPOE_SESSION		0x1100	/* Version 1, type 1, code 0. */
#define LANES			0x0001000100010001ull
#define LANES_HIGH		0x8000800080008000ull
#define DEADLINE_NEAR_NS	(40ull * 1000 * 1000)	/* Four ticks of the slowest clock: HZ 100. */

#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile typeof(x) *)&(x) = (v))

/* Set before loading, behind pppoe_to_gateway of host_filter.h. */
const volatile __u32 miss_to_kernel = 0;	/* A packet socket takes what is not forwarded, not an AF_XDP socket. */
const volatile __u32 weak_ordering = 0;		/* The CPU may reorder loads. */

struct pppoe_header {
	__be16 type_code;
	__be16 session;
	__be16 length;
	__be16 protocol;
};

/* What is known of the packet at hand. */
struct ppe_packet {
	struct ppe_config *config;
	struct ppe_counters *counters;
	__u32 l3_offset;
	__u32 l3_bytes;
	__u32 ports;
	__u16 zone;
	__u16 port_flags;
	__u8 protocol;
};

/* Where it goes. */
struct ppe_way {
	struct ppe_link *link;
	struct ppe_policy *policy;
	struct ppe_policy *rule;	/* May be absent. */
	__u32 link_version;
	__u32 header_bytes;
	__u32 policy_flags;
	__u32 direction;
};

static __always_inline int ppe_count(const struct ppe_packet *packet, enum ppe_counter counter, int verdict)
{
	packet->counters->count[counter]++;
	return verdict;
}

/* -1: left to the gateway. */
static __always_inline int ppe_punt(const struct ppe_packet *packet, enum ppe_counter counter)
{
	return ppe_count(packet, counter, -1);
}

static __always_inline __u32 load_word(__u32 *word)
{
	return weak_ordering ? __sync_fetch_and_or(word, 0) : READ_ONCE(*word);
}

/* The kernel's clock of ticks, asked once a tick: up to a tick older than that clock, which is up to a tick old itself. */
static __always_inline __u64 ppe_now(const struct ppe_packet *packet)
{
	struct ppe_counters *counters = packet->counters;
	__u64 tick = bpf_jiffies64();

	if (counters->tick != tick) {
		counters->tick = tick;
		counters->tick_ns = bpf_ktime_get_coarse_ns();
	}
	return counters->tick_ns;
}

static __always_inline struct ppe_port *ppe_find_port(__u32 ifindex)
{
	int i;

#pragma unroll
	for (i = 0; i < PPE_PORTS_PROBES_MAX; i++) {
		__u32 index = (ifindex + i) % PPE_PORTS_BUCKETS;
		struct ppe_port *port = bpf_map_lookup_elem(&ppe_ports, &index);

		if (port && port->ifindex == ifindex)
			return port;
	}
	return 0;
}

/*
 * A sum of products with secret words is universal in its upper half: without the key nobody can name two keys that collide. The steps behind it bring those
 * bits down, and keep a collision that was found by chance from being shifted to other keys.
 */
static __always_inline __u64 hash_finish(const struct ppe_config *config, __u64 sum)
{
	sum ^= sum >> 32;
	sum *= config->hash_key[10] | 1;
	return sum ^ sum >> 32;
}

static __always_inline __u64 hash_tail(const struct ppe_packet *packet)
{
	const __u64 *key = packet->config->hash_key;

	return key[8] * packet->ports + key[9] * ((__u32)packet->zone << 8 | packet->protocol);
}

/* Lanes of a tag word that equal the tag: the lowest set bit is exact, one above it may be wrong, which the key comparison finds. */
static __always_inline __u64 tag_matches(__u64 word, __u64 tag)
{
	__u64 x = word ^ tag * LANES;

	return (x - LANES) & ~x & LANES_HIGH;
}

static __always_inline __u32 tag_of(__u64 hash)
{
	__u32 tag = hash >> 48;

	return tag ? tag : 1;
}

/* Number of the lowest lane that is set: the product brings it to the top 16 bits. */
static __always_inline __u32 lowest_lane(__u64 matches)
{
	__u64 lane = (matches & -matches) >> 15;

	return lane * 0x0000000100020003ull >> 48;
}

/*
 * An entry lies at its home in its first bucket if that was free: its cache line and that of the tags are then on their way together. Else the tags of its first
 * and second bucket say where it lies.
 */
#define PPE_FIND(family, type, equals)									\
static __always_inline type *ppe_find##family(const struct ppe_packet *packet, const void *addresses, __u64 hash, __u32 *word)	\
{													\
	__u32 mask = packet->config->bucket_mask##family, tag = tag_of(hash), choice, i, w;		\
	__u32 bucket = (__u32)hash & mask, way = (hash >> PPE_HOME_SHIFT) % PPE_WAYS, slot = bucket * PPE_WAYS + way;	\
	struct ppe_tags *tags;										\
	type *entry;											\
													\
	entry = bpf_map_lookup_elem(&ppe_entries##family, &slot);					\
	if (!entry)											\
		return 0;										\
	*word = load_word(&entry->action.word);								\
	tags = bpf_map_lookup_elem(&ppe_tags##family, &bucket);						\
	if (!tags)											\
		return 0;										\
	if (READ_ONCE(tags->tag[way]) == tag && *word & PPE_WORD_BOUND && equals(packet, entry, addresses))	\
		return entry;										\
	for (choice = 0; choice < 2; choice++) {							\
		for (w = 0; w < PPE_TAG_WORDS; w++) {							\
			__u64 matches = tag_matches(READ_ONCE(tags->word[w]), tag);			\
													\
			for (i = 0; i < PPE_LANES && matches; i++, matches &= matches - 1) {		\
				slot = bucket * PPE_WAYS + w * PPE_LANES + lowest_lane(matches);	\
				entry = bpf_map_lookup_elem(&ppe_entries##family, &slot);		\
				if (!entry)								\
					return 0;							\
				*word = load_word(&entry->action.word);					\
				if (*word & PPE_WORD_BOUND && equals(packet, entry, addresses))		\
					return entry;							\
			}										\
		}											\
		bucket = (__u32)(hash >> 24) & mask;							\
		tags = bpf_map_lookup_elem(&ppe_tags##family, &bucket);					\
		if (!tags)										\
			return 0;									\
	}												\
	return 0;											\
}

static __always_inline int equals_rest(const struct ppe_packet *packet, const __u32 *ports, __u16 zone, __u8 protocol)
{
	return !((*ports ^ packet->ports) | (zone ^ packet->zone) | (protocol ^ packet->protocol));
}

static __always_inline int equals4(const struct ppe_packet *packet, const struct ppe_entry4 *entry, const __u32 *address)
{
	return !((entry->saddr ^ address[0]) | (entry->daddr ^ address[1])) && equals_rest(packet, &entry->ports, entry->zone, entry->protocol);
}

static __always_inline int equals6(const struct ppe_packet *packet, const struct ppe_entry6 *entry, const __u32 *address)
{
	return !((entry->saddr[0] ^ address[0]) | (entry->saddr[1] ^ address[1]) | (entry->saddr[2] ^ address[2]) |
		 (entry->saddr[3] ^ address[3]) | (entry->daddr[0] ^ address[4]) | (entry->daddr[1] ^ address[5]) |
		 (entry->daddr[2] ^ address[6]) | (entry->daddr[3] ^ address[7])) &&
		equals_rest(packet, &entry->ports, entry->zone, entry->protocol);
}

PPE_FIND(4, struct ppe_entry4, equals4)
PPE_FIND(6, struct ppe_entry6, equals6)

/*
 * GCRA: the meter's word is the time at which the next byte conforms; it may be ahead of the clock by the burst. Other CPUs and the flow path move the same
 * word. What conforms by the clock of ticks, which is behind, conforms; the exact clock is asked for the rest. A meter that was idle starts at the tick: the burst
 * is longer by that. Where others win each attempt the packet is still charged. What passed is counted for shares alone: CPUs that race may lose some.
 */
static __always_inline int meter_conforms(struct ppe_policy *policy, __u32 direction, __u32 l3_bytes, __u64 now)
{
	__u64 *due = &policy->due_ns[direction];
	__u64 cost = l3_bytes * policy->cost_q20[direction] >> 20;
	__u64 burst = (__u64)policy->burst_us[direction] * 1000;
	int i;

	for (i = 0; i < METER_ATTEMPTS_MAX; i++) {
		__u64 seen = READ_ONCE(*due);
		__u64 start = seen > now ? seen : now;

		if (start - now > burst) {
			now = bpf_ktime_get_ns();
			start = seen > now ? seen : now;
			if (start - now > burst) {
				__sync_fetch_and_add(&policy->dropped[direction], 1);
				return 0;
			}
		}
		if (__sync_val_compare_and_swap(due, seen, start + cost) == seen)
			goto conforms;
	}
	__sync_fetch_and_add(due, cost);
conforms:
	WRITE_ONCE(policy->metered[direction], READ_ONCE(policy->metered[direction]) + l3_bytes);
	return 1;
}

/* The value of the user's policy, else of the rule's; negative where neither has one. */
static __always_inline int ppe_dscp(const struct ppe_way *way)
{
	if (way->policy_flags & POLICY_SET_DSCP && !(way->rule && way->rule->flags & POLICY_EXCLUSIVE))
		return way->policy->dscp[way->direction];
	if (way->rule && way->rule->flags & POLICY_SET_DSCP)
		return way->rule->dscp[way->direction];
	return -1;
}

static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static __always_inline __u16 check_apply(__u16 check, __u32 delta)
{
	return ~fold((__u16)~check + delta);
}

static __always_inline __u32 sum_words(const __u32 *words, int count)
{
	__u32 sum = 0;
	int i;

#pragma unroll
	for (i = 0; i < count; i++)
		sum += (words[i] & 0xffff) + (words[i] >> 16);
	return sum;
}

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

/* 0, or the verdict. Nothing of the frame is changed yet. */
static __always_inline int ppe_admit(const struct ppe_packet *packet, const struct ppe_action *action, __u32 word, struct ppe_way *way)
{
	__u32 link_index = action->link_index, policy_index = action->policy_index, policy_word;
	struct ppe_policy *policy;
	struct ppe_link *link;

	if (PPE_WORD_GENERATION(word) != (READ_ONCE(packet->config->generation) & 0xffff))
		return ppe_punt(packet, PPE_PUNT_GENERATION);

	link = bpf_map_lookup_elem(&ppe_links, &link_index);
	if (!link)
		return ppe_punt(packet, PPE_PUNT_LINK);
	way->link_version = load_word(&link->version);
	if (way->link_version & 1)
		return ppe_punt(packet, PPE_PUNT_CHANGED);
	if (link->generation != action->link_generation || !link->mtu ||
	    link->header_bytes < HEADER_BYTES_MIN || link->header_bytes > HEADER_BYTES_MAX)
		return ppe_punt(packet, PPE_PUNT_LINK);
	if (packet->l3_bytes > link->mtu)
		return ppe_punt(packet, PPE_PUNT_MTU);

	policy = bpf_map_lookup_elem(&ppe_policies, &policy_index);
	if (!policy)
		return ppe_punt(packet, PPE_PUNT_POLICY);
	policy_word = READ_ONCE(*(__u32 *)policy);
	if (POLICY_GENERATION(policy_word) != action->policy_generation)
		return ppe_punt(packet, PPE_PUNT_POLICY);
	if (POLICY_VERDICT(policy_word) == POLICY_DROP)
		return ppe_count(packet, PPE_DROP_POLICY, XDP_DROP);
	if (POLICY_VERDICT(policy_word) != POLICY_FORWARD || POLICY_FLAGS(policy_word) & POLICY_NO_OFFLOAD)
		return ppe_punt(packet, PPE_PUNT_POLICY);

	way->link = link;
	way->policy = policy;
	way->header_bytes = link->header_bytes;
	way->policy_flags = POLICY_FLAGS(policy_word);
	way->rule = 0;
	if (action->rule) {
		policy_index = action->rule;
		way->rule = bpf_map_lookup_elem(&ppe_policies, &policy_index);
	}
	return 0;
}

/* 0, or the verdict. */
static __always_inline int ppe_depart(const struct ppe_packet *packet, __u32 shard, const struct ppe_way *way, __u64 now)
{
	__u64 *valid_until = bpf_map_lookup_elem(&ppe_shards, &shard);

	if (!valid_until)
		return ppe_punt(packet, PPE_PUNT_POLICY);
	if (*valid_until && now + DEADLINE_NEAR_NS >= *valid_until && bpf_ktime_get_ns() >= *valid_until)
		return ppe_count(packet, PPE_DROP_SHARD, XDP_DROP);
	if (bpf_redirect_map(&ppe_devices, way->link->device, 0) != XDP_REDIRECT)
		return ppe_punt(packet, PPE_PUNT_LINK);
	return 0;
}

/* 0, or the verdict. The rule's bucket first, then the user's, as in the flow path. */
static __always_inline int ppe_meter(const struct ppe_packet *packet, const struct ppe_way *way, __u64 now)
{
	if (way->rule) {
		if (way->rule->flags & (POLICY_METER_UP << way->direction) && !meter_conforms(way->rule, way->direction, packet->l3_bytes, now))
			return ppe_count(packet, way->direction ? PPE_DROP_METER_DOWN : PPE_DROP_METER_UP, XDP_DROP);
		if (way->rule->flags & POLICY_EXCLUSIVE)
			return 0;
	}
	if (way->policy_flags & (POLICY_METER_UP << way->direction) && !meter_conforms(way->policy, way->direction, packet->l3_bytes, now))
		return ppe_count(packet, way->direction ? PPE_DROP_METER_DOWN : PPE_DROP_METER_UP, XDP_DROP);
	return 0;
}

#define COPY(type, from, to) (*(type *)(data + (to)) = *(const type *)(link->header + (from)))

/* Of an Ethernet header alone. */
static __always_inline void put_header14(void *data, const struct ppe_link *link)
{
	COPY(__u16, 18, 0);
	COPY(__u32, 20, 2);
	COPY(__u64, 24, 6);
	((struct ethhdr *)data)->h_proto = bpf_htons(ETH_P_IP);
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

/* Behind the last change: 0, or the verdict. */
static __always_inline int ppe_leave(const struct ppe_packet *packet, struct ppe_action *action, __u32 word, struct ppe_counts *counts,
				     const struct ppe_way *way, __u64 now)
{
	__u32 last_seen = now >> PPE_LAST_SEEN_SHIFT;

	/* Half of one header or rewrite and half of another may be on the frame. */
	if (load_word(&way->link->version) != way->link_version || load_word(&action->word) != word)
		return ppe_count(packet, PPE_DROP_CHANGED, XDP_DROP);
	__sync_fetch_and_add(&counts->traffic, PPE_PACKET + packet->l3_bytes);
	if (counts->last_seen != last_seen)
		WRITE_ONCE(counts->last_seen, last_seen);
	return ppe_count(packet, PPE_FORWARDED, XDP_REDIRECT);
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
	__u32 delta = entry->l3_delta;
	int dscp = ppe_dscp(way);

	if (dscp >= 0) {
		__u16 *first = (__u16 *)ip, old = *first;

		ip->tos = (ip->tos & 3) | dscp << 2;
		delta += (__u16)~old + *first;
	}
	ip->saddr = entry->new_saddr;
	ip->daddr = entry->new_daddr;
	ip->ttl--;
	ip->check = check_apply(ip->check, delta);
	put_transport(ip + 1, packet->protocol, entry->new_ports, entry->l4_delta);
}

static __always_inline void rewrite6(const struct ppe_packet *packet, struct ipv6hdr *ip, const struct ppe_entry6 *entry, const struct ppe_way *way)
{
	int dscp = ppe_dscp(way);

	if (dscp >= 0) {
		__be16 *first = (__be16 *)ip;

		*first = (*first & bpf_htons(0xf03f)) | bpf_htons(dscp << 6);
	}
	ip->hop_limit--;
	if (entry->flags & PPE_FLAG_NAT6) {
		__builtin_memcpy(&ip->saddr, entry->new_saddr, sizeof(entry->new_saddr));
		__builtin_memcpy(&ip->daddr, entry->new_daddr, sizeof(entry->new_daddr));
		put_transport(ip + 1, packet->protocol, entry->new_ports, entry->l4_delta);
	}
}

/* 0, or why the packet is not for the table. */
static __always_inline int ppe_transport(struct ppe_packet *packet, void *l4, void *data_end)
{
	packet->ports = *(__u32 *)l4;
	if (packet->protocol != IPPROTO_TCP)
		return 0;
	if (l4 + sizeof(struct tcphdr) > data_end)
		return ppe_punt(packet, PPE_NOT_OURS);
	if (((__u8 *)l4)[TCP_FLAGS_OFFSET] & TCP_FIN_SYN_RST)
		return ppe_punt(packet, PPE_PUNT_TCP_FLAGS);
	return 0;
}

/*
 * Gives the frame a link header of another length, puts the packet's new header in front, and says where the packet lies: 0, or the verdict. A macro, for the
 * verifier follows pointers into the packet through no call.
 */
#define PPE_MOVE(ctx, packet, way, ip, ethertype, ppp)								\
({														\
	int shift = (int)(packet)->l3_offset - (int)(way)->header_bytes;					\
	__u32 header_bytes = (way)->header_bytes;								\
	void *data, *data_end;											\
														\
	if (shift && bpf_xdp_adjust_head(ctx, shift))								\
		return ppe_punt(packet, PPE_PUNT_HEADROOM);							\
	verdict = ppe_meter(packet, way, now);									\
	if (verdict)												\
		return verdict;											\
	data = (void *)(long)(ctx)->data;									\
	data_end = (void *)(long)(ctx)->data_end;								\
	if (header_bytes < HEADER_BYTES_MIN)									\
		return ppe_count(packet, PPE_DROP_CHANGED, XDP_DROP);						\
	barrier_var(header_bytes);	/* Two comparisons, which the verifier follows; a merged one it does not. */	\
	if (header_bytes > HEADER_BYTES_MAX)									\
		return ppe_count(packet, PPE_DROP_CHANGED, XDP_DROP);						\
	ip = data + header_bytes;										\
	if (data + PPE_HEADER_BYTES_MAX > data_end || (void *)(ip + 1) + sizeof(struct udphdr) > data_end ||	\
	    ((packet)->protocol == IPPROTO_TCP && (void *)(ip + 1) + sizeof(struct tcphdr) > data_end))		\
		return ppe_count(packet, PPE_DROP_CHANGED, XDP_DROP);	/* Not reached: the packet was whole before. */	\
	put_header(data, data_end, (way)->link, header_bytes, bpf_htons(ethertype), bpf_htons(ppp), (packet)->l3_bytes);	\
})

static __always_inline int ppe_forward4(struct xdp_md *ctx, struct ppe_packet *packet, __u32 l3_room)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + packet->l3_offset;
	struct ppe_way way;
	struct ppe_entry4 *entry;
	__u32 address[2], word;
	__u64 hash, now;
	int verdict;

	if ((void *)(ip + 1) + sizeof(struct udphdr) > data_end || ip->version != 4)
		return ppe_punt(packet, PPE_NOT_OURS);
	packet->protocol = ip->protocol;
	if (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP)
		return ppe_punt(packet, PPE_NOT_OURS);
	if (ip->ihl != 5)
		return ppe_punt(packet, PPE_PUNT_OPTIONS);
	if (ip->frag_off & bpf_htons(IP_FRAGMENT))
		return ppe_punt(packet, PPE_PUNT_FRAGMENT);
	packet->l3_bytes = bpf_ntohs(ip->tot_len);
	if (packet->l3_bytes < sizeof(*ip) + sizeof(struct udphdr) || packet->l3_bytes > l3_room)
		return ppe_punt(packet, PPE_NOT_OURS);
	verdict = ppe_transport(packet, ip + 1, data_end);
	if (verdict)
		return verdict;

	address[0] = ip->saddr;
	address[1] = ip->daddr;
	hash = hash_tail(packet) + packet->config->hash_key[0] * address[0] + packet->config->hash_key[1] * address[1];
	hash = hash_finish(packet->config, hash);
	entry = ppe_find4(packet, address, hash, &word);
	if (!entry)
		return ppe_punt(packet, PPE_MISS);

	if (ip->ttl <= 1)
		return ppe_punt(packet, PPE_PUNT_HOP_LIMIT);
	verdict = ppe_admit(packet, &entry->action, word, &way);
	if (verdict)
		return verdict;
	if (packet->port_flags & PPE_PORT_PARTIAL && is_partial(ctx, packet, address, 2, sizeof(*ip), ip + 1))
		return ppe_punt(packet, PPE_PUNT_CHECKSUM);
	way.direction = entry->flags & PPE_FLAG_WAN ? 1 : 0;
	now = ppe_now(packet);
	verdict = ppe_depart(packet, entry->action.shard, &way, now);
	if (verdict)
		return verdict;
	if (packet->l3_offset == HEADER_BYTES_MIN && way.header_bytes == HEADER_BYTES_MIN) {
		/* Ethernet in, Ethernet out: most packets. */
		verdict = ppe_meter(packet, &way, now);
		if (verdict)
			return verdict;
		put_header14(data, way.link);
		rewrite4(packet, ip, entry, &way);
	} else {
		PPE_MOVE(ctx, packet, &way, ip, ETH_P_IP, 0x0021);
		rewrite4(packet, ip, entry, &way);
	}
	return ppe_leave(packet, &entry->action, word, &entry->counts, &way, now);
}

static __always_inline int ppe_forward6(struct xdp_md *ctx, struct ppe_packet *packet, __u32 l3_room)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct ipv6hdr *ip = data + packet->l3_offset;
	const __u64 *key = packet->config->hash_key;
	struct ppe_way way;
	struct ppe_entry6 *entry;
	__u32 address[8], word;
	__u64 hash, now;
	int verdict, i;

	if ((void *)(ip + 1) + sizeof(struct udphdr) > data_end || ip->version != 6)
		return ppe_punt(packet, PPE_NOT_OURS);
	packet->protocol = ip->nexthdr;
	if (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP)
		return ppe_punt(packet, PPE_NOT_OURS);
	packet->l3_bytes = sizeof(*ip) + bpf_ntohs(ip->payload_len);
	if (packet->l3_bytes < sizeof(*ip) + sizeof(struct udphdr) || packet->l3_bytes > l3_room)
		return ppe_punt(packet, PPE_NOT_OURS);
	verdict = ppe_transport(packet, ip + 1, data_end);
	if (verdict)
		return verdict;

	__builtin_memcpy(address, &ip->saddr, sizeof(address));
	hash = hash_tail(packet);
#pragma unroll
	for (i = 0; i < 8; i++)
		hash += key[i] * address[i];
	hash = hash_finish(packet->config, hash);
	entry = ppe_find6(packet, address, hash, &word);
	if (!entry)
		return ppe_punt(packet, PPE_MISS);

	if (ip->hop_limit <= 1)
		return ppe_punt(packet, PPE_PUNT_HOP_LIMIT);
	verdict = ppe_admit(packet, &entry->action, word, &way);
	if (verdict)
		return verdict;
	if (packet->port_flags & PPE_PORT_PARTIAL && is_partial(ctx, packet, address, 8, sizeof(*ip), ip + 1))
		return ppe_punt(packet, PPE_PUNT_CHECKSUM);
	way.direction = entry->flags & PPE_FLAG_WAN ? 1 : 0;
	now = ppe_now(packet);
	verdict = ppe_depart(packet, entry->action.shard, &way, now);
	if (verdict)
		return verdict;
	PPE_MOVE(ctx, packet, &way, ip, ETH_P_IPV6, 0x0057);
	rewrite6(packet, ip, entry, &way);
	return ppe_leave(packet, &entry->action, word, &entry->counts, &way, now);
}

static __always_inline int ppe_run(struct xdp_md *ctx)
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

	packet.counters = bpf_map_lookup_elem(&ppe_counts, &zero);
	if (!packet.counters)
		return -1;
	if ((void *)(eth + 1) > data_end || eth->h_dest[0] & 1)
		return ppe_punt(&packet, PPE_NOT_OURS);
	proto = eth->h_proto;
	if (proto != bpf_htons(ETH_P_IP)) {
#pragma unroll
		for (i = 0; i < HOST_VLAN_TAGS_MAX; i++) {
			if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD) && proto != bpf_htons(ETH_P_QINQ1))
				break;
			vlan = data + offset;
			if ((void *)(vlan + 1) > data_end)
				return ppe_punt(&packet, PPE_NOT_OURS);
			proto = vlan->proto;
			offset += sizeof(*vlan);
		}
	}
	room = data_end - data - offset;
	if (proto == bpf_htons(ETH_P_PPP_SES)) {
		pppoe = data + offset;
		if ((void *)(pppoe + 1) > data_end || pppoe->type_code != bpf_htons(PPPOE_SESSION))
			return ppe_punt(&packet, PPE_NOT_OURS);
		offset += sizeof(*pppoe);
		room -= sizeof(*pppoe);
		if (bpf_ntohs(pppoe->length) < sizeof(pppoe->protocol) || room < bpf_ntohs(pppoe->length) - sizeof(pppoe->protocol))
			return ppe_punt(&packet, PPE_NOT_OURS);
		room = bpf_ntohs(pppoe->length) - sizeof(pppoe->protocol);
		proto = pppoe->protocol == bpf_htons(0x0021) ? bpf_htons(ETH_P_IP) :
			pppoe->protocol == bpf_htons(0x0057) ? bpf_htons(ETH_P_IPV6) : 0;
	}
	if (proto != bpf_htons(ETH_P_IP) && proto != bpf_htons(ETH_P_IPV6))
		return ppe_punt(&packet, PPE_NOT_OURS);

	port = ppe_find_port(ctx->ingress_ifindex);
	packet.config = bpf_map_lookup_elem(&ppe_config, &zero);
	if (!port || !packet.config)
		return ppe_punt(&packet, PPE_NOT_OURS);
	packet.zone = port->zone;
	packet.port_flags = port->flags;
	packet.l3_offset = offset;
	return proto == bpf_htons(ETH_P_IP) ? ppe_forward4(ctx, &packet, room) : ppe_forward6(ctx, &packet, room);
}

SEC("xdp")
int natflow_ppe(struct xdp_md *ctx)
{
	int verdict = ppe_run(ctx);

	if (verdict >= 0)
		return verdict;
	return miss_to_kernel ? XDP_PASS : host_deliver(ctx);
}

char _license[] SEC("license") = "Dual MIT/GPL";
