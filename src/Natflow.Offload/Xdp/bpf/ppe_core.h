/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the soft PPE does with a packet, wherever it meets it. A step gives a fate: PPE_FORWARDED to go on, or the counter of why the packet stays with the gateway
 * (a punt) or is dropped.
 */
#ifndef NATFLOW_PPE_CORE_H
#define NATFLOW_PPE_CORE_H

#include <linux/tcp.h>
#include <linux/udp.h>
#include "host_filter.h"
#include "ppe_tables.h"

#define METER_ATTEMPTS_MAX	4
#define HEADER_BYTES_MIN	14	/* Ethernet. */
#define HEADER_BYTES_MAX	30	/* Ethernet, two tags, PPPoE, PPP. */
#define IP_FRAGMENT		0x3fff	/* MF or an offset. */
#define TCP_FLAGS_OFFSET	13
#define TCP_FIN_SYN_RST		0x07
#define LANES			0x0001000100010001ull
#define LANES_HIGH		0x8000800080008000ull
#define DEADLINE_NEAR_NS	(40ull * 1000 * 1000)	/* Four ticks of the slowest clock: HZ 100. */

#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile typeof(x) *)&(x) = (v))
#define COPY(type, from, to)	(*(type *)(data + (to)) = *(const type *)(link->header + (from)))

/* Set before loading, behind pppoe_to_gateway of host_filter.h. */
const volatile __u32 miss_to_kernel = 0;	/* A packet socket takes what is not forwarded, not an AF_XDP socket. */
const volatile __u32 weak_ordering = 0;		/* The CPU may reorder loads. */

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

static __always_inline int ppe_is_drop(enum ppe_counter fate)
{
	return fate >= PPE_DROP_POLICY;
}

static __always_inline void ppe_count(struct ppe_counters *counters, enum ppe_counter fate)
{
	if ((__u32)fate < PPE_COUNTERS)
		counters->count[fate]++;
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

/*
 * A value that a load gives late and that seldom differs from the last packet's. The processor goes on with that one while the load is under way: it predicts
 * branches, but waits for data.
 */
static __always_inline __u32 ppe_guess(__u32 *last, __u32 value)
{
	__u32 guess = READ_ONCE(*last), differs = guess ^ value;

	barrier_var(differs);	/* Else the compiler knows that they are equal behind the branch, and takes the value. */
	if (differs) {
		guess = value;
		barrier_var(guess);
		WRITE_ONCE(*last, guess);
	}
	return guess;
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
static __always_inline type *ppe_find##family(const struct ppe_packet *packet, const void *addresses, __u64 hash, __u32 *slot, __u32 *word)	\
{													\
	__u32 mask = packet->config->bucket_mask##family, tag = tag_of(hash), choice, i, w;		\
	__u32 bucket = (__u32)hash & mask, way = (hash >> PPE_HOME_SHIFT) % PPE_WAYS;		\
	struct ppe_tags *tags;										\
	type *entry;											\
													\
	*slot = bucket * PPE_WAYS + way;								\
	entry = bpf_map_lookup_elem(&ppe_entries##family, slot);					\
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
				*slot = bucket * PPE_WAYS + w * PPE_LANES + lowest_lane(matches);	\
				entry = bpf_map_lookup_elem(&ppe_entries##family, slot);		\
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

/* The hash of an IPv4 packet's key. */
static __always_inline __u64 hash4(const struct ppe_packet *packet, const __u32 *address)
{
	const __u64 *key = packet->config->hash_key;

	return hash_finish(packet->config, hash_tail(packet) + key[0] * address[0] + key[1] * address[1]);
}

static __always_inline __u64 hash6(const struct ppe_packet *packet, const __u32 *address)
{
	const __u64 *key = packet->config->hash_key;
	__u64 sum = hash_tail(packet);
	int i;

#pragma unroll
	for (i = 0; i < 8; i++)
		sum += key[i] * address[i];
	return hash_finish(packet->config, sum);
}

/* Nothing of the frame is changed yet. */
static __always_inline enum ppe_counter ppe_admit(const struct ppe_packet *packet, __u32 segment_bytes, const struct ppe_action *action, __u32 word,
						   struct ppe_way *way)
{
	__u32 link_index = ppe_guess(&packet->counters->last_link, action->link_index), policy_index = action->policy_index, policy_word;
	struct ppe_policy *policy;
	struct ppe_link *link;

	if (PPE_WORD_GENERATION(word) != (READ_ONCE(packet->config->generation) & 0xffff))
		return PPE_PUNT_GENERATION;

	link = bpf_map_lookup_elem(&ppe_links, &link_index);
	if (!link)
		return PPE_PUNT_LINK;
	way->link_version = load_word(&link->version);
	if (way->link_version & 1)
		return PPE_PUNT_CHANGED;
	if (link->generation != action->link_generation || !link->mtu ||
	    link->header_bytes < HEADER_BYTES_MIN || link->header_bytes > HEADER_BYTES_MAX)
		return PPE_PUNT_LINK;
	if (segment_bytes > link->mtu)
		return PPE_PUNT_MTU;

	policy = bpf_map_lookup_elem(&ppe_policies, &policy_index);
	if (!policy)
		return PPE_PUNT_POLICY;
	policy_word = READ_ONCE(*(__u32 *)policy);
	if (POLICY_GENERATION(policy_word) != action->policy_generation)
		return PPE_PUNT_POLICY;
	if (POLICY_VERDICT(policy_word) == POLICY_DROP)
		return PPE_DROP_POLICY;
	if (POLICY_VERDICT(policy_word) != POLICY_FORWARD || POLICY_FLAGS(policy_word) & POLICY_NO_OFFLOAD)
		return PPE_PUNT_POLICY;

	way->link = link;
	way->policy = policy;
	way->header_bytes = link->header_bytes;
	way->policy_flags = POLICY_FLAGS(policy_word);
	way->rule = 0;
	if (action->rule) {
		policy_index = action->rule;
		way->rule = bpf_map_lookup_elem(&ppe_policies, &policy_index);
	}
	return PPE_FORWARDED;
}

/* Whether the time is over until which a shard's entries forward. */
static __always_inline enum ppe_counter ppe_check_shard(__u32 shard, __u64 now)
{
	__u64 *valid_until = bpf_map_lookup_elem(&ppe_shards, &shard);

	if (!valid_until)
		return PPE_PUNT_POLICY;
	if (*valid_until && now + DEADLINE_NEAR_NS >= *valid_until && bpf_ktime_get_ns() >= *valid_until)
		return PPE_DROP_SHARD;
	return PPE_FORWARDED;
}

/* The rule's bucket first, then the user's, as in the flow path. */
static __always_inline enum ppe_counter ppe_meter(const struct ppe_packet *packet, const struct ppe_way *way, __u64 now)
{
	if (way->rule) {
		if (way->rule->flags & (POLICY_METER_UP << way->direction) && !meter_conforms(way->rule, way->direction, packet->l3_bytes, now))
			return way->direction ? PPE_DROP_METER_DOWN : PPE_DROP_METER_UP;
		if (way->rule->flags & POLICY_EXCLUSIVE)
			return 0;
	}
	if (way->policy_flags & (POLICY_METER_UP << way->direction) && !meter_conforms(way->policy, way->direction, packet->l3_bytes, now))
		return way->direction ? PPE_DROP_METER_DOWN : PPE_DROP_METER_UP;
	return 0;
}

/* Of an Ethernet header alone. */
static __always_inline void put_header14(void *data, const struct ppe_link *link)
{
	COPY(__u16, 18, 0);
	COPY(__u32, 20, 2);
	COPY(__u64, 24, 6);
	((struct ethhdr *)data)->h_proto = bpf_htons(ETH_P_IP);
}

/* Behind the last change. */
static __always_inline enum ppe_counter ppe_leave(const struct ppe_packet *packet, __u64 packets, struct ppe_action *action, __u32 word,
						   struct ppe_counts *counts, const struct ppe_way *way, __u64 now)
{
	__u32 last_seen = now >> PPE_LAST_SEEN_SHIFT;

	/* Half of one header or rewrite and half of another may be on the frame. */
	if (load_word(&way->link->version) != way->link_version || load_word(&action->word) != word)
		return PPE_DROP_CHANGED;
	__sync_fetch_and_add(&counts->traffic, packets * PPE_PACKET + packet->l3_bytes);
	if (counts->last_seen != last_seen)
		WRITE_ONCE(counts->last_seen, last_seen);
	return PPE_FORWARDED;
}

static __always_inline void rewrite_ip4(struct iphdr *ip, const struct ppe_entry4 *entry, const struct ppe_way *way)
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
}

static __always_inline void rewrite_ip6(struct ipv6hdr *ip, const struct ppe_entry6 *entry, const struct ppe_way *way)
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
	}
}

#endif
