// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Ingress of an interface that is an af_packet port. The port's tap has had its copy before this runs; the kernel's copy of what the
 * gateway forwards ends here, so that nothing is forwarded twice and no stack answers for a translated address.
 */
#include "host_filter.h"

#define TCX_NEXT	(-1)
#define TCX_DROP	2
#define HEADERS_BYTES	160	/* Ethernet, two tags, IPv6, some extension headers, ports. */

/* Set before loading. CLOCK_MONOTONIC until which frames are held off for a gateway that starts again; 0 has no end. */
const volatile __u64 hold_until_ns = 0;

SEC("tc")
int natflow_guard(struct __sk_buff *skb)
{
	__u32 wanted = skb->len < HEADERS_BYTES ? skb->len : HEADERS_BYTES;
	enum host_counter counter;

	/* Nobody came: the interface is the kernel's. */
	if (hold_until_ns && bpf_ktime_get_ns() > hold_until_ns)
		return TCX_NEXT;

	/* Headers may lie in page fragments. Without memory for them nothing is known of the frame: it must not be forwarded. */
	if ((void *)(long)skb->data + wanted > (void *)(long)skb->data_end && bpf_skb_pull_data(skb, wanted)) {
		host_count(HOST_UNKNOWN_PORT);
		return TCX_DROP;
	}

	counter = host_classify((void *)(long)skb->data, (void *)(long)skb->data_end);
	host_count(counter);
	return counter == HOST_GATEWAY ? TCX_DROP : TCX_NEXT;
}

char _license[] SEC("license") = "Dual MIT/GPL";
