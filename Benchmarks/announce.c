/*
 * Clients of a tracker, as many as wanted, each with an address of its own in 127.1.0.0/16. They announce themselves one
 * after the other, in an order that looks random, as fast as they are answered; each answer is looked at. Prints the
 * seconds that it took, and how many had no good answer.
 *
 *   announce http|udp PORT THREADS COUNT SWARMS ADDRESSES
 *
 * Each address is in each swarm. Swarm N has the info hash N in 4 bytes, big-endian, and 16 zeros. HTTP: a connection an
 * announce, as clients do. UDP: a socket and a connection id an address, which all threads use one after the other.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int is_udp, port, threads, swarms, addresses;
static long count;

static int bound(int kind, unsigned address)
{
	int on = 1, fd = socket(AF_INET, kind, 0);
	struct timeval limit = {.tv_sec = 5};
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7F010001 + address)};
	struct sockaddr_in server = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	if (bind(fd, (void *)&own, sizeof own) || connect(fd, (void *)&server, sizeof server)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int by_http(unsigned address, unsigned swarm)
{
	char request[512], answer[8192];
	int fd = bound(SOCK_STREAM, address), length, good;
	ssize_t got, all = 0;

	if (fd < 0)
		return 0;
	length = snprintf(request, sizeof request,
		"GET /announce?info_hash=%%%02X%%%02X%%%02X%%%02X%%00%%00%%00%%00%%00%%00%%00%%00%%00%%00%%00%%00%%00%%00%%00%%00"
		"&peer_id=-BENCH0-%012u&port=6881&uploaded=0&downloaded=0&left=%u&compact=1&numwant=50 HTTP/1.1\r\n"
		"Host: 127.0.0.1\r\nUser-Agent: announce\r\n\r\n",
		swarm >> 24, swarm >> 16 & 255, swarm >> 8 & 255, swarm & 255, address, address % 4 ? 1000 : 0);
	if (send(fd, request, length, MSG_NOSIGNAL) != length) {
		close(fd);
		return 0;
	}
	while ((got = recv(fd, answer + all, sizeof answer - 1 - all, 0)) > 0)
		all += got;
	close(fd);
	answer[all] = 0;
	good = memmem(answer, all, "200 OK", 6) && memmem(answer, all, "5:peers", 7);
	return good;
}

struct asker {
	int fd;
	uint64_t connection;
};

static int ask(int fd, const void *request, size_t length, unsigned action, uint8_t *answer, ssize_t least)
{
	uint32_t said;
	ssize_t got;

	if (send(fd, request, length, 0) != (ssize_t)length)
		return 0;
	got = recv(fd, answer, 2048, 0);
	memcpy(&said, answer, 4);
	return got >= least && ntohl(said) == action;
}

static int by_udp(struct asker *asker, unsigned address, unsigned swarm)
{
	uint8_t request[98] = {0}, answer[2048];
	uint32_t number;
	uint64_t left = htobe64(address % 4 ? 1000 : 0);
	uint16_t own = htons(6881);

	memcpy(request, &asker->connection, 8);
	number = htonl(1), memcpy(request + 8, &number, 4);
	number = htonl(swarm), memcpy(request + 16, &number, 4);
	memcpy(request + 64, &left, 8);
	memset(request + 92, 255, 4);
	memcpy(request + 96, &own, 2);
	return ask(asker->fd, request, sizeof request, 1, answer, 20);
}

static int begin(struct asker *asker, unsigned address)
{
	uint8_t request[16] = {0}, answer[2048];
	uint64_t magic = htobe64(0x41727101980);

	asker->fd = bound(SOCK_DGRAM, address);
	memcpy(request, &magic, 8);
	if (asker->fd < 0 || !ask(asker->fd, request, sizeof request, 0, answer, 16))
		return 0;
	memcpy(&asker->connection, answer + 8, 8);
	return 1;
}

static void *run(void *argument)
{
	unsigned first = (uintptr_t)argument;
	uint64_t state = first + 1;
	struct asker *askers = calloc(addresses, sizeof *askers);
	long failed = 0;

	/* A thread has the addresses `first`, `first` + `threads`, … */
	for (unsigned address = first; is_udp && address < (unsigned)addresses; address += threads)
		failed += !begin(&askers[address], address);
	for (long done = 0; done < count / threads; done++) {
		unsigned address, swarm, own = (addresses - first + threads - 1) / threads;

		state = state * 6364136223846793005 + 1442695040888963407;
		address = first + (state >> 33) % own * threads;
		swarm = (state >> 13) % swarms;
		failed += !(is_udp ? by_udp(&askers[address], address, swarm) : by_http(address, swarm));
	}
	for (unsigned address = first; is_udp && address < (unsigned)addresses; address += threads)
		close(askers[address].fd);
	free(askers);
	return (void *)failed;
}

int main(int argc, char **argv)
{
	pthread_t ids[64];
	struct timespec from, to;
	long failed = 0;

	if (argc != 7)
		return 2;
	is_udp = !strcmp(argv[1], "udp");
	port = atoi(argv[2]), threads = atoi(argv[3]), count = atol(argv[4]);
	swarms = atoi(argv[5]), addresses = atoi(argv[6]);
	if (threads < 1 || threads > 64 || threads > addresses || swarms < 1)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (long i = 0; i < threads; i++)
		pthread_create(&ids[i], NULL, run, (void *)i);
	for (long i = 0; i < threads; i++) {
		void *result;

		pthread_join(ids[i], &result);
		failed += (long)result;
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%.6f %ld\n", to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9, failed);
	return 0;
}
