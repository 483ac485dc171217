// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* In front of af_xdp ports where no soft PPE is. */
#include "host_sockets.h"

SEC("xdp")
int natflow_xdp(struct xdp_md *ctx)
{
	return host_deliver(ctx);
}

char _license[] SEC("license") = "Dual MIT/GPL";
