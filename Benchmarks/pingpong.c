/*
 * The least that a TFTP server could cost: one socket, one client, lock-step, the file in memory, no checks at all.
 * Only for comparison; it must never face a network.
 *
 *   pingpong PORT FILE      on 127.0.0.1; every request is taken for FILE
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DATA = 3, ERROR = 5, HEADER = 4, HUGE_REQUEST = 600 };

/* the value of blksize, 0 without: file name, mode, then names and values */
static size_t wished(const char *request, size_t length)
{
	const char *word = request + 2, *end = request + length;

	for (; word < end; word += strlen(word) + 1)
		if (!strcmp(word, "blksize"))
			return strtoul(word + strlen(word) + 1, NULL, 10);
	return 0;
}

static void transfer(int fd, char *file, size_t size, size_t blksize)
{
	char answer[HUGE_REQUEST] = { 0, 6 };
	size_t at = 0, n = blksize;
	unsigned block = 1;

	if (blksize) {
		n = 2 + (size_t)sprintf(answer + 2, "blksize%c%zu", 0, blksize) + 1;
		send(fd, answer, n, 0);
		recv(fd, answer, sizeof answer, 0);
	}
	for (n = blksize = blksize ? blksize : 512; n == blksize && answer[1] != ERROR; at += n, block++) {
		/* the header takes the place of the last bytes of the block before, which has arrived */
		char *packet = file + at - HEADER, kept[HEADER];

		n = size - at < blksize ? size - at : blksize;
		memcpy(kept, packet, HEADER);
		packet[0] = 0;
		packet[1] = DATA;
		packet[2] = (char)(block >> 8);
		packet[3] = (char)block;
		send(fd, packet, HEADER + n, 0);
		memcpy(packet, kept, HEADER);
		if (recv(fd, answer, sizeof answer, 0) < 0)	/* the client has gone */
			return;
	}
}

int main(int argc, char **argv)
{
	static const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	struct sockaddr_in me = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, client;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), source = argc == 3 ? open(argv[2], O_RDONLY) : -1;
	struct stat info;
	char request[HUGE_REQUEST + 1] = { 0 }, *file;

	if (source < 0 || fstat(source, &info))
		return 2;
	me.sin_port = htons((unsigned short)atoi(argv[1]));
	file = mmap(NULL, (size_t)info.st_size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (file == MAP_FAILED || read(source, file += HEADER, (size_t)info.st_size) != info.st_size ||
	    bind(fd, (struct sockaddr *)&me, sizeof me))
		return 2;
	for (;;) {
		socklen_t length = sizeof client;
		ssize_t n = recvfrom(fd, request, HUGE_REQUEST, 0, (struct sockaddr *)&client, &length);

		if (n < HEADER || request[1] != 1)
			continue;
		request[n] = 0;
		connect(fd, (struct sockaddr *)&client, length);
		transfer(fd, file, (size_t)info.st_size, wished(request, (size_t)n));
		/* unconnected again, but still on the port: AF_UNSPEC keeps what bind has set */
		connect(fd, &nobody, sizeof nobody);
	}
}
