// SPDX-License-Identifier: MIT
/*
 * The baseline of the af_xdp port: forwards every frame between two interfaces through AF_XDP sockets over one shared frame memory,
 * copy mode, without looking at it. Queue 0 of both. Uses what the port uses (need-wakeup, the transmit budget), and nothing it does not.
 *
 * usage: xdp_forward IF_A IF_B CPU RING_SIZE BUDGET
 * BUDGET: frames a transmit call may send (XDP_MAX_TX_SKB_BUDGET); 0 leaves the kernel's 32.
 * Prints "ready" when it forwards and runs until it is killed, a minute at most.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHUNK_BYTES	2048u
#define CHUNKS		8192u
#define BURST		256u
#define TX_BUDGET_OPTION	9

struct ring {
	unsigned *producer, *consumer, *flags;
	void *entries;
	unsigned mask, position, other;
};

struct port {
	int fd;
	struct ring rx, tx, fill, completion;
};

static unsigned long long pool[CHUNKS];
static unsigned pool_count;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int make_map(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_XSKMAP, .key_size = 4, .value_size = 4, .max_entries = 1 };
	int fd = bpf(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		die("BPF_MAP_CREATE");
	return fd;
}

/* return bpf_redirect_map(&map, ctx->rx_queue_index, XDP_PASS); */
static void attach(int map, int ifindex)
{
	struct bpf_insn code[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = 16 },
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = { .prog_type = BPF_PROG_TYPE_XDP, .insns = (unsigned long)code, .insn_cnt = 6, .license = (unsigned long)"MIT" };
	union bpf_attr link = { .link_create = { .target_ifindex = ifindex, .attach_type = BPF_XDP, .flags = XDP_FLAGS_DRV_MODE } };
	int program = bpf(BPF_PROG_LOAD, &load);

	if (program < 0)
		die("BPF_PROG_LOAD");
	link.link_create.prog_fd = program;
	if (bpf(BPF_LINK_CREATE, &link) < 0)
		die("BPF_LINK_CREATE");
}

static struct ring map_ring(int fd, struct xdp_ring_offset off, unsigned size, unsigned entry, unsigned long long page)
{
	char *base = mmap(0, off.desc + (unsigned long)size * entry, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, page);

	if (base == MAP_FAILED)
		die("mmap");
	return (struct ring){ (void *)(base + off.producer), (void *)(base + off.consumer), (void *)(base + off.flags), base + off.desc, size - 1, 0, 0 };
}

static void open_port(struct port *port, const char *name, char *memory, int shared, unsigned size, int budget)
{
	struct xdp_umem_reg umem = { .addr = (unsigned long)memory, .len = (unsigned long)CHUNKS * CHUNK_BYTES, .chunk_size = CHUNK_BYTES };
	struct sockaddr_xdp address = { .sxdp_family = AF_XDP, .sxdp_ifindex = if_nametoindex(name) };
	int options[] = { XDP_RX_RING, XDP_TX_RING, XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING };
	struct xdp_mmap_offsets off;
	socklen_t length = sizeof(off);
	int map, key = 0, buffer = 16 << 20;

	port->fd = socket(AF_XDP, SOCK_RAW, 0);
	if (port->fd < 0)
		die("socket");
	if (shared < 0 && setsockopt(port->fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)))
		die("XDP_UMEM_REG");
	for (int i = 0; i < 4; i++)
		if (setsockopt(port->fd, SOL_XDP, options[i], &size, sizeof(size)))
			die("ring");
	if (getsockopt(port->fd, SOL_XDP, XDP_MMAP_OFFSETS, &off, &length))
		die("XDP_MMAP_OFFSETS");
	setsockopt(port->fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer));
	port->rx = map_ring(port->fd, off.rx, size, sizeof(struct xdp_desc), XDP_PGOFF_RX_RING);
	port->tx = map_ring(port->fd, off.tx, size, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING);
	port->fill = map_ring(port->fd, off.fr, size, 8, XDP_UMEM_PGOFF_FILL_RING);
	port->completion = map_ring(port->fd, off.cr, size, 8, XDP_UMEM_PGOFF_COMPLETION_RING);
	address.sxdp_flags = shared < 0 ? XDP_COPY | XDP_USE_NEED_WAKEUP : XDP_SHARED_UMEM;
	address.sxdp_shared_umem_fd = shared < 0 ? 0 : shared;
	/* The kernel gives a closed socket's queue free some milliseconds later. */
	for (int i = 0; bind(port->fd, (void *)&address, sizeof(address)); i++) {
		if (errno != EBUSY || i == 200)
			die("bind");
		usleep(10000);
	}
	if (budget && setsockopt(port->fd, SOL_XDP, TX_BUDGET_OPTION, &budget, sizeof(budget)))
		die("XDP_MAX_TX_SKB_BUDGET");

	map = make_map();
	attach(map, address.sxdp_ifindex);
	union bpf_attr update = { .map_fd = map, .key = (unsigned long)&key, .value = (unsigned long)&port->fd };
	if (bpf(BPF_MAP_UPDATE_ELEM, &update))
		die("BPF_MAP_UPDATE_ELEM");
}

static unsigned ready(struct ring *r, unsigned wanted)
{
	if (r->other - r->position < wanted)
		r->other = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	unsigned count = r->other - r->position;
	return count < wanted ? count : wanted;
}

static unsigned room(struct ring *r, unsigned wanted)
{
	if (r->mask + 1 - (r->position - r->other) < wanted)
		r->other = __atomic_load_n(r->consumer, __ATOMIC_ACQUIRE);
	unsigned count = r->mask + 1 - (r->position - r->other);
	return count < wanted ? count : wanted;
}

static void reclaim(struct port *port)
{
	unsigned long long *chunk = port->completion.entries;
	unsigned count = ready(&port->completion, ~0u);

	for (unsigned i = 0; i < count; i++)
		pool[pool_count++] = chunk[(port->completion.position + i) & port->completion.mask] & ~(CHUNK_BYTES - 1ull);
	port->completion.position += count;
	__atomic_store_n(port->completion.consumer, port->completion.position, __ATOMIC_RELEASE);
}

static void refill(struct port *port)
{
	unsigned long long *chunk = port->fill.entries;
	unsigned count = room(&port->fill, ~0u);

	if (count > pool_count)
		count = pool_count;
	for (unsigned i = 0; i < count; i++)
		chunk[(port->fill.position + i) & port->fill.mask] = pool[--pool_count];
	port->fill.position += count;
	__atomic_store_n(port->fill.producer, port->fill.position, __ATOMIC_RELEASE);
}

static unsigned pending(struct port *port)
{
	return port->tx.position - __atomic_load_n(port->tx.consumer, __ATOMIC_ACQUIRE);
}

static void kick(struct port *port)
{
	for (unsigned before = 0, left = pending(port); left && left != before; left = pending(port)) {
		if (!(__atomic_load_n(port->tx.flags, __ATOMIC_ACQUIRE) & XDP_RING_NEED_WAKEUP))
			return;
		before = left;
		sendto(port->fd, 0, 0, MSG_DONTWAIT, 0, 0);
	}
}

static unsigned forward(struct port *in, struct port *out)
{
	struct xdp_desc *from = in->rx.entries, *to = out->tx.entries;
	unsigned count, sent, i;

	reclaim(in);
	reclaim(out);
	refill(in);
	count = ready(&in->rx, BURST);
	if (!count)
		return 0;
	sent = room(&out->tx, count);
	for (i = 0; i < sent; i++) {
		struct xdp_desc *d = &from[(in->rx.position + i) & in->rx.mask];

		to[(out->tx.position + i) & out->tx.mask] = (struct xdp_desc){ .addr = d->addr, .len = d->len };
	}
	for (; i < count; i++)
		pool[pool_count++] = from[(in->rx.position + i) & in->rx.mask].addr & ~(CHUNK_BYTES - 1ull);
	in->rx.position += count;
	__atomic_store_n(in->rx.consumer, in->rx.position, __ATOMIC_RELEASE);
	out->tx.position += sent;
	__atomic_store_n(out->tx.producer, out->tx.position, __ATOMIC_RELEASE);
	kick(out);
	return count;
}

int main(int argc, char **argv)
{
	struct port a, b;
	cpu_set_t cpus;
	char *memory;

	if (argc != 6) {
		fprintf(stderr, "usage: xdp_forward IF_A IF_B CPU RING_SIZE BUDGET\n");
		return 2;
	}
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[3]), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die("sched_setaffinity");
	memory = mmap(0, (unsigned long)CHUNKS * CHUNK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	madvise(memory, (unsigned long)CHUNKS * CHUNK_BYTES, MADV_HUGEPAGE);
	for (unsigned i = CHUNKS; i-- > 0;)
		pool[pool_count++] = (unsigned long long)i * CHUNK_BYTES;
	open_port(&a, argv[1], memory, -1, atoi(argv[4]), atoi(argv[5]));
	open_port(&b, argv[2], memory, a.fd, atoi(argv[4]), atoi(argv[5]));
	refill(&a);
	refill(&b);
	puts("ready");
	fflush(stdout);

	alarm(60);
	for (;;) {
		forward(&a, &b);
		forward(&b, &a);
	}
}
