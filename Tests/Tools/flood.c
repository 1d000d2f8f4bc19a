/*
 * flood SERVER PORTS RATE SECONDS SOURCE[*COUNT][:PORT] HEX …
 *
 * Sends UDP datagrams to SERVER, RATE a second for SECONDS, the given ones in turn; afterwards it prints how many. PORTS is
 * 69, or FIRST-LAST, taken in turn. SOURCE is `own` (an ordinary socket), or an address that need not be this machine's:
 * then the packets are forged, from COUNT addresses in turn, beginning there. Their port is the given one, or another for
 * each. Forging takes root. For `make hostile`, in namespaces of its own.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LARGEST = 1400, MOST = 16 };

static struct payload {
	unsigned char bytes[LARGEST];
	size_t size;
} payloads[MOST];
static int kinds;
static uint16_t first_port, last_port;
static uint32_t source, sources = 1;
static uint16_t source_port;
static int forged;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int usage(void)
{
	fprintf(stderr, "usage: flood SERVER PORTS RATE SECONDS SOURCE[*COUNT][:PORT] HEX …\n");
	return 2;
}

static int read_payload(const char *hex)
{
	struct payload *payload = &payloads[kinds];
	unsigned byte;

	for (; hex[0] && hex[1] && payload->size < LARGEST; hex += 2) {
		if (sscanf(hex, "%2x", &byte) != 1)
			return -1;
		payload->bytes[payload->size++] = (unsigned char)byte;
	}
	kinds++;
	return *hex ? -1 : 0;
}

static int read_source(char *word)
{
	char *port = strchr(word, ':'), *count;
	struct in_addr address;

	if (port) {
		*port++ = 0;
		source_port = (uint16_t)atoi(port);
	}
	if (strcmp(word, "own") == 0)
		return 0;
	if ((count = strchr(word, '*'))) {
		*count++ = 0;
		sources = (uint32_t)strtoul(count, NULL, 10);
	}
	forged = 1;
	if (inet_pton(AF_INET, word, &address) != 1 || sources == 0)
		return -1;
	source = ntohl(address.s_addr);
	return 0;
}

/* Address and UDP headers; no checksum, which IPv4 allows. */
static ssize_t forge(int socket, const struct sockaddr_in *to, const struct payload *payload, uint64_t number)
{
	unsigned char packet[sizeof(struct iphdr) + sizeof(struct udphdr) + LARGEST] = {0};
	struct iphdr *ip = (struct iphdr *)packet;
	struct udphdr *udp = (struct udphdr *)(ip + 1);
	size_t size = sizeof *ip + sizeof *udp + payload->size;

	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->tot_len = htons((uint16_t)size);
	ip->saddr = htonl(source + (uint32_t)(number % sources));
	ip->daddr = to->sin_addr.s_addr;
	udp->source = htons(source_port ? source_port : (uint16_t)(20000 + number / sources % 40000));
	udp->dest = to->sin_port;
	udp->len = htons((uint16_t)(sizeof *udp + payload->size));
	memcpy(udp + 1, payload->bytes, payload->size);
	return sendto(socket, packet, size, 0, (const struct sockaddr *)to, sizeof *to);
}

static int open_socket(void)
{
	int descriptor = forged ? socket(AF_INET, SOCK_RAW, IPPROTO_RAW) : socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(source_port)};

	if (descriptor >= 0 && !forged && bind(descriptor, (struct sockaddr *)&here, sizeof here) != 0)
		return -1;
	return descriptor;
}

int main(int count, char **words)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	uint64_t sent = 0, lost = 0;
	double rate, seconds, began;
	char *dash;
	int descriptor;

	if (count < 7 || inet_pton(AF_INET, words[1], &to.sin_addr) != 1 || read_source(words[5]) != 0)
		return usage();
	dash = strchr(words[2], '-');
	first_port = (uint16_t)atoi(words[2]);
	last_port = dash ? (uint16_t)atoi(dash + 1) : first_port;
	rate = atof(words[3]);
	seconds = atof(words[4]);
	for (int i = 6; i < count && kinds < MOST; i++)
		if (read_payload(words[i]) != 0)
			return usage();
	if (rate <= 0 || last_port < first_port)
		return usage();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	descriptor = open_socket();
	if (descriptor < 0) {
		perror("flood: socket");
		return 1;
	}
	for (began = now(); now() - began < seconds;) {
		uint64_t due = (uint64_t)((now() - began) * rate) + 1;

		for (; sent < due; sent++) {
			const struct payload *payload = &payloads[sent % (uint64_t)kinds];

			to.sin_port = htons((uint16_t)(first_port + sent / (uint64_t)kinds % (uint64_t)(last_port - first_port + 1)));
			if ((forged ? forge(descriptor, &to, payload, sent)
				    : sendto(descriptor, payload->bytes, payload->size, 0, (struct sockaddr *)&to, sizeof to)) < 0)
				lost++;
		}
		usleep(rate > 1000 ? 1000 : 5000);
	}
	printf("%llu sent, %llu not taken by the kernel\n", (unsigned long long)sent, (unsigned long long)lost);
	return 0;
}
