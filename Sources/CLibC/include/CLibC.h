/* The C library for linbo-hook, which is built in Embedded Swift: that has no Glibc module. */
#ifndef CLIBC_H
#define CLIBC_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <limits.h>

/* errno is a macro, which Swift can't call. */
static inline int *_Nonnull clibc_errno(void)
{
	return &errno;
}

/* environ(7), which is never null. */
static inline char *_Nullable *_Nonnull clibc_environment(void)
{
	extern char **environ;

	return environ;
}

/* SIG_IGN is a macro with a cast. */
static inline void clibc_ignore(int number)
{
	signal(number, SIG_IGN);
}

/* open(2) takes a variable number of arguments, which Swift can't pass. */
static inline int clibc_open(const char *_Nonnull path, int flags, mode_t mode)
{
	return open(path, flags, mode);
}

#endif
