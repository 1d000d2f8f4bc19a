/*
 * LD_PRELOAD for busybox's tftp, of which a test starts a hundred on one machine: it sets SO_REUSEADDR, so that the
 * kernel gives two of them the same port now and then (65 times in 300 rounds of a hundred), and no server can tell them
 * apart. Without that option each has a port of its own, as PCs have addresses of their own.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/socket.h>

int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	static int (*next)(int, int, int, const void *, socklen_t);

	if (level == SOL_SOCKET && option == SO_REUSEADDR)
		return 0;
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "setsockopt");
	return next(fd, level, option, value, length);
}
