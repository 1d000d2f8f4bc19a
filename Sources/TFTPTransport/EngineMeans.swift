import Glibc
import LinuxKit

/// What one engine takes of the kernel's, all at once: an engine that has it can't fail to start, and one that can't
/// have it gives back its sockets, as the kernel would go on handing clients to them.
struct EngineMeans: Sendable {
    let listeners: [Listener]
    let mailbox: EngineMailbox
    let alarm: DeadlineTimer
    let poller: Poller

    /// - Throws: `SystemError` that names what can't be had.
    init(_ settings: TFTPSettings, inherited: [UDPSocket], sharing: UDPSocket.Sharing) throws(SystemError) {
        let listeners = try Listener.open(settings, inherited: inherited, sharing: sharing)
        do throws(SystemError) {
            (mailbox, alarm, poller) = (
                try EngineMailbox("TFTP engine"), try DeadlineTimer(), try Poller("TFTP engine")
            )
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
