#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <netpacket/packet.h>
#include <net/if.h>
#include <ifaddrs.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

_Static_assert(sizeof(struct clinux_message) == sizeof(struct mmsghdr), "the kernel's layout");

int clinux_receive(int descriptor, struct clinux_message *messages, unsigned int count)
{
	return recvmmsg(descriptor, (struct mmsghdr *)messages, count, MSG_DONTWAIT, NULL);
}

int clinux_send(int descriptor, struct clinux_message *messages, unsigned int count)
{
	return sendmmsg(descriptor, (struct mmsghdr *)messages, count, MSG_DONTWAIT);
}

int clinux_accept(int descriptor, struct sockaddr *address, socklen_t *length)
{
	return accept4(descriptor, address, length, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int clinux_want_local_address(int descriptor, int family)
{
	int on = 1;

	if (family == AF_INET6)
		return setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
	return setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

size_t clinux_local_address(const struct msghdr *message, uint8_t address[16], uint32_t *interface)
{
	struct msghdr *header = (struct msghdr *)message;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(part), sizeof info);
			/* ipi_spec_dst is a local address even if the packet was a broadcast. */
			memcpy(address, &info.ipi_spec_dst, 4);
			*interface = 0;
			return 4;
		}
		if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(part), sizeof info);
			memcpy(address, &info.ipi6_addr, 16);
			/* A link-local address means something on its link only. */
			*interface = IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr) ? (uint32_t)info.ipi6_ifindex : 0;
			return 16;
		}
	}
	return 0;
}

int clinux_want_arrival_time(int descriptor)
{
	int on = 1;

	return setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

uint64_t clinux_arrival_time(const struct msghdr *message)
{
	struct msghdr *header = (struct msghdr *)message;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part))
		if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
			struct timespec time;

			memcpy(&time, CMSG_DATA(part), sizeof time);
			return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
		}
	return 0;
}

static size_t append(uint8_t *control, size_t at, int level, int type, const void *data, size_t size)
{
	struct cmsghdr part = {.cmsg_len = CMSG_LEN(size), .cmsg_level = level, .cmsg_type = type};

	memset(control + at, 0, CMSG_SPACE(size));
	memcpy(control + at, &part, sizeof part);
	memcpy(control + at + CMSG_LEN(0), data, size);
	return at + CMSG_SPACE(size);
}

size_t clinux_send_control(uint8_t control[CLINUX_CONTROL_SIZE], const uint8_t *address, size_t length,
                           uint32_t interface, uint16_t segment)
{
	size_t at = 0;

	if (length == 4) {
		struct in_pktinfo info = {0};

		memcpy(&info.ipi_spec_dst, address, 4);
		at = append(control, at, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
	} else if (length == 16) {
		struct in6_pktinfo info = {.ipi6_ifindex = interface};

		memcpy(&info.ipi6_addr, address, 16);
		at = append(control, at, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
	}
	if (segment)
		at = append(control, at, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment);
	return at;
}

int clinux_path_mtu(const struct sockaddr *address, socklen_t length)
{
	int descriptor = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int mtu = 0;
	socklen_t size = sizeof mtu;

	if (descriptor < 0)
		return 0;
	if (connect(descriptor, address, length) != 0 ||
	    getsockopt(descriptor, address->sa_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP,
	               address->sa_family == AF_INET6 ? IPV6_MTU : IP_MTU, &mtu, &size) != 0)
		mtu = 0;
	close(descriptor);
	return mtu;
}

void clinux_name_thread(const char *name)
{
	prctl(PR_SET_NAME, name);
}

const void *clinux_map(int descriptor, size_t size)
{
	void *start = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor, 0);

	return start == MAP_FAILED ? NULL : start;
}

void clinux_drop_pages(const void *start, size_t size)
{
	madvise((void *)start, size, MADV_DONTNEED);
}

#ifndef RWF_DONTCACHE
#define RWF_DONTCACHE 0x80
#endif

ssize_t clinux_read_uncached(int descriptor, void *buffer, size_t count, off_t offset)
{
	struct iovec part = {.iov_base = buffer, .iov_len = count};

	return preadv2(descriptor, &part, 1, offset, RWF_DONTCACHE);
}

int clinux_is_cached(int descriptor, off_t offset)
{
	char byte;
	struct iovec part = {.iov_base = &byte, .iov_len = 1};

	if (preadv2(descriptor, &part, 1, offset, RWF_NOWAIT) >= 0)
		return 1;
	return errno == EAGAIN ? 0 : -1;
}

ssize_t clinux_send_file(int socket, int file, off_t offset, size_t count)
{
	return sendfile(socket, file, &offset, count);
}

void clinux_block_sigpipe(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

off_t clinux_next_data(int descriptor, off_t offset)
{
	return lseek(descriptor, offset, SEEK_DATA);
}

void clinux_forbid_dumps(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int clinux_clone(int target, int source)
{
	return ioctl(target, FICLONE, source);
}

ssize_t clinux_copy_range(int source, int target, size_t count)
{
	return copy_file_range(source, NULL, target, NULL, count, 0);
}

int clinux_exchange(const char *one, const char *other)
{
	return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

static int has_lease_breaker(int descriptor, int lease)
{
	/* Whoever opens the file meanwhile makes the kernel send a signal: one that is ignored, not SIGIO, which kills. */
	if (fcntl(descriptor, F_SETSIG, SIGURG) != 0)
		return -1;
	if (fcntl(descriptor, F_SETLEASE, lease) != 0) {
		if (errno == EACCES || errno == EPERM)
			return CLINUX_MAY_NOT_ASK;
		return errno == EAGAIN || errno == EBUSY ? 1 : -1;
	}
	fcntl(descriptor, F_SETLEASE, F_UNLCK);
	return 0;
}

int clinux_is_open_elsewhere(int descriptor)
{
	return has_lease_breaker(descriptor, F_WRLCK);
}

int clinux_is_written_elsewhere(int descriptor)
{
	return has_lease_breaker(descriptor, F_RDLCK);
}

int clinux_remove_attributes(int descriptor)
{
	char names[64 << 10];
	ssize_t size = flistxattr(descriptor, names, sizeof names);

	if (size < 0)
		return errno == ENOTSUP ? 0 : -1;
	for (const char *name = names; name < names + size; name += strlen(name) + 1) {
		/* A label of the system's security module is the file's by rule; a capability is not. */
		if (strncmp(name, "security.", 9) == 0 && strcmp(name, "security.capability") != 0)
			continue;
		if (fremovexattr(descriptor, name) != 0 && errno != ENODATA)
			return -1;
	}
	return 0;
}

void clinux_run_when_idle(int idle)
{
	struct sched_param none = {.sched_priority = 0};

	sched_setscheduler(0, idle ? SCHED_IDLE : SCHED_OTHER, &none);
}

/* From linux/tcp_states.h of the kernel, which it does not export: those in which data may still be on their way. */
enum { STATE_ESTABLISHED = 1, STATE_FIN_WAIT_1 = 4, STATE_CLOSE_WAIT = 8 };

static int ask_for_connections(int descriptor, int family)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} request = {
		.header = {
			.nlmsg_len = sizeof request,
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.body = {
			.sdiag_family = (uint8_t)family,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_ext = 1 << (INET_DIAG_INFO - 1),
			.idiag_states = 1 << STATE_ESTABLISHED | 1 << STATE_FIN_WAIT_1 | 1 << STATE_CLOSE_WAIT,
		},
	};
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	return sendto(descriptor, &request, sizeof request, 0, (struct sockaddr *)&kernel, sizeof kernel) ==
			       sizeof request
		       ? 0
		       : -1;
}

static uint64_t acknowledged_bytes(const struct inet_diag_msg *message, unsigned int length)
{
	struct rtattr *attribute = (struct rtattr *)(message + 1);
	struct tcp_info info = {0};

	for (; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length)) {
		if (attribute->rta_type != INET_DIAG_INFO)
			continue;
		/* A kernel of another age has a shorter or a longer one. */
		size_t size = RTA_PAYLOAD(attribute);
		memcpy(&info, RTA_DATA(attribute), size < sizeof info ? size : sizeof info);
	}
	return info.tcpi_bytes_acked;
}

ssize_t clinux_tcp_connections(int family, struct clinux_tcp *connections, size_t count)
{
	_Alignas(struct nlmsghdr) char buffer[32 << 10];
	struct timeval patience = {.tv_usec = 500000};
	ssize_t found = 0, result = -1;
	int descriptor = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (descriptor < 0)
		return -1;
	if (setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
	    ask_for_connections(descriptor, family) != 0)
		goto end;
	for (;;) {
		ssize_t size = recv(descriptor, buffer, sizeof buffer, 0);
		if (size <= 0)
			goto end;
		unsigned int left = (unsigned int)size;
		for (struct nlmsghdr *header = (struct nlmsghdr *)buffer; NLMSG_OK(header, left);
		     header = NLMSG_NEXT(header, left)) {
			if (header->nlmsg_type == NLMSG_DONE) {
				result = found;
				goto end;
			}
			if (header->nlmsg_type == NLMSG_ERROR) {
				const struct nlmsgerr *error = NLMSG_DATA(header);
				if (header->nlmsg_len >= NLMSG_LENGTH(sizeof *error))
					errno = -error->error;
				goto end;
			}
			if (header->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
				continue;
			const struct inet_diag_msg *message = NLMSG_DATA(header);
			if ((size_t)found < count) {
				struct clinux_tcp *connection = &connections[found];
				memcpy(connection->peer, message->id.idiag_dst, sizeof connection->peer);
				connection->family = message->idiag_family;
				connection->local_port = ntohs(message->id.idiag_sport);
				connection->acknowledged = acknowledged_bytes(
					message, header->nlmsg_len - NLMSG_LENGTH(sizeof *message));
			}
			found++;
		}
	}
end:
	close(descriptor);
	return result;
}

int clinux_broadcast_frame(uint16_t type, const void *bytes, size_t count)
{
	struct ifaddrs *list;
	int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int sent = 0;

	if (descriptor < 0)
		return -1;
	if (getifaddrs(&list) != 0) {
		close(descriptor);
		return -1;
	}
	/* Each interface has one address of this family. */
	for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next) {
		const unsigned int wanted = IFF_UP | IFF_BROADCAST;
		struct sockaddr_ll place = { .sll_family = AF_PACKET, .sll_protocol = htons(type), .sll_halen = 6 };

		if (!entry->ifa_addr || entry->ifa_addr->sa_family != AF_PACKET)
			continue;
		if ((entry->ifa_flags & (wanted | IFF_LOOPBACK)) != wanted)
			continue;
		place.sll_ifindex = ((const struct sockaddr_ll *)entry->ifa_addr)->sll_ifindex;
		memset(place.sll_addr, 0xFF, 6);
		if (sendto(descriptor, bytes, count, 0, (struct sockaddr *)&place, sizeof place) == (ssize_t)count)
			sent++;
	}
	freeifaddrs(list);
	close(descriptor);
	return sent;
}
