/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tables of the soft PPE. The gateway maps them and writes by plain stores; the forwarder, on any number of CPUs, reads them without a lock.
 *
 * What makes a reader safe:
 * - A slot's `word` is odd while the slot is bound; each bind and unbind makes it another number. The writer stores it last at a bind (release) and first at an
 *   unbind, and does not use a slot again before the packets under way are through.
 * - The reader loads the word, copies what it needs, and loads the word again: another number means that the slot changed under it, and the packet is punted.
 * - x86 keeps loads in order. Elsewhere (`weak_ordering`) both loads of the word are atomic operations, which are full barriers in BPF.
 * Links have a `version` of the same kind: even is stable.
 */
#ifndef NATFLOW_PPE_TABLES_H
#define NATFLOW_PPE_TABLES_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define PPE_LAYOUT_VERSION	3
#define PPE_WAYS		16
#define PPE_LANES		4	/* Tags in a word. */
#define PPE_TAG_WORDS		(PPE_WAYS / PPE_LANES)
#define PPE_HOME_SHIFT		44	/* Bits of the hash that choose an entry's home in its first bucket. */
#define PPE_HASH_WORDS		12
#define PPE_LINKS		65536
#define PPE_DEVICES		256
#define PPE_SHARDS		256
#define PPE_PORTS_BUCKETS	1024
#define PPE_PORTS_PROBES_MAX	4
#define PPE_HEADER_BYTES_MAX	32
#define PPE_PACKET		(1ull << 36)	/* A packet in ppe_counts.traffic. */
#define PPE_LAST_SEEN_SHIFT	20	/* last_seen counts 2^20 ns. */

#define PPE_FLAG_WAN		(1 << 0) /* Arrives on the WAN side: the download meter. */
#define PPE_FLAG_NAT6		(1 << 1) /* The IPv6 addresses or ports change. */
#define PPE_WORD_BOUND		(1 << 0)
#define PPE_WORD_GENERATION(w)	((w) >> 1 & 0xffff)
#define PPE_PORT_PARTIAL	(1 << 0) /* Senders behind the port may leave checksums to hardware that is not there. */

/* Numbers leave the process: never renumber, only append. */
enum ppe_counter {
	PPE_FORWARDED = 0,
	PPE_MISS = 1,			/* No entry. */
	PPE_NOT_OURS = 2,		/* Not TCP or UDP in IPv4 or IPv6, or damaged headers. */
	PPE_PUNT_FRAGMENT = 3,
	PPE_PUNT_OPTIONS = 4,		/* IPv4 options. IPv6 extension headers are PPE_NOT_OURS, for they are no TCP or UDP yet. */
	PPE_PUNT_HOP_LIMIT = 5,		/* The hit's TTL or hop limit ends here. */
	PPE_PUNT_TCP_FLAGS = 6,		/* SYN, FIN or RST: the flow's owner has to see it. */
	PPE_PUNT_LINK = 7,		/* The way out has another generation, or no device. */
	PPE_PUNT_POLICY = 8,		/* The policy has another generation, or forbids offload. */
	PPE_PUNT_GENERATION = 9,	/* The entry is of before the last invalidation. */
	PPE_PUNT_MTU = 10,
	PPE_PUNT_CHECKSUM = 11,		/* The sender left the checksum to be finished. */
	PPE_PUNT_CHANGED = 12,		/* The entry or the link changed while it was read. */
	PPE_PUNT_HEADROOM = 13,		/* No room for the new link header. */
	PPE_DROP_POLICY = 14,
	PPE_DROP_METER_UP = 15,
	PPE_DROP_METER_DOWN = 16,
	PPE_DROP_SHARD = 17,		/* The shard's time is over. */
	PPE_DROP_CHANGED = 18,		/* The link changed while its header was written. */
	PPE_COUNTERS = 21,
};

struct ppe_counters {
	__u64 count[PPE_COUNTERS];
	__u32 last_link;		/* Of the last packet: ppe_guess. */
	__u32 last_zone;
	__u64 tick;			/* Jiffies at which tick_ns was read. */
	__u64 tick_ns;
};
_Static_assert(sizeof(struct ppe_counters) == 192, "PpeLayout.CountersBytes");

struct ppe_config {
	__u32 layout_version;
	__u32 generation;		/* 16 bits; entries of another one are void. */
	__u32 bucket_mask4;
	__u32 bucket_mask6;
	__u64 reserved[5];
	__u64 hash_key[PPE_HASH_WORDS];	/* Secret. */
	__u64 padding[5];
};
_Static_assert(sizeof(struct ppe_config) == 192, "PpeConfig.SizeBytes");

/* What both kinds of entry share. */
struct ppe_action {
	__u32 word;			/* Bit 0: bound; 1 to 16: ppe_config.generation at the bind; above: a number that each bind changes. */
	__u16 link_index;
	__u16 link_generation;
	__u32 policy_index;
	__u16 policy_generation;
	__u8 shard;
	__u8 rule;			/* Its policy has meters and a class beside the user's; 0 for none. */
};
_Static_assert(sizeof(struct ppe_action) == 16, "PpeAction.SizeBytes");

struct ppe_counts {
	__u64 traffic;			/* Packets times 2^36 plus L3 bytes, so that one atomic addition counts both: the reader takes differences. */
	__u32 reserved;
	__u32 last_seen;
};
_Static_assert(sizeof(struct ppe_counts) == 16, "PpeCounts.SizeBytes");

struct ppe_entry4 {
	__u32 saddr;			/* Network order, as all addresses and ports. */
	__u32 daddr;
	__u32 ports;			/* Source port in the first two bytes. */
	__u16 zone;
	__u8 protocol;
	__u8 flags;
	struct ppe_action action;
	__u32 new_saddr;
	__u32 new_daddr;
	__u32 new_ports;
	__u16 l3_delta;			/* RFC 1624 eqn 3: what is added to the complement of the checksum; the TTL's step is in it. */
	__u16 l4_delta;
	struct ppe_counts counts;
};
_Static_assert(sizeof(struct ppe_entry4) == 64, "PpeEntry4.SizeBytes");

struct ppe_entry6 {
	__u32 saddr[4];
	__u32 daddr[4];
	__u32 ports;
	__u16 zone;
	__u8 protocol;
	__u8 flags;
	struct ppe_action action;
	__u32 new_ports;
	__u16 l4_delta;
	__u16 reserved;
	__u32 new_saddr[4];
	__u32 new_daddr[4];
	struct ppe_counts counts;
	__u32 padding[4];
};
_Static_assert(sizeof(struct ppe_entry6) == 128, "PpeEntry6.SizeBytes");

/* 16 bits of the hash for each slot of a bucket, 0 for a free one: a miss costs one cache line, a hit two. */
struct ppe_tags {
	union {
		__u64 word[PPE_TAG_WORDS];
		__u16 tag[PPE_WAYS];
	};
};
_Static_assert(sizeof(struct ppe_tags) == 32, "PpeTags.SizeBytes");

/* The owner's, kept here so that a restarted gateway finds it. Never read by the program. */
struct ppe_owner {
	__u64 cookie;
	__u64 packets;			/* Up to the last reading. */
	__u64 bytes;			/* Up to the last reading. */
	__u32 ingress_ifindex;
	__u32 reserved;
};
_Static_assert(sizeof(struct ppe_owner) == 32, "PpeOwner.SizeBytes");

struct ppe_link {
	__u32 version;			/* Odd while it is written. */
	__u16 generation;
	__u16 mtu;			/* 0: nothing passes. */
	__u16 device;			/* Place in ppe_devices. */
	__u8 header_bytes;
	__u8 is_pppoe;
	__u32 reserved[5];
	__u8 header[PPE_HEADER_BYTES_MAX]; /* Right-aligned. */
};
_Static_assert(sizeof(struct ppe_link) == 64, "PpeLink.SizeBytes");

/* PolicyRecord of the flow path: the same memory. */
struct ppe_policy {
	__u16 generation;		/* With the next two a POLICY word, read by one load. */
	__u8 verdict;
	__u8 flags;
	__u16 class_id;
	__u8 dscp[2];			/* Up, down. */
	__u64 due_ns[2];		/* Up, down. */
	__u64 cost_q20[2];		/* ns for each L3 byte. */
	__u32 burst_us[2];
	__u32 dropped[2];
	__u32 metered[2];		/* L3 bytes that passed the meters, modulo 2^32. */
};
_Static_assert(sizeof(struct ppe_policy) == 64, "PolicyRecord.SizeBytes");

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define POLICY_GENERATION(w)	((w) & 0xffff)
#define POLICY_VERDICT(w)	((w) >> 16 & 0xff)
#define POLICY_FLAGS(w)		((w) >> 24)
#else
#define POLICY_GENERATION(w)	((w) >> 16)
#define POLICY_VERDICT(w)	((w) >> 8 & 0xff)
#define POLICY_FLAGS(w)		((w) & 0xff)
#endif
#define POLICY_FORWARD		1
#define POLICY_DROP		2
#define POLICY_METER_UP		(1 << 0)
#define POLICY_METER_DOWN	(1 << 1)
#define POLICY_SET_DSCP		(1 << 2)
#define POLICY_NO_OFFLOAD	(1 << 3)
#define POLICY_EXCLUSIVE	(1 << 4) /* Of a rule: the user's own meters are passed over. */

struct ppe_port {
	__u32 ifindex;			/* 0: free. */
	__u16 zone;
	__u8 flags;
	__u8 device;			/* Its place in ppe_devices, for a gateway that finds the table. */
};
_Static_assert(sizeof(struct ppe_port) == 8, "PpePort.SizeBytes");

#define PPE_ARRAY(name, value_type, entries)			\
	struct {						\
		__uint(type, BPF_MAP_TYPE_ARRAY);		\
		__uint(map_flags, BPF_F_MMAPABLE);		\
		__uint(max_entries, entries);			\
		__type(key, __u32);				\
		__type(value, value_type);			\
	} name SEC(".maps")

PPE_ARRAY(ppe_config, struct ppe_config, 1);
PPE_ARRAY(ppe_tags4, struct ppe_tags, 1);
PPE_ARRAY(ppe_tags6, struct ppe_tags, 1);
PPE_ARRAY(ppe_entries4, struct ppe_entry4, PPE_WAYS);
PPE_ARRAY(ppe_entries6, struct ppe_entry6, PPE_WAYS);
PPE_ARRAY(ppe_owners4, struct ppe_owner, PPE_WAYS);
PPE_ARRAY(ppe_owners6, struct ppe_owner, PPE_WAYS);
PPE_ARRAY(ppe_links, struct ppe_link, PPE_LINKS);
PPE_ARRAY(ppe_policies, struct ppe_policy, 1);
PPE_ARRAY(ppe_shards, __u64, PPE_SHARDS);	/* CLOCK_MONOTONIC ns until which a shard's entries forward; 0 for no limit. */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PPE_PORTS_BUCKETS);
	__type(key, __u32);
	__type(value, struct ppe_port);
} ppe_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, PPE_DEVICES);
	__type(key, __u32);
	__type(value, __u32);
} ppe_devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ppe_counters);
} ppe_counts SEC(".maps");

#endif
