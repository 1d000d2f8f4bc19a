import CLinux
import Glibc

/// epoll(7).
package final class Poller: Sendable {
    /// For epoll_wait(2).
    package let descriptor: Int32

    /// - Parameter owner: whom an error names.
    /// - Throws: `SystemError` if there is no descriptor left.
    package init(_ owner: String) throws(SystemError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError("epoll_create1", owner) }
    }

    deinit {
        close(descriptor)
    }

    /// Has the descriptor told of when it can be read; closing it ends that.
    /// - Returns: false if the kernel has no room for it (errno says).
    package func watch(_ watched: Int32) -> Bool {
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: watched))
        return epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) == 0
    }
}
