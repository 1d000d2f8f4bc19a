import CLinux
import Glibc
import HookHost
import Synchronization

/// How other threads reach an engine: what they leave here wakes it.
final class Mailbox: Sendable {
    enum Message: Sendable {
        /// What a request was resolved to, by the request's number.
        case resolved(UInt64, Resolver.Result)
        case snapshot(CheckedContinuation<[TransferSnapshot], Never>)
        case stop
    }

    /// An eventfd(2), for epoll.
    let descriptor: Int32
    private let messages = Mutex<[Message]>([])

    /// - Throws: `SystemError` if there is no descriptor left.
    init() throws(SystemError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError("eventfd", "TFTP engine") }
    }

    deinit {
        close(descriptor)
    }

    func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        eventfd_write(descriptor, 1)
    }

    func take() -> [Message] {
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
        return messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
