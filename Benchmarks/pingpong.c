/*
 * The least that a TFTP server could cost: one client, lock-step, a connected socket, the file mapped, no checks at
 * all. Only for comparison; it must never face a network. Mapped, as a copy of its own would lie elsewhere in the CPU's
 * caches than the file that the load generator compares with: with the largest blocks that is 10 % slower.
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
#include <sys/uio.h>
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
	char answer[HUGE_REQUEST] = { 0, 6 }, header[HEADER] = { 0, DATA };
	struct iovec parts[] = { { header, HEADER }, { 0 } };
	struct msghdr packet = { .msg_iov = parts, .msg_iovlen = 2 };
	size_t at = 0, n = blksize;
	unsigned block = 1;

	if (blksize) {
		n = 2 + (size_t)sprintf(answer + 2, "blksize%c%zu", 0, blksize) + 1;
		send(fd, answer, n, 0);
		recv(fd, answer, sizeof answer, 0);
	}
	for (n = blksize = blksize ? blksize : 512; n == blksize && answer[1] != ERROR; at += n, block++) {
		n = size - at < blksize ? size - at : blksize;
		header[2] = (char)(block >> 8);
		header[3] = (char)block;
		parts[1] = (struct iovec){ file + at, n };
		sendmsg(fd, &packet, 0);
		if (recv(fd, answer, sizeof answer, 0) < 0)	/* the client has gone */
			return;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in me = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, client;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), source = argc == 3 ? open(argv[2], O_RDONLY) : -1;
	struct stat info;
	char request[HUGE_REQUEST + 1] = { 0 }, *file;

	if (source < 0 || fstat(source, &info))
		return 2;
	me.sin_port = htons((unsigned short)atoi(argv[1]));
	file = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, source, 0);
	if (file == MAP_FAILED || bind(fd, (struct sockaddr *)&me, sizeof me))
		return 2;
	for (;;) {
		socklen_t length = sizeof client;
		ssize_t n = recvfrom(fd, request, HUGE_REQUEST, 0, (struct sockaddr *)&client, &length);
		int own;

		if (n < HEADER || request[1] != 1)
			continue;
		request[n] = 0;
		/* a socket of its own: on a connected one the next request, already on its way, would find nobody */
		own = socket(AF_INET, SOCK_DGRAM, 0);
		if (own < 0 || connect(own, (struct sockaddr *)&client, length))
			return 2;
		transfer(own, file, (size_t)info.st_size, wished(request, (size_t)n));
		close(own);
	}
}
