import CLinux
import Glibc
import HookHost
import LinuxKit

/// epoll(7).
final class Poller: Sendable {
    let descriptor: Int32

    /// - Throws: `SystemError` if there is no descriptor left.
    init() throws(SystemError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError("epoll_create1", "TFTP engine") }
    }

    deinit {
        close(descriptor)
    }

    func watch(_ watched: Int32) -> Bool {
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: watched))
        return epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) == 0
    }
}

/// What one engine takes of the kernel's, all at once: an engine that has it can't fail to start, and one that can't
/// have it gives back its sockets, as the kernel would go on handing clients to them.
struct EngineMeans: Sendable {
    let listeners: [Listener]
    let mailbox: Mailbox
    let alarm: DeadlineTimer
    let poller: Poller

    /// - Throws: `SystemError` that names what can't be had.
    init(_ settings: TFTPSettings, inherited: [UDPSocket], sharing: UDPSocket.Sharing) throws(SystemError) {
        let listeners = try Listener.open(settings, inherited: inherited, sharing: sharing)
        do throws(SystemError) {
            (mailbox, alarm, poller) = (try Mailbox(), try DeadlineTimer(), try Poller())
            let sockets = listeners.flatMap { [$0.socket] + $0.ports + $0.decoys }.map(\.descriptor)
            for descriptor in sockets + [mailbox.descriptor, alarm.descriptor] {
                guard poller.watch(descriptor) else { throw SystemError("epoll_ctl", "TFTP engine") }
            }
        } catch {
            for listener in listeners { listener.close() }
            throw error
        }
        self.listeners = listeners
    }
}
