/* System calls of Linux that Swift's Glibc module leaves out, and the macros that Swift can't call. */
#ifndef CLINUX_H
#define CLINUX_H

/* No feature macros here: they would make other types of the headers than Swift's Glibc module has. */
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/types.h>

/* struct mmsghdr of recvmmsg(2), which only _GNU_SOURCE declares. */
struct clinux_message {
	struct msghdr header;
	unsigned int length;
};

/* recvmmsg(2) and sendmmsg(2), without waiting. */
int clinux_receive(int descriptor, struct clinux_message *messages, unsigned int count);
int clinux_send(int descriptor, struct clinux_message *messages, unsigned int count);

/* Room for one control message of each kind that is sent or received: udp(7), ip(7), ipv6(7). */
#define CLINUX_CONTROL_SIZE 128

/* Asks the kernel to tell to which local address a packet came. */
int clinux_want_local_address(int descriptor, int family);

/* The local address that a packet of recvmmsg came to, 4 or 16 bytes at `address`, and its interface; its length, or 0. */
size_t clinux_local_address(const struct msghdr *message, uint8_t address[16], uint32_t *interface);

/* Asks the kernel to tell when a packet came, and what it told of one, in nanoseconds since 1970; 0 if nothing. */
int clinux_want_arrival_time(int descriptor);
uint64_t clinux_arrival_time(const struct msghdr *message);

/* Writes the control messages for a packet to send: the local address (`length` 4, 16 or 0 for none) and its interface,
 * and the size of the segments that the kernel cuts it into (0 for none).
 * Returns the length of what was written at `control`, at most CLINUX_CONTROL_SIZE. */
size_t clinux_send_control(uint8_t control[CLINUX_CONTROL_SIZE], const uint8_t *address, size_t length,
                           uint32_t interface, uint16_t segment);

/* The greatest packet that reaches an address without fragments, as the kernel knows now; 0 if it does not. */
int clinux_path_mtu(const struct sockaddr *address, socklen_t length);

/* accept4(2): the connection does not block, and no child has it. */
int clinux_accept(int descriptor, struct sockaddr *address, socklen_t *length);

/* The calling thread's name, for ps and top. */
void clinux_name_thread(const char *name);

/* mmap(2) of a file to read, shared; NULL if it fails. */
const void *clinux_map(int descriptor, size_t size);

/* Drops the pages of a mapping from this process's memory; they stay in the page cache. */
void clinux_drop_pages(const void *start, size_t size);

/* pread(2) that leaves no pages in the page cache but those that were there before (RWF_DONTCACHE, Linux 6.14).
 * EOPNOTSUPP where the kernel or the filesystem can't. */
ssize_t clinux_read_uncached(int descriptor, void *buffer, size_t count, off_t offset);

/* Whether the byte at an offset can be read without waiting for the disk (RWF_NOWAIT of preadv2(2)): 1 yes, 0 no, -1 where
 * that can't be told. */
int clinux_is_cached(int descriptor, off_t offset);

/* Sends bytes of a file on a socket (sendfile(2)). */
ssize_t clinux_send_file(int socket, int file, off_t offset, size_t count);

/* No SIGPIPE for the calling thread: a call that would raise it fails with EPIPE. */
void clinux_block_sigpipe(void);

/* Where data begins at or behind an offset (SEEK_DATA of lseek(2)); -1 and ENXIO if none does. */
off_t clinux_next_data(int descriptor, off_t offset);

/* No core file of this process, and no look into its memory for other users (PR_SET_DUMPABLE of prctl(2)). */
void clinux_forbid_dumps(void);

/* Makes a file share all blocks of another one (FICLONE, ioctl_ficlone(2)); -1 where the filesystem can't. */
int clinux_clone(int target, int source);

/* copy_file_range(2) from where the one file is read to where the other is written. */
ssize_t clinux_copy_range(int source, int target, size_t count);

/* Swaps two names in one step (RENAME_EXCHANGE of renameat2(2)). EINVAL or ENOSYS where the filesystem or the kernel
 * can't. */
int clinux_exchange(const char *one, const char *other);

/* Whether a file that this descriptor reads is open anywhere else (a lease for writing is given only if not, and given
 * back at once): 1 yes, 0 no, -1 if the filesystem knows no leases, CLINUX_MAY_NOT_ASK if the file is another user's and
 * this process has no CAP_LEASE. */
#define CLINUX_MAY_NOT_ASK (-2)
int clinux_is_open_elsewhere(int descriptor);

/* The same for descriptors that write: whoever else only reads does not count. */
int clinux_is_written_elsewhere(int descriptor);

/* Removes a file's access control list, capabilities, and all attributes of users and of root; a label of the security
 * module stays. -1 and errno if one can't be removed. */
int clinux_remove_attributes(int descriptor);

/* Whether the calling thread runs only while a core has nothing else to do (SCHED_IDLE of sched(7)). */
void clinux_run_when_idle(int idle);

/* A TCP connection of this network namespace, as sock_diag(7) tells it to everybody. */
struct clinux_tcp {
	/* AF_INET: the first 4 bytes; AF_INET6: all 16. */
	uint8_t peer[16];
	int family;
	uint16_t local_port;
	/* Of what was sent, so many bytes the other side has acknowledged (RFC 4898, tcpEStatsAppHCThruOctetsAcked). */
	uint64_t acknowledged;
};

/* Looks at the TCP connections of a family that still send. Waits half a second for the kernel, at most.
 * Returns how many there are, of which the first `count` are in `connections`; -1 with errno if they can't be had. */
ssize_t clinux_tcp_connections(int family, struct clinux_tcp *connections, size_t count);

/* Sends an Ethernet frame to everybody on each network of this machine (packet(7)): interfaces that are up and can
 * broadcast, but loopback. Returns how many took it, or -1. */
int clinux_broadcast_frame(uint16_t type, const void *bytes, size_t count);

#endif
