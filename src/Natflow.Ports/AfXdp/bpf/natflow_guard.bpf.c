// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Ingress of an interface that is an af_packet port. The port's tap has had its copy before this runs; the kernel's copy of what the
 * gateway forwards ends here, so that nothing is forwarded twice and no stack answers for a translated address.
 */
#include "host_guard.h"

/* Set before loading. CLOCK_MONOTONIC until which frames are held off for a gateway that starts again; 0 has no end. */
const volatile __u64 hold_until_ns = 0;

SEC("tc")
int natflow_guard(struct __sk_buff *skb)
{
	/* Nobody came: the interface is the kernel's. */
	if (hold_until_ns && bpf_ktime_get_ns() > hold_until_ns)
		return TCX_NEXT;
	return host_guard(skb);
}

char _license[] SEC("license") = "Dual MIT/GPL";
