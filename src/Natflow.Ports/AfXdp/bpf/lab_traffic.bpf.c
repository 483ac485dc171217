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
};
_Static_assert(sizeof(struct traffic_plan) == 36, "TrafficPlan.SizeBytes");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct traffic_plan);
} plan SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sent_frames SEC(".maps");

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

static __always_inline __u16 ip_checksum(const struct iphdr *ip)
{
	const __u16 *word = (const __u16 *)ip;
	__u32 sum = 0;
	int i;

#pragma unroll
	for (i = 0; i < 10; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

SEC("xdp")
int lab_generate(struct xdp_md *ctx)
{
	struct udp_frame *frame = (void *)(long)ctx->data;
	__u16 ip_bytes = ctx->data_end - ctx->data - sizeof(frame->eth);
	struct traffic_plan *p;
	__u32 zero = 0, flow;
	__u64 *sent;

	if ((void *)(frame + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	p = bpf_map_lookup_elem(&plan, &zero);
	sent = bpf_map_lookup_elem(&sent_frames, &zero);
	if (!p || !sent || !p->flow_count || !p->host_count || !p->dst_port_count)
		return XDP_DROP;
	flow = (__u32)(*sent)++ % p->flow_count;

	__builtin_memcpy(frame->eth.h_dest, p->dst_mac, ETH_ALEN);
	__builtin_memcpy(frame->eth.h_source, p->src_mac, ETH_ALEN);
	frame->eth.h_proto = bpf_htons(ETH_P_IP);
	frame->ip = (struct iphdr) {
		.version = 4,
		.ihl = 5,
		.tot_len = bpf_htons(ip_bytes),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = bpf_htonl(p->src_addr_first + flow % p->host_count),
		.daddr = p->dst_addr,
	};
	frame->ip.check = ip_checksum(&frame->ip);
	frame->udp = (struct udphdr) {
		.source = bpf_htons(p->src_port_first + flow / p->host_count),
		.dest = bpf_htons(p->dst_port_first + flow % p->dst_port_count),
		.len = bpf_htons(ip_bytes - sizeof(frame->ip)),
	};
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

char _license[] SEC("license") = "Dual MIT/GPL";
