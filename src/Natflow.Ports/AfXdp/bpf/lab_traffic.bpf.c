// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Both ends of a measurement: UDP frames made inside the kernel, and a sink that counts and ends them. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Frame n belongs to flow n % flow_count, which has its source address and port by host_count, its destination port by dst_port_count. */
struct traffic_plan {
	__u32 src_addr_first;	/* Host order. */
	__u32 dst_addr;		/* Network order. */
	__u32 flow_count;	/* At least 1. */
	__u32 host_count;	/* At least 1. */
	__u16 src_port_first;	/* Host order. */
	__u16 dst_port_first;	/* Host order. */
	__u8 dst_mac[ETH_ALEN];
	__u8 src_mac[ETH_ALEN];
	__u16 dst_port_count;	/* At least 1. */
	__u16 reserved;
	__u32 window;		/* Frames that may be under way, sent and not back; 0 does not wait for any. */
	__u32 frame_limit;	/* With a window: frames in all. */
};
_Static_assert(sizeof(struct traffic_plan) == 44, "TrafficPlan.SizeBytes");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct traffic_plan);
} plan SEC(".maps");

#define TCX_DROP	2
#define FRAME_WORDS	6	/* Ethernet, IPv4, UDP and the payload's first six bytes. */

/* The next frame: divisions a frame would cost more than the rest of it. */
struct traffic_cursor {
	__u64 frame[FRAME_WORDS];	/* What all flows share; the header's checksum without the source address, not complemented. */
	__u32 is_ready;
	__u32 flow;
	__u32 host;
	__u16 src_port;
	__u16 dst_port;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct traffic_cursor);
} cursors SEC(".maps");

/* Of frames that are awaited back. */
struct traffic_progress {
	__u64 sent;
	__u64 returned;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct traffic_progress);
} progress SEC(".maps");

/* Frames that nobody waits for any more. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lost_frames SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sunk_frames SEC(".maps");

struct udp_frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return sum + (sum >> 16);
}

static __always_inline void first_flow(const struct traffic_plan *p, struct traffic_cursor *c)
{
	c->flow = 0;
	c->host = 0;
	c->src_port = p->src_port_first;
	c->dst_port = p->dst_port_first;
}

static __always_inline void next_flow(const struct traffic_plan *p, struct traffic_cursor *c)
{
	if (++c->flow == p->flow_count) {
		first_flow(p, c);
		return;
	}
	if (++c->host == p->host_count) {
		c->host = 0;
		c->src_port++;
	}
	if (++c->dst_port == (__u16)(p->dst_port_first + p->dst_port_count))
		c->dst_port = p->dst_port_first;
}

static __always_inline void prepare(const struct traffic_plan *p, struct traffic_cursor *c, __u16 ip_bytes)
{
	struct udp_frame *frame = (void *)c->frame;
	const __u16 *word = (const __u16 *)&frame->ip;
	__u32 sum = 0;
	int i;

	__builtin_memcpy(frame->eth.h_dest, p->dst_mac, ETH_ALEN);
	__builtin_memcpy(frame->eth.h_source, p->src_mac, ETH_ALEN);
	frame->eth.h_proto = bpf_htons(ETH_P_IP);
	frame->ip = (struct iphdr) {
		.version = 4,
		.ihl = 5,
		.tot_len = bpf_htons(ip_bytes),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.daddr = p->dst_addr,
	};
	frame->udp.len = bpf_htons(ip_bytes - sizeof(frame->ip));
#pragma unroll
	for (i = 0; i < 10; i++)
		sum += word[i];
	frame->ip.check = fold(sum);
	first_flow(p, c);
	c->is_ready = 1;
}

/* Whether another frame may go. */
static __always_inline int may_send(const struct traffic_plan *p)
{
	struct traffic_progress *done;
	__u32 zero = 0;
	__u64 *lost;

	if (!p->window)
		return 1;
	done = bpf_map_lookup_elem(&progress, &zero);
	lost = bpf_map_lookup_elem(&lost_frames, &zero);
	if (!done || !lost || done->sent >= p->frame_limit ||
	    done->sent >= *(volatile __u64 *)&done->returned + *(volatile __u64 *)lost + p->window)
		return 0;
	done->sent++;
	return 1;
}

/* Frames come back as their receiver left them: each is laid down whole. */
SEC("xdp")
int lab_generate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct udp_frame *frame = data, *shared;
	struct traffic_cursor *c;
	struct traffic_plan *p;
	__u64 *word = data;
	__u32 zero = 0, saddr;
	int i;

	if ((void *)(word + FRAME_WORDS) > data_end)
		return XDP_DROP;
	p = bpf_map_lookup_elem(&plan, &zero);
	c = bpf_map_lookup_elem(&cursors, &zero);
	if (!p || !c || !may_send(p))
		return XDP_DROP;
	if (!c->is_ready)
		prepare(p, c, data_end - data - sizeof(frame->eth));

#pragma unroll
	for (i = 0; i < FRAME_WORDS; i++)
		word[i] = c->frame[i];
	shared = (void *)c->frame;
	saddr = bpf_htonl(p->src_addr_first + c->host);
	frame->ip.saddr = saddr;
	frame->ip.check = ~fold(shared->ip.check + (saddr & 0xffff) + (saddr >> 16));
	frame->udp.source = bpf_htons(c->src_port);
	frame->udp.dest = bpf_htons(c->dst_port);
	next_flow(p, c);
	return XDP_TX;
}

SEC("xdp")
int lab_sink(struct xdp_md *ctx)
{
	struct udp_frame *frame = (void *)(long)ctx->data;
	__u32 zero = 0;
	__u64 *sunk;

	if ((void *)(frame + 1) > (void *)(long)ctx->data_end || frame->eth.h_proto != bpf_htons(ETH_P_IP) ||
	    frame->ip.protocol != IPPROTO_UDP)
		return XDP_PASS;
	sunk = bpf_map_lookup_elem(&sunk_frames, &zero);
	if (sunk)
		(*sunk)++;
	return XDP_DROP;
}

/* Sends a UDP frame back to where it came from. */
SEC("xdp")
int lab_reflect(struct xdp_md *ctx)
{
	struct udp_frame *frame = (void *)(long)ctx->data;
	__u8 mac[ETH_ALEN];
	__be16 port;
	__be32 addr;

	if ((void *)(frame + 1) > (void *)(long)ctx->data_end || frame->eth.h_proto != bpf_htons(ETH_P_IP) ||
	    frame->ip.protocol != IPPROTO_UDP)
		return XDP_PASS;
	__builtin_memcpy(mac, frame->eth.h_dest, ETH_ALEN);
	__builtin_memcpy(frame->eth.h_dest, frame->eth.h_source, ETH_ALEN);
	__builtin_memcpy(frame->eth.h_source, mac, ETH_ALEN);
	addr = frame->ip.daddr;
	frame->ip.daddr = frame->ip.saddr;
	frame->ip.saddr = addr;
	port = frame->udp.dest;
	frame->udp.dest = frame->udp.source;
	frame->udp.source = port;
	return bpf_redirect(ctx->ingress_ifindex, 0);	/* With XDP_TX a veth does not wake a peer that has no XDP program. */
}

/* Interfaces that are joined. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} bridge_ports SEC(".maps");

/* 0 where there is none. */
static __always_inline __u32 bridge_other(__u32 ifindex)
{
	__u32 first = 0, second = 1;
	__u32 *one = bpf_map_lookup_elem(&bridge_ports, &first), *other = bpf_map_lookup_elem(&bridge_ports, &second);

	if (!one || !other)
		return 0;
	return ifindex == *one ? *other : *one;
}

/* Sends every frame out of the other interface, as it is: what XDP can do on these links at best. */
SEC("xdp")
int lab_bridge(struct xdp_md *ctx)
{
	__u32 ifindex = bridge_other(ctx->ingress_ifindex);

	return ifindex ? bpf_redirect(ifindex, 0) : XDP_DROP;
}

/* The same behind the receive offloads: what the hosts can do over these links at best. */
SEC("tc")
int lab_bridge_tc(struct __sk_buff *skb)
{
	__u32 ifindex = bridge_other(skb->ifindex);

	return ifindex ? bpf_redirect(ifindex, 0) : TCX_DROP;
}

/* Counts and ends what was awaited. */
SEC("xdp")
int lab_return(struct xdp_md *ctx)
{
	struct udp_frame *frame = (void *)(long)ctx->data;
	struct traffic_progress *done;
	__u32 zero = 0;

	if ((void *)(frame + 1) > (void *)(long)ctx->data_end || frame->eth.h_proto != bpf_htons(ETH_P_IP) ||
	    frame->ip.protocol != IPPROTO_UDP)
		return XDP_PASS;
	done = bpf_map_lookup_elem(&progress, &zero);
	if (done)
		__sync_fetch_and_add(&done->returned, 1);
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual MIT/GPL";
