/*
 * bad-cable NAMESPACE DEVICE NAMESPACE DEVICE LOSS DUPLICATION DELAY JITTER SEED
 *
 * A cable between two network namespaces (ip-netns(8)) that loses and doubles LOSS and DUPLICATION of a thousand packets
 * each way, and delivers each DELAY to DELAY + JITTER milliseconds later, so that they overtake each other: what tc(8)'s
 * netem does, for kernels without it. It makes both TUN devices, says "ready", and ends with the process that started it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PACKET = 2048, UNDERWAY = 65536 };

struct packet {
	uint64_t due;
	uint64_t order;
	int to;
	int size;
	unsigned char bytes[PACKET];
};

static struct packet *heap[UNDERWAY];
static int underway;
static uint64_t seed, order;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* splitmix64 */
static uint64_t draw(uint64_t limit)
{
	uint64_t z = seed += 0x9E3779B97F4A7C15u;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return limit ? (z ^ (z >> 31)) % limit : 0;
}

static int is_before(const struct packet *one, const struct packet *other)
{
	return one->due != other->due ? one->due < other->due : one->order < other->order;
}

static void swap(int a, int b)
{
	struct packet *packet = heap[a];

	heap[a] = heap[b];
	heap[b] = packet;
}

static void put(const struct packet *packet)
{
	struct packet *copy;
	int at = underway;

	/* A full cable loses what comes. */
	if (underway == UNDERWAY || !(copy = malloc(sizeof *copy)))
		return;
	memcpy(copy, packet, sizeof *copy);
	heap[underway++] = copy;
	for (; at > 0 && is_before(heap[at], heap[(at - 1) / 2]); at = (at - 1) / 2)
		swap(at, (at - 1) / 2);
}

static void deliver(void)
{
	struct packet *packet = heap[0];
	int at = 0;

	heap[0] = heap[--underway];
	for (;;) {
		int least = at, child = 2 * at + 1;

		for (int i = child; i < child + 2 && i < underway; i++)
			if (is_before(heap[i], heap[least]))
				least = i;
		if (least == at)
			break;
		swap(at, least);
		at = least;
	}
	if (write(packet->to, packet->bytes, (size_t)packet->size) < 0 && errno != EIO)
		perror("bad-cable: write");
	free(packet);
}

static int end_in(const char *namespace, const char *device)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	char path[256];
	int file, tun;

	snprintf(path, sizeof path, "/run/netns/%s", namespace);
	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || setns(file, CLONE_NEWNET) != 0) {
		perror(path);
		exit(1);
	}
	close(file);
	tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tun < 0 || ioctl(tun, TUNSETIFF, &request) != 0) {
		perror("/dev/net/tun");
		exit(1);
	}
	return tun;
}

int main(int count, char **words)
{
	uint64_t loss, duplication, delay, jitter;
	struct pollfd ends[3];

	if (count != 10) {
		fprintf(stderr, "usage: bad-cable NAMESPACE DEVICE NAMESPACE DEVICE LOSS DUPLICATION DELAY JITTER SEED\n");
		return 2;
	}
	/* PR_SET_PDEATHSIG would end it, and the devices with it, when the thread ends that started it: those come and go. */
	ends[2] = (struct pollfd){.fd = (int)syscall(SYS_pidfd_open, getppid(), 0), .events = POLLIN};
	if (ends[2].fd < 0) {
		perror("bad-cable: pidfd_open");
		return 1;
	}
	ends[0] = (struct pollfd){.fd = end_in(words[1], words[2]), .events = POLLIN};
	ends[1] = (struct pollfd){.fd = end_in(words[3], words[4]), .events = POLLIN};
	loss = strtoull(words[5], NULL, 10);
	duplication = strtoull(words[6], NULL, 10);
	delay = strtoull(words[7], NULL, 10) * 1000;
	jitter = strtoull(words[8], NULL, 10) * 1000;
	seed = strtoull(words[9], NULL, 10);
	puts("ready");
	fflush(stdout);
	for (;;) {
		uint64_t t = now();
		struct timespec wait = {.tv_sec = 1};

		if (underway) {
			uint64_t rest = heap[0]->due > t ? heap[0]->due - t : 0;

			wait.tv_sec = (time_t)(rest / 1000000);
			wait.tv_nsec = (long)(rest % 1000000) * 1000;
		}
		if (ppoll(ends, 3, &wait, NULL) < 0 && errno != EINTR) {
			perror("bad-cable: ppoll");
			return 1;
		}
		if (ends[2].revents)
			return 0;
		for (int i = 0; i < 2; i++) {
			struct packet packet = {.to = ends[1 - i].fd};
			ssize_t size;

			while ((size = read(ends[i].fd, packet.bytes, PACKET)) > 0) {
				packet.size = (int)size;
				if (draw(1000) < loss)
					continue;
				for (int copies = draw(1000) < duplication ? 2 : 1; copies; copies--) {
					packet.due = now() + delay + draw(jitter + 1);
					packet.order = order++;
					put(&packet);
				}
			}
		}
		while (underway && heap[0]->due <= now())
			deliver();
	}
}
