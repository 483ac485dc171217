/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Gives what is not for the box itself to the AF_XDP socket of its interface and queue. Ends every XDP program in front of af_xdp ports. */
#ifndef NATFLOW_HOST_SOCKETS_H
#define NATFLOW_HOST_SOCKETS_H

#include "host_filter.h"

#define PORTS_BUCKETS		1024
#define PORTS_PROBES_MAX	4
#define SOCKETS_MAX		1024

/* An interface that is a port of the gateway. Its sockets are socket_base to socket_base + queue_count - 1 of xsk_sockets. */
struct host_port {
	__u32 ifindex;		/* 0: free. */
	__u32 socket_base;
	__u32 queue_count;
	__u32 reserved;
};
_Static_assert(sizeof(struct host_port) == 16, "HostPortEntry.SizeBytes");

/* Interface numbers are small and dense, so an array with a few probes is a lookup without a hash: at ifindex % PORTS_BUCKETS or next to it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PORTS_BUCKETS);
	__type(key, __u32);
	__type(value, struct host_port);
} host_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, SOCKETS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} xsk_sockets SEC(".maps");

static __always_inline struct host_port *find_port(__u32 ifindex)
{
	int i;

#pragma unroll
	for (i = 0; i < PORTS_PROBES_MAX; i++) {
		__u32 index = (ifindex + i) % PORTS_BUCKETS;
		struct host_port *port = bpf_map_lookup_elem(&host_ports, &index);

		if (port && port->ifindex == ifindex)
			return port;
	}
	return 0;
}

static __always_inline int host_deliver(struct xdp_md *ctx)
{
	enum host_counter counter = host_classify((void *)(long)ctx->data, (void *)(long)ctx->data_end);
	struct host_port *port;
	long action = XDP_DROP;

	if (counter != HOST_GATEWAY) {
		host_count(counter);
		return XDP_PASS;
	}

	/* From here on never XDP_PASS: the kernel would forward what the gateway has to translate. */
	port = find_port(ctx->ingress_ifindex);
	if (!port) {
		host_count(HOST_UNKNOWN_PORT);
		return XDP_DROP;
	}
	if (ctx->rx_queue_index < port->queue_count)
		action = bpf_redirect_map(&xsk_sockets, port->socket_base + ctx->rx_queue_index, XDP_DROP);
	host_count(action == XDP_REDIRECT ? HOST_GATEWAY : HOST_NO_SOCKET);
	return action;
}

#endif
