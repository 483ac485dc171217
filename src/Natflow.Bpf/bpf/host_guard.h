/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Ends the kernel's copy of a frame that is not for the box itself. Ends every program at the ingress of af_packet ports. */
#ifndef NATFLOW_HOST_GUARD_H
#define NATFLOW_HOST_GUARD_H

#include "host_filter.h"

#define TCX_NEXT	(-1)
#define TCX_DROP	2
#define TCX_REDIRECT	7
#define HEADERS_BYTES	160	/* Ethernet, two tags, IPv6, some extension headers, ports. */

static __always_inline int host_guard(struct __sk_buff *skb)
{
	__u32 wanted = skb->len < HEADERS_BYTES ? skb->len : HEADERS_BYTES;
	enum host_counter counter;

	/* Headers may lie in page fragments. Without memory for them nothing is known of the frame: it must not be forwarded. */
	if ((void *)(long)skb->data + wanted > (void *)(long)skb->data_end && bpf_skb_pull_data(skb, wanted)) {
		host_count(HOST_UNKNOWN_PORT);
		return TCX_DROP;
	}

	counter = host_classify((void *)(long)skb->data, (void *)(long)skb->data_end);
	host_count(counter);
	return counter == HOST_GATEWAY ? TCX_DROP : TCX_NEXT;
}

#endif
